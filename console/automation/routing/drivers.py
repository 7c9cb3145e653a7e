"""Rows of the database as one driver's tour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from console.automation.routing.model import NEVER, Task, Tour
from console.automation.travel.circle import usable
from console.automation.travel.model import Minutes, Point

SERVICE = 2.0
"""Minutes at a stop."""


@dataclass(frozen=True, slots=True)
class DriverTour:
    """A tour with its rows: point 0 is the driver, `present` the order driven now, `orders[i]` belongs to task i."""

    driver: UUID
    name: str
    vehicle: str
    points: tuple[Point, ...]
    tasks: tuple[Task, ...]
    present: tuple[int, ...]
    orders: tuple[Any, ...]
    capacity: int

    def tour(self, minutes: Minutes) -> Tour:
        """The routing problem under these travel times."""
        return Tour(minutes, self.tasks, 0, None, 0.0, self.capacity)


def driver_tour(driver: Any, rows: Sequence[Any], service: float = SERVICE) -> DriverTour | None:
    """The tour of a driver with these orders and `service` minutes a stop; None without any usable position."""
    if not usable(driver["lat"], driver["lon"]):
        return None
    points: list[Point] = [(driver["lat"], driver["lon"])]
    tasks: list[Task] = []
    places: list[tuple[float, int, int]] = []
    kept: list[Any] = []
    for position, row in enumerate(rows):
        if not usable(row["dropoff_lat"], row["dropoff_lon"]):
            continue
        told = _told(row["places"])
        pickup = None
        if row["status"] == "assigned" and usable(row["pickup_lat"], row["pickup_lon"]):
            pickup = len(points)
            points.append((row["pickup_lat"], row["pickup_lon"]))
            places.append((told[0] if told else 1000.0 + position, 0, pickup))
        dropoff = len(points)
        points.append((row["dropoff_lat"], row["dropoff_lon"]))
        places.append((told[1] if told else (2000.0 if pickup is not None else 1000.0) + position, 1, dropoff))
        promise = NEVER if row["promise"] is None else row["promise"]
        ready = row["ready"] or 0.0
        at_pickup = service if pickup is not None else 0.0
        tasks.append(Task(pickup, dropoff, ready, NEVER, 0.0, promise, at_pickup, service))
        kept.append(row)
    if not tasks:
        return None
    present = _valid(tasks, [place for _, _, place in sorted(places)])
    capacity = max(driver["capacity_orders"], len(tasks))
    name, vehicle = driver["name"], driver["vehicle_type"]
    return DriverTour(driver["id"], name, vehicle, tuple(points), tuple(tasks), present, tuple(kept), capacity)


def _told(places: Any) -> tuple[float, float] | None:
    """Places in the route as the engines write them; what somebody else left there is none."""
    if not isinstance(places, list) or len(places) != 2:
        return None
    if not all(isinstance(place, (int, float)) for place in places):
        return None
    return float(places[0]), float(places[1])


def _valid(tasks: Sequence[Task], stops: list[int]) -> tuple[int, ...]:
    """Old places may contradict each other after orders came and went: every pickup goes before its drop-off."""
    for task in tasks:
        if task.pickup is not None and stops.index(task.pickup) > stops.index(task.dropoff):
            stops.remove(task.pickup)
            stops.insert(stops.index(task.dropoff), task.pickup)
    return tuple(stops)
