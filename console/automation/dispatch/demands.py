"""Tasks and candidates as the planner prices them."""

from collections.abc import Mapping, Sequence
from typing import Any

from console.automation.dispatch.ground import Ground
from console.automation.dispatch.model import Courier, Demand, Weights
from console.automation.dispatch.scoring import PRIORITY_POINTS, Candidate, Limits, ScoreWeights, Task, room, suited

_USUAL = ScoreWeights()
_FAIRNESS = 4.0
"""Minutes that an order may cost more because its driver has had the most of all lately, at the usual share of load."""


def demand_of(number: int, task: Task, ground: Ground, weights: Weights, began: float = float("-inf")) -> Demand:
    """A task in minutes. The shares of its service level shift what counts, against the usual shares.

    The share of time scales the worth of its minutes, that of distance the price of a minute on the way to its pickup,
    that of load what fairness costs. Priority is a bonus of the order alone, never of the pair. Waiting and lateness
    before `began` are sunk: they would only make an old order look not worth serving.
    """
    share = task.weights
    total = (share.distance + share.time + share.load + share.priority) or 1.0
    points = PRIORITY_POINTS.get(task.priority, 50.0) - 50.0
    bonus = share.time / total / _USUAL.time - 1.0 + points / 100.0 * (share.priority / total / _USUAL.priority)
    return Demand(
        key=number,
        pickup=ground.node(task.pickup),
        dropoff=ground.node(task.dropoff),
        placed=max(task.placed, began),
        ready=task.ready,
        due=float("inf") if task.promise is None else max(task.promise, began),
        bonus=max(-0.9, round(bonus, 9)),
        haul=round(weights.busy * (share.distance / total / _USUAL.distance - 1.0), 9),
        fair=share.load / total / _USUAL.load,
        count=task.orders,
        kg=task.weight_kg,
        via=tuple(ground.node(spot) for spot in task.via),
        urgent=task.priority == "urgent",
    )


def courier_of(
    index: int,
    one: Candidate,
    told: Sequence[int],
    now: float,
    limits: Limits,
    ground: Ground,
    refuses: frozenset[int],
) -> Courier:
    """A candidate as the planner moves it about."""
    node, mode = ground.node(one.place), ground.mode(one.vehicle)
    arrival = one.free + ground.tables[mode][node][ground.node(one.told[0].pickup)] if told else 0.0
    whole = one.active == 0 and not told
    return Courier(
        key=index,
        node=node,
        free=one.free if told else max(one.free, now),
        off=one.off,
        slack_pay=one.slack_pay,
        locked=bool(told),
        arrival=arrival,
        mode=mode,
        refuses=refuses,
        room=one.capacity if whole else room(one, limits),
        room_kg=one.room_kg,
        capacity=one.capacity,
        capacity_kg=one.capacity_kg,
        load=_FAIRNESS * one.busyness,
        told=frozenset(told),
    )


def refusals(
    tasks: Sequence[Task], crew: Sequence[Candidate], limits: Limits, ground: Ground, numbers: Mapping[str, int]
) -> list[frozenset[int]]:
    """For every candidate the numbers of the tasks it may not have: unsuited, or its pickup out of reach."""
    import numpy as np

    if not tasks or not crew:
        return [frozenset()] * len(crew)
    bad = ~suited(tasks, crew)
    if limits.radius_km < float("inf"):
        bad |= kilometres(tasks, crew, ground) > limits.radius_km
    if not bad.any():
        return [frozenset()] * len(crew)
    named = np.array([numbers[task.key] for task in tasks])
    return [frozenset(named[bad[:, column]].tolist()) for column in range(len(crew))]


def kilometres(tasks: Sequence[Task], crew: Sequence[Candidate], ground: Ground) -> Any:
    """From where a driver is or will be free, whichever is nearer, to each pickup; shape (tasks, drivers)."""
    import numpy as np

    pickups = [ground.node(task.pickup) for task in tasks]
    places, here = [ground.node(one.place) for one in crew], [ground.node(one.position) for one in crew]
    return np.minimum(ground.km(places, pickups), ground.km(here, pickups)).T
