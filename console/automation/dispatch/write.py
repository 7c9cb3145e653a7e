"""The one transaction of a round: lock, look again, give, log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from console.automation.alerts import settle_alerts
from console.automation.dispatch.matching import Choice
from console.automation.dispatch.read import Waiting
from console.automation.escalation.steps import fingerprint
from console.store.queries import queries

_SQL = queries("dispatch")


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice with the rows it is about."""

    waiting: Waiting
    driver: UUID
    choice: Choice
    kind: str = "AUTO_ASSIGNED"


@dataclass(slots=True)
class Written:
    """What was committed, and what somebody else had taken or filled meanwhile."""

    given: list[UUID] = field(default_factory=list)
    lost: int = 0


async def write_round(
    connection: asyncpg.Connection, tenant: UUID, decisions: Sequence[Decision], round_id: UUID, method: str, most: int
) -> Written:
    """Commit what still holds: order pending at the version that was read, driver on duty with room to spare."""
    written = Written()
    wanted = sorted({order for d in decisions for order, _ in d.waiting.members})
    free = {row["id"]: row["version"] for row in await connection.fetch(_SQL["lock_pending"], tenant, wanted)}
    crew = await _locked_crew(connection, tenant, sorted({d.driver for d in decisions}))
    rows: list[tuple[Any, ...]] = []
    batches: list[tuple[UUID, UUID]] = []
    for decision in decisions:
        if not _holds(decision, free, crew, most):
            written.lost += 1
            continue
        rows.extend(_rows(decision, crew[decision.driver]))
        if decision.waiting.batch is not None:
            batches.append((decision.waiting.batch, decision.driver))
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        given = await connection.fetch(_SQL["give"], tenant, *columns[:-1], round_id, method, columns[-1])
        written.given = [row["id"] for row in given]
        if batches:
            await connection.execute(_SQL["batch_under_way"], tenant, [b for b, _ in batches], [d for _, d in batches])
        settled = [fingerprint("dispatch_failed", str(order)) for order in written.given]
        await settle_alerts(connection, tenant, settled, method, "assigned")
    return written


async def _locked_crew(
    connection: asyncpg.Connection, tenant: UUID, drivers: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
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
        }
    return crew


def _holds(decision: Decision, free: dict[UUID, int], crew: dict[UUID, dict[str, Any]], most: int) -> bool:
    driver = crew.get(decision.driver)
    if driver is None or not driver["on_duty"]:
        return False
    if any(free.get(order) != version for order, version in decision.waiting.members):
        return False
    count, weight = len(decision.waiting.members), decision.waiting.task.weight_kg
    if driver["active"] + count > min(driver["capacity"], max(most, count)):
        return False
    return driver["capacity_kg"] is None or driver["kg"] + weight <= driver["capacity_kg"] + 1e-9


def _rows(decision: Decision, driver: dict[str, Any]) -> list[tuple[Any, ...]]:
    choice, rows = decision.choice, []
    for order, version in decision.waiting.members:
        rows.append(
            (
                order,
                version,
                decision.driver,
                decision.kind,
                choice.total,
                choice.distance,
                choice.time,
                choice.load,
                choice.priority,
                choice.reason,
                choice.alternatives,
                choice.delivery,
                driver["place"],
            )
        )
        driver["place"] += 1
        driver["active"] += 1
    driver["kg"] += decision.waiting.task.weight_kg
    return rows
