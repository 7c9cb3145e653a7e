"""Tenants: add, edit, deactivate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from console.domain.actor import Actor
from console.errors import Conflict, NotFound, UsageError
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("governance")
UNITS = ("currency", "rate")


@dataclass(frozen=True, slots=True)
class Edit:
    """New values; None leaves a column as it is."""

    name: str | None = None
    slug: str | None = None
    domains: Sequence[str] | None = None
    brand_terms: Sequence[str] | None = None
    time_zone: str | None = None
    revenue_unit: str | None = None
    active: bool | None = None


async def add_tenant(db: Database, actor: Actor, name: str, edit: Edit) -> Mapping[str, Any]:
    """Make a tenant; the caller becomes its admin. Raises Conflict where it exists."""
    async with db.transaction(actor) as connection:
        made = await connection.fetchrow(_SQL["register_tenants"], name)
        if made is None or not made["created"]:
            raise Conflict(f"a tenant called {name!r} exists", hint="see: aoer-console tenants list")
    db.changed("tenants", "summary")
    return await edit_tenant(db, actor, made["id"], edit)


async def edit_tenant(db: Database, actor: Actor, tenant: UUID, edit: Edit) -> Mapping[str, Any]:
    """Change a tenant and return it as it stands. Raises NotFound, UsageError for a bad value."""
    if edit.revenue_unit is not None and edit.revenue_unit not in UNITS:
        raise UsageError(f"revenue unit cannot be {edit.revenue_unit!r}", hint=f"one of: {', '.join(UNITS)}")
    lists = [None if values is None else list(values) for values in (edit.domains, edit.brand_terms)]
    async with db.transaction(actor) as connection:
        before = await connection.fetchval(_SQL["lock_tenant"], tenant)
        if before is None:
            raise NotFound("the tenant is gone", hint="see: aoer-console tenants list")
        values = (edit.name, edit.slug, *lists, edit.time_zone, edit.revenue_unit, edit.active, before["version"])
        row = await connection.fetchrow(_SQL["edit_tenant"], tenant, *values)
        if row is None:
            raise NotFound("the tenant is not yours to change", hint="it needs admin access in this tenant")
    db.changed("tenants", "summary")
    return dict(row)
