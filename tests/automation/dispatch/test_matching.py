"""The matching engine: best sum over all pairs, hard limits, scores that mean what they say."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.automation.dispatch.matching import Geometry, assign, decide
from console.automation.dispatch.scoring import Candidate, Limits, ScoreWeights, Task, score, why_nobody
from console.automation.travel.circle import GreatCircle

CENTRE = (48.1, 11.5)


def place(dice: random.Random, spread: float = 0.05) -> tuple[float, float]:
    return CENTRE[0] + dice.uniform(-spread, spread), CENTRE[1] + dice.uniform(-spread, spread)


def task(dice: random.Random, number: int, **fields: object) -> Task:
    told = {"ready": dice.uniform(0, 10), "promise": dice.uniform(20, 120), "weight_kg": dice.uniform(0, 5)} | fields
    skills = frozenset(dice.sample(["cold", "fragile"], dice.randint(0, 1)))
    return Task(f"o{number}", place(dice), place(dice), priority="medium", skills=skills, vehicle=None, **told)  # type: ignore[arg-type]


def driver(dice: random.Random, number: int, **fields: object) -> Candidate:
    here = place(dice)
    told = {"free": dice.uniform(0, 12), "active": dice.randint(0, 5), "capacity": dice.randint(1, 6)} | fields
    skills = frozenset(dice.sample(["cold", "fragile"], dice.randint(0, 2)))
    return Candidate(
        f"d{number}", here, here, room_kg=dice.uniform(1, 20), skills=skills, vehicle="car", off=500.0, **told
    )  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99_999), rows=st.integers(1, 4), columns=st.integers(1, 4))
def test_the_assignment_has_the_best_sum(seed: int, rows: int, columns: int) -> None:
    dice = np.random.default_rng(seed)
    values, allowed = dice.random((rows, columns)) * 100, dice.random((rows, columns)) < 0.7
    found = assign(values, allowed)
    total = sum(values[r, c] for r, c in found)
    best, most = 0.0, 0
    small, large = (rows, columns) if rows <= columns else (columns, rows)
    for chosen in itertools.permutations(range(large), small):
        pairs = [(i, j) if rows <= columns else (j, i) for i, j in enumerate(chosen)]
        kept = [(r, c) for r, c in pairs if allowed[r, c]]
        if len(kept) > most or (len(kept) == most and sum(values[r, c] for r, c in kept) > best):
            best, most = sum(values[r, c] for r, c in kept), len(kept)
    assert all(allowed[r, c] for r, c in found)
    assert len(found) == most
    assert total == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99_999), orders=st.integers(1, 30), drivers=st.integers(1, 12))
def test_no_limit_is_ever_broken(seed: int, orders: int, drivers: int) -> None:
    dice = random.Random(seed)
    tasks = [task(dice, i) for i in range(orders)]
    crew = [driver(dice, i) for i in range(drivers)]
    limits = Limits(radius_km=4.0)
    choices = decide(tasks, crew, limits, Geometry(tasks, GreatCircle(), 12))
    assert len({choice.task for choice in choices}) == len(choices)
    for index, one in enumerate(crew):
        mine = [choice for choice in choices if choice.driver == index]
        assert one.active + len(mine) <= max(one.active, min(one.capacity, limits.max_active, 99))
        assert sum(tasks[choice.task].weight_kg for choice in mine) <= one.room_kg + 1e-6
        for choice in mine:
            assert tasks[choice.task].skills <= one.skills
            assert choice.km <= limits.radius_km
            for number in (choice.total, choice.distance, choice.time, choice.load, choice.priority):
                assert 0.0 <= number <= 100.0 + 1e-9


def test_priority_is_the_order_s_and_the_same_for_every_driver() -> None:
    dice = random.Random(2)
    tasks = [task(dice, 0, promise=10.0), task(dice, 1, promise=110.0)]
    crew = [driver(dice, i) for i in range(4)]
    km = np.ones((2, 4))
    scores = score(tasks, crew, Limits(), km, km, km)
    assert (scores.priority == scores.priority[:, :1]).all()
    assert scores.priority[0, 0] > scores.priority[1, 0]


def test_weights_of_the_service_level_decide() -> None:
    dice = random.Random(3)
    near = driver(dice, 0, active=3, free=0.0, capacity=5)
    idle = driver(dice, 1, active=0, free=0.0, capacity=5)
    km = np.array([[0.5, 6.0]])
    flat = np.full((1, 2), 2.0)
    for weights, wanted in ((ScoreWeights(1, 0, 0, 0), 0), (ScoreWeights(0, 0, 1, 0), 1)):
        total = score([task(dice, 0, weights=weights)], [near, idle], Limits(), flat, flat, km).total
        assert int(total[0].argmax()) == wanted


def test_more_drivers_than_needed_and_fewer_orders_are_both_fine() -> None:
    dice = random.Random(4)
    assert decide([], [driver(dice, 0)], Limits(), Geometry([], GreatCircle(), 12)) == []
    one = task(dice, 0)
    assert decide([one], [], Limits(), Geometry([one], GreatCircle(), 12)) == []


def test_words_for_nobody() -> None:
    dice = random.Random(5)
    full = driver(dice, 0, active=5, capacity=5)
    assert "1 full" in why_nobody(task(dice, 0), [full], Limits(), [1.0])
    assert "no driver is on duty" in why_nobody(task(dice, 0), [], Limits(), [])
