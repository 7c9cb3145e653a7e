"""Improvement of a plan: relocate orders one by one, then exchange whole routes by one global assignment."""

import random

from console.automation.dispatch.plan import Plan
from console.automation.dispatch.ruin import ruin_and_recreate

_EPSILON = 1e-6
_FORBIDDEN = 1e7


def relocate_all(plan: Plan, passes: int) -> int:
    """Relocate every order until nothing improves or `passes` are over. Returns the number of moves."""
    moves = 0
    for _ in range(passes):
        moved = 0
        for order in list(plan.unserved):
            moved += plan.insert(order)
        for order in sorted(plan.where):
            moved += plan.relocate(order)
        moves += moved
        if not moved:
            break
    return moves


def rematch(plan: Plan) -> bool:
    """Give whole routes to couriers by a minimum-cost assignment. Locked couriers keep theirs. True when changed."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    open_routes = [route for route in plan.routes.values() if not route.courier.locked]
    tasks = [(route.bundles, route.courier.key) for route in open_routes if route.bundles]
    if not tasks or len(open_routes) < 2:
        return False
    price = plan.evaluator.route_cost
    matrix = np.array([[price(route.courier, bundles) for route in open_routes] for bundles, _ in tasks])
    rows, columns = linear_sum_assignment(matrix)
    before = sum(route.cost for route in open_routes)
    if float(matrix[rows, columns].sum()) >= before - _EPSILON:
        return False
    for route in open_routes:
        route.bundles, route.cost = [], 0.0
    for row, column in zip(rows, columns, strict=True):
        route = open_routes[column]
        route.bundles, route.cost = list(tasks[row][0]), float(matrix[row, column])
        for bundle in route.bundles:
            for order in bundle.orders:
                plan.where[order] = route.courier.key
    return True


def improve(plan: Plan, passes: int, iterations: int, dice: random.Random) -> None:
    """Alternate relocation and assignment until both are content."""
    relocate_all(plan, passes)
    if rematch(plan):
        relocate_all(plan, 1)
    if iterations and ruin_and_recreate(plan, iterations, dice):
        rematch(plan)
