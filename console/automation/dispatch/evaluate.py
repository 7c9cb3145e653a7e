"""Cost of a bundle and of a route, in minutes of click-to-door."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from console.automation.dispatch.model import Bundle, Courier, Demand, Service, Table, Weights

_EXHAUSTIVE = 5


class Evaluator:
    """Prices bundles and routes of one problem; bundles are built once and remembered.

    `travels[mode]` is the table of one kind of vehicle. `remoteness[mode][node]` is minutes from a place to where
    orders come from: with time to spare it is the far courier that should be used, so that near ones stay for the
    order that cannot wait.
    """

    def __init__(
        self, demands: Mapping[int, Demand], travels: Sequence[Table], service: Service, weights: Weights
    ) -> None:
        self.demands = demands
        self.travels = travels
        self.service = service
        self.weights = weights
        self.busy = weights.busy
        self.place = weights.place
        self.remoteness: Sequence[Sequence[float]] = ()
        self._arrays: dict[int, Any] = {}
        self._remote: dict[int, Any] = {}
        self._bundles: list[dict[tuple[int, ...], Bundle]] = [{} for _ in travels]

    def charge(self, busy: float) -> None:
        """Set the price of a courier's minute; a remote place costs some of them on the way back."""
        self.busy = busy
        self.place = self.weights.place + self.weights.way_back * busy

    def array(self, mode: int) -> Any:
        """The travel table of a mode as an array."""
        if mode not in self._arrays:
            import numpy as np

            table = self.travels[mode]
            self._arrays[mode] = np.asarray(getattr(table, "array", table), dtype=float)
        return self._arrays[mode]

    def remote(self, mode: int) -> Any:
        """`remoteness` of a mode as an array."""
        if mode not in self._remote:
            import numpy as np

            self._remote[mode] = np.asarray(self.remoteness[mode])
        return self._remote[mode]

    def bundle(self, orders: Sequence[int], mode: int = 0) -> Bundle:
        """The bundle of these orders in the sequence with the least total drop-off time."""
        key = tuple(sorted(orders))
        known = self._bundles[mode].get(key)
        if known is None:
            known = self._bundles[mode][key] = self._build(key, self.array(mode))
        return known

    def forget(self, keep: set[int]) -> None:
        """Drop remembered bundles that name an order outside `keep`."""
        self._bundles = [{key: one for key, one in known.items() if keep.issuperset(key)} for known in self._bundles]

    def _build(self, orders: tuple[int, ...], travel: Any) -> Bundle:
        pickup = self.demands[orders[0]].pickup
        candidates = permutations(orders) if len(orders) <= _EXHAUSTIVE else [self._nearest(orders, pickup, travel)]
        best: tuple[float, tuple[float, ...], tuple[int, ...]] | None = None
        for sequence in candidates:
            offsets = self._offsets(pickup, sequence, travel)
            total = sum(offsets)
            if best is None or total < best[0]:
                best = (total, offsets, sequence)
        assert best is not None
        return self._priced(pickup, best[2], best[1])

    def _offsets(self, pickup: int, sequence: Sequence[int], travel: Any) -> tuple[float, ...]:
        half = self.service.dropoff_half
        clock, node, offsets = self.service.pickup_half, pickup, []
        for order in sequence:
            demand = self.demands[order]
            for stop in demand.via:
                clock += float(travel[node, stop]) + 2.0 * half
                node = stop
            place = demand.dropoff
            clock += float(travel[node, place]) + half
            offsets.append(clock)
            clock += half
            node = place
        return tuple(offsets)

    def _nearest(self, orders: tuple[int, ...], pickup: int, travel: Any) -> tuple[int, ...]:
        left, node, sequence = list(orders), pickup, []
        while left:
            row = travel[node]
            order = min(left, key=lambda o: (row[self.demands[o].dropoff], o))
            left.remove(order)
            sequence.append(order)
            node = self.demands[order].dropoff
        return tuple(sequence)

    def _priced(self, pickup: int, sequence: tuple[int, ...], offsets: tuple[float, ...]) -> Bundle:
        demands = [self.demands[order] for order in sequence]
        fresh = self.weights.freshness
        slope = sum(1.0 + fresh + d.bonus for d in demands)
        constant = sum(
            (1.0 + d.bonus) * (offset - d.placed) - fresh * d.ready for d, offset in zip(demands, offsets, strict=True)
        )
        return Bundle(
            orders=sequence,
            pickup=pickup,
            ready=max(d.ready for d in demands),
            offsets=offsets,
            end_offset=offsets[-1] + self.service.dropoff_half,
            end_node=demands[-1].dropoff,
            slope=slope,
            constant=constant,
            limits=tuple(d.due - offset for d, offset in zip(demands, offsets, strict=True)),
            count=sum(d.count for d in demands),
            kg=sum(d.kg for d in demands),
            haul=sum(d.haul for d in demands),
            fair=sum(d.fair for d in demands),
        )

    def route_cost(self, courier: Courier, bundles: Sequence[Bundle]) -> float:
        """Cost of serving `bundles` in this order, courier time and pay above the guarantee included.

        Minutes after the shift take nothing from any other order: who goes off soon should have the long way.
        """
        if not bundles:
            return 0.0
        weights, travel, half = self.weights, self.travels[courier.mode], self.service.pickup_half
        late, clock, node, cost, count = weights.late, courier.free, courier.node, 0.0, 0
        locked = courier.locked
        for bundle in bundles:
            arrival = courier.arrival if locked else clock + travel[node][bundle.pickup]
            if bundle.haul and not locked:
                cost += bundle.haul * (arrival - clock)
            locked = False
            at = arrival + half
            if bundle.ready > at:
                at = bundle.ready
            if at > courier.off:
                cost += weights.unserved * len(bundle.orders) + (at - courier.off)
            cost += bundle.slope * at + bundle.constant
            for limit in bundle.limits:
                if at > limit:
                    cost += late * (at - limit)
            clock = at + bundle.end_offset
            node = bundle.end_node
            count += bundle.count
            if courier.load:
                cost += courier.load * bundle.fair
        pay = weights.pay_per_order * count - max(courier.slack_pay, 0.0)
        if pay > 0.0:
            cost += weights.pay * pay
        if self.remoteness and clock < courier.off:
            remoteness = self.remoteness[courier.mode]
            cost += self.place * (remoteness[node] - remoteness[courier.node])
        return cost + self.busy * (min(clock, courier.off) - courier.free)

    def pickups(self, courier: Courier, bundles: Sequence[Bundle]) -> list[float]:
        """Pickup time of each bundle, in order."""
        clock, node, locked, times = courier.free, courier.node, courier.locked, []
        travel = self.travels[courier.mode]
        for bundle in bundles:
            arrival = courier.arrival if locked else clock + travel[node][bundle.pickup]
            locked = False
            at = max(bundle.ready, arrival + self.service.pickup_half)
            times.append(at)
            clock, node = at + bundle.end_offset, bundle.end_node
        return times

    def end(self, courier: Courier, bundles: Sequence[Bundle]) -> tuple[int, float]:
        """Where and when a courier is done with `bundles`."""
        if not bundles:
            return courier.node, courier.free
        return bundles[-1].end_node, self.pickups(courier, bundles)[-1] + bundles[-1].end_offset
