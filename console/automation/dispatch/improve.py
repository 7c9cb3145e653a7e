"""Improvement of a plan: relocate orders one by one, then exchange whole routes by one global assignment."""

import random
from collections.abc import Sequence

from console.automation.dispatch.matching import assign
from console.automation.dispatch.model import Bundle, Courier
from console.automation.dispatch.plan import Plan
from console.automation.dispatch.prices import price_table
from console.automation.dispatch.ruin import ruin_and_recreate

_EPSILON = 1e-6


def relocate_all(plan: Plan, passes: int, first: float = 0.0) -> int:
    """Relocate every order until nothing improves or `passes` or the effort are over. Returns the number of moves.

    It begins at the share `first` of the orders: where the effort ends early, the next round should begin elsewhere.
    """
    moves, effort = 0, plan.evaluator.weights.effort
    for _ in range(passes):
        moved = 0
        for order in list(plan.unserved):
            moved += plan.insert(order)
        orders = sorted(plan.where)
        turn = int(first * len(orders))
        for order in orders[turn:] + orders[:turn]:
            if plan.spent > effort:
                return moves + moved
            moved += plan.relocate(order)
        moves += moved
        if not moved:
            break
    return moves


def rematch(plan: Plan) -> bool:
    """Give whole routes to couriers by a minimum-cost assignment. Locked couriers keep theirs. True when changed."""
    open_routes = [route for route in plan.routes.values() if not route.courier.locked]
    tasks = [route.bundles for route in open_routes if route.bundles]
    if not tasks or len(open_routes) < 2:
        return False
    matrix = price_table(plan.evaluator, tasks, [route.courier for route in open_routes])
    pairs = assign(matrix)
    before = sum(route.cost for route in open_routes)
    if len(pairs) < len(tasks) or sum(float(matrix[pair]) for pair in pairs) >= before - _EPSILON:
        return False
    for route in open_routes:
        route.bundles, route.cost = [], 0.0
    for row, column in pairs:
        route = open_routes[column]
        route.bundles, route.cost = _swapped(plan, route.courier, tasks[row])
        for bundle in route.bundles:
            for order in bundle.orders:
                plan.where[order] = route.courier.key
    return True


def _swapped(plan: Plan, courier: Courier, bundles: list[Bundle]) -> tuple[list[Bundle], float]:
    """The bundles as this courier would carry them, with their cost."""
    evaluator = plan.evaluator
    if len(evaluator.travels) > 1:
        bundles = [evaluator.bundle(bundle.orders, courier.mode) for bundle in bundles]
    return bundles, evaluator.route_cost(courier, bundles)


def spread(plan: Plan, orders: Sequence[int]) -> list[int]:
    """Give many orders away at once, one to a courier by a minimum-cost assignment. Returns those still without one.

    Each goes to the end of its courier's route; what pays better is left to `relocate_all`.
    """
    evaluator = plan.evaluator
    routes = list(plan.routes.values())
    if not routes:
        return list(orders)
    couriers = [route.courier for route in routes]
    ends = [evaluator.end(route.courier, route.bundles) for route in routes]
    table = price_table(evaluator, [[evaluator.bundle((order,))] for order in orders], couriers, ends)
    for row, column in assign(table):
        order, route = orders[row], routes[column]
        if table[row, column] >= evaluator.weights.unserved or len(route.bundles) >= evaluator.weights.max_depth:
            continue
        bundles = [*route.bundles, evaluator.bundle((order,), route.courier.mode)]
        plan.place(order, route.courier.key, bundles, evaluator.route_cost(route.courier, bundles))
    return [order for order in orders if order not in plan.where]


def improve(plan: Plan, passes: int, iterations: int, dice: random.Random) -> None:
    """Alternate relocation and assignment until both are content."""
    bounded = plan.evaluator.weights.effort < float("inf")
    relocate_all(plan, passes, dice.random() if bounded else 0.0)
    if rematch(plan):
        relocate_all(plan, 1)
    iterations += int(plan.evaluator.weights.per_order * len(plan.where)) if iterations else 0
    if iterations and ruin_and_recreate(plan, iterations, dice):
        rematch(plan)
