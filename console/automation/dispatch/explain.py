"""The words and numbers of a decision: its scores, its reason, and how many others could have had the order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from console.automation.dispatch.demands import kilometres
from console.automation.dispatch.ground import Ground
from console.automation.dispatch.moment import Choice, Commitment
from console.automation.dispatch.scoring import Candidate, Limits, Scores, Task, score


def judge(
    tasks: Sequence[Task], crew: Sequence[Candidate], limits: Limits, ground: Ground, now: float = 0.0
) -> tuple[Scores, Any]:
    """Scores of every pair, and the kilometres they rest on."""
    import numpy as np

    pickups = np.array([ground.node(task.pickup) for task in tasks])
    crew = [_done(one, ground, limits) for one in crew]
    places = np.array([ground.node(one.place) for one in crew])
    modes = np.array([ground.mode(one.vehicle) for one in crew])
    to_pickup, trip = np.zeros((len(tasks), len(crew))), np.zeros((len(tasks), len(crew)))
    for mode in np.unique(modes).tolist():
        columns, table = np.flatnonzero(modes == mode), ground.tables[mode].array
        to_pickup[:, columns] = table[np.ix_(places[columns], pickups)].T
        rides = np.array([_ride(task, ground, table, limits) for task in tasks])
        trip[:, columns] = rides[:, None]
    km = kilometres(tasks, crew, ground)
    return score(tasks, crew, limits, to_pickup, trip, km, now), km


def _done(one: Candidate, ground: Ground, limits: Limits) -> Candidate:
    """A driver behind the trip it was told of: that is where and when another order finds it."""
    if not one.told:
        return one
    table = ground.tables[ground.mode(one.vehicle)].array
    node, pickup = ground.node(one.place), ground.node(one.told[0].pickup)
    handed = max(one.free + float(table[node, pickup]) + limits.pickup_half, *(task.ready for task in one.told))
    clock, node = handed + limits.pickup_half, pickup
    for task in one.told:
        for spot in (*task.via, task.dropoff):
            clock += float(table[node, ground.node(spot)]) + 2.0 * limits.dropoff_half
            node = ground.node(spot)
    return replace(one, free=clock, place=one.told[-1].dropoff)


def _ride(task: Task, ground: Ground, table: Any, limits: Limits) -> float:
    """Minutes from the pickup to the (last) drop-off."""
    path = [ground.node(spot) for spot in (task.pickup, *task.via, task.dropoff)]
    driven = float(sum(table[a, b] for a, b in pairwise(path)))
    return driven + 2.0 * limits.dropoff_half * len(task.via)


def explain(
    tasks: Sequence[Task],
    drivers: Sequence[str],
    crew: Sequence[Candidate],
    limits: Limits,
    ground: Ground,
    told: Sequence[Commitment],
    now: float,
) -> Mapping[str, Choice]:
    """A choice for each task given to the driver of the same place, by the task's key."""
    if not tasks:
        return {}
    scores, km = judge(tasks, crew, limits, ground, now)
    column = {one.key: index for index, one in enumerate(crew)}
    bundles = {key: one for one in told for key in one.fresh}
    return {
        task.key: _choice(task, row, column[driver], scores, float(km[row, column[driver]]), bundles[task.key], now)
        for row, (task, driver) in enumerate(zip(tasks, drivers, strict=True))
    }


def _choice(task: Task, row: int, column: int, scores: Scores, km: float, told: Commitment, now: float) -> Choice:
    at = (row, column)
    others = max(0, int(scores.eligible[row].sum()) - int(scores.eligible[at]))
    delivery = told.dropoffs[told.orders.index(task.key)] - now
    arrival = max(0.0, told.arrival - now)
    rank = int((scores.total[row][scores.eligible[row]] > scores.total[at] + 1e-9).sum()) + 1
    reason = f"{km:.1f} km away, at the pickup in {arrival:.0f} min, delivered in {delivery:.0f} min; "
    with_it = len(told.orders) - 1
    if with_it:
        reason += f"together with {with_it} other order{'s' if with_it > 1 else ''} of the pickup; "
    reason += f"ranked {rank} of {others + 1} for this order, best for all orders together"
    parts = {name: float(getattr(scores, name)[at]) for name in ("total", "distance", "time", "load", "priority")}
    return Choice(
        task.key, told.driver, alternatives=others, arrival=arrival, delivery=delivery, km=km, reason=reason, **parts
    )
