"""When an order may change hands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.domain import orders
from console.domain.enums import DriverStatus, OrderStatus
from console.domain.orders import Driver, Order
from console.domain.states import NoChange, Refused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DRIVER = Driver("d1", "Ann", DriverStatus.AVAILABLE, active=1, capacity=5, position_at=NOW)
WAITING = Order(OrderStatus.PENDING, None)


def test_waiting_and_assigned_orders_may_go_to_another_driver() -> None:
    orders.check_reassign(WAITING, DRIVER)
    orders.check_reassign(Order(OrderStatus.ASSIGNED, "d2"), DRIVER)


@pytest.mark.parametrize("status", [s for s in OrderStatus if s not in orders.MOVABLE])
def test_an_order_under_way_or_over_stays(status: OrderStatus) -> None:
    for check in (lambda o: orders.check_reassign(o, DRIVER), orders.check_unassign, orders.check_cancel):
        with pytest.raises((Refused, NoChange)):
            check(Order(status, "d2"))


def test_the_same_driver_is_no_change() -> None:
    with pytest.raises(NoChange, match="Ann"):
        orders.check_reassign(Order(OrderStatus.ASSIGNED, "d1"), DRIVER)


@pytest.mark.parametrize(
    ("driver", "weight", "word"),
    [
        (replace(DRIVER, active=5), None, "full"),
        (replace(DRIVER, status=DriverStatus.OFFLINE), None, "offline"),
        (replace(DRIVER, capacity_kg=20.0, carried_kg=15.0), 5.1, "kg"),
    ],
)
def test_a_driver_who_cannot_take_it_refuses_with_the_reason(driver: Driver, weight: float | None, word: str) -> None:
    with pytest.raises(Refused, match=word):
        orders.check_reassign(replace(WAITING, weight_kg=weight), driver)


def test_limits_are_inclusive() -> None:
    orders.check_reassign(replace(WAITING, weight_kg=5.0), replace(DRIVER, active=4, capacity_kg=20.0, carried_kg=15.0))


def test_warnings_inform_but_do_not_refuse() -> None:
    assert orders.warning(DRIVER, NOW) is None
    assert orders.warning(replace(DRIVER, position_at=NOW - timedelta(minutes=16)), NOW) == "position is old"
    assert orders.warning(replace(DRIVER, position_at=None), NOW) == "position unknown"
    resting = replace(DRIVER, status=DriverStatus.ON_BREAK)
    assert orders.warning(resting, NOW) == "on a break"
    orders.check_reassign(WAITING, resting)


def test_distance_is_the_great_circle() -> None:
    assert orders.distance_km(52.52, 13.405, 48.8566, 2.3522) == pytest.approx(877.5, abs=1.0)
    assert orders.distance_km(1, 1, 1, 1) == 0
