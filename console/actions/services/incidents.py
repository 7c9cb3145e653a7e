"""Verbs on traffic incidents and escalations: one pane, two tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from console.actions.model import Outcome, Result, Target
from console.actions.services.rows import SQL, Kind, Row, Step, Verb, audit, each_of
from console.domain.actor import Actor
from console.domain.states import NoChange, Refused
from console.errors import UsageError

TRAFFIC = Kind("traffic_incident", "traffic_incidents", ("incidents",))
ESCALATION = Kind("escalation", "escalation_logs", ("incidents",))


@dataclass(frozen=True, slots=True)
class _Goal:
    status: str
    message: str
    resolution: str = ""


async def resolve(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Close it; without a resolution the reason of the actor stands in."""
    goal = _Goal("resolved", "resolved", params.get("resolution") or actor.reason)
    return await _both(db, actor, targets, "incident.resolve", goal)


async def investigate(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Mark an escalation as being looked into."""
    return await _both(db, actor, targets, "incident.investigate", _Goal("investigating", "being investigated"))


async def reopen(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Open it again, or back to being investigated (undo)."""
    status = params.get("status", "open")
    return await _both(db, actor, targets, "incident.reopen", _Goal(status, f"{status} again"))


async def report(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """A new traffic incident in each of the tenants."""
    place = (_number(params, "latitude", 90), _number(params, "longitude", 180))
    radius = int(_number(params, "radius", 100_000))
    if radius < 1:
        raise UsageError("radius must be at least 1 m")
    words = (params["type"], params["severity"], radius, params["description"].strip(), actor.os_user)
    after = {name: params[name] for name in ("latitude", "longitude", "type", "severity", "radius", "description")}
    outcomes: list[Outcome] = []
    for target in targets:
        async with db.transaction(actor) as connection:
            row = await connection.fetchrow(SQL["report_traffic"], UUID(target.key), *place, *words)
            if row is None:
                outcomes.append(Outcome(target, Result.GONE, "this tenant is gone, or this role may not see it"))
                continue
            tenant, key = UUID(target.key), str(row["id"])
            await audit(connection, tenant, "incident.report", "traffic_incident", key, None, after)
        outcomes.append(Outcome(target, Result.DONE, f"reported as {key[:8]}", {"id": key, "version": row["version"]}))
    db.changed("incidents")
    return outcomes


def _number(params: Mapping[str, str], name: str, limit: float) -> float:
    try:
        value = float(params[name])
    except ValueError:
        raise UsageError(f"{name} must be a number, not {params[name]!r}") from None
    if not -limit <= value <= limit:  # also refuses what is not a number
        raise UsageError(f"{name} must be between {-limit:g} and {limit:g}")
    return value


async def _both(db: Any, actor: Actor, targets: Sequence[Target], action_id: str, goal: _Goal) -> list[Outcome]:
    verbs = {
        word: _verb(action_id, kind, actor, goal) for word, kind in (("traffic", TRAFFIC), ("escalation", ESCALATION))
    }
    return await each_of(db, actor, targets, verbs)


def _verb(action_id: str, kind: Kind, actor: Actor, goal: _Goal) -> Verb:
    query = "write_traffic" if kind is TRAFFIC else "write_escalation"

    async def decide(_connection: Any, row: Row, now: datetime) -> Step:
        status = str(row["status"])
        if status == goal.status:
            raise NoChange(f"already {status}")
        if goal.status == "investigating" and kind is TRAFFIC:
            raise Refused("a traffic incident is open or resolved; nobody investigates it here")
        if goal.status == "investigating" and status == "resolved" and action_id == "incident.investigate":
            raise Refused("it is resolved; reopen it first")
        over = goal.status == "resolved"
        written = (
            goal.status,
            now if over else None,
            actor.os_user if over else None,
            goal.resolution or None if over else None,
        )
        before = {name: row[name] for name in ("status", "resolved_at", "resolved_by", "resolution")}
        after = dict(zip(before, written, strict=True))
        return Step(((query, written),), before, after, goal.message, _undo(row, over))

    return Verb(action_id, kind, decide)


def _undo(row: Row, over: bool) -> dict[str, str]:
    if row["status"] == "resolved":
        return {"action": "incident.resolve", "resolution": row["resolution"] or ""}
    return {"action": "incident.reopen", "status": str(row["status"])} if over or row["status"] == "open" else {}
