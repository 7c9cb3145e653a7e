"""What the route optimiser reads and writes."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from console.automation.routing.drivers import DriverTour
from console.automation.routing.model import Tour
from console.automation.routing.reroute import Reroute
from console.automation.routing.walk import walk
from console.automation.travel.circle import distances_km
from console.automation.travel.incidents import Incident
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("routing")


class Planned(Protocol):
    """A tour and what came of it."""

    @property
    def tour(self) -> DriverTour: ...
    @property
    def problem(self) -> Tour: ...
    @property
    def result(self) -> Reroute: ...
    @property
    def incidents(self) -> tuple[str, ...]: ...


async def read_incidents(db: Database, tenant: UUID) -> list[Incident]:
    """Active incidents."""
    rows = await db.fetch(_SQL["incidents"], tenant)
    return [
        Incident(
            str(row["id"]),
            row["latitude"],
            row["longitude"],
            row["affected_radius_meters"] / 1000.0,
            row["severity"],
            row["incident_type"],
        )
        for row in rows
    ]


async def write_route(connection: asyncpg.Connection, tenant: UUID, plan: Planned, *, apply: bool) -> Counter[str]:
    """Write predictions and, with `apply`, the new order of stops with its log; nothing if an order changed since."""
    tour, result = plan.tour, plan.result
    ids = [row["id"] for row in tour.orders]
    locked = {row["id"]: row for row in await connection.fetch(_SQL["lock_stops"], tenant, ids)}
    if any(not _same(row, locked.get(row["id"]), tour.driver) for row in tour.orders):
        return Counter(conflicts=1)
    stops = result.after if apply else result.before
    etas = _etas(plan, stops)
    if not apply:
        tag = await connection.execute(_SQL["write_etas"], tenant, ids, [etas[row["id"]] for row in tour.orders])
        if result.gain > 0:
            await _log(connection, tenant, plan, "rejected")
        return Counter(etas=int(tag.split()[-1]), kept=1)
    place = {stop: position for position, stop in enumerate(stops)}
    await connection.execute(
        _SQL["write_places"],
        tenant,
        ids,
        _ranks([place[task.dropoff] for task in tour.tasks]),
        [etas[row["id"]] for row in tour.orders],
        [-1 if task.pickup is None else place[task.pickup] for task in tour.tasks],
        [place[task.dropoff] for task in tour.tasks],
    )
    log = await _log(connection, tenant, plan, "executed")
    for key in plan.incidents:
        await connection.execute(_SQL["mark_incident"], tenant, UUID(key), ids, [log["route_id"]])
    return Counter(executed=1, moved=result.moved)


def _same(row: Any, now: Any, driver: UUID) -> bool:
    return now is not None and now["version"] == row["version"] and now["driver_id"] == driver


def _ranks(places: Sequence[int]) -> list[int]:
    order = sorted(range(len(places)), key=lambda index: places[index])
    ranks = [0] * len(places)
    for rank, index in enumerate(order):
        ranks[index] = rank
    return ranks


def _etas(plan: Planned, stops: Sequence[int]) -> dict[UUID, float]:
    served = dict(zip(stops, walk(plan.problem, stops).served, strict=True))
    return {row["id"]: served[task.dropoff] for row, task in zip(plan.tour.orders, plan.tour.tasks, strict=True)}


def _km(tour: DriverTour, stops: Sequence[int]) -> float:
    table = distances_km(tour.points, tour.points)
    return float(sum(table[a, b] for a, b in pairwise([0, *stops])))


async def _log(connection: asyncpg.Connection, tenant: UUID, plan: Planned, status: str) -> Any:
    tour, result = plan.tour, plan.result
    before, after = _km(tour, result.before), _km(tour, result.after)
    position = {stop: index for index, stop in enumerate(result.after)}
    notes = f"late minutes {result.late_before:.1f} -> {result.late_after:.1f}"
    if plan.incidents:
        notes += f"; {len(plan.incidents)} incidents on the way"
    if status == "rejected":
        notes += "; gain too small to change the driver's plan"
    return await connection.fetchrow(
        _SQL["log"],
        tenant,
        tour.driver,
        [row["id"] for row in tour.orders],
        len(result.after),
        before - after,
        result.gain,
        result.moved,
        100.0 * result.share,
        [position[stop] for stop in result.before],
        list(range(len(result.after))),
        before,
        after,
        result.minutes_before,
        result.minutes_after,
        result.method,
        notes,
        status,
        {"before": list(result.before), "after": list(result.after), "incidents": list(plan.incidents)},
    )
