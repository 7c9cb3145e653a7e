"""Dispatch over time: a plan kept from round to round, of which only what must leave now is committed.

Commitment has two stages. A courier *departs* at the last minute that still reaches the pickup when the food is ready;
until the pickup itself its bundle may grow or shrink (never move to another place). The pickup freezes the bundle.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.automation.dispatch.evaluate import Evaluator
from console.automation.dispatch.improve import improve
from console.automation.dispatch.model import Bundle, Courier, Demand, Service, Table, Weights
from console.automation.dispatch.plan import Plan


@dataclass(frozen=True, slots=True)
class Departure:
    """A courier leaves `origin` for a pickup."""

    courier: int
    at: float
    origin: int
    pickup: int
    arrival: float


@dataclass(frozen=True, slots=True)
class Pickup:
    """A bundle is taken over and its delivery sequence fixed; `assigned` is when its last order was decided."""

    courier: int
    assigned: float
    at: float
    bundle: Bundle


class RollingDispatch:
    """One fleet and one stream of orders. Call `step` with a clock that never goes back."""

    def __init__(self, travel: Table, service: Service, weights: Weights) -> None:
        self.weights = weights
        self.demands: dict[int, Demand] = {}
        self.evaluator = Evaluator(self.demands, travel, service, weights)
        self.plan = Plan(self.evaluator)
        self.waiting: dict[int, tuple[float, Courier]] = {}
        self._decided: dict[int, tuple[float, tuple[int, ...]]] = {}
        self._dirty = True
        self._dice = random.Random(weights.seed)

    def on_shift(self, courier: Courier, starts: float) -> None:
        """Announce a courier whose shift starts at `starts`."""
        self.waiting[courier.key] = (starts, courier)

    def step(self, now: float, arrivals: Iterable[Demand]) -> tuple[list[Pickup], list[Departure]]:
        """One round at `now`: freeze pickups, admit orders, plan, send off what must leave."""
        self.plan.now = now
        pickups = self._freeze(now)
        self._admit(now)
        fresh = list(arrivals)
        for demand in fresh:
            self.demands[demand.key] = demand
        self.plan.insert_all(demand.key for demand in fresh)
        if fresh or pickups or self._dirty or self.plan.unserved:
            self.evaluator.busy = self._busy_price(now)
            for key in self.plan.routes:
                self.plan.refresh(key)
            improve(self.plan, self.weights.passes, self.weights.iterations, self._dice)
        self._dirty = False
        departures = self._depart(now)
        self._note_decisions(now)
        return pickups, departures

    def _busy_price(self, now: float) -> float:
        """Price of a courier minute: rises with the orders that wait per courier at work."""
        waiting = len(self.plan.where) + len(self.plan.unserved)
        working = sum(1 for route in self.plan.routes.values() if route.courier.off > now) or 1
        return self.weights.busy * (1.0 + self.weights.load * max(0.0, waiting / working - 0.5))

    def _admit(self, now: float) -> None:
        """Couriers come into view a little before their shift starts, leave it when they can pick up no more."""
        for key, (starts, courier) in list(self.waiting.items()):
            if starts - self.weights.horizon <= now:
                courier.free = max(courier.free, starts)
                self.plan.add_courier(courier)
                del self.waiting[key]
                self._dirty = True
        for key, route in list(self.plan.routes.items()):
            courier = route.courier
            if not courier.locked and courier.free < now:
                courier.free = now
            if not route.bundles and courier.free >= courier.off:
                self.plan.remove_courier(key)

    def _freeze(self, now: float) -> list[Pickup]:
        """Turn locked bundles whose pickup time has come into deliveries under way."""
        done: list[Pickup] = []
        for key, route in self.plan.routes.items():
            courier = route.courier
            if not courier.locked or not route.bundles:
                continue
            bundle = route.bundles[0]
            at = self.evaluator.pickups(courier, [bundle])[0]
            if at > now:
                continue
            done.append(Pickup(key, self._decided[key][0], at, bundle))
            for order in bundle.orders:
                del self.plan.where[order]
            courier.locked, courier.node, courier.free = False, bundle.end_node, at + bundle.end_offset
            courier.slack_pay -= self.weights.pay_per_order * len(bundle.orders)
            courier.served += len(bundle.orders)
            route.bundles = route.bundles[1:]
            self._decided.pop(key)
        return done

    def _depart(self, now: float) -> list[Departure]:
        leaving: list[Departure] = []
        half = self.evaluator.service.pickup_half
        for key, route in self.plan.routes.items():
            courier = route.courier
            if courier.locked or not route.bundles or courier.free > now:
                continue
            bundle = route.bundles[0]
            trip = self.evaluator.travel[courier.node][bundle.pickup]
            if now + trip + half < bundle.ready or now + trip + half > courier.off or bundle.ready > courier.off:
                continue
            leaving.append(Departure(key, now, courier.node, bundle.pickup, now + trip))
            courier.locked, courier.arrival = True, now + trip
            self._dirty = True
        return leaving

    def _note_decisions(self, now: float) -> None:
        """Remember when each locked bundle got its present orders."""
        for key, route in self.plan.routes.items():
            if route.courier.locked:
                orders = route.bundles[0].orders
                if key not in self._decided or self._decided[key][1] != orders:
                    self._decided[key] = (now, orders)


def summary(plan: Plan) -> Mapping[str, int]:
    """Counts for logs: orders planned, orders nobody can take, couriers in view."""
    return {"planned": len(plan.where), "unserved": len(plan.unserved), "couriers": len(plan.routes)}
