"""What people do with auto-dispatch: ask why, force, undo a round, answer an offer."""

import uuid
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from console.automation.control import overrides
from console.automation.dispatch.explain import judge
from console.automation.dispatch.ground import Ground
from console.automation.dispatch.moment import Choice
from console.automation.dispatch.read import Waiting, read_orders
from console.automation.dispatch.round import live_limits, read_crew
from console.automation.dispatch.scoring import Candidate, Limits, ScoreWeights, why_nobody
from console.automation.dispatch.survey import survey
from console.automation.dispatch.write import Decision, write_round
from console.automation.travel.source import learned_speeds, travel_source
from console.domain.actor import Actor
from console.domain.text import as_id
from console.errors import Conflict, NotFound
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")


async def find_order(db: Database, name: str, tenant: str | None) -> Any:
    """The order of that reference or id. Raises NotFound, or Conflict when several tenants have one."""
    rows = await db.fetch(_SQL["find_order"], name, as_id(name), tenant, as_id(tenant))
    if not rows:
        raise NotFound(f"there is no order {name!r}", hint="list them with: aoer-console orders list")
    if len(rows) > 1 and rows[0]["tenant_id"] != rows[1]["tenant_id"]:
        raise Conflict(f"several tenants have an order {name!r}", hint="say which with --tenant")
    return rows[0]


async def find_driver(db: Database, name: str, tenant: UUID) -> Any:
    """The driver of that name, reference or id. Raises NotFound or Conflict."""
    rows = await db.fetch(_SQL["find_driver"], name, as_id(name), tenant)
    if not rows:
        raise NotFound(f"there is no driver {name!r}", hint="list them with: aoer-console drivers list")
    if len(rows) > 1:
        raise Conflict(f"several drivers are called {name!r}", hint="name one by its reference or id")
    return rows[0]


class _Judged:
    """One order against the whole crew."""

    def __init__(self, waiting: Waiting, crew: Sequence[Candidate], limits: Limits, ground: Ground) -> None:
        self.waiting, self.crew, self.limits = waiting, crew, limits
        self.scores, self.km = judge([waiting.task], crew, limits, ground)

    def choice(self, column: int, reason: str) -> Choice:
        """A decision for the driver in this column."""
        at, scores = (0, column), self.scores
        parts = {name: float(getattr(scores, name)[at]) for name in ("total", "distance", "time", "load", "priority")}
        others = max(0, int(scores.eligible[0].sum()) - int(scores.eligible[at]))
        arrival, delivery = float(scores.arrival[at]), float(scores.delivery[at])
        return Choice(
            self.waiting.task.key,
            self.crew[column].key,
            alternatives=others,
            arrival=arrival,
            delivery=delivery,
            km=float(self.km[at]),
            reason=reason,
            **parts,
        )


async def _judge(db: Database, settings: Any, order: Any) -> _Judged:
    tenant = order["tenant_id"]
    row = await db.fetchrow(_SQL["one_order"], tenant, order["id"])
    automation = settings.automation
    shares = ScoreWeights(
        automation.weight_distance, automation.weight_time, automation.weight_load, automation.weight_priority
    )
    waiting, bad = read_orders([row], shares)
    if bad:
        raise Conflict(f"{order['reference']}: {bad[0].reason}", hint="correct its position first")
    hour = await db.fetchval(queries("routing")["hour"], tenant)
    speeds = await learned_speeds(db, tenant, automation.road_factor)
    source, ahead = travel_source(settings, speeds), automation.look_ahead_minutes
    crew = await read_crew(db, settings, tenant, hour, source, look_ahead=ahead, service=speeds.service)
    if not crew:
        raise Conflict("no driver is on duty with a fresh position", hint="see: aoer-console drivers list")
    ground = await survey([waiting[0].task], crew, source, hour)
    return _Judged(waiting[0], crew, live_limits(settings, await overrides(db, "auto_dispatch"), speeds), ground)


async def explain(db: Database, settings: Any, order: Any) -> list[dict[str, Any]]:
    """Every driver on duty for one order, best first, with scores and what stands in the way."""
    judged = await _judge(db, settings, order)
    drivers = {row["id"]: row["name"] for row in await db.fetch(_SQL["crew_names"], order["tenant_id"])}
    rows: list[dict[str, Any]] = []
    for column, driver in enumerate(judged.crew):
        choice = judged.choice(column, "")
        fits = bool(judged.scores.eligible[0, column])
        why = "" if fits else why_nobody(judged.waiting.task, [driver], judged.limits, [choice.km])
        shown = ("total", "distance", "time", "load", "priority", "km", "arrival", "delivery")
        numbers = {name: round(getattr(choice, name), 2) for name in shown}
        name = drivers.get(UUID(driver.key), driver.key)
        rows.append({"driver": name, "driver_id": driver.key, "eligible": fits, "why_not": why} | numbers)
    return sorted(rows, key=lambda row: (not row["eligible"], -row["total"]))


async def force(db: Database, settings: Any, actor: Actor, order: Any, driver: str | None) -> dict[str, Any]:
    """Give a waiting order to the named or the best driver, rules of distance and look-ahead aside."""
    judged = await _judge(db, settings, order)
    crew = judged.crew
    if driver is not None:
        wanted = str((await find_driver(db, driver, order["tenant_id"]))["id"])
        column = next((index for index, one in enumerate(crew) if one.key == wanted), -1)
        if column < 0:
            raise Conflict(f"{driver} is not on duty with a fresh position", hint="see: aoer-console drivers list")
    else:
        column = max(
            range(len(crew)), key=lambda c: (bool(judged.scores.eligible[0, c]), float(judged.scores.total[0, c]))
        )
    choice = judged.choice(column, actor.reason or "forced by an operator")
    round_id = uuid.uuid4()
    decision = Decision(judged.waiting, UUID(crew[column].key), choice, "FORCE_ASSIGNED")
    async with db.transaction(actor) as connection:
        written = await write_round(
            connection, order["tenant_id"], [decision], round_id, "operator", crew[column].capacity
        )
        if not written.given:
            raise Conflict(f"{order['reference']} or its driver changed meanwhile", hint="look again and repeat")
        after = {"driver": crew[column].key, "type": "FORCE_ASSIGNED"}
        await connection.execute(
            _SQL["audit"], order["tenant_id"], "order.force_assign", "order", str(order["id"]), None, after, "done"
        )
    db.changed("orders")
    return {
        "order": order["reference"],
        "driver": crew[column].key,
        "score": round(choice.total, 2),
        "round": str(round_id),
    }


async def undo_round(db: Database, actor: Actor, round_id: str) -> dict[str, Any]:
    """Orders of a round that are still with the driver it gave them to wait again. Raises NotFound."""
    tenant = await db.fetchval(_SQL["round_tenant"], round_id)
    if tenant is None:
        raise NotFound(f"there is no round {round_id!r} of the last day", hint="see: aoer-console dispatch log")
    async with db.transaction(actor) as connection:
        rows = await connection.fetch(_SQL["round_orders"], tenant, round_id)
        ids = [row["id"] for row in rows]
        why = actor.reason or f"round {round_id} undone"
        back = await connection.fetch(_SQL["take_back"], tenant, ids, actor.os_user, why)
        after = {"orders": [str(row["id"]) for row in back]}
        await connection.execute(
            _SQL["audit"], tenant, "dispatch.undo", "dispatch_round", round_id, None, after, "done"
        )
    db.changed("orders")
    return {"round": round_id, "taken_back": len(back)}


async def answer_offer(db: Database, actor: Actor, order: Any, driver: str, *, accepts: bool) -> dict[str, Any]:
    """A driver's answer. Raises Conflict when the offer is over or the order was given away."""
    tenant = order["tenant_id"]
    who = await find_driver(db, driver, tenant)
    async with db.transaction(actor) as connection:
        await connection.fetch(_SQL["lock_pending"], tenant, [order["id"]])
        state = "accepted" if accepts else "declined"
        offer = await connection.fetchrow(_SQL["offer_answer"], tenant, order["id"], who["id"], state)
        if offer is None:
            raise Conflict(f"{order['reference']} is not offered to {who['name']} now", hint="see: dispatch offers")
        if accepts:
            row = await connection.fetchrow(_SQL["one_order"], tenant, order["id"])
            waiting = read_orders([row], ScoreWeights())[0][0]
            decision = Decision(waiting, who["id"], _offered(offer, waiting.task.key, str(who["id"])))
            written = await write_round(connection, tenant, [decision], uuid.uuid4(), "offer", 1_000)
            if not written.given:
                raise Conflict(f"{order['reference']} or {who['name']} changed meanwhile", hint="look again")
    db.changed("orders")
    return {"order": order["reference"], "driver": who["name"], "answer": state}


def _offered(offer: Any, order: str, driver: str) -> Choice:
    """The decision behind an offer, as it was when it was made."""
    told = offer["metadata"] if isinstance(offer["metadata"], dict) else {}
    names = ("distance", "time", "load", "priority", "arrival", "delivery", "km")
    parts = {name: float(told.get(name, 0.0)) for name in names}
    reason = f"accepted as choice {offer['rank']}: {told.get('reason', '')}"
    return Choice(
        order,
        driver,
        total=offer["score"] or 0.0,
        alternatives=int(told.get("alternatives", 0)),
        reason=reason,
        **parts,
    )
