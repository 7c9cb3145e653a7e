"""One live round: the database's rows as a moment of the engine, and the engine's answer for them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from console.automation.dispatch.core import DispatchCore
from console.automation.dispatch.fleet import read_fleet
from console.automation.dispatch.ground import Ground
from console.automation.dispatch.live import live_weights
from console.automation.dispatch.model import Weights
from console.automation.dispatch.moment import Draft, Moment, Outcome
from console.automation.dispatch.read import Rejected, Waiting, read_orders
from console.automation.dispatch.scoring import Candidate, Limits, ScoreWeights
from console.automation.dispatch.survey import survey
from console.automation.travel.model import Speeds
from console.automation.travel.source import learned_speeds, travel_source
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")
ASKED = 3
"""Drivers who are asked before the best is told, where drivers are asked."""

_HORIZON = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round knows of one tenant."""

    tenant: UUID
    waiting: Mapping[str, Waiting]
    rejected: list[Rejected]
    crew: list[Candidate]
    limits: Limits
    weights: Weights
    ground: Ground | None

    def decide(self, draft: Draft) -> Outcome:
        """Ask the engine. The clock stands at 0: all minutes count from now."""
        if self.ground is None:
            return Outcome((), (), tuple(self.waiting), {}, Draft())
        core = DispatchCore(self.ground, self.limits, self.weights, began=0.0)
        tasks = [one.task for one in self.waiting.values()]
        return core.decide(Moment(0.0, tasks, self.crew, Draft(draft.trips, turn=draft.turn)))


def live_limits(settings: Any, options: Mapping[str, Any], speeds: Speeds) -> Limits:
    """What no assignment may break, by the settings and what was changed while the engine runs."""
    automation = settings.automation
    return Limits(
        radius_km=float(options.get("radius_km", automation.radius_km)),
        max_active=int(options.get("max_active", automation.max_active)),
        look_ahead=automation.look_ahead_minutes,
        pickup_half=speeds.service / 2.0,
        dropoff_half=speeds.service / 2.0,
    )


async def read_round(
    db: Database, settings: Any, tenant: UUID, hour: int, most: int, options: Mapping[str, Any]
) -> Round:
    """Read what waits and who is there; the travel source is asked within its own bound."""
    automation = settings.automation
    rows = await db.fetch(_SQL["waiting_orders"], tenant, most, _HORIZON)
    weights = ScoreWeights(
        automation.weight_distance, automation.weight_time, automation.weight_load, automation.weight_priority
    )
    waiting, rejected = read_orders(rows, weights)
    if automation.offers and waiting:
        waiting = await avoid_asked(db, tenant, waiting)
    speeds = await learned_speeds(db, tenant, automation.road_factor)
    source = travel_source(settings, speeds)
    crew = await read_crew(
        db, settings, tenant, hour, source, look_ahead=automation.look_ahead_minutes, service=speeds.service
    )
    ground = await survey([one.task for one in waiting], crew, source, hour) if crew and waiting else None
    by_key = {one.task.key: one for one in waiting}
    prices, limits = live_weights(automation.commit_minutes), live_limits(settings, options, speeds)
    return Round(tenant, by_key, rejected, crew, limits, prices, ground)


async def read_crew(
    db: Database, settings: Any, tenant: UUID, hour: int, source: Any, *, look_ahead: float, service: float
) -> list[Candidate]:
    """Drivers on duty, or soon, with what they still have to do."""
    drivers = await db.fetch(_SQL["fleet"], tenant, timedelta(minutes=look_ahead))
    if not drivers:
        return []
    stops = await db.fetch(_SQL["active_stops"], tenant)
    given = {row["driver_id"]: row["given"] for row in await db.fetch(_SQL["recent_load"], tenant)}
    fresh = settings.automation.position_fresh_minutes
    return await read_fleet(drivers, stops, given, source, hour, fresh_minutes=fresh, service=service)


async def avoid_asked(db: Any, tenant: UUID, waiting: list[Waiting]) -> list[Waiting]:
    """Keep drivers who said no, or nothing, from being asked again; after the third the best may be told."""
    asked: dict[UUID, set[str]] = defaultdict(set)
    orders = [one.members[0][0] for one in waiting]
    for row in await db.fetch(_SQL["offer_history"], tenant, orders):
        asked[row["order_id"]].add(str(row["driver_id"]))
    changed: list[Waiting] = []
    for one, order in zip(waiting, orders, strict=True):
        avoid = asked[order] if len(asked[order]) < ASKED else set()
        changed.append(replace(one, task=replace(one.task, avoid=frozenset(avoid))) if avoid else one)
    return changed
