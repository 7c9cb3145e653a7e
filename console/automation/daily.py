"""A cycle: the daily statistics' sums are added up, and what is marked is counted anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.config.settings import Settings
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("engines")


async def run(db: Database, _settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """One transaction. Returns {"added": rows, "counted": tenants}; nothing where another process is at it."""
    async with db.transaction(None) as connection:
        # Counting a tenant of ten million rows anew takes longer than a console's statement may.
        await connection.execute(_SQL["no_time_limit"])
        row = await connection.fetchrow(_SQL["fold_daily"])
    return {name: value for name, value in dict(row or {}).items() if value is not None}
