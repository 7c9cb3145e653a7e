"""Clean-up of what has served its time: signals, failures, and what audits models."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.config.settings import Settings
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")
ROWS = 10_000
ROUNDS = 100


async def run(db: Database, settings: Settings, tick: datetime) -> Mapping[str, Any]:
    """The cycle: delete in short statements until nothing is left that is too old."""
    del tick
    aoer = settings.aoer
    periods = (aoer.keep_signals_days, aoer.keep_failures_days, aoer.keep_models_days)
    total: dict[str, int] = {}
    for _ in range(ROUNDS):
        row = await db.fetchrow(_SQL["clean_up"], *periods, ROWS)
        counts = dict(row) if row is not None else {}
        for kind, count in counts.items():
            total[kind] = total.get(kind, 0) + count
        if not any(count >= ROWS for count in counts.values()):
            break
    return total
