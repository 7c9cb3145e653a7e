"""The queue's own cycles."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin, Priority
from console.queue import service
from console.queue.housekeeping import rescue
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("queue")
RECENT_DAYS = 7
PROMOTE_AT_ONCE = 5000


async def recompute(db: Database, _settings: Settings, tick: datetime) -> Mapping[str, Any]:
    """Queue every active tenant with a signal of the last seven days, at the lowest priority."""
    actor = Actor(Origin.SCHEDULER, f"recompute cycle of {tick:%Y-%m-%d %H:%M}")
    done = await service.enqueue_recent(db, actor, days=RECENT_DAYS, priority=Priority.LOW)
    return {"queued": done.created, "raised": done.raised, "already": done.already}


async def care(db: Database, settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """Rescue jobs of dead workers and let old ones age; workers do the first as well, this works when none is left."""
    rescued = await rescue(db, settings.queue)
    aging = timedelta(minutes=settings.queue.aging_minutes)
    promoted = len(await db.fetch(_SQL["promote"], aging, PROMOTE_AT_ONCE))
    if promoted:
        db.changed("queue", "work")
    return {"rescued": rescued, "promoted": promoted}
