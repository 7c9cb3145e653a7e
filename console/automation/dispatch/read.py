"""Rows of the database as the matching engine's tasks and candidates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from console.automation.dispatch.scoring import Candidate, ScoreWeights, Task
from console.automation.travel.circle import distances_km, usable
from console.automation.travel.model import Point, Speeds

_SERVICE = 2.0
"""Minutes at a stop."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order, or a batch of orders that goes to one driver: `members` are (order id, version) in delivery order."""

    task: Task
    members: tuple[tuple[UUID, int], ...]
    references: tuple[str, ...]
    batch: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row the engine cannot use, and why."""

    order: UUID
    reference: str
    reason: str


def read_weights(text: Mapping[str, Any] | None, default: ScoreWeights) -> ScoreWeights:
    """Score shares of a service level; anything that is not a non-negative number is ignored."""
    if not isinstance(text, Mapping):
        return default
    shares = {}
    for name in ("distance", "time", "load", "priority"):
        value = text.get(name)
        good = isinstance(value, (int, float)) and value >= 0
        shares[name] = float(value) if good and value is not None else getattr(default, name)
    return ScoreWeights(**shares) if sum(shares.values()) > 0 else default


def read_orders(rows: Sequence[Any], default: ScoreWeights) -> tuple[list[Waiting], list[Rejected]]:
    """Tasks of waiting orders; orders of one batch become one task. Unusable places are rejected with words."""
    single: list[Waiting] = []
    batches: dict[UUID, list[Any]] = defaultdict(list)
    bad: list[Rejected] = []
    for row in rows:
        fault = _fault(row)
        if fault is not None:
            bad.append(Rejected(row["id"], row["reference"], fault))
        elif row["batch_id"] is not None:
            batches[row["batch_id"]].append(row)
        else:
            single.append(Waiting(_task([row], default), ((row["id"], row["version"]),), (row["reference"],)))
    for batch, members in batches.items():
        ids = tuple((row["id"], row["version"]) for row in members)
        single.append(Waiting(_task(members, default), ids, tuple(row["reference"] for row in members), batch))
    return single, bad


def _fault(row: Any) -> str | None:
    if not usable(row["pickup_lat"], row["pickup_lon"]):
        return "its pickup has no usable position"
    if not usable(row["dropoff_lat"], row["dropoff_lon"]):
        return "its drop-off has no usable position"
    return None


def _task(rows: Sequence[Any], default: ScoreWeights) -> Task:
    first = rows[0]
    promises = [row["promise"] for row in rows if row["promise"] is not None]
    return Task(
        key=str(first["id"]),
        pickup=(first["pickup_lat"], first["pickup_lon"]),
        dropoff=(rows[-1]["dropoff_lat"], rows[-1]["dropoff_lon"]),
        ready=max(row["ready"] or 0.0 for row in rows),
        promise=min(promises) if promises else None,
        priority=first["priority"],
        weight_kg=sum(row["weight_kg"] for row in rows),
        skills=frozenset(skill for row in rows for skill in row["required_skills"]),
        vehicle=first["vehicle_type"],
        waited=max(row["waited"] for row in rows),
        orders=len(rows),
        weights=read_weights(first["score_weights"], default),
    )


def read_fleet(
    drivers: Sequence[Any],
    stops: Sequence[Any],
    given: Mapping[UUID, int],
    speeds: Speeds,
    hour: int,
    *,
    fresh_minutes: float,
) -> list[Candidate]:
    """Drivers with a believable, fresh position, and where and when each will have done the stops it has."""
    todo: dict[UUID, list[Any]] = defaultdict(list)
    for stop in stops:
        todo[stop["driver_id"]].append(stop)
    most = max(given.values(), default=0)
    crew: list[Candidate] = []
    for row in drivers:
        age = row["position_age"]
        if not usable(row["lat"], row["lon"]) or age is None or age > fresh_minutes:
            continue
        work = todo.get(row["id"], [])
        busyness = given.get(row["id"], 0) / most if most else 0.0
        crew.append(_candidate(row, work, speeds.minutes_per_km(row["vehicle_type"] or "", hour), busyness))
    return crew


def _candidate(row: Any, work: Sequence[Any], pace: float, busyness: float) -> Candidate:
    here = (row["lat"], row["lon"])
    minutes, place = finish(here, work, pace)
    carried = sum(stop["weight_kg"] for stop in work)
    room = float("inf") if row["capacity_kg"] is None else max(0.0, row["capacity_kg"] - carried)
    return Candidate(
        key=str(row["id"]),
        position=here,
        place=place,
        free=max(minutes, row["shift_in"] or 0.0),
        active=len(work),
        capacity=row["capacity_orders"],
        room_kg=room,
        skills=frozenset(row["skills"]),
        vehicle=row["vehicle_type"] or "",
        off=float("inf") if row["shift_left"] is None else row["shift_left"],
        busyness=busyness,
    )


def finish(here: Point, work: Sequence[Any], pace: float) -> tuple[float, Point]:
    """Minutes until the last of these stops is served, in their order, and where that is."""
    path: list[tuple[Point, float]] = []
    for stop in work:
        if stop["status"] == "assigned" and usable(stop["pickup_lat"], stop["pickup_lon"]):
            path.append(((stop["pickup_lat"], stop["pickup_lon"]), stop["ready"] or 0.0))
    for stop in work:
        if usable(stop["dropoff_lat"], stop["dropoff_lon"]):
            path.append(((stop["dropoff_lat"], stop["dropoff_lon"]), 0.0))
    if not path:
        return 0.0, here
    points = [here, *(point for point, _ in path)]
    km = distances_km(points, points)
    clock = 0.0
    for index, (_, ready) in enumerate(path):
        clock = max(clock + float(km[index, index + 1]) * pace, ready) + _SERVICE
    return clock, points[-1]
