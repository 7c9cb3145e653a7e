"""Tours: exact against brute force, search against exact, precedence and capacity always."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.automation.routing.exact import solve_exact
from console.automation.routing.model import NEVER, Task, Tour
from console.automation.routing.search import Budget, search_tour
from console.automation.routing.walk import walk


def random_tour(seed: int, pairs: int, boarded: int = 0, *, windows: bool = False, capacity: int = 99) -> Tour:
    dice = random.Random(seed)
    tasks, row = [], 1
    for index in range(pairs):
        due = float(dice.randrange(40, 200)) if windows else NEVER
        ready = float(dice.randrange(0, 30)) if windows else 0.0
        if index < boarded:
            tasks.append(Task(None, row, due=due, dropoff_service=2.0))
            row += 1
        else:
            tasks.append(Task(row, row + 1, ready=ready, due=due, pickup_service=1.0, dropoff_service=2.0))
            row += 2
    matrix = [[float(dice.randrange(1, 40)) if a != b else 0.0 for a in range(row)] for b in range(row)]
    return Tour(matrix, tuple(tasks), 0, None, begin=5.0, capacity=capacity)


def brute(tour: Tour) -> float:
    stops = [row for task in tour.tasks for row in (task.pickup, task.dropoff) if row is not None]
    best = NEVER
    for order in itertools.permutations(stops):
        tried = walk(tour, order)
        if tried.valid and tried.late == 0:
            best = min(best, tried.finish - tour.begin)
    return best


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999),
    pairs=st.integers(1, 4),
    boarded=st.integers(0, 2),
    windows=st.booleans(),
    tight=st.booleans(),
)
def test_exact_is_the_brute_force_optimum(seed: int, pairs: int, boarded: int, windows: bool, tight: bool) -> None:
    boarded = min(boarded, pairs)
    if 2 * pairs - boarded > 7:
        boarded = 2 * pairs - 7
    tour = random_tour(seed, pairs, boarded, windows=windows, capacity=2 if tight else 99)
    best, found = brute(tour), solve_exact(tour)
    assert (found.cost if found else NEVER) == best
    if found:
        assert walk(tour, found.stops).valid
        assert walk(tour, found.stops).late == 0


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 9999), pairs=st.integers(2, 6), boarded=st.integers(0, 1))
def test_search_reaches_the_optimum_of_small_tours(seed: int, pairs: int, boarded: int) -> None:
    tour = random_tour(seed, pairs, boarded)
    exact = solve_exact(tour)
    found = search_tour(tour, Budget(800))
    assert exact is not None
    assert walk(tour, found.stops).valid
    assert exact.cost <= found.cost <= exact.cost * 1.2


def test_search_is_repeatable_by_seed_and_keeps_a_warm_start_at_worst() -> None:
    tour = random_tour(1, 12)
    current = tuple(row for task in tour.tasks for row in (task.pickup, task.dropoff) if row is not None)
    first, second = (search_tour(tour, Budget(60), seed=3, warm=current) for _ in range(2))
    assert first == second
    assert first.cost <= walk(tour, current).finish - tour.begin


def test_an_impossible_window_has_no_tour() -> None:
    tour = Tour([[0, 9, 9], [9, 0, 9], [9, 9, 0]], (Task(1, 2, due=3.0),), 0)
    assert solve_exact(tour) is None


def test_nothing_to_do_is_a_tour_of_no_stops() -> None:
    found = solve_exact(Tour([[0.0]], (), 0))
    assert found is not None
    assert found.stops == ()


@pytest.mark.parametrize(
    ("stops", "valid"), [((1, 2, 3, 4), True), ((2, 1, 3, 4), False), ((1, 3, 2, 4), False), ((1, 2), False)]
)
def test_walk_sees_precedence_capacity_and_missing_stops(stops: tuple[int, ...], valid: bool) -> None:
    matrix = [[1.0] * 5 for _ in range(5)]
    tour = Tour(matrix, (Task(1, 2), Task(3, 4)), 0, capacity=1)
    assert walk(tour, stops).valid is valid
