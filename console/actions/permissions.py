"""What this session may do, as the database says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from console.domain.enums import Access

NEEDS_ROLE = "needs the role"
"""How a refusal for lack of access begins."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the login role may do: `access` by its group roles, `tenants` by membership unless it works `everywhere`.

    This only explains refusals early and in words; grants and row level security decide.
    """

    access: Access = Access.VIEWER
    role: str = ""
    read_only: bool = False
    everywhere: bool = True
    tenants: Mapping[str, Access] = field(default_factory=dict)

    def within(self, tenant_id: str) -> Access | None:
        """The access to rows of one tenant ("" for rows of no tenant): the lower of role and membership; None for a
        tenant of which the role is no member."""
        if self.everywhere or not tenant_id:
            return self.access
        member = self.tenants.get(tenant_id.lower())
        return None if member is None else min(self.access, member, key=lambda access: access.rank)


async def standing(db: Any) -> Standing:
    """Ask Postgres which group roles this session has; `db` is a `console.store.database.Database`."""
    from console.store.queries import queries

    sql = queries("actions")
    row = await db.fetchrow(sql["access"])
    memberships = [] if row["everywhere"] else await db.fetch(sql["memberships"])
    return Standing(
        access=Access(row["access"]),
        role=row["role"],
        read_only=bool(row["read_only"] or db.read_only),
        everywhere=row["everywhere"],
        tenants={str(m["tenant_id"]): Access(m["access"]) for m in memberships},
    )
