"""The one global assignment: pairs whose costs sum to the least there is."""

from typing import Any

from console.automation.dispatch.prices import FORBIDDEN


def assign(costs: Any) -> list[tuple[int, int]]:
    """Pairs (row, column) of the cheapest assignment. Pairs at or above FORBIDDEN are left out of it."""
    from scipy.optimize import linear_sum_assignment

    if costs.size == 0:
        return []
    rows, columns = linear_sum_assignment(costs)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if costs[r, c] < FORBIDDEN]
