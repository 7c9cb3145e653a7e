"""How a driver moves: straight towards the next stop, slower in jams, a while at each stop. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from console.automation.routing.drivers import DriverTour
from console.automation.travel.circle import EARTH_KM
from console.automation.travel.incidents import Incident
from console.automation.travel.model import Point

_KM_PER_DEGREE = math.pi * EARTH_KM / 180.0


@dataclass(frozen=True, slots=True)
class Event:
    """An order changed at a stop."""

    order: UUID
    status: str
    before: str


@dataclass(slots=True)
class Mover:
    """One driver under way. `served` is minutes already spent at the present stop."""

    place: Point
    served: float = 0.0
    events: list[Event] = field(default_factory=list)


def gap_km(a: Point, b: Point) -> tuple[float, float, float]:
    """Kilometres north, east and straight from a to b; flat, as a city is."""
    north = (b[0] - a[0]) * _KM_PER_DEGREE
    east = (b[1] - a[1]) * _KM_PER_DEGREE * math.cos(math.radians(a[0]))
    return north, east, math.hypot(north, east)


def slowness(place: Point, incidents: Sequence[Incident]) -> float:
    """Times slower here."""
    inside = [one.factor for one in incidents if gap_km((one.lat, one.lon), place)[2] <= one.radius_km]
    return max(inside, default=1.0)


def advance(
    mover: Mover, tour: DriverTour, minutes: float, pace: float, service: float, incidents: Sequence[Incident]
) -> list[Event]:
    """Drive the tour for `minutes`; `pace` is minutes a kilometre, `service` minutes at a stop. Returns what happened.

    At a pickup the driver waits until the goods are ready; drop-offs follow only what is on board.
    """
    kinds: dict[int, tuple[int, bool]] = {}
    for index, task in enumerate(tour.tasks):
        kinds[task.dropoff] = (index, False)
        if task.pickup is not None:
            kinds[task.pickup] = (index, True)
    events: list[Event] = []
    for stop in tour.present:
        target = tour.points[stop]
        minutes = _drive(mover, target, minutes, pace * slowness(mover.place, incidents))
        if minutes <= 0:
            break
        index, is_pickup = kinds[stop]
        task, row = tour.tasks[index], tour.orders[index]
        if is_pickup and task.ready > 0:
            break
        spent = min(minutes, service - mover.served)
        mover.served += spent
        minutes -= spent
        if mover.served < service:
            break
        mover.served = 0.0
        before = "assigned" if is_pickup else ("out_for_delivery" if task.pickup is not None else row["status"])
        events.append(Event(row["id"], "out_for_delivery" if is_pickup else "delivered", before))
    return events


def _drive(mover: Mover, target: Point, minutes: float, pace: float) -> float:
    """Move towards `target`; minutes left after arriving, 0 while still under way."""
    _, _, km = gap_km(mover.place, target)
    if km < 0.005:
        return minutes
    needed = km * pace
    if needed <= minutes:
        mover.place = target
        return minutes - needed
    share = minutes / needed
    mover.place = (
        mover.place[0] + (target[0] - mover.place[0]) * share,
        mover.place[1] + (target[1] - mover.place[1]) * share,
    )
    return 0.0
