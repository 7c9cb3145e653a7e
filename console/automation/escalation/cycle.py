"""Escalation as a cycle: find deliveries in danger, say so once, do what helps, and take it back when it is over."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from console.automation.alerts import Alert, raise_alerts, reopen_alerts, settle_alerts, standing_alerts
from console.automation.control import STOPPED, machine, should_run
from console.automation.escalation.acts import act
from console.automation.escalation.find import ALERT_OF, WHO, Trouble, find_troubles, gone
from console.automation.escalation.risk import ErrorModel, fit_errors
from console.automation.escalation.steps import RANK, Move, Pace, next_move
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("escalation")
ENGINE = "escalation"
_MOST = 5000
_BOUND_SECONDS = 30.0
_PACE = Pace()


async def run(db: Database, settings: Any, _tick: datetime) -> Mapping[str, Any]:
    """Look at every tenant."""
    if not await should_run(db, ENGINE):
        return STOPPED
    return await escalate_all(db, settings)


async def escalate_all(db: Database, settings: Any, tenant: UUID | None = None) -> Mapping[str, Any]:
    """The work itself, whatever the desired state; bounded in orders and time."""
    totals: Counter[str] = Counter()
    began = time.monotonic()
    for row in await db.fetch(_SQL["tenants_open"]):
        if tenant is not None and row["id"] != tenant:
            continue
        if time.monotonic() - began > _BOUND_SECONDS:
            totals["tenants_left"] += 1
            continue
        totals.update(await escalate_tenant(db, settings, row["id"], row["hour"]))
    if totals["opened"] or totals["resolved"] or totals["raised"]:
        db.changed("alerts", "incidents", "orders")
    return dict(totals)


async def error_model(db: Database, tenant: UUID) -> ErrorModel:
    """How far predictions were off lately."""
    rows = await db.fetch(_SQL["finished_predictions"], tenant)
    return fit_errors([row["predicted"] for row in rows], [row["taken"] for row in rows])


async def troubles_of(db: Database, settings: Any, tenant: UUID) -> list[Trouble]:
    """What is wrong now, worst first."""
    silent = timedelta(minutes=settings.automation.silent_minutes)
    return find_troubles(
        await db.fetch(_SQL["open_orders"], tenant, _MOST),
        await db.fetch(_SQL["silent_drivers"], tenant, silent),
        await db.fetch(_SQL["failed_orders"], tenant),
        await error_model(db, tenant),
        stuck_minutes=settings.automation.stuck_minutes,
    )


async def escalate_tenant(db: Database, settings: Any, tenant: UUID, hour: int) -> Counter[str]:
    """One tenant: find, write the difference in one transaction, then act on what is new."""
    troubles = await troubles_of(db, settings, tenant)
    async with db.transaction(machine(ENGINE)) as connection:
        totals, fresh = await _write(connection, tenant, troubles)
    totals.update(await act(db, settings, tenant, hour, fresh))
    return totals


async def _write(
    connection: asyncpg.Connection, tenant: UUID, troubles: Sequence[Trouble]
) -> tuple[Counter[str], list[Trouble]]:
    """Escalations and alerts follow the troubles. Returns counts and the troubles that are new or worse."""
    found = {(one.kind, one.subject): one for one in troubles}
    open_now = await connection.fetch(_SQL["open_escalations"], tenant)
    recent = {
        (row["kind"], row["subject"])
        for row in await connection.fetch(_SQL["recent_escalations"], tenant, timedelta(minutes=_PACE.quiet))
    }
    known = {(row["kind"], _subject(row)): row for row in open_now}
    fresh = [one for key, one in found.items() if key not in known and key not in recent]
    worse = [one for key, one in found.items() if key in known and _worse(one, known[key])]
    over = gone(open_now, found)
    await _open(connection, tenant, fresh)
    await _raise(connection, tenant, worse, known)
    await connection.fetch(_SQL["resolve_escalations"], tenant, [row["id"] for row in over], "the cause is gone")
    counts = Counter(found=len(troubles), opened=len(fresh), raised=len(worse), resolved=len(over))
    counts["alerts"] = await _alerts(connection, tenant, troubles)
    return counts, [*fresh, *worse]


def _subject(row: Any) -> UUID | None:
    found: UUID | None = row["driver_id"] if row["kind"] == "UNRESPONSIVE_DRIVER" else row["order_id"]
    return found


def _worse(trouble: Trouble, row: Any) -> bool:
    return RANK[trouble.severity] > RANK[row["severity"]]


async def _open(connection: asyncpg.Connection, tenant: UUID, fresh: Sequence[Trouble]) -> None:
    rows = [
        (
            one.order,
            one.driver,
            one.kind,
            one.severity,
            one.words,
            None,
            WHO[one.severity],
            one.sla,
            one.breach,
            one.delay,
            one.probability,
        )
        for one in fresh
    ]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.fetch(_SQL["open_escalation"], tenant, *columns)


async def _raise(
    connection: asyncpg.Connection,
    tenant: UUID,
    worse: Sequence[Trouble],
    known: Mapping[tuple[str, UUID | None], Any],
) -> None:
    rows = [(known[(o.kind, o.subject)]["id"], o.severity, o.words, o.breach, o.delay) for o in worse]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.execute(_SQL["raise_escalation"], tenant, *columns)


async def _alerts(connection: asyncpg.Connection, tenant: UUID, troubles: Sequence[Trouble]) -> int:
    """One alert a trouble: opened, made louder, opened again when its acknowledgement is too old, settled when over."""
    standing = await standing_alerts(connection, tenant, ENGINE)
    by_name = {one.name: one for one in troubles}
    loud: list[Alert] = []
    back: list[str] = []
    for name, one in by_name.items():
        move = next_move(standing.get(name), one.severity, _PACE)
        if move in (Move.OPEN, Move.RAISE, Move.KEEP):
            loud.append(Alert(ALERT_OF[one.kind], one.severity, one.reason, name, one.order))
        elif move is Move.REOPEN:
            back.append(name)
    over = [name for name in standing if next_move(standing[name], None, _PACE) is Move.RESOLVE and name not in by_name]
    await reopen_alerts(connection, tenant, back)
    await settle_alerts(connection, tenant, over, ENGINE, "the cause is gone")
    return await raise_alerts(connection, tenant, ENGINE, loud)
