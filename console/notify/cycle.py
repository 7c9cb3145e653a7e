"""Sending as a cycle: claim due messages, post them to every sink, remember what came of it.

At least once: a message whose sender dies after the post is sent again with the same Idempotency-Key.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from console.domain.enums import Origin
from console.domain.limits import WEBHOOK
from console.errors import RateLimited
from console.governance.limits import take
from console.notify.message import Message, loud_enough
from console.notify.sinks import Client, Refused, Sink, TooFast, configured_sinks
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("alerts")
_BATCH = 50
_SINKS: dict[tuple[str, ...], list[Sink]] = {}


async def run(db: Database, settings: Any, _tick: datetime) -> Mapping[str, Any]:
    """Send what is due."""
    sinks = _sinks(settings)
    import httpx

    async with httpx.AsyncClient(follow_redirects=False, verify=_trust()) as client:
        return await send_due(db, settings, sinks, client)


@cache
def _trust() -> Any:
    """The authorities that are trusted, read once: it takes a twentieth of a second, and a tick comes every few."""
    import httpx

    return httpx.create_ssl_context()


def _sinks(settings: Any) -> list[Sink]:
    """Kept between ticks: their pace must not start anew every five seconds."""
    told = settings.automation
    key = (
        told.webhook_url,
        told.webhook_secret,
        told.slack_webhook_url,
        told.pagerduty_routing_key,
        str(told.notify_per_minute),
    )
    if key not in _SINKS:
        _SINKS[key] = configured_sinks(settings)
    return _SINKS[key]


async def send_due(db: Database, settings: Any, sinks: Sequence[Sink], client: Client) -> Mapping[str, Any]:
    """One batch. Without sinks, and for what is not loud enough, messages count as sent."""
    totals: Counter[str] = Counter()
    gate = Gate(db)
    for row in await db.fetch(_SQL["due_webhooks"], _BATCH):
        message = Message(str(row["id"]), row["event"], row["dedupe_key"], row["body"])
        told = list(row["body"].get("told", [])) if isinstance(row["body"], dict) else []
        wanted = [sink for sink in sinks if sink.name not in told]
        if not loud_enough(message, settings.automation.notify_severity):
            wanted = []
        errors = await _post(wanted, client, message, gate)
        words = "; ".join(str(error) for error in errors.values())[:1000] or None
        told += [sink.name for sink in wanted if sink.name not in errors]
        pauses = [error.after for error in errors.values() if isinstance(error, TooFast)]
        if pauses and len(pauses) == len(errors):
            await db.execute(_SQL["webhook_later"], row["tenant_id"], row["id"], words, max(pauses), told)
            totals["waiting"] += 1
            continue
        final = bool(errors) and all(isinstance(error, Refused) and error.final for error in errors.values())
        attempts = 0 if final else settings.automation.notify_attempts
        await db.execute(_SQL["webhook_done"], row["tenant_id"], row["id"], words, attempts, told)
        totals["failed" if errors else "sent"] += 1
    return dict(totals)


class Gate:
    """The rate limits that all processes share, before each post. A sink that was refused is not asked for again in
    the same batch: one storm is one violation a batch, not one a message."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._closed: dict[str, TooFast] = {}

    async def ask(self, sink: str) -> None:
        """Raises TooFast."""
        if sink in self._closed:
            raise self._closed[sink]
        try:
            await take(self._db, WEBHOOK, keys={"resource": sink, "origin": Origin.SCHEDULER.value})
        except RateLimited as error:
            # A rule that never grants is an admin's mistake: messages wait for it to be put right.
            after = error.retry_after if math.isfinite(error.retry_after) else 60.0
            self._closed[sink] = TooFast(f"{sink}: {error.message}", after)
            raise self._closed[sink] from error


async def _post(sinks: Sequence[Sink], client: Client, message: Message, gate: Gate) -> dict[str, Refused | TooFast]:
    """What went wrong, by sink."""

    async def one(sink: Sink) -> None:
        await gate.ask(sink.name)
        await sink.send(client, message)

    results = await asyncio.gather(*(one(sink) for sink in sinks), return_exceptions=True)
    errors: dict[str, Refused | TooFast] = {}
    for sink, result in zip(sinks, results, strict=True):
        if isinstance(result, (Refused, TooFast)):
            errors[sink.name] = result
        elif isinstance(result, BaseException):
            raise result
    return errors
