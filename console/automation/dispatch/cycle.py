"""Auto-dispatch as a cycle: read what waits and who is there, decide in a thread, commit one transaction a tenant."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from console.automation.alerts import Alert, raise_alerts
from console.automation.control import STOPPED, machine, overrides, should_run
from console.automation.dispatch.demands import kilometres
from console.automation.dispatch.moment import Draft, Outcome
from console.automation.dispatch.offers import Offers
from console.automation.dispatch.read import Rejected
from console.automation.dispatch.round import Round, read_round
from console.automation.dispatch.scoring import why_nobody
from console.automation.dispatch.write import Decision, decisions_of, expectations, write_round
from console.automation.escalation.steps import fingerprint
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")
ENGINE = "auto_dispatch"
_HOPELESS = 30.0
"""Minutes to the promise below which an order without any eligible driver is a critical alert."""

_DRAFTS: dict[UUID, Draft] = {}
"""Where each tenant's last round left its plan. Losing it costs nothing but a little search."""


async def run(db: Database, settings: Any, _tick: datetime) -> Mapping[str, Any]:
    """One round for every tenant with waiting orders, bounded in rows and time."""
    if not await should_run(db, ENGINE):
        return STOPPED
    return await dispatch_all(db, settings)


async def dispatch_all(db: Database, settings: Any, tenant: UUID | None = None) -> Mapping[str, Any]:
    """The round itself, whatever the desired state; `tenant` limits it to one."""
    options = await overrides(db, ENGINE)
    began = time.monotonic()
    totals: Counter[str] = Counter()
    left = int(options.get("max_orders", settings.automation.max_orders))
    for row in await db.fetch(_SQL["tenants_waiting"]):
        if tenant is not None and row["id"] != tenant:
            continue
        if left <= 0 or time.monotonic() - began > settings.automation.round_seconds:
            totals["tenants_left"] += 1
            continue
        done = await dispatch_tenant(db, settings, row["id"], row["hour"], left, options)
        totals.update(done)
        left -= done["waiting"]
    if totals["assigned"] or totals["alerts"]:
        db.changed("orders", "alerts")
    return dict(totals)


async def dispatch_tenant(
    db: Database, settings: Any, tenant: UUID, hour: int, most: int, options: Mapping[str, Any]
) -> Counter[str]:
    """One tenant: read, decide, commit."""
    found = await read_round(db, settings, tenant, hour, most, options)
    outcome = await asyncio.to_thread(found.decide, _DRAFTS.get(tenant, Draft()))
    if outcome.draft.trips:
        _DRAFTS[tenant] = outcome.draft
    else:
        _DRAFTS.pop(tenant, None)
    return await commit(db, settings, found, outcome)


async def commit(db: Database, settings: Any, found: Round, outcome: Outcome) -> Counter[str]:
    """Write what is told now, with its log; alerts for what nobody can take."""
    automation = settings.automation
    decisions, alerts, expected = decisions_of(found, outcome), _alerts(found, outcome), expectations(found, outcome)
    counted = {"waiting": len(found.waiting), "held": len(outcome.held), "rejected": len(found.rejected)}
    totals = Counter(counted)
    if not decisions and not alerts and not expected and not automation.offers:
        return totals
    async with db.transaction(machine(ENGINE)) as connection:
        if automation.offers:
            offers = Offers(connection, found.tenant, automation.offer_seconds)
            decisions = await offers.settle(decisions)
            totals["offered"] = offers.made
        if decisions:
            totals.update(await _give(connection, found, decisions))
        if expected:
            columns = [list(column) for column in zip(*expected, strict=True)]
            totals["expected"] = len(await connection.fetch(_SQL["expect"], found.tenant, *columns))
        totals["alerts"] = await raise_alerts(connection, found.tenant, ENGINE, alerts)
    return totals


async def _give(connection: Any, found: Round, decisions: list[Decision]) -> Counter[str]:
    round_id = uuid.uuid4()
    written = await write_round(connection, found.tenant, decisions, round_id, ENGINE, found.limits.max_active)
    after = {"round": str(round_id), "orders": len(written.given), "waiting": len(found.waiting)}
    await connection.execute(
        _SQL["audit"], found.tenant, "dispatch.round", "dispatch_round", str(round_id), None, after, "done"
    )
    return Counter(assigned=len(written.given), lost=written.lost)


def _alerts(found: Round, outcome: Outcome) -> list[Alert]:
    """Orders that cannot be dispatched: unusable places at once, no driver within sight when the promise is near."""
    in_sight = set(outcome.choices)
    for one in outcome.held:
        task = found.waiting[one.order].task
        if one.departs <= max(found.limits.look_ahead, task.ready):
            in_sight.add(one.order)
    alerts = [_unusable(bad) for bad in found.rejected]
    for key, waiting in found.waiting.items():
        task = waiting.task
        if key in in_sight or task.promise is None or task.promise >= _HOPELESS:
            continue
        km = kilometres([task], found.crew, found.ground)[0].tolist() if found.ground else []
        why = why_nobody(task, found.crew, found.limits, km)
        for order, _ in waiting.members:
            text = f"no driver, {task.promise:.0f} min to the promise"
            alerts.append(
                Alert("DISPATCH_FAILED", "critical", text, fingerprint("dispatch_failed", str(order)), order, why)
            )
    return alerts


def _unusable(bad: Rejected) -> Alert:
    name = fingerprint("dispatch_failed", str(bad.order))
    return Alert("DISPATCH_FAILED", "high", bad.reason, name, bad.order)
