"""Walk a tour along a given sequence: arrival times, feasibility, lateness."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.automation.routing.model import Tour


@dataclass(frozen=True, slots=True)
class Walk:
    """What a sequence does. `served[i]` is when service starts at stop i; `late` sums minutes past due."""

    served: tuple[float, ...]
    finish: float
    late: float
    valid: bool


def stop_table(tour: Tour) -> dict[int, tuple[float, float, float, int]]:
    """Row of the matrix to (earliest, due, service, load change)."""
    table: dict[int, tuple[float, float, float, int]] = {}
    for task in tour.tasks:
        if task.pickup is not None:
            table[task.pickup] = (task.ready, task.pickup_due, task.pickup_service, task.load)
        table[task.dropoff] = (task.earliest, task.due, task.dropoff_service, -task.load)
    return table


def walk(tour: Tour, stops: Sequence[int]) -> Walk:
    """Follow `stops`. Not valid when a stop is missing, doubled, out of precedence or over capacity."""
    table = stop_table(tour)
    load = sum(task.load for task in tour.tasks if task.pickup is None)
    clock, node, late, served = tour.begin, tour.start, 0.0, []
    valid = sorted(stops) == sorted(table) and load <= tour.capacity
    position = {stop: index for index, stop in enumerate(stops)}
    for task in tour.tasks:
        if valid and task.pickup is not None and position[task.pickup] > position[task.dropoff]:
            valid = False
    for stop in stops:
        earliest, due, service, change = table.get(stop, (0.0, float("inf"), 0.0, 0))
        clock = max(earliest, clock + tour.matrix[node][stop])
        served.append(clock)
        late += max(0.0, clock - due)
        clock += service
        load += change
        valid = valid and load <= tour.capacity
        node = stop
    if tour.end is not None:
        clock += tour.matrix[node][tour.end]
    return Walk(tuple(served), clock, late, valid)
