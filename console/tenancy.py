"""Which tenant a word means: one answer for every room, given by `tenants_called()` in the schema."""

from collections.abc import Sequence
from uuid import UUID

from console.errors import Conflict, NotFound
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("tenancy")


async def find_tenant(db: Database, word: str) -> UUID:
    """The tenant of that id, slug or name; a name is also found in other letters (`ACME`) when nothing fits exactly.

    Raises NotFound naming similar ones, and Conflict for a name that several tenants bear.
    """
    rows = await db.fetch(_SQL["called"], word)
    if not rows:
        near = [row["slug"] for row in await db.fetch(_SQL["similar"], word)]
        hint = f"did you mean {', '.join(near)}?" if near else "see: aoer-console tenants list"
        raise NotFound(f"no tenant is called {word!r}", hint=hint)
    if len(rows) > 1:
        slugs = ", ".join(row["slug"] for row in rows[:5])
        raise Conflict(f"{len(rows)} tenants are called {word!r}", hint=f"use one of the slugs: {slugs}")
    found: UUID = rows[0]["id"]
    return found


async def find_tenants(db: Database, words: Sequence[str]) -> list[UUID]:
    """The tenants of several words, each once, in their order. Raises like `find_tenant`."""
    return list(dict.fromkeys([await find_tenant(db, word) for word in words]))
