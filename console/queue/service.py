"""What people and other rooms do with the queue: add, look, cancel, retry. Every write is short and audited."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from console.domain.actor import Actor
from console.domain.enums import Priority
from console.errors import ConsoleError, NotFound
from console.queue import lines
from console.store.database import Database
from console.store.queries import queries
from console.store.sessions import encode_json
from console.store.translate import sqlstate

_SQL = queries("queue")
PAGE = 10_000
"""Tenants queued by one statement: a hundred thousand go in ten short transactions, not in one long one."""
AUDITED_ONE_BY_ONE = 100
"""Up to this many tenants each get an audit row; above it one row tells how many."""


@dataclass(frozen=True, slots=True)
class Enqueued:
    """How many jobs are new, how many waiting ones were raised, and how many tenants had been waiting as they are."""

    created: int = 0
    raised: int = 0
    already: int = 0

    def __add__(self, other: "Enqueued") -> "Enqueued":
        return Enqueued(self.created + other.created, self.raised + other.raised, self.already + other.already)


@dataclass(frozen=True, slots=True)
class Change:
    """One job after a verb. `status` "running" after a cancel means that it is being stopped."""

    tenant: UUID
    id: UUID
    status: str
    version: int


async def enqueue(
    db: Database,
    actor: Actor,
    tenants: Sequence[UUID],
    *,
    priority: Priority = Priority.MEDIUM,
    kind: str = "recompute",
    dedupe_key: str | None = "",
    at: datetime | None = None,
    payload: Mapping[str, Any] | None = None,
    max_retries: int = 3,
) -> Enqueued:
    """Queue one job a tenant; a job that waits already is raised to the higher priority instead of doubled.

    `dedupe_key` None never merges; the payload {"force": True} has a rating computed even where nothing changed.
    Raises NotFound for a tenant that does not exist; its page is left out.
    """
    total = Enqueued()
    for start in range(0, len(tenants), PAGE):
        page = tenants[start : start + PAGE]
        args = (page, priority.value, kind, dedupe_key, at, encode_json(payload or {}), max_retries)
        try:
            async with db.transaction(actor) as connection:
                rows = await connection.fetch(_SQL["enqueue"], *args)
                await _audit_enqueue(connection, rows, len(page), priority, kind)
        except ConsoleError as error:
            if sqlstate(error) != "23503":
                raise
            raise NotFound("a tenant to queue for does not exist", hint="see: aoer-console tenants list") from error
        created = sum(row["created"] for row in rows)
        total += Enqueued(created, len(rows) - created, len(set(page)) - len(rows) if dedupe_key is not None else 0)
        lines.say(lines.QUEUED, [row["tenant_id"] for row in rows])
        db.changed("queue", "work")
    return total


async def _audit_enqueue(
    connection: asyncpg.Connection, rows: Sequence[asyncpg.Record], asked: int, priority: Priority, kind: str
) -> None:
    if len(rows) > AUDITED_ONE_BY_ONE:
        after = {"jobs": len(rows), "asked": asked, "priority": priority.value, "kind": kind}
        await connection.fetch(_SQL["audit"], [None], "queue.add", [None], [None], [encode_json(after)], "done")
    elif rows:
        changes = [encode_json({"priority": priority.value, "kind": kind, "created": row["created"]}) for row in rows]
        tenants, ids = [row["tenant_id"] for row in rows], [str(row["id"]) for row in rows]
        await connection.fetch(_SQL["audit"], tenants, "queue.add", ids, [None] * len(rows), changes, "done")


async def enqueue_all(
    db: Database, actor: Actor, *, priority: Priority = Priority.LOW, payload: Mapping[str, Any] | None = None
) -> Enqueued:
    """Queue a recompute of every active tenant."""
    total = Enqueued()
    async for page in pages(db, _SQL["active_tenants"]):
        total += await enqueue(db, actor, page, priority=priority, payload=payload)
    return total


async def enqueue_recent(db: Database, actor: Actor, *, days: int = 7, priority: Priority = Priority.LOW) -> Enqueued:
    """Queue a recompute of every active tenant that has a signal of the last `days` days."""
    total = Enqueued()
    async for page in pages(db, _SQL["tenants_with_signals"], days):
        total += await enqueue(db, actor, page, priority=priority)
    return total


async def pages(db: Database, sql: str, *args: Any) -> AsyncIterator[list[UUID]]:
    """Tenant ids in pages: each read is short, so that no snapshot is held while the pages are worked on."""
    last = UUID(int=0)
    while True:
        rows = await db.fetch(sql, *args, last, PAGE)
        if rows:
            last = rows[-1]["id"]
            yield [row["id"] for row in rows]
        if len(rows) < PAGE:
            return


async def status(db: Database) -> dict[str, Any]:
    """Counts by status (outside names), lanes, rates of the last quarter of an hour, workers, what is paused."""
    counts = await db.fetchrow(_SQL["status"])
    return {
        "counts": dict(counts) if counts is not None else {},
        "lanes": [dict(row) for row in await db.fetch(_SQL["depth"])],
        "rates": [dict(row) for row in await db.fetch(_SQL["rates"], timedelta(minutes=15))],
        "workers": [dict(row) for row in await db.fetch(_SQL["workers"], timedelta(minutes=1))],
        "controls": [dict(row) for row in await db.fetch(_SQL["controls"])],
    }


async def list_jobs(
    db: Database, *, statuses: Sequence[str] | None = None, tenant: UUID | None = None, limit: int = 50
) -> list[asyncpg.Record]:
    """Jobs of the hot table, running first, then waiting in the order of service, then the latest ended."""
    return await db.fetch(_SQL["list"], list(statuses) if statuses else None, tenant, limit)


async def cancel(db: Database, actor: Actor, ids: Sequence[UUID]) -> list[Change]:
    """Cancel waiting jobs, and ask the workers of running ones to stop. Ended jobs are left out of the answer."""
    async with db.transaction(actor) as connection:
        jobs = await connection.fetch(_SQL["job"], list(ids))
        return await _change(db, connection, "cancel", jobs)


async def retry(db: Database, actor: Actor, ids: Sequence[UUID]) -> list[Change]:
    """Queue failed, cancelled or quarantined jobs again, with a fresh count.

    Left out of the answer: jobs in another state, and those with a twin that waits already.
    """
    async with db.transaction(actor) as connection:
        jobs = await connection.fetch(_SQL["job"], list(ids))
        return await _change(db, connection, "retry", jobs)


async def change_by_status(
    db: Database, actor: Actor, verb: str, statuses: Sequence[str], tenant: UUID | None = None
) -> list[Change]:
    """`cancel` or `retry` every job in one of `statuses`, a page at a time."""
    changed: list[Change] = []
    while True:
        async with db.transaction(actor) as connection:
            jobs = await connection.fetch(_SQL["jobs_by_status"], list(statuses), tenant, PAGE)
            page = await _change(db, connection, verb, jobs)
        changed += page
        # What could not be changed comes back in the next page: stop once a page changes nothing or was the last.
        if len(jobs) < PAGE or not page:
            return changed


async def _change(
    db: Database, connection: asyncpg.Connection, verb: str, jobs: Sequence[asyncpg.Record]
) -> list[Change]:
    if verb == "retry":  # two ended jobs of one tenant and key cannot both wait
        jobs = list({_twin_key(job): job for job in jobs}.values())
    if not jobs:
        return []
    rows = await connection.fetch(_SQL[verb], [job["tenant_id"] for job in jobs], [job["id"] for job in jobs])
    before = {job["id"]: encode_json({"status": job["status"], "retry_count": job["retry_count"]}) for job in jobs}
    await connection.fetch(
        _SQL["audit"],
        [row["tenant_id"] for row in rows],
        f"queue.{verb}",
        [str(row["id"]) for row in rows],
        [before[row["id"]] for row in rows],
        [encode_json({"status": row["status"]}) for row in rows],
        "done",
    )
    db.changed("queue", "work")
    return [Change(row["tenant_id"], row["id"], row["status"], row["version"]) for row in rows]


def _twin_key(job: asyncpg.Record) -> tuple[Any, ...]:
    key = job["dedupe_key"]
    return job["tenant_id"], job["kind"], job["id"] if key is None else key
