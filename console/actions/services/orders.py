"""Verbs on orders: giving, moving, taking back, cancelling. Orders are locked before drivers, always in that order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from console.actions.model import Outcome, Target
from console.actions.services.rows import SQL, Kind, Row, Step, Verb, each
from console.domain import orders
from console.domain.actor import Actor
from console.domain.enums import DriverStatus, OrderStatus
from console.domain.orders import Driver, Order
from console.domain.states import NoChange, Refused
from console.errors import UsageError

ORDER = Kind("order", "orders", ("orders", "drivers"), in_turn=True)


async def reassign(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Give the order to `driver`, whoever has it."""
    decide = partial(_give, actor, _driver_id(params), "reassigned")
    return await each(db, actor, targets, Verb("order.reassign", ORDER, decide))


async def assign(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Give a waiting order to `driver`; one that somebody has is refused."""
    driver = _driver_id(params)

    async def decide(connection: Any, row: Row, now: datetime) -> Step:
        if row["status"] == OrderStatus.ASSIGNED and row["driver_id"] != driver:
            raise Refused(f"{row['driver'] or 'another driver'} has it; reassign it instead")
        return await _give(actor, driver, "assigned", connection, row, now)

    return await each(db, actor, targets, Verb("order.assign", ORDER, decide))


async def unassign(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Take it from its driver."""

    async def decide(_connection: Any, row: Row, _now: datetime) -> Step:
        orders.check_unassign(_order(row))
        event = ("unassigned", row["status"], "pending", row["driver_id"], actor.os_user, actor.reason or None)
        undo = {"action": "order.assign", "driver": str(row["driver_id"])} if row["driver_id"] else {}
        return Step(
            (("take_order", ()), ("order_event", event)),
            _words(row),
            {"status": "pending", "driver": None, "driver_id": None},
            f"taken from {row['driver'] or 'its driver'}",
            undo,
        )

    return await each(db, actor, targets, Verb("order.unassign", ORDER, decide))


async def prioritise(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Change how pressing it is."""
    wanted = params.get("priority", "urgent")

    async def decide(_connection: Any, row: Row, _now: datetime) -> Step:
        orders.check_open(_order(row))
        if row["priority"] == wanted:
            raise NoChange(f"already {wanted}")
        event = ("prioritised", row["status"], row["status"], row["driver_id"], actor.os_user, actor.reason or None)
        return Step(
            (("prioritise_order", (wanted,)), ("order_event", event)),
            {"priority": row["priority"]},
            {"priority": wanted},
            f"{wanted} now",
            {"priority": row["priority"]},
        )

    return await each(db, actor, targets, Verb("order.prioritise", ORDER, decide))


async def cancel(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Cancel an order that nobody has picked up."""

    async def decide(_connection: Any, row: Row, _now: datetime) -> Step:
        orders.check_cancel(_order(row))
        event = ("cancelled", row["status"], "cancelled", row["driver_id"], actor.os_user, actor.reason or None)
        after = {**_words(row), "status": "cancelled"}
        return Step((("cancel_order", ()), ("order_event", event)), _words(row), after, "cancelled")

    return await each(db, actor, targets, Verb("order.cancel", ORDER, decide))


async def _give(actor: Actor, driver_id: UUID, word: str, connection: Any, row: Row, now: datetime) -> Step:
    order = _order(row)
    orders.check_movable(order)
    driver = await _locked_driver(connection, row["tenant_id"], driver_id)
    orders.check_reassign(order, driver)
    caution = orders.warning(driver, now)
    event = (word, row["status"], "assigned", driver_id, actor.os_user, actor.reason or None)
    after = {"status": "assigned", "driver": driver.name, "driver_id": driver.id}
    back = {"action": "order.unassign"}
    if row["driver_id"] is not None:
        back = {"action": "order.reassign", "driver": str(row["driver_id"])}
    return Step(
        (("give_order", (driver_id,)), ("order_event", event), ("assignment", (driver_id, actor.reason or None))),
        _words(row),
        after,
        f"{word} to {driver.name}" + (f" ({caution})" if caution else ""),
        back,
    )


async def _locked_driver(connection: Any, tenant_id: UUID, driver_id: UUID) -> Driver:
    row = await connection.fetchrow(SQL["lock_driver"], tenant_id, driver_id)
    if row is None:
        raise Refused("there is no such driver in the order's tenant")
    load = await connection.fetchrow(SQL["driver_load"], tenant_id, driver_id)
    return Driver(
        id=str(row["id"]),
        name=row["name"],
        status=DriverStatus(row["status"]),
        active=int(load["active"]),
        capacity=int(row["capacity_orders"]),
        carried_kg=float(load["carried_kg"]),
        capacity_kg=row["capacity_kg"],
        position_at=row["position_at"],
    )


def _order(row: Row) -> Order:
    driver = row["driver_id"]
    return Order(OrderStatus(row["status"]), None if driver is None else str(driver), row["weight_kg"])


def _words(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("status", "driver", "driver_id")}


def _driver_id(params: Mapping[str, str]) -> UUID:
    try:
        return UUID(params["driver"])
    except (KeyError, ValueError):
        raise UsageError(
            f"{params.get('driver', '')!r} is not a driver's id", hint="list them with: aoer-console drivers list"
        ) from None
