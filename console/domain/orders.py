"""Who may carry an order, and when it may change hands. Pure.

    pending -> assigned -> picked_up -> out_for_delivery -> delivered | failed;   pending | assigned -> cancelled

A person may move an order between drivers until it is picked up. Hard limits (another tenant, off duty, full) refuse;
what only a machine would mind (a break, an old position) is a warning that the operator may overrule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from console.domain.enums import DriverStatus, OrderStatus
from console.domain.states import NoChange, Refused

EARTH_KM = 6371.0088
STALE_POSITION = timedelta(minutes=15)
MOVABLE = (OrderStatus.PENDING, OrderStatus.ASSIGNED)
OVER = (OrderStatus.DELIVERED, OrderStatus.FAILED, OrderStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Order:
    """What matters for changing hands."""

    status: OrderStatus
    driver_id: str | None
    weight_kg: float | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """A possible carrier. `active` counts assigned, picked-up and out-for-delivery orders; loads in kg."""

    id: str
    name: str
    status: DriverStatus
    active: int
    capacity: int
    carried_kg: float = 0.0
    capacity_kg: float | None = None
    position_at: datetime | None = None


def check_reassign(order: Order, driver: Driver) -> None:
    """Raise Refused or NoChange unless the order may go to `driver` now."""
    check_movable(order)
    if order.driver_id == driver.id:
        raise NoChange(f"{driver.name} has it already")
    check_takes(driver, order.weight_kg)


def check_movable(order: Order) -> None:
    """Raise Refused when the order can no longer change hands."""
    if order.status not in MOVABLE:
        raise Refused(f"it is {order.status}; only waiting and assigned orders change hands")


def check_open(order: Order) -> None:
    """Raise Refused when it is over."""
    if order.status in OVER:
        raise Refused(f"it is {order.status}")


def check_unassign(order: Order) -> None:
    """Raise NoChange when nobody has it, Refused when it is under way."""
    if order.status is OrderStatus.PENDING and order.driver_id is None:
        raise NoChange("nobody has it")
    check_movable(order)


def check_cancel(order: Order) -> None:
    """Raise NoChange when it is cancelled already, Refused when it is under way or over."""
    if order.status is OrderStatus.CANCELLED:
        raise NoChange("already cancelled")
    if order.status not in MOVABLE:
        raise Refused(f"it is {order.status}; only waiting and assigned orders can be cancelled")


def check_takes(driver: Driver, weight_kg: float | None) -> None:
    """Raise Refused when the driver is off duty or full."""
    reason = why_not(driver, weight_kg)
    if reason is not None:
        raise Refused(f"{driver.name} {reason}")


def why_not(driver: Driver, weight_kg: float | None) -> str | None:
    """Why `driver` cannot take one more order of this weight, or None."""
    if driver.status is DriverStatus.OFFLINE:
        return "is offline"
    if driver.active >= driver.capacity:
        return f"is full ({driver.active} of {driver.capacity} orders)"
    load = driver.carried_kg + (weight_kg or 0.0)
    if driver.capacity_kg is not None and weight_kg is not None and load > driver.capacity_kg:
        return f"would carry {load:.1f} of {driver.capacity_kg:.1f} kg"
    return None


def warning(driver: Driver, now: datetime) -> str | None:
    """What a dispatcher should know before choosing this driver, or None."""
    if driver.status is DriverStatus.ON_BREAK:
        return "on a break"
    if driver.position_at is None:
        return "position unknown"
    return "position is old" if now - driver.position_at > STALE_POSITION else None


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in km between two points in degrees (haversine, mean earth radius)."""
    phi1, phi2 = radians(lat1), radians(lat2)
    chord = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, chord)))
