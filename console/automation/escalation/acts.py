"""What the escalation engine does itself: frees orders of a silent driver, hurries waiting ones, moves late ones."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from console.automation.control import machine, overrides
from console.automation.dispatch.explain import judge
from console.automation.dispatch.round import live_limits, read_crew
from console.automation.dispatch.scoring import Candidate, Scores, Task
from console.automation.dispatch.survey import survey
from console.automation.escalation.find import Trouble
from console.automation.travel.circle import usable
from console.automation.travel.source import learned_speeds, travel_source
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("escalation")
_DISPATCH = queries("dispatch")
_MOVES = 50
"""Reassignments tried in one run; the rest has its turn a minute later."""


async def act(db: Database, settings: Any, tenant: UUID, hour: int, troubles: Sequence[Trouble]) -> Counter[str]:
    """Act on new and worse troubles; every act is a transaction of its own."""
    totals: Counter[str] = Counter()
    for trouble in troubles:
        if trouble.kind == "UNRESPONSIVE_DRIVER":
            totals.update(await _free(db, settings, tenant, trouble))
    late = [one for one in troubles if one.kind == "SLA_RISK" and one.row is not None]
    waiting = [one.order for one in late if one.row["status"] == "pending"]
    if waiting:
        async with db.transaction(machine("escalation", "promise in danger")) as connection:
            totals["prioritised"] += len(await connection.fetch(_SQL["prioritise"], tenant, waiting))
    movable = [one for one in late if one.row["status"] == "assigned" and (one.delay or 0.0) > 0][:_MOVES]
    if movable:
        totals["reassigned"] += await _move(db, settings, tenant, hour, movable)
    return totals


async def _free(db: Database, settings: Any, tenant: UUID, trouble: Trouble) -> Counter[str]:
    """Mark the driver offline and give back what was not picked up; both only if still silent."""
    silent = timedelta(minutes=settings.automation.silent_minutes)
    async with db.transaction(machine("escalation", trouble.reason)) as connection:
        await connection.fetch(_SQL["lock_orders"], tenant, sorted(trouble.orders))
        if await connection.fetchval(_SQL["mark_offline"], tenant, trouble.driver, silent) is None:
            return Counter()
        args = (tenant, list(trouble.orders), trouble.driver, trouble.reason)
        freed = await connection.fetch(_SQL["free_orders"], *args)
        await connection.execute(
            _DISPATCH["audit"],
            tenant,
            "escalation.driver_offline",
            "driver",
            str(trouble.driver),
            None,
            {"status": "offline", "orders_freed": len(freed)},
            "done",
        )
    return Counter(offline=1, freed=len(freed))


async def _move(db: Database, settings: Any, tenant: UUID, hour: int, late: Sequence[Trouble]) -> int:
    """Give late orders to drivers who bring them more than the set minutes earlier, each driver one at most."""
    good = [one for one in late if _placed(one.row)]
    automation = settings.automation
    speeds = await learned_speeds(db, tenant, automation.road_factor)
    source = travel_source(settings, speeds)
    crew = await read_crew(db, settings, tenant, hour, source, look_ahead=0.0, service=speeds.service)
    if not good or not crew:
        return 0
    tasks = [_task(one) for one in good]
    limits = live_limits(settings, await overrides(db, "auto_dispatch"), speeds)
    scores, _ = judge(tasks, crew, limits, await survey(tasks, crew, source, hour))
    moved, taken = 0, set[int]()
    for row, one in enumerate(good):
        choice = _earlier(scores, row, one, crew, taken, automation.reassign_gain_minutes)
        if choice is not None and await _give(db, tenant, one, crew[choice], scores, (row, choice)):
            taken.add(choice)
            moved += 1
    return moved


def _placed(row: Any) -> bool:
    return usable(row["pickup_lat"], row["pickup_lon"]) and usable(row["dropoff_lat"], row["dropoff_lon"])


def _task(one: Trouble) -> Task:
    row = one.row
    return Task(
        key=str(row["id"]),
        pickup=(row["pickup_lat"], row["pickup_lon"]),
        dropoff=(row["dropoff_lat"], row["dropoff_lon"]),
        ready=max(0.0, row["ready"] or 0.0),
        promise=row["left"],
        priority="urgent",
        weight_kg=row["weight_kg"],
        skills=frozenset(row["required_skills"]),
        vehicle=row["vehicle_type"],
    )


def _earlier(
    scores: Scores, row: int, one: Trouble, crew: Sequence[Candidate], taken: set[int], gain: float
) -> int | None:
    best, present = None, float(one.row["ahead"] or 0.0)
    for column, driver in enumerate(crew):
        if column in taken or driver.key == str(one.driver) or not scores.eligible[row, column]:
            continue
        arrives = float(scores.delivery[row, column])
        if present - arrives > gain and (best is None or arrives < float(scores.delivery[row, best])):
            best = column
    return best


async def _give(
    db: Database, tenant: UUID, one: Trouble, driver: Candidate, scores: Scores, at: tuple[int, int]
) -> bool:
    arrives = float(scores.delivery[at])
    saved = float(one.row["ahead"] or 0.0) - arrives
    reason = f"arrives {saved:.0f} min earlier than with the present driver"
    async with db.transaction(machine("escalation", reason)) as connection:
        await connection.fetch(_SQL["lock_orders"], tenant, [one.order])
        crew = await connection.fetch(_DISPATCH["lock_crew"], tenant, [uuid.UUID(driver.key)])
        if not crew or crew[0]["status"] not in ("available", "busy"):
            return False
        load = await connection.fetch(_DISPATCH["crew_load"], tenant, [uuid.UUID(driver.key)])
        active, place = (load[0]["active"], load[0]["last_place"] + 1) if load else (0, 0)
        if active >= crew[0]["capacity_orders"]:
            return False
        others = int(scores.eligible[at[0]].sum()) - 1
        total = float(scores.total[at])
        args = (tenant, one.order, one.row["version"], uuid.UUID(driver.key), arrives, place, reason, others, total)
        return await connection.fetchval(_SQL["move_order"], *args, one.driver) is not None
