"""Routes by local search: PyVRP behind one narrow port, warm-started, stopped by iterations, repeatable by seed."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from console.automation.routing.model import NEVER, Sequenced, Task, Tour

_FOREVER = 2**40


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop: after so many iterations (repeatable) or seconds."""

    iterations: int | None = 500
    seconds: float | None = None

    def stop(self, spent: float = 0.0) -> Any:
        """PyVRP's criterion, when `spent` seconds of the budget went into preparing the search."""
        from pyvrp import stop

        if self.seconds is not None:
            return stop.MaxRuntime(max(0.0, self.seconds - spent))
        return stop.MaxIterations(self.iterations or 1)


def _whole(value: float, scale: float) -> int:
    """Scaled and rounded up, so that a sequence which is in time for whole numbers is in time for real ones."""
    return _FOREVER if value == NEVER else math.ceil(value * scale - 1e-9)


def _latest(value: float, scale: float) -> int:
    return _FOREVER if value == NEVER else math.floor(value * scale + 1e-9)


def _whole_matrix(tour: Tour, scale: float) -> Any:
    import numpy as np

    matrix = np.ceil(np.asarray(tour.matrix, dtype=float) * scale - 1e-9).astype(np.int64)
    np.fill_diagonal(matrix, 0)  # Nobody drives from a stop to itself; PyVRP refuses what some files tell of it.
    return matrix


def _problem(tour: Tour, scale: float, vehicles: int, fixed_cost: int, by_duration: bool) -> Any:
    from pyvrp import Client, Depot, Location, ProblemData, Shipment, VehicleType

    matrix = _whole_matrix(tour, scale)
    begin = _whole(tour.begin, scale)
    nodes = len(matrix)
    locations = [Location(0, 0) for _ in range(nodes)]
    depots = [Depot(tour.start)]
    if tour.end is None:
        # An open tour ends at a place of no distance from anywhere.
        import numpy as np

        matrix = np.pad(matrix, ((0, 1), (0, 1)))
        locations.append(Location(0, 0))
        depots.append(Depot(nodes))
    elif tour.end != tour.start:
        depots.append(Depot(tour.end))
    vehicle = VehicleType(
        vehicles,
        capacity=[tour.capacity],
        start_depot=0,
        end_depot=len(depots) - 1,
        fixed_cost=fixed_cost,
        tw_early=begin,
        tw_late=_FOREVER if tour.end is None or tour.end != tour.start else _depot_close(tour, scale),
        unit_distance_cost=0 if by_duration else 1,
        unit_duration_cost=1 if by_duration else 0,
        start_late=begin if by_duration else None,
        initial_load=[sum(task.load for task in tour.tasks if task.pickup is None)],
    )
    clients = [_on_board(Client, task, scale) for task in tour.tasks if task.pickup is None]
    shipments = [_shipment(Shipment, task, scale) for task in tour.tasks if task.pickup is not None]
    return ProblemData(locations, clients, depots, [vehicle], [matrix], [matrix], [], shipments)


def _depot_close(tour: Tour, scale: float) -> int:
    return _latest(tour.close, scale)


def _on_board(client: Any, task: Task, scale: float) -> Any:
    return client(
        task.dropoff,
        delivery=[0],
        service_duration=_whole(task.dropoff_service, scale),
        tw_early=_whole(task.earliest, scale),
        tw_late=_latest(task.due, scale),
    )


def _shipment(shipment: Any, task: Task, scale: float) -> Any:
    return shipment(
        task.pickup,
        task.dropoff,
        pickup_tw_early=_whole(task.ready, scale),
        pickup_tw_late=_latest(task.pickup_due, scale),
        pickup_service_duration=_whole(task.pickup_service, scale),
        delivery_tw_early=_whole(task.earliest, scale),
        delivery_tw_late=_latest(task.due, scale),
        delivery_service_duration=_whole(task.dropoff_service, scale),
        amount=[task.load],
    )


@dataclass(frozen=True, slots=True)
class Fleet:
    """Result of a fleet problem: stops per vehicle, total distance in the unit of the matrix."""

    routes: tuple[tuple[int, ...], ...]
    distance: float
    feasible: bool


def _stops(tour: Tour, route: Any) -> tuple[int, ...]:
    boarded = [task for task in tour.tasks if task.pickup is None]
    shipped = [task for task in tour.tasks if task.pickup is not None]
    stops: list[int] = []
    for activity in route:
        if activity.is_client():
            stops.append(boarded[activity.idx].dropoff)
        elif activity.is_pickup():
            stops.append(shipped[activity.idx].pickup or 0)
        elif activity.is_delivery():
            stops.append(shipped[activity.idx].dropoff)
    return tuple(stops)


def _warm(tour: Tour, data: Any, routes: Sequence[Sequence[int]]) -> Any:
    from pyvrp import Activity, ActivityType, Route, Solution

    kinds: dict[int, Any] = {}
    boarded = shipped = 0
    for task in tour.tasks:
        if task.pickup is None:
            kinds[task.dropoff] = Activity(ActivityType.CLIENT, boarded)
            boarded += 1
        else:
            kinds[task.pickup] = Activity(ActivityType.PICKUP, shipped)
            kinds[task.dropoff] = Activity(ActivityType.DELIVERY, shipped)
            shipped += 1
    return Solution(data, [Route(data, [kinds[stop] for stop in stops], 0) for stops in routes if stops])


def search_fleet(
    tour: Tour,
    budget: Budget,
    *,
    vehicles: int = 1,
    seed: int = 1,
    scale: float = 1.0,
    fixed_cost: int = 0,
    by_duration: bool = False,
    start_from: Sequence[Sequence[int]] | None = None,
) -> Fleet:
    """Routes of up to `vehicles` identical vehicles. Same seed and iteration budget: same routes.

    Raises ValueError when PyVRP refuses the problem.
    """
    from pyvrp import solve

    began = time.perf_counter()
    data = _problem(tour, scale, vehicles, fixed_cost, by_duration)
    warm = _warm(tour, data, start_from) if start_from else None
    result = solve(
        data, budget.stop(time.perf_counter() - began), seed=seed, collect_stats=False, initial_solution=warm
    )
    routes = tuple(
        _stops(tour, route.schedule() if callable(route.schedule) else route) for route in result.best.routes()
    )
    return Fleet(routes, distance_of(tour, routes), bool(result.is_feasible()))


def distance_of(tour: Tour, routes: Sequence[Sequence[int]]) -> float:
    """Length of the routes by the matrix as given."""
    total = 0.0
    for stops in routes:
        end = [] if tour.end is None else [tour.end]
        path = [tour.start, *stops, *end]
        total += sum(tour.matrix[a][b] for a, b in pairwise(path))
    return total


def search_tour(
    tour: Tour, budget: Budget, *, seed: int = 1, scale: float = 1.0, warm: Sequence[int] = ()
) -> Sequenced:
    """One vehicle through all its stops, earliest finish first."""
    from console.automation.routing.walk import walk

    found = search_fleet(tour, budget, seed=seed, scale=scale, by_duration=True, start_from=[warm] if warm else None)
    stops = found.routes[0] if found.routes else ()
    return Sequenced(stops, walk(tour, stops).finish - tour.begin, "search")
