"""Auto-dispatch as a cycle: read what waits and who is there, decide in a thread, commit one transaction a tenant."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from console.automation.alerts import Alert, raise_alerts
from console.automation.control import STOPPED, machine, overrides, should_run
from console.automation.dispatch.matching import Choice, Geometry, decide
from console.automation.dispatch.offers import Offers, avoid_asked
from console.automation.dispatch.read import Rejected, Waiting, read_fleet, read_orders
from console.automation.dispatch.scoring import Candidate, Limits, ScoreWeights, why_nobody
from console.automation.dispatch.write import Decision, write_round
from console.automation.escalation.steps import fingerprint
from console.automation.travel.circle import GreatCircle, distances_km
from console.automation.travel.model import Speeds
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")
ENGINE = "auto_dispatch"
_HORIZON = timedelta(minutes=30)
_HOPELESS = 30.0
"""Minutes to the promise below which an order without any eligible driver is a critical alert."""


@dataclass(slots=True)
class Round:
    """What one round knows of one tenant."""

    tenant: UUID
    waiting: list[Waiting]
    rejected: list[Rejected]
    crew: list[Candidate]
    limits: Limits
    geometry: Geometry
    choices: list[Choice] = field(default_factory=list)
    held: int = 0


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
    if found.waiting and found.crew:
        found.choices = await asyncio.to_thread(
            decide, [one.task for one in found.waiting], found.crew, found.limits, found.geometry
        )
    return await _commit(db, settings, found)


async def read_round(
    db: Database, settings: Any, tenant: UUID, hour: int, most: int, options: Mapping[str, Any]
) -> Round:
    automation = settings.automation
    rows = await db.fetch(_SQL["waiting_orders"], tenant, most, _HORIZON)
    drivers = await db.fetch(_SQL["fleet"], tenant, timedelta(minutes=automation.look_ahead_minutes))
    stops = await db.fetch(_SQL["active_stops"], tenant) if drivers else []
    given = {row["driver_id"]: row["given"] for row in await db.fetch(_SQL["recent_load"], tenant)} if drivers else {}
    factors = await db.fetch(_SQL["learned_factors"], tenant)
    learned = {(row["vehicle_type"], row["hour"]): row["factor"] for row in factors}
    speeds = Speeds(road_factor=automation.road_factor, learned=learned)
    limits = Limits(
        radius_km=float(options.get("radius_km", automation.radius_km)),
        max_active=int(options.get("max_active", automation.max_active)),
        look_ahead=automation.look_ahead_minutes,
    )
    weights = ScoreWeights(
        automation.weight_distance, automation.weight_time, automation.weight_load, automation.weight_priority
    )
    waiting, rejected = read_orders(rows, weights)
    if automation.offers and waiting:
        waiting = await avoid_asked(db, tenant, waiting)
    crew = read_fleet(drivers, stops, given, speeds, hour, fresh_minutes=automation.position_fresh_minutes)
    geometry = Geometry([one.task for one in waiting], GreatCircle(speeds), hour)
    return Round(tenant, waiting, rejected, crew, limits, geometry)


async def _commit(db: Database, settings: Any, found: Round) -> Counter[str]:
    automation = settings.automation
    due = _due(found, automation.commit_minutes)
    decisions = [Decision(found.waiting[choice.task], UUID(found.crew[choice.driver].key), choice) for choice in due]
    alerts = _alerts(found)
    totals = Counter({"waiting": len(found.waiting), "held": found.held, "rejected": len(found.rejected)})
    if not decisions and not alerts and not automation.offers:
        return totals
    async with db.transaction(machine(ENGINE)) as connection:
        if automation.offers:
            offers = Offers(connection, found.tenant, automation.offer_seconds)
            decisions = await offers.settle(decisions)
            totals["offered"] = offers.made
        if decisions:
            round_id = uuid.uuid4()
            written = await write_round(connection, found.tenant, decisions, round_id, ENGINE, found.limits.max_active)
            totals["assigned"], totals["lost"] = len(written.given), written.lost
            after = {"round": str(round_id), "orders": len(written.given), "waiting": len(found.waiting)}
            await connection.execute(
                _SQL["audit"], found.tenant, "dispatch.round", "dispatch_round", str(round_id), None, after, "done"
            )
        totals["alerts"] = await raise_alerts(connection, found.tenant, ENGINE, alerts)
    return totals


def _due(found: Round, commit_minutes: float) -> list[Choice]:
    """Decide late: what need not leave yet stays open, so that a better match may still come.

    A driver must set out when the way to the pickup is as long as the time until the goods are ready; `commit_minutes`
    before that the driver is told. Until then the match is only a plan.
    """
    due: list[Choice] = []
    for choice in found.choices:
        task = found.waiting[choice.task].task
        way = max(0.0, choice.arrival - max(0.0, found.crew[choice.driver].free))
        if task.ready - way <= commit_minutes or task.priority == "urgent":
            due.append(choice)
        else:
            found.held += 1
    return due


def _alerts(found: Round) -> list[Alert]:
    """Orders that cannot be dispatched: unusable places at once, no eligible driver when the promise is near."""
    chosen = {choice.task for choice in found.choices}
    alerts = [_unusable(bad) for bad in found.rejected]
    places = [driver.place for driver in found.crew]
    for index, waiting in enumerate(found.waiting):
        task = waiting.task
        if index in chosen or task.promise is None or task.promise >= _HOPELESS:
            continue
        km = distances_km([task.pickup], places)[0].tolist() if places else []
        why = why_nobody(task, found.crew, found.limits, km)
        for (order, _), reference in zip(waiting.members, waiting.references, strict=True):
            text = f"{reference}: no driver, {task.promise:.0f} min to the promise"
            alerts.append(
                Alert("DISPATCH_FAILED", "critical", text, fingerprint("dispatch_failed", str(order)), order, why)
            )
    return alerts


def _unusable(bad: Rejected) -> Alert:
    name = fingerprint("dispatch_failed", str(bad.order))
    return Alert("DISPATCH_FAILED", "high", f"{bad.reference}: {bad.reason}", name, bad.order)
