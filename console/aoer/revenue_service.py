"""Revenue at risk of a tenant, and declaring its unit and assumptions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from console.aoer.revenue import Mode, RevenueAtRisk, assumed, observed, parse_assumptions
from console.aoer.service import show
from console.aoer.tenant import Tenant
from console.domain.actor import Actor
from console.errors import Conflict, UsageError
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")
UNITS = ("currency", "rate")


async def revenue_at_risk(db: Database, tenant: Tenant) -> RevenueAtRisk:
    """From observed losses where there are enough, else from stated assumptions, else not computable."""
    today: date = await db.fetchval(_SQL["database_day"])
    rows = await db.fetch(_SQL["losses_of"], tenant.id, today)
    rating = (await show(db, tenant, 0.0)).values.get("aoer_score")
    now = float(rating) if rating is not None else (rows[-1]["observed_aiv"] if rows else None)
    found = RevenueAtRisk(Mode.NOT_COMPUTABLE, tenant.revenue_unit, reason="no rating and no reading to measure from")
    if now is not None:
        ages = [(today - row["date"]).days / 7.0 for row in rows]
        losses, visibility = [row["observed_rar"] for row in rows], [row["observed_aiv"] for row in rows]
        found = observed(losses, visibility, ages, now, tenant.revenue_unit)
    stated = tenant.settings.get("revenue")
    if found.mode is Mode.NOT_COMPUTABLE and isinstance(stated, Mapping) and stated:
        return assumed(parse_assumptions(stated), tenant.revenue_unit)
    return found


async def declare(
    db: Database, actor: Actor, tenant: Tenant, unit: str | None, since: date | None, stated: Mapping[str, object]
) -> None:
    """Declare the unit of losses, the day its series begins, and assumptions. Raises Conflict when changed meanwhile.

    Another unit than before needs `since` where losses were observed: what was observed in one unit is never read in
    another.
    """
    if unit is not None and unit not in UNITS:
        raise UsageError(f"unknown unit {unit!r}", hint=f"one of: {', '.join(UNITS)}")
    changes: dict[str, Any] = {}
    if since is not None:
        changes["revenue_since"] = since.isoformat()
    if stated:
        kept = tenant.settings.get("revenue") or {}
        parse_assumptions(stated)
        changes["revenue"] = {**kept, **stated}
    new_unit = unit or tenant.revenue_unit
    async with db.transaction(actor) as connection:
        row = await connection.fetchrow(_SQL["declare_revenue"], tenant.id, new_unit, changes, tenant.version)
        if row is None:
            raise Conflict(f"{tenant.name} was changed meanwhile", hint="look at it again and repeat")
        before = {"revenue_unit": tenant.revenue_unit}
        after = {"revenue_unit": new_unit, **changes}
        await connection.execute(
            _SQL["audit"], tenant.id, "aoer.revenue", "tenant", str(tenant.id), before, after, "done"
        )
