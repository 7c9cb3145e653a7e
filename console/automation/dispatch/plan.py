"""The plan of one moment: every courier's uncommitted bundles, and the moves that change them."""

import heapq
from collections.abc import Iterable

from console.automation.dispatch.evaluate import Evaluator
from console.automation.dispatch.model import Bundle, Courier, Demand, Route

_EPSILON = 1e-6
_SCAN = 0.2
"""What passing over one courier costs, in prices of a route looked at."""


def _carries(courier: Courier, count: int, kg: float) -> bool:
    return count <= courier.capacity and kg <= courier.capacity_kg + _EPSILON


class Plan:
    """Routes of all couriers in view and the orders that none can take."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.routes: dict[int, Route] = {}
        self.where: dict[int, int] = {}
        self.unserved: set[int] = set()
        self.now = float("-inf")
        self.spent = 0.0

    def add_courier(self, courier: Courier) -> None:
        """Bring a courier with an empty route into view."""
        self.routes[courier.key] = Route(courier)

    def refresh(self, key: int) -> None:
        """Price a route again after its courier moved on."""
        route = self.routes[key]
        route.cost = self.evaluator.route_cost(route.courier, route.bundles)

    def insert(self, order: int) -> bool:
        """Put one order where it costs least. False leaves it unserved."""
        found = self.cheapest(order, self.evaluator.weights.unserved)
        if found is None:
            self.unserved.add(order)
            return False
        self.place(order, *found[1:])
        return True

    def insert_all(self, orders: Iterable[int]) -> None:
        """Insert orders, those ready first first."""
        demands = self.evaluator.demands
        for order in sorted(orders, key=lambda o: (demands[o].ready, o)):
            self.insert(order)

    def place(self, order: int, key: int, bundles: list[Bundle], cost: float) -> None:
        route = self.routes[key]
        route.bundles, route.cost = bundles, cost
        self.where[order] = key
        self.unserved.discard(order)

    def _candidates(self, order: int) -> list[Route]:
        """Routes worth trying: those with a bundle of the same pickup and the nearest in time."""
        evaluator = self.evaluator
        demand, travels = evaluator.demands[order], evaluator.travels
        pickup, half, ready = demand.pickup, evaluator.service.pickup_half, demand.ready
        self.spent += _SCAN * len(self.routes)
        same: list[Route] = []
        ranked: list[tuple[float, float, int]] = []
        for key, route in self.routes.items():
            courier = route.courier
            if order in courier.refuses:
                continue
            bundles = route.bundles
            for bundle in bundles:
                if bundle.pickup == pickup:
                    break
            else:
                bundle = None
            if bundle is not None:
                same.append(route)
                continue
            travel = travels[courier.mode]
            if bundles and courier.locked:
                first = bundles[0]
                at = max(first.ready, courier.arrival + half) + first.end_offset + travel[first.end_node][pickup]
            else:
                at = courier.free + travel[courier.node][pickup]
            if bundles:
                at += 4.0 * len(bundles)
            at += half
            if at <= courier.off:
                ranked.append((max(ready, at), travel[courier.node][pickup], key))
        nearest = heapq.nsmallest(evaluator.weights.candidates, ranked)
        return same + [self.routes[key] for _, _, key in nearest]

    def cheapest(self, order: int, limit: float) -> tuple[float, int, list[Bundle], float] | None:
        """Cheapest insertion below `limit`: (added cost, courier, new bundles, new route cost)."""
        best: tuple[float, int, list[Bundle], float] | None = None
        for route in self._candidates(order):
            for bundles in self._options(order, route):
                self.spent += 1.0
                cost = self.evaluator.route_cost(route.courier, bundles)
                added = cost - route.cost
                if added < limit:
                    limit = added
                    best = (added, route.courier.key, bundles, cost)
        return best

    def _options(self, order: int, route: Route) -> Iterable[list[Bundle]]:
        evaluator, courier = self.evaluator, route.courier
        demand, bundles, mode = evaluator.demands[order], route.bundles, route.courier.mode
        for index, bundle in enumerate(bundles):
            if bundle.pickup == demand.pickup and self._may_grow(courier, bundle, demand, at_door=index == 0):
                grown = evaluator.bundle((*bundle.orders, order), mode)
                yield [*bundles[:index], grown, *bundles[index + 1 :]]
        if len(bundles) < evaluator.weights.max_depth and _carries(courier, demand.count, demand.kg):
            single = evaluator.bundle((order,), mode)
            first = 1 if courier.locked else 0
            for index in range(first, len(bundles) + 1):
                yield [*bundles[:index], single, *bundles[index:]]

    def _may_grow(self, courier: Courier, bundle: Bundle, demand: Demand, *, at_door: bool) -> bool:
        """Whether `demand` may join: bundles have a size, vehicles a capacity; what is told counts as taken."""
        if bundle.count + demand.count > self.evaluator.weights.max_bundle:
            return False
        if not (at_door and courier.locked):
            return _carries(courier, bundle.count + demand.count, bundle.kg + demand.kg)
        fresh = [self.evaluator.demands[order] for order in bundle.orders if order not in courier.told]
        room = courier.room - sum(one.count for one in fresh)
        return demand.count <= room and demand.kg + sum(one.kg for one in fresh) <= courier.room_kg + _EPSILON

    def without(self, order: int) -> tuple[list[Bundle], float] | None:
        """A route's bundles and cost if `order` left it; None when a locked bundle may not lose it.

        It may not become empty, nor lose the order it waited for once the others could have been picked up, nor, where
        nothing is withdrawn, any order that was told.
        """
        route = self.routes[self.where[order]]
        if order in route.courier.told and not self.evaluator.weights.withdraw:
            return None
        bundles: list[Bundle] = []
        mode = route.courier.mode
        for index, bundle in enumerate(route.bundles):
            if order not in bundle.orders:
                bundles.append(bundle)
            elif len(bundle.orders) > 1:
                smaller = self.evaluator.bundle([o for o in bundle.orders if o != order], mode)
                if index == 0 and route.courier.locked:
                    reached = route.courier.arrival + self.evaluator.service.pickup_half
                    if max(smaller.ready, reached) < self.now:
                        return None
                bundles.append(smaller)
            elif index == 0 and route.courier.locked:
                return None
        return bundles, self.evaluator.route_cost(route.courier, bundles)

    def relocate(self, order: int) -> bool:
        """Move one order to its best place if that lowers the total."""
        shrunk = self.without(order)
        if shrunk is None:
            return False
        key = self.where[order]
        route = self.routes[key]
        before = (route.bundles, route.cost)
        saved = route.cost - shrunk[1]
        route.bundles, route.cost = shrunk
        found = self.cheapest(order, saved - _EPSILON)
        if found is None:
            route.bundles, route.cost = before
            return False
        self.place(order, *found[1:])
        return True
