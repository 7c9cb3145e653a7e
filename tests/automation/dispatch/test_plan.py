"""The rolling plan: moves never cost more than they save, nothing is lost, locked bundles stay where they are."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.automation.dispatch.evaluate import Evaluator
from console.automation.dispatch.improve import relocate_all, rematch
from console.automation.dispatch.model import Courier, Demand, Service, Weights
from console.automation.dispatch.plan import Plan
from console.automation.dispatch.ruin import ruin_and_recreate


def built(seed: int, orders: int, couriers: int) -> Plan:
    dice = random.Random(seed)
    shops, nodes = 3, 3 + orders + couriers
    points = [(dice.uniform(0, 20), dice.uniform(0, 20)) for _ in range(nodes)]
    table = [[float(round(abs(a[0] - b[0]) + abs(a[1] - b[1]))) for b in points] for a in points]
    demands = {}
    for key in range(orders):
        placed = dice.uniform(0, 10)
        demands[key] = Demand(
            key, dice.randrange(shops), shops + key, placed, placed + dice.uniform(0, 20), placed + 40
        )
    plan = Plan(Evaluator(demands, [table], Service(), Weights()))
    for key in range(couriers):
        locked = key == 0
        courier = Courier(
            key, shops + orders + key, dice.uniform(0, 10), dice.uniform(30, 120), locked=locked, arrival=8.0
        )
        plan.add_courier(courier)
    plan.insert_all(demands)
    return plan


def total(plan: Plan) -> float:
    return sum(route.cost for route in plan.routes.values()) + plan.evaluator.weights.unserved * len(plan.unserved)


def check(plan: Plan) -> None:
    held = [order for route in plan.routes.values() for bundle in route.bundles for order in bundle.orders]
    assert len(held) == len(set(held))
    assert set(held) | plan.unserved == set(plan.evaluator.demands)
    for key, route in plan.routes.items():
        assert abs(route.cost - plan.evaluator.route_cost(route.courier, route.bundles)) < 1e-6
        for bundle in route.bundles:
            assert len({plan.evaluator.demands[order].pickup for order in bundle.orders}) == 1
            assert all(plan.where[order] == key for order in bundle.orders)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99_999), orders=st.integers(1, 18), couriers=st.integers(1, 6))
def test_every_move_pays_and_nothing_is_lost(seed: int, orders: int, couriers: int) -> None:
    plan = built(seed, orders, couriers)
    check(plan)
    cost = total(plan)
    for step in (
        lambda: relocate_all(plan, 2),
        lambda: rematch(plan),
        lambda: ruin_and_recreate(plan, 15, random.Random(seed)),
    ):
        step()
        check(plan)
        assert total(plan) <= cost + 1e-6
        cost = total(plan)


def test_a_bundle_is_delivered_in_its_best_order() -> None:
    table = [[0, 1, 9, 5], [1, 0, 9, 4], [9, 9, 0, 9], [5, 4, 9, 0]]
    demands = {key: Demand(key, 0, key, 0.0, 0.0, 40.0) for key in (1, 2, 3)}
    plan = Evaluator(demands, [[[float(x) for x in row] for row in table]], Service(), Weights())
    assert plan.bundle((3, 2, 1)).orders == (1, 3, 2)


def test_a_waiting_bundle_never_shrinks_into_the_past() -> None:
    table = [[0.0] * 4 for _ in range(4)]
    demands = {0: Demand(0, 0, 1, 0.0, 5.0, 40.0), 1: Demand(1, 0, 2, 0.0, 20.0, 60.0)}
    plan = Plan(Evaluator(demands, [table], Service(), Weights()))
    plan.add_courier(Courier(7, 3, 0.0, 100.0, locked=True, arrival=1.0))
    route = plan.routes[7]
    route.bundles = [plan.evaluator.bundle((0, 1))]
    plan.where = {0: 7, 1: 7}
    plan.refresh(7)
    plan.now = 4.0
    assert plan.without(1) is not None
    plan.now = 10.0
    assert plan.without(1) is None


def test_who_goes_off_soon_has_the_long_way() -> None:
    """Minutes after a shift are nobody else's: of two at the same door the one who leaves anyway goes far."""
    table = [[0.0, 60.0], [60.0, 0.0]]
    plan = Plan(Evaluator({0: Demand(0, 0, 1, 0.0, 0.0, 40.0)}, [table], Service(), Weights()))
    plan.add_courier(Courier(1, 0, 0.0, 500.0))
    plan.add_courier(Courier(2, 0, 0.0, 10.0))
    plan.insert_all([0])
    assert plan.where == {0: 2}


def test_courier_time_costs_what_is_charged_and_so_does_the_way_back() -> None:
    table = [[0.0, 10.0, 0.0], [10.0, 0.0, 10.0], [0.0, 10.0, 0.0]]
    evaluator = Evaluator({0: Demand(0, 0, 1, 0.0, 0.0, 40.0)}, [table], Service(), Weights(pay=0.0, way_back=0.5))
    evaluator.remoteness = [[0.0, 10.0, 0.0]]
    courier, trip = Courier(1, 2, 0.0, 500.0), [evaluator.bundle((0,))]
    evaluator.charge(1.0)
    once = evaluator.route_cost(courier, trip)
    evaluator.charge(3.0)
    took = evaluator.end(courier, trip)[1]
    assert evaluator.route_cost(courier, trip) - once == pytest.approx(2.0 * (took + 0.5 * 10.0))
