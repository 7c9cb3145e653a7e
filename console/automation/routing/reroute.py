"""A driver's remaining stops in a better order: never worse, never making late what was on time.

Soft promises are kept hard by relaxing each to max(promise, arrival in the present order): then the present order is
feasible and every feasible order is at least as good for every promise that holds now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from console.automation.routing.exact import solve_exact
from console.automation.routing.model import NEVER, Sequenced, Tour
from console.automation.routing.search import Budget, search_tour
from console.automation.routing.walk import Walk, walk

_EXACT = 6
_SCALE = 100.0


@dataclass(frozen=True, slots=True)
class Reroute:
    """Before and after. `gain` is minutes saved; sequences are rows of the matrix."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    minutes_before: float
    minutes_after: float
    late_before: float
    late_after: float
    method: str

    @property
    def gain(self) -> float:
        """Minutes saved, never negative."""
        return self.minutes_before - self.minutes_after

    @property
    def share(self) -> float:
        """Gain as a share of the time before."""
        return self.gain / self.minutes_before if self.minutes_before > 0 else 0.0

    @property
    def moved(self) -> int:
        """Stops whose place in the order changed."""
        return sum(a != b for a, b in zip(self.before, self.after, strict=True))


def relaxed(tour: Tour, present: Walk, stops: Sequence[int]) -> Tour:
    """Every promise moved back to the present arrival where that is later."""
    at = dict(zip(stops, present.served, strict=True))
    tasks = tuple(
        replace(
            task,
            due=NEVER if task.due == NEVER else max(task.due, at[task.dropoff]),
            pickup_due=NEVER
            if task.pickup is None or task.pickup_due == NEVER
            else max(task.pickup_due, at[task.pickup]),
        )
        for task in tour.tasks
    )
    return replace(tour, tasks=tasks)


def reroute(tour: Tour, present: Sequence[int], budget: Budget | None = None, seed: int = 1) -> Reroute:
    """Best order found for the tour driven now as `present`, which must be valid; `present` itself if nothing beats it.

    Raises ValueError when `present` breaks precedence or capacity.
    """
    before = walk(tour, present)
    if not before.valid:
        raise ValueError("the present order breaks precedence or capacity")
    soft = relaxed(tour, before, present)
    found = _solve(soft, present, budget or Budget(200), seed)
    after = walk(tour, found.stops) if found is not None else before
    checked = walk(soft, found.stops) if found is not None else before
    better = found is not None and checked.valid and checked.late <= 1e-6 and after.finish < before.finish - 1e-6
    stops = tuple(found.stops) if found is not None and better else tuple(present)
    chosen = after if better else before
    method = found.method if found is not None and better else "kept"
    begin = tour.begin
    return Reroute(
        tuple(present), stops, before.finish - begin, chosen.finish - begin, before.late, chosen.late, method
    )


def _solve(tour: Tour, present: Sequence[int], budget: Budget, seed: int) -> Sequenced | None:
    if len(tour.tasks) <= _EXACT:
        return solve_exact(tour)
    return search_tour(tour, budget, seed=seed, scale=_SCALE, warm=present)
