"""Sending as a cycle: claim due messages, post them to every sink, remember what came of it.

At least once: a message whose sender dies after the post is sent again with the same Idempotency-Key.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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

    async with httpx.AsyncClient(follow_redirects=False) as client:
        return await send_due(db, settings, sinks, client)


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
    for row in await db.fetch(_SQL["due_webhooks"], _BATCH):
        message = Message(str(row["id"]), row["event"], row["dedupe_key"], row["body"])
        told = list(row["body"].get("told", [])) if isinstance(row["body"], dict) else []
        wanted = [sink for sink in sinks if sink.name not in told]
        if not loud_enough(message, settings.automation.notify_severity):
            wanted = []
        errors, final = await _post(wanted, client, message)
        attempts = 0 if final else settings.automation.notify_attempts
        words = "; ".join(errors.values())[:1000] or None
        told += [sink.name for sink in wanted if sink.name not in errors]
        await db.execute(_SQL["webhook_done"], row["tenant_id"], row["id"], words, attempts, told)
        totals["failed" if errors else "sent"] += 1
    return dict(totals)


async def _post(sinks: Sequence[Sink], client: Client, message: Message) -> tuple[dict[str, str], bool]:
    """Errors in words by sink, and whether none of them is worth another try."""
    results = await asyncio.gather(*(sink.send(client, message) for sink in sinks), return_exceptions=True)
    errors: dict[str, str] = {}
    final = True
    for sink, result in zip(sinks, results, strict=True):
        if isinstance(result, (Refused, TooFast)):
            errors[sink.name] = str(result)
            final = final and isinstance(result, Refused) and result.final
        elif isinstance(result, BaseException):
            raise result
    return errors, final and bool(errors)
