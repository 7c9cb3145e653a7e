"""Housekeeping of the tables, by one process at a time."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from console.config.settings import Settings
from console.scheduler.leases import Lease, under_lease
from console.store.database import Database
from console.store.queries import queries

_QUEUE = queries("queue")
_SQL = queries("scheduler")
LEASE_SECONDS = 60.0
ARCHIVE_AT_ONCE = 5000
FORGET_WORKERS = timedelta(days=1)
KEEP_METRICS = timedelta(days=30)
KEEP_RUNS, KEEP_FAILED_RUNS = timedelta(days=2), timedelta(days=30)


async def run(db: Database, settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """Archive finished jobs, make partitions ahead, drop what is old. Every step is a series of short transactions."""
    lease = Lease(db, "maintenance", uuid4(), LEASE_SECONDS)
    return await under_lease(lease, _steps(db, settings, lease))


def _steps(db: Database, settings: Settings, lease: Lease) -> dict[str, Callable[[], Awaitable[int]]]:
    return {
        "partitions": lambda: db.fetchval(_SQL["partitions"]),
        "archived": lambda: archive(db, settings, lease),
        "workers": lambda: _deleted(db, _QUEUE["forget_workers"], FORGET_WORKERS),
        "metrics": lambda: _deleted(db, _QUEUE["prune_metrics"], KEEP_METRICS),
        "runs": lambda: _deleted(db, _SQL["prune_runs"], KEEP_RUNS, KEEP_FAILED_RUNS),
    }


async def archive(db: Database, settings: Settings, lease: Lease | None = None) -> int:
    """Move finished jobs into the archive, a few thousand a transaction."""
    options, total = settings.queue, 0
    completed, others = timedelta(minutes=options.archive_minutes), timedelta(minutes=options.keep_failed_minutes)
    while True:
        moved: int = await db.fetchval(_QUEUE["archive"], completed, others, ARCHIVE_AT_ONCE)
        total += moved
        if moved < ARCHIVE_AT_ONCE or (lease is not None and not await lease.take()):
            return total


async def _deleted(db: Database, sql: str, *args: Any) -> int:
    return int((await db.execute(sql, *args)).rpartition(" ")[2])
