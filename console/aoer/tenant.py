"""The tenant that a verb is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

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
    """The tenant with that slug, id or exact name. Raises NotFound naming similar ones."""
    row = await db.fetchrow(_SQL["find_tenant"], word)
    if row is None:
        similar = [near["slug"] for near in await db.fetch(_SQL["similar_tenants"], word)]
        hint = f"did you mean {', '.join(similar)}?" if similar else "aoer-console tenants list shows all"
        raise NotFound(f"no tenant is called {word!r}", hint=hint)
    names = Names(tuple(row["brand_terms"]) or (row["name"],), tuple(row["domains"]))
    return Tenant(row["id"], row["name"], row["slug"], names, row["revenue_unit"], row["settings"], row["version"])
