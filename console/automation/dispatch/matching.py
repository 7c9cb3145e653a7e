"""One global assignment of tasks to drivers: the scores summed over all pairs are as high as they can be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from console.automation.dispatch.scoring import Candidate, Limits, Scores, Task, score

FORBIDDEN = -1e9


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision with what spoke for it. `alternatives` counts the other eligible drivers."""

    task: int
    driver: int
    total: float
    distance: float
    time: float
    load: float
    priority: float
    alternatives: int
    arrival: float
    delivery: float
    km: float
    reason: str


def assign(values: Any, allowed: Any) -> list[tuple[int, int]]:
    """Pairs (row, column) of the maximum-value assignment among allowed pairs."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if values.size == 0 or not allowed.any():
        return []
    rows, columns = linear_sum_assignment(np.where(allowed, values, FORBIDDEN), maximize=True)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if allowed[r, c]]


class Geometry:
    """Minutes and kilometres between tasks and drivers, from one travel source."""

    def __init__(self, tasks: Sequence[Task], travel: Any, hour: int) -> None:
        self.tasks, self.travel, self.hour = tasks, travel, hour
        self.pickups = [task.pickup for task in tasks]

    def between(self, drivers: Sequence[Candidate]) -> tuple[Any, Any, Any]:
        """(to pickup, pickup to drop-off, km), each of shape (tasks, drivers)."""
        import numpy as np

        from console.automation.travel.circle import distances_km, pairwise_km

        km = distances_km(self.pickups, [driver.place for driver in drivers])
        km = np.minimum(km, distances_km(self.pickups, [driver.position for driver in drivers]))
        legs = pairwise_km(self.pickups, [task.dropoff for task in self.tasks])
        pace = np.array([self.travel.speeds.minutes_per_km(driver.vehicle, self.hour) for driver in drivers])
        to_pickup = distances_km(self.pickups, [driver.place for driver in drivers]) * pace[None, :]
        return to_pickup, legs[:, None] * pace[None, :], km


def decide(
    tasks: Sequence[Task], drivers: Sequence[Candidate], limits: Limits, geometry: Any, passes: int = 3
) -> list[Choice]:
    """Assign as many tasks as drivers have room for: passes of one task a driver each, the crew updated in between."""
    import numpy as np

    choices: list[Choice] = []
    open_rows = list(range(len(tasks)))
    crew = list(drivers)
    for _ in range(passes):
        if not open_rows or not crew:
            break
        to_pickup, trip, km = geometry.between(crew)
        picked = [tasks[row] for row in open_rows]
        index = np.array(open_rows)
        scores = score(picked, crew, limits, to_pickup[index], trip[index], km[index])
        pairs = assign(scores.total, scores.eligible)
        if not pairs:
            break
        for row, column in pairs:
            choices.append(_choice(open_rows[row], column, row, scores, km[index]))
            crew[column] = _after(crew[column], picked[row], float(scores.delivery[row, column]))
        taken = {row for row, _ in pairs}
        open_rows = [original for row, original in enumerate(open_rows) if row not in taken]
    return choices


def _choice(task: int, driver: int, row: int, scores: Scores, km: Any) -> Choice:
    at = (row, driver)
    others = int(scores.eligible[row].sum()) - 1
    arrival, delivery = float(scores.arrival[at]), float(scores.delivery[at])
    rank = int((scores.total[row][scores.eligible[row]] > scores.total[at] + 1e-9).sum()) + 1
    reason = f"{float(km[at]):.1f} km away, at the pickup in {arrival:.0f} min, delivered in {delivery:.0f} min; "
    reason += f"ranked {rank} of {others + 1} for this order, best for all orders together"
    return Choice(
        task=task,
        driver=driver,
        total=float(scores.total[at]),
        distance=float(scores.distance[at]),
        time=float(scores.time[at]),
        load=float(scores.load[at]),
        priority=float(scores.priority[at]),
        alternatives=others,
        arrival=arrival,
        delivery=delivery,
        km=float(km[at]),
        reason=reason,
    )


def _after(driver: Candidate, task: Task, delivered: float) -> Candidate:
    """The driver with the task taken: busy until its drop-off."""
    return replace(
        driver,
        place=task.dropoff,
        free=delivered,
        active=driver.active + task.orders,
        room_kg=driver.room_kg - task.weight_kg,
    )
