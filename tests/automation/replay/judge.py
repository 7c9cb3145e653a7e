"""A second judge of solution files, written from the rules of the problem alone: it imports nothing of the console."""

import math
from pathlib import Path


def table(path: Path, separator: str) -> list[list[str]]:
    """Rows below the header."""
    lines = path.read_text().splitlines()
    assert len(lines) >= 1, f"{path}: no header"
    return [line.split(separator) for line in lines[1:] if line]


def whole(text: str) -> int:
    """An integer minute, written as one."""
    assert text.lstrip("-").isdigit(), f"{text!r} is not an integer"
    return int(text)


class Judge:
    """Raises AssertionError, saying what is wrong, unless the files in `solution` are feasible for `instance`."""

    def __init__(self, instance: Path, solution: Path) -> None:
        speed, pickup, dropoff = (float(x) for x in table(instance / "instance_parameters.txt", "\t")[0][:3])
        self.speed, self.pickup, self.dropoff = speed, int(pickup), int(dropoff)
        self.kitchens = {row[0]: (int(row[1]), int(row[2])) for row in table(instance / "restaurants.txt", "\t")}
        self.orders = {row[0]: row for row in table(instance / "orders.txt", "\t")}
        self.couriers = {row[0]: row for row in table(instance / "couriers.txt", "\t")}
        read = lambda name: table(solution / f"solution_info_{name}.txt", " ")  # noqa: E731
        self.bundles, self.delivered, self.legs = read("assignments"), read("orders"), read("couriers")

    def place(self, name: str) -> tuple[int, int]:
        """Metres of a restaurant, an order or a courier's start."""
        if name in self.kitchens:
            return self.kitchens[name]
        row = self.orders.get(name) or self.couriers[name]
        return int(row[1]), int(row[2])

    def travel(self, a: str, b: str) -> int:
        """Minutes between two places."""
        return math.ceil(math.dist(self.place(a), self.place(b)) / self.speed)

    def run(self) -> None:
        """Judge every courier and then the sums."""
        done: dict[str, tuple[int, int, str]] = {}
        for courier in {row[2] for row in self.bundles} | {row[0] for row in self.legs}:
            self.courier(courier, done)
        told = {row[0]: row for row in self.delivered}
        assert len(told) == len(self.delivered), "an order is delivered twice"
        assert set(told) == set(done), "the orders file and the trips tell of different orders"
        for name, (picked, dropped, courier) in done.items():
            row, order = told[name], self.orders[name]
            expected = [int(order[3]), int(order[5]), picked, dropped]
            assert [whole(cell) for cell in row[1:5]] == expected, f"{name}: {row} where {expected} is due"
            assert row[5] == courier

    def courier(self, name: str, done: dict[str, tuple[int, int, str]]) -> None:
        """Follow one courier through its day."""
        start = self.couriers[name]
        free, here, off = int(start[3]), name, int(start[4])
        legs = sorted((row for row in self.legs if row[0] == name), key=lambda row: whole(row[1]))
        for row in sorted((row for row in self.bundles if row[2] == name), key=lambda row: whole(row[1])):
            assigned, picked, members = whole(row[0]), whole(row[1]), row[3:]
            assert members and len({self.orders[order][4] for order in members}) == 1, f"{row}: not one restaurant"
            kitchen = self.orders[members[0]][4]
            assert all(assigned >= int(self.orders[order][3]) for order in members), f"{row}: told before placed"
            assert assigned <= picked <= off, f"{row}: courier goes off at {off}"
            departed = self.leg(legs, "0" if here == name else here, kitchen)
            assert departed >= free, f"{row}: leaves at {departed}, free at {free}"
            ready = max(int(self.orders[order][5]) for order in members)
            assert picked == max(ready, departed + self.travel(here, kitchen) + self.pickup // 2), f"{row}: pickup"
            free, here = picked + self.pickup // 2, kitchen
            for order in members:
                assert self.leg(legs, here, order) == free, f"{order}: the courier lingers or hurries"
                dropped = free + self.travel(here, order) + self.dropoff // 2
                assert order not in done, f"{order} is delivered twice"
                done[order] = (picked, dropped, name)
                free, here = dropped + self.dropoff // 2, order
        assert not legs, f"{name}: trips without a bundle: {legs}"

    def leg(self, legs: list[list[str]], origin: str, destination: str) -> int:
        """Departure of the next trip, which must be this one: nobody is diverted."""
        assert legs, f"no trip {origin} -> {destination}"
        row = legs.pop(0)
        assert row[2:] == [origin, destination], f"{row} where {origin} -> {destination} is due"
        return whole(row[1])
