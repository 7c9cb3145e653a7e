"""One order's life: every row of every log that names it."""

from typing import Any
from uuid import UUID

from console.store.database import Database
from console.store.queries import queries

_SQL = queries("history")


async def order_life(db: Database, tenant: UUID, order: UUID, limit: int = 1_000) -> list[dict[str, Any]]:
    """Rows of (at, log, what, actor, driver, words, details), oldest first; `limit` rows at most."""
    return [dict(row) for row in await db.fetch(_SQL["order_life"], tenant, order, limit)]
