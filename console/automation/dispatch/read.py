"""Rows of orders as the engine's tasks. Minutes count from now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from console.automation.dispatch.scoring import ScoreWeights, Task
from console.automation.travel.circle import usable


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order, or a batch of orders that goes to one driver: `members` are (order id, version) in delivery order.

    `expected` is the arrival that was last predicted for it, in minutes from now.
    """

    task: Task
    members: tuple[tuple[UUID, int], ...]
    references: tuple[str, ...]
    batch: UUID | None = None
    expected: float | None = None


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
            single.append(_alone(row, default))
    for batch, members in batches.items():
        ids = tuple((row["id"], row["version"]) for row in members)
        names = tuple(row["reference"] for row in members)
        single.append(Waiting(_task(members, default), ids, names, batch, members[0].get("expected")))
    return single, bad


def _alone(row: Any, default: ScoreWeights) -> Waiting:
    """An order that is in no batch."""
    members, names = ((row["id"], row["version"]),), (row["reference"],)
    return Waiting(_task([row], default), members, names, expected=row.get("expected"))


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
        placed=-max(row["waited"] for row in rows),
        orders=len(rows),
        weights=read_weights(first["score_weights"], default),
        via=tuple((row["dropoff_lat"], row["dropoff_lon"]) for row in rows[:-1]),
    )
