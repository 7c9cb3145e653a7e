"""Exact shortest tour of one vehicle with pickups before drop-offs, by dynamic programming over (state, last stop).

A state gives every task one base-3 digit: 0 waiting, 1 on board, 2 delivered, so there are 3^n states (Psaraftis 1980).
Layers of equal digit sum are swept with whole-array operations. The earliest arrival dominates because waiting is free.
"""

from typing import Any

from console.automation.routing.model import Sequenced, Tour

LIMIT = 10


def solve_exact(tour: Tour) -> Sequenced | None:
    """The earliest-finishing feasible sequence, or None when windows or capacity allow none."""
    if not tour.tasks:
        tail = tour.matrix[tour.start][tour.end] if tour.end is not None else 0.0
        return Sequenced((), tail, "exact")
    sweep = _Sweep(tour)
    sweep.run()
    return sweep.best()


class _Sweep:
    """Tables of one run. `cost[state, 2 * task + (0 pickup | 1 drop-off)]` is the earliest end of service there."""

    def __init__(self, tour: Tour) -> None:
        import numpy as np

        self.np, self.tour, self.size = np, tour, len(tour.tasks)
        self.powers = 3 ** np.arange(self.size)
        codes = np.arange(3**self.size)
        self.digits = (codes[:, None] // self.powers) % 3
        self.layer = self.digits.sum(axis=1)
        self.initial = int(sum(self.powers[i] for i, task in enumerate(tour.tasks) if task.pickup is None))
        loads = np.array([task.load for task in tour.tasks])
        self.fits = ((self.digits == 1) * loads).sum(axis=1) <= tour.capacity
        rows = [
            row for task in tour.tasks for row in (task.dropoff if task.pickup is None else task.pickup, task.dropoff)
        ]
        self.rows = np.array(rows)
        self.matrix = np.asarray(tour.matrix, dtype=float)
        self.cost = np.full((3**self.size, 2 * self.size), np.inf)

    def run(self) -> None:
        """Sweep layer by layer."""
        np, first = self.np, int(self.layer[self.initial])
        for layer in range(first, 2 * self.size):
            states = np.flatnonzero(self.layer == layer) if layer > first else np.array([self.initial])
            for index, task in enumerate(self.tour.tasks):
                for step in (0, 1):
                    chosen = states[self.digits[states, index] == step]
                    target = chosen + self.powers[index]
                    keep = self.fits[target]
                    if keep.any():
                        window = (
                            (task.ready, task.pickup_due, task.pickup_service)
                            if step == 0
                            else (task.earliest, task.due, task.dropoff_service)
                        )
                        self._extend(chosen[keep], target[keep], 2 * index + step, window)

    def _arrivals(self, states: Any, column: int) -> Any:
        legs = self.matrix[self.rows, self.rows[column]]
        return (self.cost[states] + legs).min(axis=1)

    def _extend(self, states: Any, targets: Any, column: int, window: tuple[float, float, float]) -> None:
        np, (earliest, due, service) = self.np, window
        if len(states) == 1 and states[0] == self.initial:
            arrival = np.array([self.tour.begin + self.matrix[self.tour.start, self.rows[column]]])
        else:
            arrival = self._arrivals(states, column)
        served = np.maximum(arrival, earliest)
        self.cost[targets, column] = np.where(served <= due, served + service, np.inf)

    def best(self) -> Sequenced | None:
        """Trace the cheapest end back to the start."""
        np = self.np
        final = 3**self.size - 1
        ends = self.cost[final].copy()
        if self.tour.end is not None:
            ends = ends + self.matrix[self.rows, self.tour.end]
        column = int(np.argmin(ends))
        if not np.isfinite(ends[column]):
            return None
        finish, state, stops = float(ends[column]), final, [int(self.rows[column])]
        while True:
            state -= int(self.powers[column // 2])
            if state == self.initial:
                break
            column = int(np.argmin(self.cost[state] + self.matrix[self.rows, self.rows[column]]))
            stops.append(int(self.rows[column]))
        return Sequenced(tuple(reversed(stops)), finish - self.tour.begin, "exact")
