"""The one global assignment has the least sum, its price table is the planner's own, and scores mean what they say."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.automation.dispatch.matching import assign
from console.automation.dispatch.prices import FORBIDDEN, price_table
from console.automation.dispatch.scoring import Candidate, Limits, ScoreWeights, Task, score, why_nobody
from tests.automation.dispatch.test_plan import built


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99_999), rows=st.integers(1, 4), columns=st.integers(1, 4))
def test_the_assignment_has_the_least_sum(seed: int, rows: int, columns: int) -> None:
    dice = np.random.default_rng(seed)
    costs = np.where(dice.random((rows, columns)) < 0.7, dice.random((rows, columns)) * 100, FORBIDDEN + 1.0)
    found = assign(costs)
    least, most = float("inf"), 0
    small, large = min(rows, columns), max(rows, columns)
    for chosen in itertools.permutations(range(large), small):
        pairs = [(i, j) if rows <= columns else (j, i) for i, j in enumerate(chosen)]
        kept = [pair for pair in pairs if costs[pair] < FORBIDDEN]
        total = sum(costs[pair] for pair in kept)
        if len(kept) > most or (len(kept) == most and total < least):
            least, most = total, len(kept)
    assert all(costs[pair] < FORBIDDEN for pair in found)
    assert len(found) == most
    assert sum(costs[pair] for pair in found) == pytest.approx(least if most else 0.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99_999), orders=st.integers(1, 12), couriers=st.integers(1, 5))
def test_the_price_table_is_what_the_planner_pays(seed: int, orders: int, couriers: int) -> None:
    plan = built(seed, orders, couriers)
    evaluator = plan.evaluator
    evaluator.remoteness = [[float(node % 7) for node in range(3 + orders + couriers)]]
    evaluator.charge(1.7)
    crew = [route.courier for route in plan.routes.values()]
    for courier in crew:
        courier.locked = False
    trips = [route.bundles for route in plan.routes.values() if route.bundles]
    if not trips:
        return
    table = price_table(evaluator, trips, crew)
    for row, trip in enumerate(trips):
        for column, courier in enumerate(crew):
            assert table[row, column] == pytest.approx(evaluator.route_cost(courier, trip))


def test_pairs_that_break_a_limit_are_forbidden() -> None:
    plan = built(1, 3, 3)
    evaluator = plan.evaluator
    crew = [route.courier for route in plan.routes.values()]
    crew[0].refuses, crew[1].capacity = frozenset({1}), 0
    table = price_table(evaluator, [[evaluator.bundle((1,))]], crew)
    assert [value >= FORBIDDEN for value in table[0]] == [True, True, False]


def task(number: int, **fields: object) -> Task:
    told = {"ready": 0.0, "promise": 60.0} | fields
    return Task(f"o{number}", (48.1, 11.5), (48.11, 11.5), **told)  # type: ignore[arg-type]


def driver(number: int, **fields: object) -> Candidate:
    told = {"free": 0.0, "capacity": 5, "vehicle": "car"} | fields
    return Candidate(f"d{number}", (48.1, 11.5), (48.1, 11.5), **told)  # type: ignore[arg-type]


def test_priority_is_the_order_s_and_the_same_for_every_driver() -> None:
    crew = [driver(i, free=random.Random(i).uniform(0, 9)) for i in range(4)]
    km = np.ones((2, 4))
    scores = score([task(0, promise=10.0), task(1, promise=110.0)], crew, Limits(), km, km, km)
    assert (scores.priority == scores.priority[:, :1]).all()
    assert scores.priority[0, 0] > scores.priority[1, 0]
    parts = (scores.total, scores.distance, scores.time, scores.load, scores.priority)
    assert all((part >= 0.0).all() and (part <= 100.0).all() for part in parts)


def test_scores_do_not_depend_on_where_the_axis_begins() -> None:
    km = np.full((1, 2), 3.0)
    early = score([task(0, ready=4.0, promise=40.0)], [driver(0, free=2.0), driver(1, off=50.0)], Limits(), km, km, km)
    moved = [driver(0, free=602.0), driver(1, free=600.0, off=650.0)]
    late = score([task(0, ready=604.0, promise=640.0, placed=600.0)], moved, Limits(), km, km, km, now=600.0)
    assert late.total == pytest.approx(early.total)
    assert (late.eligible == early.eligible).all()


def test_shares_of_the_service_level_decide_the_score() -> None:
    crew = [driver(0, active=3), driver(1)]
    km, flat = np.array([[0.5, 6.0]]), np.full((1, 2), 2.0)
    for weights, wanted in ((ScoreWeights(1, 0, 0, 0), 0), (ScoreWeights(0, 0, 1, 0), 1)):
        total = score([task(0, weights=weights)], crew, Limits(), flat, flat, km).total
        assert int(total[0].argmax()) == wanted


def test_words_for_nobody() -> None:
    assert "1 full" in why_nobody(task(0), [driver(0, active=5)], Limits(), [1.0])
    assert "no driver is on duty" in why_nobody(task(0), [], Limits(), [])
