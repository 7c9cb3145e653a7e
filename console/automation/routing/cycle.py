"""The route optimiser as cycles: better orders of stops every few minutes, and at once where traffic is in the way."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from console.automation.control import STOPPED, machine, should_run
from console.automation.routing.drivers import DriverTour, driver_tour
from console.automation.routing.model import Tour
from console.automation.routing.reroute import Reroute, reroute
from console.automation.routing.search import Budget
from console.automation.routing.store import read_incidents, write_route
from console.automation.travel.incidents import Incident, slowed, touched
from console.automation.travel.model import TravelTimes
from console.automation.travel.source import learned_speeds, travel_source
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("routing")
ENGINE = "routing"
_BOUND_SECONDS = 60.0
_DRIVERS = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """A driver's tour under present traffic with what came of it. `incidents` lie on the present way."""

    tour: DriverTour
    problem: Tour
    result: Reroute
    incidents: tuple[str, ...]


async def run(db: Database, settings: Any, _tick: datetime) -> Mapping[str, Any]:
    """Look at every driver with at least two stops."""
    if not await should_run(db, ENGINE):
        return STOPPED
    return await optimise_all(db, settings)


async def check_traffic(db: Database, settings: Any, _tick: datetime) -> Mapping[str, Any]:
    """Look only at drivers whose way leads through an active incident."""
    if not await should_run(db, ENGINE):
        return STOPPED
    return await optimise_all(db, settings, only_touched=True)


async def optimise_all(db: Database, settings: Any, *, only_touched: bool = False) -> Mapping[str, Any]:
    """All tenants, bounded in drivers and time."""
    totals: Counter[str] = Counter()
    began, left = time.monotonic(), _DRIVERS
    for row in await db.fetch(_SQL["tenants_driving"]):
        if left <= 0 or time.monotonic() - began > _BOUND_SECONDS:
            totals["tenants_left"] += 1
            continue
        done = await optimise_tenant(db, settings, row["id"], row["hour"], most=left, only_touched=only_touched)
        totals.update(done)
        left -= done["drivers"]
    if totals["executed"] or totals["etas"]:
        db.changed("orders", "incidents")
    return dict(totals)


async def optimise_tenant(
    db: Database,
    settings: Any,
    tenant: UUID,
    hour: int,
    *,
    most: int = _DRIVERS,
    only: Sequence[UUID] | None = None,
    only_touched: bool = False,
    force: bool = False,
) -> Counter[str]:
    """One tenant's drivers: plan each in a worker thread, then commit each change in a transaction of its own."""
    incidents = await read_incidents(db, tenant)
    totals: Counter[str] = Counter()
    if only_touched and not incidents:
        return totals
    drivers = await db.fetch(_SQL["drivers_with_stops"], tenant, most, None if only is None else list(only))
    speeds = await learned_speeds(db, tenant, settings.automation.road_factor)
    tours = await _tours(db, tenant, drivers, speeds.service)
    source = travel_source(settings, speeds)
    for tour in tours:
        on_way = tuple(touched([tour.points[0], *(tour.points[stop] for stop in tour.present)], incidents))
        if only_touched and not on_way:
            continue
        totals["drivers"] += 1
        plan = await _plan(settings, source, tour, incidents, on_way, hour)
        if plan is None:
            totals["failed"] += 1
            continue
        worth = plan.result.share >= settings.automation.route_gain or bool(on_way) or force
        totals.update(await _commit(db, tenant, plan, apply=worth and plan.result.gain > 0))
    return totals


async def _tours(db: Database, tenant: UUID, drivers: Sequence[Any], service: float) -> list[DriverTour]:
    rows = await db.fetch(_SQL["stops"], tenant, [driver["id"] for driver in drivers])
    todo: dict[UUID, list[Any]] = {driver["id"]: [] for driver in drivers}
    for row in rows:
        if row["driver_id"] in todo:
            todo[row["driver_id"]].append(row)
    found = (driver_tour(driver, todo[driver["id"]], service) for driver in drivers)
    return [tour for tour in found if tour is not None]


async def _plan(
    settings: Any,
    source: TravelTimes,
    tour: DriverTour,
    incidents: Sequence[Incident],
    on_way: tuple[str, ...],
    hour: int,
) -> Plan | None:
    minutes = slowed(await source.minutes(tour.points, tour.vehicle, hour), tour.points, incidents)
    problem = tour.tour(minutes)
    budget = Budget(settings.automation.route_iterations)
    try:
        result = await asyncio.to_thread(reroute, problem, tour.present, budget)
    except ValueError:
        return None
    return Plan(tour, problem, result, on_way)


async def _commit(db: Database, tenant: UUID, plan: Plan, *, apply: bool) -> Counter[str]:
    async with db.transaction(machine(ENGINE)) as connection:
        return await write_route(connection, tenant, plan, apply=apply)
