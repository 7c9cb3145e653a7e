"""Ruin and recreate: take a few related orders out of the plan, put them back better (Schrimpf et al. 2000)."""

import random

from console.automation.dispatch.model import Bundle
from console.automation.dispatch.plan import Plan

_EPSILON = 1e-6


def related(plan: Plan, seed_order: int, count: int, dice: random.Random) -> list[int]:
    """Up to `count` orders near `seed_order` in place and time, itself first; a little noise varies the choice."""
    demands, travel = plan.evaluator.demands, plan.evaluator.travels[0]
    centre = demands[seed_order]
    row, ready, here = travel[centre.pickup], centre.ready, plan.where.get(seed_order)

    def distance(order: int) -> float:
        other = demands[order]
        apart = row[other.pickup] + 0.5 * abs(other.ready - ready)
        return (0.5 * apart if plan.where.get(order) == here else apart) * (0.5 + dice.random())

    others = sorted((order for order in (*plan.where, *plan.unserved) if order != seed_order), key=distance)
    return [seed_order, *others[: count - 1]]


def _total(plan: Plan, keys: set[int]) -> float:
    return sum(plan.routes[key].cost for key in keys)


def ruin_once(plan: Plan, dice: random.Random, most: int) -> bool:
    """One removal and reinsertion; undone unless it lowers the cost. True when it did."""
    orders = sorted((*plan.where, *plan.unserved))
    if len(orders) < 2:
        return False
    chosen = related(plan, dice.choice(orders), dice.randint(2, most), dice)
    before: dict[int, tuple[list[Bundle], float]] = {}
    unserved = set(plan.unserved)
    places = {order: plan.where.get(order) for order in chosen}
    removed: list[int] = []
    for order in chosen:
        key = plan.where.get(order)
        if key is None:
            removed.append(order)
            continue
        shrunk = plan.without(order)
        if shrunk is None:
            continue
        route = plan.routes[key]
        before.setdefault(key, (route.bundles, route.cost))
        route.bundles, route.cost = shrunk
        del plan.where[order]
        removed.append(order)
    price = plan.evaluator.weights.unserved
    old = sum(cost for _, cost in before.values()) + price * sum(places[o] is None for o in removed)
    dice.shuffle(removed)
    for order in removed:
        found = plan.cheapest(order, price)
        if found is None:
            plan.unserved.add(order)
            continue
        key = found[1]
        route = plan.routes[key]
        if key not in before:
            before[key] = (route.bundles, route.cost)
            old += route.cost
        plan.place(order, *found[1:])
    new = _total(plan, set(before)) + price * sum(order in plan.unserved for order in removed)
    if new < old - _EPSILON:
        return True
    for key, (bundles, cost) in before.items():
        plan.routes[key].bundles, plan.routes[key].cost = bundles, cost
    for order in removed:
        plan.where.pop(order, None)
        place = places[order]
        if place is not None:
            plan.where[order] = place
    plan.unserved.clear()
    plan.unserved.update(unserved)
    return False


def ruin_and_recreate(plan: Plan, iterations: int, dice: random.Random, most: int = 6) -> int:
    """Repeat `ruin_once`. Returns how often it helped."""
    effort = plan.evaluator.weights.effort
    return sum(ruin_once(plan, dice, most) for _ in range(iterations) if plan.spent <= effort)
