"""A day of an MDRPlib instance through the dispatch engine, minute by minute, on an injected clock.

The day is the memory port of the engine: it keeps the state that a database keeps otherwise, shows it to
`DispatchCore.decide` as a moment, and carries out what comes back.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from console.automation.dispatch.core import DispatchCore
from console.automation.dispatch.ground import Ground
from console.automation.dispatch.model import Weights
from console.automation.dispatch.moment import Commitment, Draft, Moment, Outcome
from console.automation.dispatch.scoring import Candidate, Limits, Task
from console.automation.replay.instance import Instance

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A bundle as carried out: `orders` and `dropoffs` are parallel, in delivery order."""

    assigned: int
    pickup: int
    courier: int
    orders: tuple[int, ...]
    dropoffs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """One trip of a courier between places of the travel table."""

    courier: int
    departure: int
    origin: int
    destination: int


@dataclass(slots=True)
class Day:
    """What was done: bundles and trips. Indexes refer to the rows of the instance."""

    assignments: list[Assignment] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)


def simulate(instance: Instance, weights: Weights) -> Day:
    """Run the day until the last courier is off; without couriers nothing happens."""
    world = MemoryWorld(instance, weights)
    first = min([row.placed for row in instance.orders] + [row.on for row in instance.couriers])
    last = max((row.off for row in instance.couriers), default=first - 2) + 1
    for now in range(first, last + 1):
        world.step(now)
    return world.day


def limits_of(instance: Instance) -> Limits:
    """The rules of the problem: nobody is too far or too full, and service takes its halves."""
    rules = instance.parameters
    return Limits(FOREVER, 1_000, FOREVER, rules.pickup_service // 2, rules.dropoff_service // 2)


def scaled(weights: Weights, instance: Instance) -> Weights:
    """Prices for this instance: the weights are meant for ten of money an order and ninety minutes at most."""
    rules = instance.parameters
    pay = weights.pay * 10.0 / rules.pay_per_order if rules.pay_per_order > 0 else 0.0
    unserved = weights.unserved * max(1.0, rules.maximum / 90.0)
    return replace(weights, pay=pay, pay_per_order=rules.pay_per_order, unserved=unserved)


def ground_of(instance: Instance) -> Ground:
    """The travel table of the instance; orders come from its restaurants."""
    import numpy as np

    table = np.asarray(instance.table, dtype=float)
    return Ground(None, {"": table}, table * (instance.parameters.speed / 1000.0), len(instance.restaurants))


class MemoryWorld:
    """Orders and couriers of one day in memory, and the engine that decides for them."""

    def __init__(self, instance: Instance, weights: Weights) -> None:
        self.instance, self.weights, self.day = instance, weights, Day()
        self.core = DispatchCore(ground_of(instance), limits_of(instance), scaled(weights, instance))
        self._arriving = _arrivals(instance)
        self._open: dict[str, Task] = {}
        self._crew: dict[str, Candidate] = {}
        self._coming = {f"{index:05d}": index for index in range(len(instance.couriers))}
        self._told: dict[str, list[tuple[int, Commitment]]] = {}
        self._draft = Draft()

    def step(self, now: int) -> Outcome:
        """One minute: take over what is ready, admit orders and couriers, decide, carry it out."""
        self._pick_up(now)
        self._open.update({task.key: task for task in self._arriving.pop(now, ())})
        self._admit(now)
        moment = self.moment(now)
        outcome = self.core.decide(moment)
        self._draft = outcome.draft
        for told in outcome.told:
            self._tell(now, told)
        return outcome

    def moment(self, now: float) -> Moment:
        """What there is to decide at `now`."""
        bound = {key for trips in self._told.values() for _, told in trips for key in told.orders}
        waiting = [task for key, task in self._open.items() if key not in bound]
        return Moment(now, waiting, [self._seen(key, one) for key, one in self._crew.items()], self._draft)

    def _seen(self, key: str, one: Candidate) -> Candidate:
        """A courier as the engine sees it: behind all it was told but the last trip, which may still grow."""
        trips = self._told.get(key)
        if not trips:
            return one
        last = trips[-1][1]
        place = one.place if len(trips) == 1 else self._open[trips[-2][1].orders[-1]].dropoff
        return replace(one, place=place, free=last.departs, told=tuple(self._open[order] for order in last.orders))

    def _admit(self, now: int) -> None:
        """Couriers come into view a little before their shift starts, and leave when they can pick up no more."""
        for key, index in list(self._coming.items()):
            row = self.instance.couriers[index]
            if row.on - self.weights.horizon <= now:
                guarantee = self.instance.parameters.pay_per_hour * (row.off - row.on) / 60.0
                base = len(self.instance.restaurants) + len(self.instance.orders) + index
                self._crew[key] = Candidate(key, base, base, row.on, off=row.off, slack_pay=guarantee)
                del self._coming[key]
        for key, one in list(self._crew.items()):
            if not self._told.get(key) and max(one.free, now) >= one.off:
                del self._crew[key]

    def _tell(self, now: int, told: Commitment) -> None:
        """A courier is told of one more trip, or the one it waits for changes."""
        trips = self._told.setdefault(told.driver, [])
        if told.grown:
            trips.pop()
        else:
            one = self._crew[told.driver]
            origin = self._open[trips[-1][1].orders[-1]].dropoff if trips else one.place
            pickup = self._open[told.orders[0]].pickup
            self.day.legs.append(Leg(int(told.driver), int(told.departs), _number(origin), _number(pickup)))
        trips.append((now, told))

    def _pick_up(self, now: int) -> None:
        """Told bundles whose time has come become deliveries under way."""
        for key, trips in list(self._told.items()):
            while trips and trips[0][1].pickup_at <= now:
                decided, told = trips.pop(0)
                tasks = [self._open.pop(order) for order in told.orders]
                self._record(decided, told, tasks)
                one, rules = self._crew[key], self.instance.parameters
                paid = one.slack_pay - rules.pay_per_order * len(tasks)
                done, last = told.dropoffs[-1] + self.core.limits.dropoff_half, tasks[-1].dropoff
                self._crew[key] = replace(one, position=last, place=last, free=done, slack_pay=paid)

    def _record(self, decided: int, told: Commitment, tasks: Sequence[Task]) -> None:
        rules, table = self.instance.parameters, self.instance.table
        clock, node = int(told.pickup_at) + rules.pickup_service // 2, _number(tasks[0].pickup)
        dropoffs: list[int] = []
        for task in tasks:
            place = _number(task.dropoff)
            self.day.legs.append(Leg(int(told.driver), clock, node, place))
            dropoffs.append(clock + int(table[node][place]) + rules.dropoff_service // 2)
            clock, node = dropoffs[-1] + rules.dropoff_service // 2, place
        orders = tuple(int(key) for key in told.orders)
        self.day.assignments.append(Assignment(decided, int(told.pickup_at), int(told.driver), orders, tuple(dropoffs)))


def _number(spot: object) -> int:
    assert isinstance(spot, int)
    return spot


def _arrivals(instance: Instance) -> dict[int, Sequence[Task]]:
    index: Mapping[str, int] = instance.restaurant_index
    base, target = len(instance.restaurants), instance.parameters.target
    arrivals: dict[int, list[Task]] = defaultdict(list)
    for key, row in enumerate(instance.orders):
        promise = row.placed + target
        task = Task(f"{key:05d}", index[row.restaurant], base + key, row.ready, promise, placed=row.placed)
        arrivals[row.placed].append(task)
    return dict(arrivals)
