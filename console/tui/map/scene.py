"""What the map draws: places that pass the filter, whose orders are late, and a driver's stops in order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from console.domain.orders import STALE_POSITION
from console.feed.places import DriverPlace, IncidentPlace, MapDetail, OrderPlace, Place
from console.tui.map.projection import Point

KINDS: Final = ("driver", "order", "incident")
FIELDS: Final = ("kind", "tenant", "name", "status", "priority", "vehicle", "type")
WAITING: Final = "pending"
_LAST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a route; `at` None where nobody knows where it is."""

    order: OrderPlace
    pickup: bool
    at: Point | None

    @property
    def name(self) -> str:
        """Whose place it is."""
        return (self.order.pickup_name if self.pickup else self.order.dropoff_name) or "unnamed place"


def kind_of(place: Place) -> str:
    """ "driver", "order" or "incident"."""
    if isinstance(place, DriverPlace):
        return "driver"
    return "order" if isinstance(place, OrderPlace) else "incident"


def name_of(place: Place) -> str:
    """What people call it."""
    if isinstance(place, DriverPlace):
        return place.name
    return place.reference if isinstance(place, OrderPlace) else place.description or place.type.replace("_", " ")


def cells(place: Place) -> dict[str, str]:
    """What the filter line looks at."""
    shared = {"kind": kind_of(place), "tenant": place.tenant, "name": name_of(place), "status": place.status}
    if isinstance(place, DriverPlace):
        return shared | {"vehicle": place.vehicle_type}
    if isinstance(place, OrderPlace):
        return shared | {"priority": place.priority}
    return shared | {"type": place.type, "priority": place.severity}


def late(order: OrderPlace, now: datetime | None) -> bool:
    """Whether its promise is broken already, or will be by the last prediction."""
    if order.promised_at is None:
        return False
    over = now is not None and now > order.promised_at
    return over or (order.eta_at is not None and order.eta_at > order.promised_at)


def stale(driver: DriverPlace, now: datetime | None) -> bool:
    """Whether the position is too old to act on."""
    if driver.position_at is None:
        return True
    return now is not None and now - driver.position_at > STALE_POSITION


class Filter:
    """Remembers which rows passed, so that a new snapshot asks only about rows that changed."""

    def __init__(self, matches: Callable[[Mapping[str, str]], bool]) -> None:
        self._matches = matches
        self._known: dict[str, tuple[int, bool]] = {}

    def __call__(self, place: Place) -> bool:
        """Whether a place passes."""
        known = self._known.get(place.key)
        if known is None or known[0] != place.version:
            known = self._known[place.key] = place.version, self._matches(cells(place))
        return known[1]


class Scene:
    """A snapshot behind a filter. `held` counts what there is before it."""

    def __init__(self, detail: MapDetail, keep: Callable[[Place], bool] | None = None) -> None:
        fit = keep or (lambda _: True)
        self.drivers: tuple[DriverPlace, ...] = tuple(filter(fit, detail.drivers)) if keep else detail.drivers
        self.orders: tuple[OrderPlace, ...] = tuple(filter(fit, detail.orders)) if keep else detail.orders
        self.incidents: tuple[IncidentPlace, ...] = tuple(filter(fit, detail.incidents)) if keep else detail.incidents
        self.waiting = [order for order in self.orders if order.status == WAITING]
        self.held = len(detail.drivers) + len(detail.orders) + len(detail.incidents)
        self.left_out = sum(detail.totals) - self.held
        self.names = {driver.key: driver.name for driver in detail.drivers}
        self._open = detail.orders
        self._behind: dict[int | None, tuple[frozenset[str], frozenset[str]]] = {}
        self._loads: dict[str, list[OrderPlace]] = {}
        for order in detail.orders:
            if order.driver_id is not None and order.status != WAITING:
                self._loads.setdefault(order.driver_id, []).append(order)

    def of(self, kind: str) -> Sequence[Place]:
        """What can be selected of a kind."""
        if kind == "driver":
            return self.drivers
        return self.orders if kind == "order" else self.incidents

    def load(self, driver: str) -> Sequence[OrderPlace]:
        """Orders a driver has."""
        return self._loads.get(driver, ())

    def shown(self) -> list[Place]:
        """What has a place of its own on the map: drivers, waiting orders, incidents."""
        return [*self.drivers, *self.waiting, *self.incidents]

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.drivers or self.waiting or self.incidents)

    def points(self) -> list[Point]:
        """Where they are, as far as that is known."""
        return [place.at for place in self.shown() if place.at is not None]

    def extent(self) -> list[Point]:
        """What a view of everything must hold: also the stops of orders under way, so that every route is in it."""
        under_way = [order for order in self.orders if order.status != WAITING]
        stops = [order.dropoff for order in under_way] + [o.pickup for o in under_way if o.status == "assigned"]
        return [*self.points(), *(point for point in stops if point is not None)]

    @cached_property
    def unplaced(self) -> int:
        """How many of them nobody can place."""
        return sum(1 for place in self.shown() if place.at is None)

    def old(self, now: datetime | None) -> int:
        """Drivers on duty whose position is old."""
        return sum(1 for d in self.drivers if d.at is not None and d.status != "offline" and stale(d, now))

    def late_orders(self, now: datetime | None) -> frozenset[str]:
        """Keys of the orders that are late."""
        return self._late(now)[0]

    def late_drivers(self, now: datetime | None) -> frozenset[str]:
        """Drivers who carry an order that is late."""
        return self._late(now)[1]

    def _late(self, now: datetime | None) -> tuple[frozenset[str], frozenset[str]]:
        """Orders and drivers. Found once a second: every frame of a map that is being moved asks."""
        second = None if now is None else int(now.timestamp())
        if second not in self._behind:
            orders = frozenset(order.key for order in self._open if late(order, now))
            drivers = frozenset(key for key, load in self._loads.items() if any(order.key in orders for order in load))
            self._behind = {second: (orders, drivers)}
        return self._behind[second]

    def stops(self, driver: str) -> list[Stop]:
        """The stops of a driver's route in order: as planned, else by the orders' own sequence, pickups first."""
        orders = sorted(self.load(driver), key=_sequence)
        ranked: list[tuple[float, int, Stop]] = []
        for number, order in enumerate(orders):
            pickup = order.status == "assigned" and (order.pickup is not None or bool(order.pickup_name))
            first, second = order.legs or (_LAST + number, (2 if pickup else 1) * _LAST + number)
            if pickup:
                # A place written before the order changed hands may contradict itself: pickups go first.
                first = min(first, second) if first >= 0 else second
                ranked.append((first, 0, Stop(order, True, order.pickup)))
            ranked.append((second, 1, Stop(order, False, order.dropoff)))
        return [stop for _, _, stop in sorted(ranked, key=lambda item: item[:2])]

    def around(self, place: Place) -> list[Point]:
        """Points that tell what a selected place is about: itself and where it goes."""
        points = [place.at]
        if isinstance(place, DriverPlace):
            points += [stop.at for stop in self.stops(place.key)]
        elif isinstance(place, OrderPlace):
            points.append(place.dropoff)
        return [point for point in points if point is not None]


def _sequence(order: OrderPlace) -> tuple[int, float, str]:
    sequence = _LAST if order.route_sequence is None else order.route_sequence
    return sequence, order.promised_at.timestamp() if order.promised_at else float("inf"), order.key
