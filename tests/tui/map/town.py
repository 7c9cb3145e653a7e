"""A small town for the map: four drivers, orders, incidents; every field can be replaced."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from console.feed.places import DriverPlace, IncidentPlace, MapDetail, OrderPlace
from tests.tui.sample import NOW

CENTRE = (52.37, 4.90)


def at(north: float, east: float) -> tuple[float, float]:
    """Kilometres from the centre, roughly."""
    return CENTRE[0] + north / 111.2, CENTRE[1] + east / 67.9


def driver(number: int, **changes: Any) -> DriverPlace:
    fresh = DriverPlace(
        key=f"d{number}",
        version=1,
        row_version=1,
        tenant_id="t1",
        tenant="Harbour Eats",
        name=f"Driver {number}",
        status="available",
        vehicle_type="bike",
        capacity=4,
        at=at(number, number),
        position_at=NOW - timedelta(seconds=5),
    )
    return replace(fresh, **changes)


def order(number: int, **changes: Any) -> OrderPlace:
    fresh = OrderPlace(
        key=f"o{number}",
        version=1,
        row_version=1,
        tenant_id="t1",
        tenant="Harbour Eats",
        reference=f"ORD-{number}",
        status="pending",
        priority="medium",
        pickup=at(-number, 1),
        dropoff=at(-number, -2),
        pickup_name=f"Kitchen {number}",
        dropoff_name=f"Street {number}",
        ready_at=NOW + timedelta(minutes=5),
        promised_at=NOW + timedelta(minutes=40),
        eta_at=None,
        driver_id=None,
        route_sequence=None,
        legs=None,
    )
    return replace(fresh, **changes)


def incident(number: int, **changes: Any) -> IncidentPlace:
    fresh = IncidentPlace(
        key=f"i{number}",
        version=1,
        row_version=1,
        tenant_id="t1",
        tenant="Harbour Eats",
        kind="traffic",
        type="accident",
        severity="HIGH",
        status="open",
        description=f"Collision {number}",
        at=at(0, 2 * number),
        radius=600,
        closed=False,
        reported_at=NOW - timedelta(minutes=3),
    )
    return replace(fresh, **changes)


def town(**changes: Any) -> MapDetail:
    drivers = (driver(1), driver(2, status="busy"), driver(3, status="offline"), driver(4, status="on_break"))
    carried = order(9, status="assigned", driver_id="d2", pickup=at(1, -1), dropoff=at(-1, -3))
    detail = MapDetail(drivers, (order(1), order(2), carried), (incident(1),))
    detail = replace(detail, **changes)
    totals = (len(detail.drivers), len(detail.orders), len(detail.incidents))
    return replace(detail, totals=changes.get("totals", totals))
