"""Working the queue off in this process until nothing is due."""

import asyncio
import contextlib
from dataclasses import dataclass

from console.config.settings import Settings
from console.queue.worker import Worker
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("queue")
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Drained:
    """`completed` by this process; `empty` tells whether nothing was due or running any more."""

    completed: int
    empty: bool


async def drain(db: Database, settings: Settings, *, limit_seconds: float | None = None) -> Drained:
    """Run a worker until no job is due and none runs anywhere, or until `limit_seconds` have passed."""
    worker = Worker(db, settings)
    await worker.start()
    empty = False
    try:
        async with asyncio.timeout(limit_seconds):
            while await db.fetchval(_SQL["live"]):
                worker.dry.clear()
                with contextlib.suppress(TimeoutError):  # other processes work too
                    async with asyncio.timeout(LOOK_SECONDS):
                        await worker.dry.wait()
            empty = True
    except TimeoutError:
        pass
    finally:
        await worker.stop(settings.scheduler.drain_seconds)
    return Drained(worker.completed, empty)
