"""What this session may do, as the database says it."""

from dataclasses import dataclass
from typing import Any

from console.domain.enums import Access


@dataclass(frozen=True, slots=True)
class Standing:
    """The role's access over all tenants. Finer rules (tenant_members) are the database's: rows it hides are gone."""

    access: Access = Access.VIEWER
    role: str = ""
    read_only: bool = False


async def standing(db: Any) -> Standing:
    """Ask Postgres which group roles this session has; `db` is a `console.store.database.Database`."""
    from console.store.queries import queries

    row = await db.fetchrow(queries("actions")["access"])
    return Standing(Access(row["access"]), row["role"], bool(row["read_only"] or db.read_only))
