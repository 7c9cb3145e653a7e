"""Which parts of a plan are settled now: as late as possible, and never at the cost of what was told before."""

from collections.abc import Sequence

from console.automation.dispatch.model import Bundle, Route
from console.automation.dispatch.moment import Commitment, Held
from console.automation.dispatch.plan import Plan
from console.automation.dispatch.scoring import Limits

_EPSILON = 1e-6


class Committer:
    """Looks at the first trip of every courier."""

    def __init__(self, plan: Plan, limits: Limits, now: float, keys: Sequence[str], crew: Sequence[str]) -> None:
        self._plan, self._limits, self._now, self._keys, self._crew = plan, limits, now, keys, crew
        self._evaluator = plan.evaluator
        self._weights = plan.evaluator.weights

    def settle(self) -> tuple[tuple[Commitment, ...], tuple[Held, ...]]:
        """What is told now, and what has a driver in mind but stays open."""
        told: list[Commitment] = []
        held: list[Held] = []
        for route in self._plan.routes.values():
            if route.bundles:
                settled = self._along(route)
                told += settled
                held += self._open(route, {order for one in settled for order in one.orders})
        return tuple(told), tuple(held)

    def _along(self, route: Route) -> list[Commitment]:
        """Trip after trip of a courier, as long as each must be told now."""
        courier, told = route.courier, list[Commitment]()
        node, clock, room, kg = courier.node, courier.free, courier.room, courier.room_kg
        for index, (bundle, at) in enumerate(zip(route.bundles, self._times(route), strict=True)):
            if index == 0 and courier.locked:
                one = self._grown(route, bundle, at)
                if one is None and courier.told != frozenset(bundle.orders):
                    break
            elif bundle.count > room or bundle.kg > kg + _EPSILON:
                break
            else:
                one = self._departing(route, bundle, node, clock)
                if one is None:
                    break
            if one is not None:
                told.append(one)
                fresh = [order for order in bundle.orders if order not in courier.told]
                room -= sum(self._evaluator.demands[order].count for order in fresh)
                kg -= sum(self._evaluator.demands[order].kg for order in fresh)
            node, clock = bundle.end_node, at + bundle.end_offset
            if self._weights.commit <= 0.0:
                break
        return told

    def _times(self, route: Route) -> list[float]:
        return self._evaluator.pickups(route.courier, route.bundles)

    def _grown(self, route: Route, bundle: Bundle, at: float) -> Commitment | None:
        """A told bundle whose orders changed. Where nothing is withdrawn, joining is final: it is done late too."""
        courier = route.courier
        if courier.told == frozenset(bundle.orders):
            return None
        if not self._weights.withdraw and (at - self._now > self._weights.commit or self._harms(route, at)):
            return None
        return self._commitment(route, bundle, courier.free, courier.arrival, at, grown=True)

    def _harms(self, route: Route, at: float) -> bool:
        """Whether joining makes a told order late that was on time."""
        courier, bundle = route.courier, route.bundles[0]
        before = self._evaluator.bundle(sorted(courier.told), courier.mode)
        was = dict(zip(before.orders, before.limits, strict=True))
        then = self._evaluator.pickups(courier, [before])[0]
        return any(
            at > limit + _EPSILON and then <= was[order] + _EPSILON
            for order, limit in zip(bundle.orders, bundle.limits, strict=True)
            if order in courier.told
        )

    def _departing(self, route: Route, bundle: Bundle, node: int, free: float) -> Commitment | None:
        """A trip for which its courier must soon set out; what it cannot do before it goes off waits."""
        courier, now, half = route.courier, self._now, self._evaluator.service.pickup_half
        trip = self._evaluator.travels[courier.mode][node][bundle.pickup]
        departs = max(free, now, bundle.ready - half - trip)
        at = max(bundle.ready, departs + trip + half)
        soon = departs - now <= self._weights.commit
        soon = soon or any(self._evaluator.demands[order].urgent for order in bundle.orders)
        if not soon or free - now > self._limits.look_ahead or at > courier.off:
            return None
        return self._commitment(route, bundle, departs, departs + trip, at, grown=False)

    def _commitment(
        self, route: Route, bundle: Bundle, departs: float, arrival: float, at: float, *, grown: bool
    ) -> Commitment:
        orders = tuple(self._keys[order] for order in bundle.orders)
        fresh = tuple(self._keys[order] for order in bundle.orders if order not in route.courier.told)
        dropoffs = tuple(at + offset for offset in bundle.offsets)
        return Commitment(self._crew[route.courier.key], orders, fresh, departs, arrival, at, dropoffs, grown)

    def _open(self, route: Route, settled: set[str]) -> list[Held]:
        found: list[Held] = []
        courier, driver = route.courier, self._crew[route.courier.key]
        times = self._times(route)
        travel, node = self._evaluator.travels[courier.mode], courier.node
        half = self._evaluator.service.pickup_half
        for bundle, at in zip(route.bundles, times, strict=True):
            departs = at - half - travel[node][bundle.pickup]
            node = bundle.end_node
            for order, offset in zip(bundle.orders, bundle.offsets, strict=True):
                key = self._keys[order]
                if key not in settled and order not in courier.told:
                    found.append(Held(key, driver, departs, at + offset))
        return found
