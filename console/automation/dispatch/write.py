"""The one transaction of a round: lock, look again, give, log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from console.automation.alerts import settle_alerts
from console.automation.dispatch.moment import Choice, Outcome
from console.automation.dispatch.read import Waiting
from console.automation.dispatch.round import Round
from console.automation.escalation.steps import fingerprint
from console.store.queries import queries

_SQL = queries("dispatch")
_STEADY = 5.0
"""Minutes by which a predicted arrival may drift before it is written again."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice with the rows it is about. `with_told` are orders the driver was told of before, in whose trip it is.

    `trip` names all orders of the trip as they are delivered.
    """

    waiting: Waiting
    driver: UUID
    choice: Choice
    kind: str = "AUTO_ASSIGNED"
    trip: tuple[str, ...] = ()
    with_told: tuple[tuple[UUID, float], ...] = ()


def decisions_of(found: Round, outcome: Outcome) -> list[Decision]:
    """The fresh orders of an outcome, each with the trip it is part of."""
    decisions: list[Decision] = []
    for told in outcome.told:
        fresh = set(told.fresh)
        old = tuple((UUID(key), at) for key, at in zip(told.orders, told.dropoffs, strict=True) if key not in fresh)
        for key in told.orders:
            if key in fresh:
                waiting, choice = found.waiting[key], outcome.choices[key]
                decisions.append(Decision(waiting, UUID(told.driver), choice, trip=told.orders, with_told=old))
    return decisions


def expectations(found: Round, outcome: Outcome) -> list[tuple[UUID, int, float | None]]:
    """Arrivals to be written for orders that go on waiting: (order, version, minutes from now, None for unknown).

    Only those that moved by more than a few minutes: every write is a new version of a row that people look at.
    """
    held = {one.order: one.dropoff for one in outcome.held}
    told = {key for one in outcome.told for key in one.fresh}
    rows: list[tuple[UUID, int, float | None]] = []
    for key, waiting in found.waiting.items():
        minutes = held.get(key)
        if key not in told and _drifted(waiting.expected, minutes):
            rows.extend((order, version, minutes) for order, version in waiting.members)
    return rows


def _drifted(before: float | None, minutes: float | None) -> bool:
    if before is None or minutes is None:
        return before is not minutes
    return abs(minutes - before) > _STEADY


@dataclass(slots=True)
class Written:
    """What was committed, and what somebody else had taken or filled meanwhile."""

    given: list[UUID] = field(default_factory=list)
    lost: int = 0


class Places:
    """Where the stops of every trip go: behind what its driver has, pickups first, drop-offs as planned."""

    def __init__(self, crew: Mapping[UUID, dict[str, Any]], decisions: Sequence[Decision]) -> None:
        self.of: dict[UUID, tuple[int, int, int]] = {}
        self._old: dict[UUID, float] = {}
        trips: dict[tuple[UUID, tuple[str, ...]], list[Decision]] = {}
        for one in decisions:
            trips.setdefault((one.driver, one.trip), []).append(one)
        for (driver, trip), members in trips.items():
            self._lay(crew[driver], trip, members)

    def _lay(self, driver: dict[str, Any], trip: Sequence[str], members: Sequence[Decision]) -> None:
        parts = {one.waiting.task.key: [order for order, _ in one.waiting.members] for one in members}
        old = dict(members[0].with_told)
        self._old.update(old)
        keys = trip or [one.waiting.task.key for one in members]
        orders = [order for key in keys for order in parts.get(key, [UUID(key)] if UUID(key) in old else [])]
        for rank, order in enumerate(orders):
            stop = driver["stop"]
            self.of[order] = (driver["place"] + rank, stop + rank, stop + len(orders) + rank)
        driver["place"] += len(orders)
        driver["stop"] += 2 * len(orders)

    def joined(self) -> list[tuple[UUID, int, int, int, float]]:
        """Orders told before whose trip changed: places and minutes to their drop-off."""
        return [(order, *self.of[order], minutes) for order, minutes in self._old.items() if order in self.of]


async def write_round(
    connection: asyncpg.Connection, tenant: UUID, decisions: Sequence[Decision], round_id: UUID, method: str, most: int
) -> Written:
    """Commit what still holds: order pending at the version that was read, driver on duty with room to spare."""
    written = Written()
    wanted = sorted({order for d in decisions for order, _ in d.waiting.members})
    free = {row["id"]: row["version"] for row in await connection.fetch(_SQL["lock_pending"], tenant, wanted)}
    old = sorted({order for d in decisions for order, _ in d.with_told})
    kept = (
        {row["id"]: row["driver_id"] for row in await connection.fetch(_SQL["lock_told"], tenant, old)} if old else {}
    )
    crew = await locked_crew(connection, tenant, sorted({d.driver for d in decisions}))
    rows: list[tuple[Any, ...]] = []
    good: list[Decision] = []
    for decision in decisions:
        if not _holds(decision, free, kept, crew, most):
            written.lost += 1
            continue
        good.append(decision)
        crew[decision.driver]["active"] += len(decision.waiting.members)
        crew[decision.driver]["kg"] += decision.waiting.task.weight_kg
    places = Places(crew, good)
    for decision in good:
        rows.extend(_rows(decision, places))
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        given = await connection.fetch(_SQL["give"], tenant, *columns, round_id, method)
        written.given = [row["id"] for row in given]
        await _settle(connection, tenant, good, places, written.given, method)
    return written


async def _settle(
    connection: asyncpg.Connection,
    tenant: UUID,
    good: Sequence[Decision],
    places: Places,
    given: Sequence[UUID],
    method: str,
) -> None:
    """What follows from orders given: their batches are under way, trips they joined change, alerts are over."""
    batches = [(one.waiting.batch, one.driver) for one in good if one.waiting.batch is not None]
    if batches:
        await connection.execute(_SQL["batch_under_way"], tenant, [b for b, _ in batches], [d for _, d in batches])
    joined = places.joined()
    if joined:
        columns = [list(column) for column in zip(*joined, strict=True)]
        await connection.execute(_SQL["join_trip"], tenant, *columns)
    settled = [fingerprint("dispatch_failed", str(order)) for order in given]
    await settle_alerts(connection, tenant, settled, method, "assigned")


async def locked_crew(
    connection: asyncpg.Connection, tenant: UUID, drivers: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Drivers locked in key order, with what they have now."""
    locked = await connection.fetch(_SQL["lock_crew"], tenant, drivers)
    loads = {row["driver_id"]: row for row in await connection.fetch(_SQL["crew_load"], tenant, drivers)}
    crew: dict[UUID, dict[str, Any]] = {}
    for row in locked:
        load = loads.get(row["id"])
        crew[row["id"]] = {
            "on_duty": row["status"] in ("available", "busy"),
            "capacity": row["capacity_orders"],
            "capacity_kg": row["capacity_kg"],
            "active": load["active"] if load else 0,
            "kg": load["carried_kg"] if load else 0.0,
            "place": (load["last_place"] if load else -1) + 1,
            "stop": (load["last_stop"] if load else -1) + 1,
        }
    return crew


def _holds(
    decision: Decision,
    free: Mapping[UUID, int],
    kept: Mapping[UUID, UUID],
    crew: Mapping[UUID, dict[str, Any]],
    most: int,
) -> bool:
    driver = crew.get(decision.driver)
    if driver is None or not driver["on_duty"]:
        return False
    if any(free.get(order) != version for order, version in decision.waiting.members):
        return False
    if any(kept.get(order) != decision.driver for order, _ in decision.with_told):
        return False
    count, weight = len(decision.waiting.members), decision.waiting.task.weight_kg
    if driver["active"] + count > min(driver["capacity"], max(most, count)):
        return False
    return driver["capacity_kg"] is None or driver["kg"] + weight <= driver["capacity_kg"] + 1e-9


def _rows(decision: Decision, places: Places) -> list[tuple[Any, ...]]:
    choice = decision.choice
    scores = (choice.total, choice.distance, choice.time, choice.load, choice.priority)
    return [
        (
            order,
            version,
            decision.driver,
            decision.kind,
            *scores,
            choice.reason,
            choice.alternatives,
            choice.delivery,
            *places.of[order],
        )
        for order, version in decision.waiting.members
    ]
