"""A day of an MDRPlib instance through the dispatch engine, minute by minute, on an injected clock."""

from collections import defaultdict
from dataclasses import dataclass, field

from console.automation.dispatch.model import Courier, Demand, Service, Weights
from console.automation.dispatch.rolling import Departure, Pickup, RollingDispatch
from console.automation.replay.instance import Instance


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
    """Run the day until the last courier is off."""
    engine = _engine(instance, weights)
    arrivals = _arrivals(instance)
    day = Day()
    first = min([row.placed for row in instance.orders] + [row.on for row in instance.couriers])
    last = max(row.off for row in instance.couriers) + 1
    for now in range(first, last + 1):
        pickups, departures = engine.step(now, arrivals.get(now, ()))
        _record(instance, day, pickups, departures)
    return day


def _engine(instance: Instance, weights: Weights) -> RollingDispatch:
    parameters = instance.parameters
    service = Service(parameters.pickup_service // 2, parameters.dropoff_service // 2)
    engine = RollingDispatch(instance.table, service, weights)
    count = len(instance.restaurants)
    engine.evaluator.remoteness = [sum(row[:count]) / count for row in instance.table]
    base = len(instance.restaurants) + len(instance.orders)
    for index, row in enumerate(instance.couriers):
        guarantee = parameters.pay_per_hour * (row.off - row.on) / 60.0
        engine.on_shift(Courier(index, base + index, row.on, row.off, slack_pay=guarantee), row.on)
    return engine


def _arrivals(instance: Instance) -> dict[int, list[Demand]]:
    index, base = instance.restaurant_index, len(instance.restaurants)
    arrivals: dict[int, list[Demand]] = defaultdict(list)
    for key, row in enumerate(instance.orders):
        due = row.placed + instance.parameters.target
        demand = Demand(key, index[row.restaurant], base + key, row.placed, row.ready, due)
        arrivals[row.placed].append(demand)
    return arrivals


def _record(instance: Instance, day: Day, pickups: list[Pickup], departures: list[Departure]) -> None:
    base, half = len(instance.restaurants), instance.parameters.pickup_service // 2
    drop_half = instance.parameters.dropoff_service // 2
    for pickup in pickups:
        bundle, node, clock = pickup.bundle, pickup.bundle.pickup, int(pickup.at) + half
        dropoffs: list[int] = []
        for order in bundle.orders:
            day.legs.append(Leg(pickup.courier, clock, node, base + order))
            dropoffs.append(clock + int(instance.table[node][base + order]) + drop_half)
            clock, node = dropoffs[-1] + drop_half, base + order
        done = Assignment(int(pickup.assigned), int(pickup.at), pickup.courier, bundle.orders, tuple(dropoffs))
        day.assignments.append(done)
    for leaving in departures:
        day.legs.append(Leg(leaving.courier, int(leaving.at), leaving.origin, leaving.pickup))
