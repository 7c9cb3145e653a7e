"""MDRPlib instances, read and checked. Tab separated, metres and minutes; travel = ceil(euclid / metres a minute)."""

import math
from collections.abc import Callable, Mapping, Sequence
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


_DAYS = 10
_LATEST = _DAYS * 24 * 60
_FARTHEST = 20_000_000
"""Metres: half around the world. What is farther, or later, is a slip of the pen, and would be a very long replay."""

_FILES = "orders.txt, couriers.txt, restaurants.txt and instance_parameters.txt"


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise NotFound(f"{path} is not a file that is there", hint=f"name a directory with {_FILES}")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputRejected(f"{path} cannot be read: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputRejected(f"{path}:{line}: this is not UTF-8 text", hint="save the file as UTF-8") from error


def _rows(path: Path, columns: int, build: Callable[[list[str]], _Row]) -> list[tuple[int, _Row]]:
    """Rows below the header with their line numbers. Empty lines do not count."""
    rows: list[tuple[int, _Row]] = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1:
            if len(cells) >= columns and _number(cells[1]):
                raise InputRejected(f"{path}:1: a row where the names of the columns belong", hint="add a header line")
            continue
        if len(cells) < columns:
            found = f"{len(cells)} columns where {columns} are needed"
            raise InputRejected(f"{path}:{number}: {found}", hint="columns are separated by tabs")
        try:
            rows.append((number, build(cells)))
        except ValueError as error:
            raise InputRejected(f"{path}:{number}: {error}", hint="correct the line and repeat") from error
    return rows


def _number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _whole(what: str, text: str, least: int, most: int) -> int:
    """An integer in range. Raises ValueError in words."""
    try:
        value = int(text)
    except ValueError:
        raise ValueError(f"{what} is {text[:40]!r}, not a whole number") from None
    if not least <= value <= most:
        raise ValueError(f"{what} is {value}, not between {least} and {most}")
    return value


def _metres(what: str, text: str) -> int:
    return _whole(what, text, -_FARTHEST, _FARTHEST)


def _minute(what: str, text: str) -> int:
    return _whole(what, text, -_LATEST, _LATEST)


def _name(text: str) -> str:
    """The solution files separate names by spaces, so a name has none."""
    if not text or not text.isprintable() or " " in text:
        raise ValueError(f"{text[:40]!r} is no name: it must be one printable word")
    return text


def _order(cells: list[str]) -> OrderRow:
    name, kitchen = _name(cells[0]), _name(cells[4])
    place, ready = _minute("placement time", cells[3]), _minute("ready time", cells[5])
    row = OrderRow(name, _metres("x", cells[1]), _metres("y", cells[2]), place, kitchen, ready)
    if row.ready < row.placed:
        raise ValueError(f"order {row.name} is ready ({row.ready}) before it is placed ({row.placed})")
    return row


def _courier(cells: list[str]) -> CourierRow:
    on, off = _minute("on time", cells[3]), _minute("off time", cells[4])
    row = CourierRow(_name(cells[0]), _metres("x", cells[1]), _metres("y", cells[2]), on, off)
    if row.off < row.on:
        raise ValueError(f"courier {row.name} goes off ({row.off}) before on ({row.on})")
    return row


def _place(cells: list[str]) -> Place:
    return Place(_name(cells[0]), _metres("x", cells[1]), _metres("y", cells[2]))


def _amount(what: str, text: str) -> float:
    if not _number(text) or float(text) < 0:
        raise ValueError(f"{what} is {text[:40]!r}, not a number of at least 0")
    return float(text)


def _service(what: str, text: str) -> int:
    minutes = _whole(what, text, 0, _LATEST)
    if minutes % 2:
        raise ValueError(f"{what} is {minutes}: half of it comes before the handover, so it must be even")
    return minutes


def _parameters(cells: list[str]) -> Parameters:
    row = Parameters(
        _amount("metres a minute", cells[0]),
        _service("pickup service", cells[1]),
        _service("drop-off service", cells[2]),
        _whole("target", cells[3], 0, _LATEST),
        _whole("maximum", cells[4], 0, _LATEST),
        _amount("pay per order", cells[5]),
        _amount("pay per hour", cells[6]),
    )
    if row.speed <= 0:
        raise ValueError("metres a minute must be above 0")
    return row


def _unique(*files: tuple[Path, Sequence[tuple[int, OrderRow | CourierRow | Place]]]) -> None:
    """Places are told apart by name alone in the solution files."""
    seen: dict[str, str] = {}
    for path, rows in files:
        for number, row in rows:
            where = f"{path}:{number}"
            if row.name in seen:
                raise InputRejected(f"{where}: {row.name} is there already, at {seen[row.name]}", hint="rename one")
            seen[row.name] = where


def read_instance(directory: Path) -> Instance:
    """Read one instance directory. A day may have no couriers, but not no orders.

    Raises NotFound for a missing file and InputRejected, naming file and line, for a bad row.
    """
    files = [directory / f"{name}.txt" for name in ("orders", "couriers", "restaurants", "instance_parameters")]
    orders, couriers = _rows(files[0], 6, _order), _rows(files[1], 5, _courier)
    kitchens, rules = _rows(files[2], 3, _place), _rows(files[3], 7, _parameters)
    if not orders:
        raise InputRejected(f"{files[0]} has no orders", hint="a replay needs at least one")
    if len(rules) != 1:
        raise InputRejected(f"{files[3]} has {len(rules)} rows of parameters where one is needed")
    _unique((files[2], kitchens), (files[0], orders), (files[1], couriers))
    known = {place.name for _, place in kitchens}
    for number, row in orders:
        if row.restaurant not in known:
            raise InputRejected(
                f"{files[0]}:{number}: order {row.name} names unknown restaurant {row.restaurant}",
                hint=f"the restaurants are in {files[2]}",
            )
    return _instance(
        directory.resolve().name,
        [row for _, row in orders],
        [row for _, row in couriers],
        [row for _, row in kitchens],
        rules[0][1],
    )


def _instance(
    name: str, orders: list[OrderRow], couriers: list[CourierRow], kitchens: list[Place], rules: Parameters
) -> Instance:
    places = [(row.x, row.y) for rows in (kitchens, orders, couriers) for row in rows]
    table = travel_table(places, rules.speed)
    return Instance(name, tuple(orders), tuple(couriers), tuple(kitchens), rules, table)


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
