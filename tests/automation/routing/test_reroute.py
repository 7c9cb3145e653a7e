"""A better order of stops: never worse, never late where it was on time, pickup first, within capacity."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.automation.routing.model import NEVER, Task, Tour
from console.automation.routing.reroute import reroute
from console.automation.routing.search import Budget
from console.automation.routing.walk import walk


def fleet_tour(seed: int, pairs: int, capacity: int) -> tuple[Tour, tuple[int, ...]]:
    dice = random.Random(seed)
    points = [(dice.uniform(0, 30), dice.uniform(0, 30)) for _ in range(2 * pairs + 1)]
    matrix = [[abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in points] for a in points]
    tasks = tuple(
        Task(
            2 * i + 1,
            2 * i + 2,
            ready=dice.choice([0.0, dice.uniform(0, 40)]),
            due=dice.choice([NEVER, dice.uniform(10, 150)]),
            pickup_service=2.0,
            dropoff_service=2.0,
        )
        for i in range(pairs)
    )
    order = list(range(pairs))
    dice.shuffle(order)
    present = tuple(stop for i in order for stop in (2 * i + 1, 2 * i + 2))
    return Tour(matrix, tasks, 0, None, 0.0, capacity), present


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 99_999), pairs=st.integers(1, 9), capacity=st.integers(1, 6))
def test_a_new_order_keeps_every_promise_the_old_one_kept(seed: int, pairs: int, capacity: int) -> None:
    tour, present = fleet_tour(seed, pairs, capacity)
    result = reroute(tour, present, Budget(40))
    before, after = walk(tour, present), walk(tour, result.after)
    assert after.valid
    assert result.gain >= 0
    assert result.minutes_after == pytest.approx(after.finish)
    at_before = dict(zip(present, before.served, strict=True))
    at_after = dict(zip(result.after, after.served, strict=True))
    for task in tour.tasks:
        if at_before[task.dropoff] <= task.due:
            assert at_after[task.dropoff] <= task.due + 0.02
        else:
            assert at_after[task.dropoff] <= at_before[task.dropoff] + 0.02


def test_same_seed_same_route() -> None:
    tour, present = fleet_tour(5, 9, 4)
    assert reroute(tour, present, Budget(60), seed=2) == reroute(tour, present, Budget(60), seed=2)


def test_a_broken_present_order_is_refused() -> None:
    tour, present = fleet_tour(1, 3, 5)
    with pytest.raises(ValueError, match="precedence"):
        reroute(tour, present[::-1])
