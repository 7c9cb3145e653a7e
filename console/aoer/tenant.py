"""The tenant that a verb is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from console import tenancy
from console.aoer.intent_rules import Names
from console.errors import NotFound
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as the rating needs it."""

    id: UUID
    name: str
    slug: str
    names: Names
    revenue_unit: str | None
    settings: Mapping[str, Any]
    version: int

    @property
    def competitors(self) -> tuple[str, ...]:
        """Brands that answers are searched for beside the tenant's own."""
        return tuple(str(one) for one in self.settings.get("competitors") or ())


async def find_tenant(db: Database, word: str) -> Tenant:
    """The tenant with that id, slug or name. Raises NotFound naming similar ones, Conflict where several are meant."""
    row = await db.fetchrow(_SQL["tenant"], await tenancy.find_tenant(db, word))
    if row is None:
        raise NotFound(f"the tenant {word!r} is gone", hint="see: aoer-console tenants list")
    names = Names(tuple(row["brand_terms"]) or (row["name"],), tuple(row["domains"]))
    return Tenant(row["id"], row["name"], row["slug"], names, row["revenue_unit"], row["settings"], row["version"])
