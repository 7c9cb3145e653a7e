"""Places for the map: drivers, open orders, traffic incidents. Rows that read the same stay the same objects."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from console.domain.places import closes, usable
from console.domain.text import clean

LIMIT: Final = 6000
"""Places of one kind read at most; the totals say how many there are."""
_AT_ONCE: Final = 400
"""Rows built before the event loop gets a turn: a few milliseconds."""

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True, slots=True)
class DriverPlace:
    """A driver; `at` is None without a position that can be believed."""

    key: str
    version: int
    row_version: int
    tenant_id: str
    tenant: str
    name: str
    status: str
    vehicle_type: str
    capacity: int
    at: Point | None
    position_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderPlace:
    """An order that is not over. `legs` are the places of pickup and drop-off in the driver's route, -1 for a pickup
    already made; None where no route has been planned."""

    key: str
    version: int
    row_version: int
    tenant_id: str
    tenant: str
    reference: str
    status: str
    priority: str
    pickup: Point | None
    dropoff: Point | None
    pickup_name: str
    dropoff_name: str
    ready_at: datetime | None
    promised_at: datetime | None
    eta_at: datetime | None
    driver_id: str | None
    route_sequence: int | None
    legs: tuple[float, float] | None

    @property
    def at(self) -> Point | None:
        """Where it is waiting: at its pickup, or where it should go when nobody said where it is."""
        return self.pickup or self.dropoff


@dataclass(frozen=True, slots=True)
class IncidentPlace:
    """A traffic incident: a circle of `radius` metres in which traffic is slow, or shut."""

    key: str
    version: int
    row_version: int
    tenant_id: str
    tenant: str
    kind: str
    type: str
    severity: str
    status: str
    description: str
    at: Point | None
    radius: int
    closed: bool
    reported_at: datetime


Place = DriverPlace | OrderPlace | IncidentPlace


@dataclass(frozen=True, slots=True)
class MapDetail:
    """Everything the map shows. `totals` counts drivers, orders and incidents in the database, also those left out."""

    drivers: tuple[DriverPlace, ...] = ()
    orders: tuple[OrderPlace, ...] = ()
    incidents: tuple[IncidentPlace, ...] = ()
    totals: tuple[int, int, int] = (0, 0, 0)


def _point(lat: float | None, lon: float | None) -> Point | None:
    return (lat, lon) if lat is not None and lon is not None and usable(lat, lon) else None


def _driver(row: Any, version: int) -> DriverPlace:
    return DriverPlace(
        key=str(row["id"]),
        version=version,
        row_version=row["version"],
        tenant_id=str(row["tenant_id"]),
        tenant=clean(row["tenant"]),
        name=clean(row["label"]),
        status=row["status"],
        vehicle_type=clean(row["what"] or ""),
        capacity=row["amount"],
        at=_point(row["lat"], row["lon"]),
        position_at=row["at"],
    )


def _order(row: Any, version: int) -> OrderPlace:
    return OrderPlace(
        key=str(row["id"]),
        version=version,
        row_version=row["version"],
        tenant_id=str(row["tenant_id"]),
        tenant=clean(row["tenant"]),
        reference=clean(row["label"]),
        status=row["status"],
        priority=row["what"],
        pickup=_point(row["lat"], row["lon"]),
        dropoff=_point(row["to_lat"], row["to_lon"]),
        pickup_name=clean(row["place"] or ""),
        dropoff_name=clean(row["to_place"] or ""),
        ready_at=row["at"],
        promised_at=row["due_at"],
        eta_at=row["eta_at"],
        driver_id=str(row["driver_id"]) if row["driver_id"] is not None else None,
        route_sequence=row["amount"],
        legs=_legs(row["leg"]),
    )


def _legs(value: Any) -> tuple[float, float] | None:
    """Anybody may write metadata: what is not a pair of numbers is no route."""
    if isinstance(value, list) and len(value) == 2 and all(type(item) in (int, float) for item in value):
        return float(value[0]), float(value[1])
    return None


def _incident(row: Any, version: int) -> IncidentPlace:
    return IncidentPlace(
        key=str(row["id"]),
        version=version,
        row_version=row["version"],
        tenant_id=str(row["tenant_id"]),
        tenant=clean(row["tenant"]),
        kind="traffic",
        type=row["what"],
        severity=row["status"],
        status="open",
        description=clean(row["label"]),
        at=_point(row["lat"], row["lon"]),
        radius=row["amount"],
        closed=closes(row["what"], row["status"]),
        reported_at=row["at"],
    )


_MAKERS: Final[Mapping[str, Callable[[Any, int], Place]]] = {"driver": _driver, "order": _order, "incident": _incident}


class PlaceReader:
    """Turns rows of the statement into places, a few at a time, giving back the same object for the same contents."""

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[tuple[Any, ...], Place]] = {}
        self._detail = MapDetail()
        self._versions = 0

    async def build(self, rows: Sequence[Any], turn: Callable[[], Awaitable[None]] | None = None) -> MapDetail:
        """The map as it is now; the same object as before when nothing changed. `turn` lets others run."""
        kept: dict[Any, tuple[tuple[Any, ...], Place]] = {}
        found: dict[str, list[Any]] = {"driver": [], "order": [], "incident": []}
        totals = dict.fromkeys(found, 0)
        for number, row in enumerate(rows):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await (turn() if turn is not None else asyncio.sleep(0))
            kind, key = row["kind"], row["id"]
            seen = tuple(row.values())[:-1]
            old = self._kept.get(key)
            if old is None or old[0] != seen:
                self._versions += 1
                old = (seen, _MAKERS[kind](row, self._versions))
            kept[key] = old
            found[kind].append(old[1])
            totals[kind] = row["total"]
        self._kept = kept
        lists = [tuple(places) for places in found.values()]
        drivers, orders, incidents = lists
        fresh = MapDetail(drivers, orders, incidents, (totals["driver"], totals["order"], totals["incident"]))
        if not _same(fresh, self._detail):
            self._detail = fresh
        return self._detail


def _same(one: MapDetail, other: MapDetail) -> bool:
    pairs = ((one.drivers, other.drivers), (one.orders, other.orders), (one.incidents, other.incidents))
    return one.totals == other.totals and all(
        len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True)) for a, b in pairs
    )
