"""One tick of a cycle: claimed in the database, run under a time limit, closed with what came of it."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from console.config.settings import Settings
from console.errors import ConsoleError
from console.scheduler.cycles import Cycle
from console.store.database import Database
from console.store.queries import queries
from console.store.sessions import encode_json

_SQL = queries("scheduler")
_log = logging.getLogger("console.scheduler")
SILENCE_HEARTBEATS = 3
"""A process that missed this many heartbeats is taken for dead."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a tick: done, failed, timeout, or why it was not run (taken, paused, busy, early).

    `seconds` is how long it took, of an early one how far ahead this machine's clock is.
    """

    outcome: str
    seconds: float = 0.0
    stats: Mapping[str, Any] | None = None
    error: str | None = None


class Ticks:
    """Runs ticks for one process, known to the fleet by `worker_id`."""

    def __init__(self, db: Database, settings: Settings, worker_id: UUID) -> None:
        self._db = db
        self._settings = settings
        self._id = worker_id
        self._silence = timedelta(seconds=settings.scheduler.heartbeat_seconds * SILENCE_HEARTBEATS)

    async def run(self, cycle: Cycle, tick: datetime | None = None, *, forced: bool = False) -> Ended:
        """Run `tick` (None: the present bin of the interval) unless somebody has it; `forced`: paused cycles too."""
        every = timedelta(seconds=cycle.every) if cycle.every else None
        limit = timedelta(seconds=cycle.timeout)
        row = await self._db.fetchrow(_SQL["begin"], cycle.name, tick, every, self._id, limit, self._silence, forced)
        assert row is not None
        if row["answer"] == "early":
            _log.warning("cycle %s: this machine's clock is %s s ahead of the database's", cycle.name, row["note"])
            return Ended("early", seconds=float(row["note"]))
        if row["answer"] != "run":
            if row["answer"] == "busy":
                _log.warning("cycle %s: tick left out, the run before is %s", cycle.name, row["note"])
                self._db.changed("engines")
            return Ended(row["answer"], error=row["note"])
        return await self._finish(cycle, row["tick"], await self._guarded(cycle, row["tick"]))

    async def _guarded(self, cycle: Cycle, tick: datetime) -> Ended:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(cycle.timeout):
                stats = await cycle.function()(self._db, self._settings, tick)
        except TimeoutError:
            ended = Ended("timeout", error=f"stopped after {cycle.timeout:g} s")
        except asyncio.CancelledError:
            await self._finish(cycle, tick, Ended("failed", error="the process ended"))
            raise
        except ConsoleError as error:
            ended = Ended("failed", error=str(error))
        except Exception as error:
            # One cycle's mistake must not stop the others; the traceback goes to the log.
            _log.exception("cycle %s failed", cycle.name)
            ended = Ended("failed", error=f"{type(error).__name__}: {error}")
        else:
            ended = Ended("done", stats=stats)
        return Ended(ended.outcome, time.monotonic() - begun, ended.stats, ended.error)

    async def _finish(self, cycle: Cycle, tick: datetime, ended: Ended) -> Ended:
        if ended.error:
            _log.warning("cycle %s %s: %s", cycle.name, ended.outcome, ended.error)
        else:
            _log.debug("cycle %s done in %.3f s: %s", cycle.name, ended.seconds, ended.stats)
        try:
            stats = encode_json(dict(ended.stats or {}))
            await self._db.fetchval(_SQL["end"], cycle.name, tick, self._id, ended.outcome, stats, ended.error)
        except ConsoleError as error:
            # The run stays open; whoever has the next tick closes it once this process is known to be gone.
            _log.warning("cycle %s: its end could not be written: %s", cycle.name, error)
        self._db.changed("engines")
        return ended
