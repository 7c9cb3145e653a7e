"""Solve a routing problem: exactly where it is small, else by seeded search."""

from dataclasses import dataclass
from math import ceil

from console.automation.routing.exact import LIMIT, solve_exact
from console.automation.routing.formats import Problem
from console.automation.routing.search import Budget, Fleet, search_fleet

_SCALE = 10_000.0


@dataclass(frozen=True, slots=True)
class Solved:
    """Cost in the unit of the file, routes as names of stops."""

    cost: float
    vehicles: int
    routes: tuple[tuple[str | int, ...], ...]
    method: str
    feasible: bool


def solve_problem(problem: Problem, budget: Budget, seed: int = 1) -> Solved:
    """Routes of a file's problem; a single tour of up to ten pairs is optimal."""
    tour = problem.tour
    if problem.kind == "tsppd":
        exact = solve_exact(tour) if len(tour.tasks) < LIMIT else None
        if exact is not None:
            found, method = Fleet((exact.stops,), exact.cost, True), exact.method
        else:
            found, method = search_fleet(tour, budget, seed=seed), "search"
        path = (tour.start, *found.routes[0], tour.start if tour.end is None else tour.end)
        names = (tuple(problem.names[stop] for stop in path),)
        return Solved(found.distance, 1, names, method, found.feasible)
    found = _fewest_vehicles(problem, budget, seed)
    routes = tuple(tuple(problem.names[stop] for stop in stops) for stops in found.routes)
    return Solved(found.distance, len(routes), routes, "search", found.feasible)


def _fewest_vehicles(problem: Problem, budget: Budget, seed: int) -> Fleet:
    """Vehicles first, distance second: a vehicle costs the longest leg, which the search can still pay."""
    longest = max(max(row) for row in problem.tour.matrix)
    fixed = ceil(longest * _SCALE)
    return search_fleet(problem.tour, budget, vehicles=problem.vehicles, seed=seed, scale=_SCALE, fixed_cost=fixed)
