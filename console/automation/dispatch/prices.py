"""What every courier would cost with every trip, at once: the table under the one global assignment of a round."""

from collections.abc import Sequence
from typing import Any

from console.automation.dispatch.evaluate import Evaluator
from console.automation.dispatch.model import Bundle, Courier

FORBIDDEN = 1e7


def price_table(
    evaluator: Evaluator,
    trips: Sequence[Sequence[Bundle]],
    couriers: Sequence[Courier],
    starts: Sequence[tuple[int, float]] | None = None,
) -> Any:
    """Cost of each trip (bundles in order) with each courier, shape (trips, couriers).

    `starts` are (place, minute) to set out from, the couriers' own without it. Pairs that break a limit cost
    FORBIDDEN more. The same sum as `Evaluator.route_cost` for couriers who are not locked.
    """
    import numpy as np

    table = np.zeros((len(trips), len(couriers)))
    for mode in sorted({courier.mode for courier in couriers}):
        columns = [index for index, courier in enumerate(couriers) if courier.mode == mode]
        crew = [couriers[index] for index in columns]
        begin = [(c.node, c.free) for c in crew] if starts is None else [starts[index] for index in columns]
        table[:, columns] = _Prices(evaluator, mode, crew, begin).of(trips)
    return table


class _Prices:
    """One kind of vehicle."""

    def __init__(
        self, evaluator: Evaluator, mode: int, crew: Sequence[Courier], starts: Sequence[tuple[int, float]]
    ) -> None:
        import numpy as np

        self.np, self.evaluator, self.mode, self.crew = np, evaluator, mode, crew
        self.array = evaluator.array(mode)
        self.nodes = np.array([node for node, _ in starts])
        self.free = np.array([minute for _, minute in starts])
        self.off = np.array([courier.off for courier in crew])
        self.load = np.array([courier.load for courier in crew])

    def of(self, trips: Sequence[Sequence[Bundle]]) -> Any:
        """Shape (trips, this crew)."""
        np, weights = self.np, self.evaluator.weights
        own = trips if len(self.evaluator.travels) == 1 else [self._mine(trip) for trip in trips]
        shape = (len(own), len(self.crew))
        clock, cost = np.broadcast_to(self.free, shape).copy(), np.zeros(shape)
        node = np.broadcast_to(self.nodes, shape).copy()
        for depth in range(max(len(trip) for trip in own)):
            rows = [index for index, trip in enumerate(own) if len(trip) > depth]
            self._step(np.array(rows), [own[index][depth] for index in rows], clock, node, cost)
        counts = np.array([sum(bundle.count for bundle in trip) for trip in own])
        slack = np.maximum(np.array([courier.slack_pay for courier in self.crew]), 0.0)
        cost += weights.pay * np.maximum(weights.pay_per_order * counts[:, None] - slack[None, :], 0.0)
        if self.evaluator.remoteness:
            remote = self.evaluator.remote(self.mode)
            moved = remote[node] - remote[self.nodes][None, :]
            cost += np.where(clock < self.off[None, :], self.evaluator.place * moved, 0.0)
        cost += self.evaluator.busy * (np.minimum(clock, self.off[None, :]) - self.free[None, :])
        return cost + FORBIDDEN * self._forbidden(own)

    def _mine(self, trip: Sequence[Bundle]) -> list[Bundle]:
        return [self.evaluator.bundle(bundle.orders, self.mode) for bundle in trip]

    def _step(self, rows: Any, bundles: Sequence[Bundle], clock: Any, node: Any, cost: Any) -> None:
        """Serve the next bundle of `rows`: moves their clocks and places on, adds to their costs."""
        np, weights = self.np, self.evaluator.weights

        def column(name: str) -> Any:
            return np.array([getattr(bundle, name) for bundle in bundles])[:, None]

        way = self.array[node[rows], column("pickup")]
        at = np.maximum(clock[rows] + way + self.evaluator.service.pickup_half, column("ready"))
        added = column("slope") * at + column("constant") + column("haul") * way + column("fair") * self.load[None, :]
        for place in range(max(len(bundle.limits) for bundle in bundles)):
            limits = [bundle.limits[place] if len(bundle.limits) > place else np.inf for bundle in bundles]
            added += weights.late * np.maximum(0.0, at - np.array(limits)[:, None])
        over = np.maximum(0.0, at - self.off[None, :])
        size = np.array([len(bundle.orders) for bundle in bundles])[:, None]
        added += np.where(over > 0, over + weights.unserved * size, 0.0)
        cost[rows] += added
        clock[rows] = at + column("end_offset")
        node[rows] = column("end_node")

    def _forbidden(self, trips: Sequence[Sequence[Bundle]]) -> Any:
        """Pairs in which the courier may not have an order or cannot carry a bundle."""
        np = self.np
        count = np.array([max(bundle.count for bundle in trip) for trip in trips])[:, None]
        kg = np.array([max(bundle.kg for bundle in trip) for trip in trips])[:, None]
        bad = count > np.array([courier.capacity for courier in self.crew])[None, :]
        bad |= kg > np.array([courier.capacity_kg for courier in self.crew])[None, :] + 1e-6
        for index, courier in enumerate(self.crew):
            if courier.refuses:
                held = [any(not courier.refuses.isdisjoint(bundle.orders) for bundle in trip) for trip in trips]
                bad[:, index] |= np.array(held)
        return bad
