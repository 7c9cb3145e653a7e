"""MDRPlib instances, read and checked. Tab separated, metres and minutes; travel = ceil(euclid / metres a minute)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from console.errors import InputRejected, NotFound

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Place:
    """A restaurant, a courier's start or a customer: name and metres."""

    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order; minutes since the start of the day."""

    name: str
    x: int
    y: int
    placed: int
    restaurant: str
    ready: int


@dataclass(frozen=True, slots=True)
class CourierRow:
    """One courier's shift."""

    name: str
    x: int
    y: int
    on: int
    off: int


@dataclass(frozen=True, slots=True)
class Parameters:
    """Speed in metres a minute, service minutes, targets in minutes, pay in money."""

    speed: float
    pickup_service: int
    dropoff_service: int
    target: int
    maximum: int
    pay_per_order: float
    pay_per_hour: float


@dataclass(frozen=True, slots=True)
class Instance:
    """A day of meal deliveries. `table[i][j]` is minutes between places in the order restaurants, orders, couriers."""

    name: str
    orders: tuple[OrderRow, ...]
    couriers: tuple[CourierRow, ...]
    restaurants: tuple[Place, ...]
    parameters: Parameters
    table: list[list[float]]

    @property
    def restaurant_index(self) -> Mapping[str, int]:
        """Restaurant name to its row in `table`."""
        return {place.name: index for index, place in enumerate(self.restaurants)}


def _rows(path: Path, columns: int, build: Callable[[list[str]], _Row]) -> tuple[_Row, ...]:
    if not path.is_file():
        raise NotFound(f"{path} does not exist", hint="name a directory with orders, couriers, restaurants, parameters")
    rows: list[_Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if number == 1 or not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) < columns:
            raise InputRejected(f"{path}:{number}: {len(cells)} columns where {columns} are needed")
        try:
            rows.append(build(cells))
        except ValueError as error:
            raise InputRejected(f"{path}:{number}: {error}") from error
    if not rows:
        raise InputRejected(f"{path} has no rows")
    return tuple(rows)


def _order(cells: list[str]) -> OrderRow:
    row = OrderRow(cells[0], int(cells[1]), int(cells[2]), int(cells[3]), cells[4], int(cells[5]))
    if row.ready < row.placed:
        raise ValueError(f"order {row.name} is ready ({row.ready}) before it is placed ({row.placed})")
    return row


def _courier(cells: list[str]) -> CourierRow:
    row = CourierRow(cells[0], int(cells[1]), int(cells[2]), int(cells[3]), int(cells[4]))
    if row.off < row.on:
        raise ValueError(f"courier {row.name} goes off ({row.off}) before on ({row.on})")
    return row


def _place(cells: list[str]) -> Place:
    return Place(cells[0], int(cells[1]), int(cells[2]))


def _parameters(cells: list[str]) -> Parameters:
    row = Parameters(
        float(cells[0]), int(cells[1]), int(cells[2]), int(cells[3]), int(cells[4]), float(cells[5]), float(cells[6])
    )
    if row.speed <= 0:
        raise ValueError("metres a minute must be above 0")
    return row


def read_instance(directory: Path) -> Instance:
    """Read one instance directory.

    Raises NotFound for a missing file and InputRejected, naming file and line, for a bad row.
    """
    orders = _rows(directory / "orders.txt", 6, _order)
    couriers = _rows(directory / "couriers.txt", 5, _courier)
    restaurants = _rows(directory / "restaurants.txt", 3, _place)
    parameters = _rows(directory / "instance_parameters.txt", 7, _parameters)[0]
    known = {place.name for place in restaurants}
    for row in orders:
        if row.restaurant not in known:
            raise InputRejected(
                f"{directory / 'orders.txt'}: order {row.name} names unknown restaurant {row.restaurant}"
            )
    places = [(p.x, p.y) for p in restaurants] + [(o.x, o.y) for o in orders] + [(c.x, c.y) for c in couriers]
    return Instance(directory.name, orders, couriers, restaurants, parameters, travel_table(places, parameters.speed))


def travel_table(places: list[tuple[int, int]], speed: float) -> list[list[float]]:
    """Minutes between all places: ceil(euclidean metres / speed)."""
    import numpy as np

    points = np.asarray(places, dtype=float)
    gaps = points[:, None, :] - points[None, :, :]
    minutes: list[list[float]] = np.ceil(np.sqrt((gaps**2).sum(axis=2)) / speed).astype(int).tolist()
    return minutes


def minutes_between(a: tuple[int, int], b: tuple[int, int], speed: float) -> int:
    """The same for one pair, used to check a solution independently of the table."""
    return math.ceil(math.dist(a, b) / speed)
