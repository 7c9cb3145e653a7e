"""Feasibility of a solution, read back from its files and judged from the instance alone.

It shares no code with the engine: travel is computed pair by pair and every courier's day is replayed from its trips.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from console.automation.replay.instance import Instance, minutes_between


@dataclass(frozen=True, slots=True)
class _Bundle:
    assigned: int
    pickup: int
    courier: str
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Trip:
    departure: int
    origin: str
    destination: str


class SolutionCheck:
    """Collects what is wrong with a solution; an empty `faults` means feasible."""

    def __init__(self, instance: Instance, directory: Path) -> None:
        self.instance = instance
        self.faults: list[str] = []
        self.orders = {row.name: row for row in instance.orders}
        self.couriers = {row.name: row for row in instance.couriers}
        self.places = {place.name: (place.x, place.y) for place in instance.restaurants}
        self.places |= {row.name: (row.x, row.y) for row in instance.orders}
        self.places |= {row.name: (row.x, row.y) for row in instance.couriers}
        self.bundles = self._read_bundles(directory)
        self.trips = self._read_trips(directory)
        self.delivered = self._read_orders(directory)

    def _lines(self, directory: Path, name: str) -> list[list[str]]:
        lines = (directory / f"solution_info_{name}.txt").read_text(encoding="utf-8").splitlines()
        if any("  " in line or "\t" in line or line != line.strip() for line in lines):
            self.faults.append(f"{name}: fields are not separated by single spaces")
        return [line.split(" ") for line in lines[1:]]

    def _read_bundles(self, directory: Path) -> dict[str, list[_Bundle]]:
        bundles: dict[str, list[_Bundle]] = defaultdict(list)
        for cells in self._lines(directory, "assignments"):
            bundles[cells[2]].append(_Bundle(int(cells[0]), int(cells[1]), cells[2], tuple(cells[3:])))
        return bundles

    def _read_trips(self, directory: Path) -> dict[str, list[_Trip]]:
        trips: dict[str, list[_Trip]] = defaultdict(list)
        previous = ""
        for cells in self._lines(directory, "couriers"):
            if cells[0] != previous and cells[0] in trips:
                self.faults.append(f"{cells[0]}: trips are not grouped by courier")
            previous = cells[0]
            origin = cells[0] if cells[2] == "0" else cells[2]
            trips[cells[0]].append(_Trip(int(cells[1]), origin, cells[3]))
        return trips

    def _read_orders(self, directory: Path) -> dict[str, tuple[int, int, int, int, str]]:
        rows = self._lines(directory, "orders")
        return {cells[0]: (int(cells[1]), int(cells[2]), int(cells[3]), int(cells[4]), cells[5]) for cells in rows}

    def run(self) -> list[str]:
        """All faults, in words."""
        counted = [order for bundles in self.bundles.values() for one in bundles for order in one.orders]
        if len(counted) != len(set(counted)):
            self.faults.append("an order is in two bundles")
        if set(counted) != set(self.delivered):
            self.faults.append("bundles and delivered orders differ")
        for name in self.bundles:
            self._courier(name)
        return self.faults

    def _travel(self, origin: str, destination: str) -> int:
        return minutes_between(self.places[origin], self.places[destination], self.instance.parameters.speed)

    def _courier(self, name: str) -> None:
        """Replay one courier: trips must be exactly those of its bundles, one after another, never back in time."""
        rules, courier = self.instance.parameters, self.couriers[name]
        clock, place = courier.on, name
        trips = iter(sorted(self.trips[name], key=lambda trip: trip.departure))
        for bundle in sorted(self.bundles[name], key=lambda one: one.pickup):
            restaurant = self._bundle_rules(bundle, courier.off)
            arrival = self._leg(name, next(trips, None), clock, place, restaurant, exact=False)
            ready = max(self.orders[order].ready for order in bundle.orders)
            if bundle.pickup != max(ready, arrival + rules.pickup_service // 2):
                self.faults.append(f"{name}: pickup at {bundle.pickup}, arrival {arrival}, ready {ready}")
            clock, place = bundle.pickup + rules.pickup_service // 2, restaurant
            for order in bundle.orders:
                arrival = self._leg(name, next(trips, None), clock, place, order, exact=True)
                self._dropoff(bundle, order, arrival + rules.dropoff_service // 2)
                clock, place = arrival + rules.dropoff_service, order
        if next(trips, None) is not None:
            self.faults.append(f"{name}: a trip without a bundle")

    def _leg(self, name: str, trip: _Trip | None, clock: int, origin: str, destination: str, *, exact: bool) -> int:
        if trip is None or (trip.origin, trip.destination) != (origin, destination):
            self.faults.append(f"{name}: {trip} where {origin} -> {destination} is due")
            return clock
        if trip.departure < clock or (exact and trip.departure != clock):
            self.faults.append(f"{name}: leaves {origin} at {trip.departure}, free at {clock}")
        return trip.departure + self._travel(origin, destination)

    def _bundle_rules(self, bundle: _Bundle, off: int) -> str:
        restaurants = {self.orders[order].restaurant for order in bundle.orders}
        if len(restaurants) != 1:
            self.faults.append(f"{bundle}: more than one restaurant")
        if bundle.pickup > off:
            self.faults.append(f"{bundle}: pickup after {off}, when the courier goes off")
        if bundle.assigned > bundle.pickup:
            self.faults.append(f"{bundle}: assigned after the pickup")
        for order in bundle.orders:
            if bundle.assigned < self.orders[order].placed:
                self.faults.append(f"{bundle}: {order} is assigned before it is placed")
        return restaurants.pop()

    def _dropoff(self, bundle: _Bundle, order: str, at: int) -> None:
        row, told = self.orders[order], self.delivered.get(order)
        if told != (row.placed, row.ready, bundle.pickup, at, bundle.courier):
            self.faults.append(f"{order}: the file says {told}, its courier's trips say drop-off {at}")


def check_solution(instance: Instance, directory: Path) -> list[str]:
    """Faults of the solution files in `directory`; empty when feasible."""
    return SolutionCheck(instance, directory).run()
