"""What people want of cycles, and how these went: kept in the database, read by every scheduler at each tick."""

import asyncio
import contextlib
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from console.config.settings import Settings
from console.domain.actor import Actor
from console.errors import ConsoleError
from console.scheduler.cycles import all_cycles, find_cycle
from console.scheduler.ticks import Ended, Ticks
from console.store.database import Database
from console.store.queries import queries
from console.store.sessions import encode_json

_SQL = queries("scheduler")


async def cycles(db: Database, settings: Settings) -> list[dict[str, Any]]:
    """Every cycle of this program and of the database, by name; the former even before any scheduler ran."""
    found = {row["cycle"]: dict(row) for row in await db.fetch(_SQL["cycles"])}
    blank = {key: None for row in found.values() for key in row} or dict.fromkeys(
        ("last_outcome", "last_run_at", "last_seconds", "next_run_at", "message", "state")
    )
    for cycle in all_cycles(settings):
        known = {"cycle": cycle.name, "title": cycle.title, "schedule": cycle.schedule}
        found.setdefault(cycle.name, {**blank, "desired": "enabled" if cycle.enabled else "paused", "state": "idle"})
        found[cycle.name] |= known
    return [found[name] for name in sorted(found)]


async def runs(db: Database, cycle: str | None = None, *, limit: int = 20, skipped: bool = False) -> list[Any]:
    """The latest runs, newest first."""
    return await db.fetch(_SQL["runs"], cycle, limit, skipped)


async def desire(db: Database, actor: Actor, names: Sequence[str], wish: str) -> set[str]:
    """Want `names` to be "enabled" or "paused"; returns those for which that is a change."""
    async with db.transaction(actor) as connection:
        for cycle in all_cycles(db.settings) if isinstance(db.settings, Settings) else ():
            if cycle.name in names:
                usual = "enabled" if cycle.enabled else "paused"
                await connection.execute(_SQL["declare"], cycle.name, cycle.title, cycle.schedule, None, usual)
        rows = await connection.fetch(_SQL["desire"], list(names), wish)
        for row in rows:
            before, after = encode_json({"desired": row["before"]}), encode_json({"desired": wish})
            await connection.fetchval(_SQL["audit"], f"cycle.{wish}", row["cycle"], before, after)
    db.changed("engines")
    return {row["cycle"] for row in rows}


async def run_now(db: Database, settings: Settings, name: str) -> Ended:
    """Run a cycle at once in this process, as a tick of its own."""
    cycle, worker = find_cycle(settings, name), uuid4()
    usual = "enabled" if cycle.enabled else "paused"
    await db.execute(_SQL["declare"], cycle.name, cycle.title, cycle.schedule, None, usual)
    await _say(db, worker, "active")
    beats = asyncio.create_task(_beat(db, worker, settings.scheduler.heartbeat_seconds))
    try:
        return await Ticks(db, settings, worker).run(cycle, datetime.now(UTC), forced=True)
    finally:
        beats.cancel()
        await asyncio.wait([beats])
        await _say(db, worker, "stopped")


async def _beat(db: Database, worker: UUID, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        with contextlib.suppress(ConsoleError):
            await _say(db, worker, "active")


async def _say(db: Database, worker: UUID, state: str) -> None:
    await db.execute(_SQL["heartbeat"], worker, platform.node(), os.getpid(), "aoer-console cycles", state)
