"""Rows of drivers as the engine's candidates: where and when each will have done the stops it has."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from console.automation.dispatch.ground import key_of
from console.automation.dispatch.scoring import Candidate, Task
from console.automation.routing.drivers import DriverTour, driver_tour
from console.automation.travel.circle import usable
from console.automation.travel.model import Point, TravelTimes


@dataclass(frozen=True, slots=True)
class _Stop:
    """A stop still to be made: `ready` is None at a drop-off."""

    order: Any
    point: Point
    ready: float | None


async def read_fleet(
    drivers: Sequence[Any],
    stops: Sequence[Any],
    given: Mapping[UUID, int],
    source: TravelTimes,
    hour: int,
    *,
    fresh_minutes: float,
    service: float,
) -> list[Candidate]:
    """Drivers with a believable, fresh position. `given` counts the orders each had lately; `service` is minutes."""
    todo: dict[UUID, list[Any]] = defaultdict(list)
    for stop in stops:
        todo[stop["driver_id"]].append(stop)
    on_duty = [row for row in drivers if _fresh(row, fresh_minutes)]
    tours = {row["id"]: _stops(row, todo[row["id"]]) for row in on_duty if todo.get(row["id"])}
    legs: dict[UUID, list[float]] = {}
    for vehicle in sorted({row["vehicle_type"] or "" for row in on_duty}):
        some = [row for row in on_duty if (row["vehicle_type"] or "") == vehicle and tours.get(row["id"])]
        paths = [[(row["lat"], row["lon"]), *(stop.point for stop in tours[row["id"]])] for row in some]
        if paths:
            told = await source.paths(paths, vehicle, hour)
            legs.update({row["id"]: minutes for row, minutes in zip(some, told, strict=True)})
    most = max(given.values(), default=0)
    return [
        _candidate(
            row,
            todo.get(row["id"], ()),
            tours.get(row["id"], ()),
            legs.get(row["id"], ()),
            given.get(row["id"], 0) / most if most else 0.0,
            service,
        )
        for row in on_duty
    ]


def _fresh(row: Any, fresh_minutes: float) -> bool:
    age = row["position_age"]
    return usable(row["lat"], row["lon"]) and age is not None and age <= fresh_minutes


def _stops(driver: Any, rows: Sequence[Any]) -> list[_Stop]:
    """The driver's stops in the order they are made."""
    tour: DriverTour | None = driver_tour({**driver, "name": ""}, rows)
    if tour is None:
        return []
    kind: dict[int, _Stop] = {}
    for task, row in zip(tour.tasks, tour.orders, strict=True):
        kind[task.dropoff] = _Stop(row, tour.points[task.dropoff], None)
        if task.pickup is not None:
            kind[task.pickup] = _Stop(row, tour.points[task.pickup], task.ready)
    return [kind[stop] for stop in tour.present]


def _last_bundle(stops: Sequence[_Stop]) -> int:
    """Where the stops begin that are one pickup place and then its own drop-offs; the end if none do."""
    first = len(stops)
    while first > 0 and stops[first - 1].ready is None:
        first -= 1
    start = first
    while (
        start > 0
        and stops[start - 1].ready is not None
        and key_of(stops[start - 1].point) == key_of(stops[first - 1].point)
    ):
        start -= 1
    picked = {stop.order["id"] for stop in stops[start:first]}
    dropped = {stop.order["id"] for stop in stops[first:]}
    return start if picked and picked == dropped else len(stops)


def _candidate(
    row: Any, work: Sequence[Any], stops: Sequence[_Stop], legs: Sequence[float], busyness: float, service: float
) -> Candidate:
    here = (row["lat"], row["lon"])
    split = _last_bundle(stops)
    minutes, place = max(0.0, row["shift_in"] or 0.0), here
    for stop, leg in zip(stops[:split], legs, strict=False):
        minutes += leg
        if stop.ready is not None:
            minutes = max(minutes + service / 2, stop.ready) - service / 2
        minutes, place = minutes + service, stop.point
    told = {stop.order["id"]: stop.order for stop in stops[split:] if stop.ready is not None}
    carried = sum(stop["weight_kg"] for stop in work)
    whole = float("inf") if row["capacity_kg"] is None else row["capacity_kg"]
    return Candidate(
        key=str(row["id"]),
        position=here,
        place=place,
        free=minutes,
        active=len(work),
        capacity=row["capacity_orders"],
        room_kg=max(0.0, whole - carried),
        skills=frozenset(row["skills"]),
        vehicle=row["vehicle_type"] or "",
        off=float("inf") if row["shift_left"] is None else row["shift_left"],
        busyness=busyness,
        capacity_kg=whole,
        told=tuple(told_task(order) for order in told.values()),
    )


def told_task(row: Any) -> Task:
    """An order that a driver was told of and has not picked up."""
    return Task(
        key=str(row["id"]),
        pickup=(row["pickup_lat"], row["pickup_lon"]),
        dropoff=(row["dropoff_lat"], row["dropoff_lon"]),
        ready=row["ready"] or 0.0,
        promise=row["promise"],
        priority=row["priority"],
        weight_kg=row["weight_kg"],
    )
