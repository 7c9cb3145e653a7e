"""Files of routing problems: TSPPDLIB JSON and Li & Lim text."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.automation.routing.model import Task, Tour
from console.errors import InputRejected, NotFound, UsageError


@dataclass(frozen=True, slots=True)
class Problem:
    """A tour problem with names for its rows and the size of its fleet."""

    tour: Tour
    names: tuple[str | int, ...]
    vehicles: int
    kind: str


_MOST = 1e9
"""Largest cost, coordinate or minute: the search counts in whole numbers, which must not overflow."""
_STOPS = 5_000


def read_problem(path: Path, kind: str | None = None) -> Problem:
    """Read a file as `kind`, or by its looks.

    Raises NotFound, UsageError, and InputRejected naming the line (Li & Lim) or the row (TSPPDLIB) at fault.
    """
    if not path.is_file():
        raise NotFound(f"{path} is not a file that is there", hint="name a file of a routing problem")
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputRejected(f"{path} cannot be read: {error.strerror}") from error
    if kind is None:
        kind = "tsppd" if text.lstrip()[:1] in ("{", "[") else "lilim"
    try:
        if kind == "tsppd":
            return _tsppd(text)
        if kind == "lilim":
            return _lilim(text)
    except _Fault as fault:
        place = f"{path}:{fault.line}" if fault.line else str(path)
        raise InputRejected(f"{place}: {fault}", hint=_HINTS[kind]) from fault
    raise UsageError(f"there is no format {kind!r}", hint="one of tsppd, lilim")


_HINTS = {
    "tsppd": "a TSPPDLIB document has nodes (names), edges (a row of costs for each) and precedence (pickup: delivery)",
    "lilim": "a head of vehicles and capacity, then lines of: stop x y demand earliest latest service pickup delivery",
}


class _Fault(Exception):
    """What is wrong with a file, and in which line where that is known."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words)
        self.line = line


def _tsppd(text: str) -> Problem:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _Fault(f"not JSON: {error.msg}, column {error.colno}", error.lineno) from error
    except RecursionError as error:
        raise _Fault("not a problem: nested too deeply") from error
    if not isinstance(document, dict):
        raise _Fault("not a problem: no JSON object")
    names = _names(document.get("nodes"))
    index = {name: row for row, name in enumerate(names)}
    pairs = _pairs(document.get("precedence"), index)
    if "+0" not in pairs:
        raise _Fault("precedence has no '+0', where the tour starts")
    end = index[pairs.pop("+0")]
    tasks = tuple(Task(index[pickup], index[dropoff], load=0) for pickup, dropoff in pairs.items())
    return Problem(Tour(_edges(document.get("edges"), names), tasks, index["+0"], end), tuple(names), 1, "tsppd")


def _names(nodes: Any) -> list[str]:
    if not isinstance(nodes, list) or not all(isinstance(name, str) for name in nodes):
        raise _Fault("nodes must be a list of names")
    twice = [name for name, count in Counter(nodes).items() if count > 1]
    if twice:
        raise _Fault(f"nodes names {twice[0]!r} more than once")
    if len(nodes) > _STOPS:
        raise _Fault(f"{len(nodes)} nodes where {_STOPS} are the most")
    return nodes


def _pairs(precedence: Any, index: Mapping[str, int]) -> dict[str, str]:
    """Pickup to delivery. Every node is in exactly one pair, else it would be forgotten or visited twice."""
    if not isinstance(precedence, dict):
        raise _Fault("precedence must be an object: pickup to delivery")
    seen: set[str] = set()
    for pair in precedence.items():
        for name in pair:
            if not isinstance(name, str) or name not in index:
                raise _Fault(f"precedence names {name!r}, which is not among the nodes")
            if name in seen:
                raise _Fault(f"precedence has {name!r} more than once")
            seen.add(name)
    forgotten = [name for name in index if name not in seen]
    if forgotten:
        raise _Fault(f"node {forgotten[0]!r} is in no pair of precedence")
    return precedence


def _edges(edges: Any, names: Sequence[str]) -> list[list[float]]:
    if not isinstance(edges, list) or len(edges) != len(names):
        raise _Fault(f"edges must be a list of {len(names)} rows, one for each node")
    for name, row in zip(names, edges, strict=True):
        if not isinstance(row, list) or len(row) != len(names):
            raise _Fault(f"edges: the row of {name!r} must have {len(names)} costs")
        for to, cost in zip(names, row, strict=True):
            if isinstance(cost, bool) or not isinstance(cost, (int, float)) or not 0 <= cost <= _MOST:
                raise _Fault(f"edges: from {name!r} to {to!r} costs {cost!r}, not a number from 0 to {_MOST:g}")
    return edges


@dataclass(frozen=True, slots=True)
class _Stop:
    """One line of a Li & Lim file; `line` is its number."""

    line: int
    number: int
    x: float
    y: float
    demand: int
    earliest: float
    latest: float
    service: float
    pickup: int
    delivery: int


def _lilim(text: str) -> Problem:
    rows = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(rows) < 2:
        raise _Fault("no head and depot, which are the first two lines")
    line, head = rows[0]
    if len(head) < 2:
        raise _Fault("the head must tell vehicles and capacity", line)
    vehicles, capacity = (_int(line, name, cell, 1) for name, cell in zip(("vehicles", "capacity"), head, strict=False))
    if len(rows) > _STOPS:
        raise _Fault(f"{len(rows)} lines where {_STOPS} are the most")
    stops = [_stop(place, line, cells) for place, (line, cells) in enumerate(rows[1:])]
    matrix = _euclidean(stops)
    tasks = tuple(_task(stops, one) for one in stops[1:] if one.demand > 0)
    for one in stops[1:]:
        if one.demand <= 0 and not (0 < one.pickup < len(stops) and stops[one.pickup].delivery == one.number):
            raise _Fault(f"stop {one.number} is the delivery of no pickup", one.line)
    depot = stops[0]
    tour = Tour(matrix, tasks, 0, 0, begin=depot.earliest, capacity=capacity, close=depot.latest)
    return Problem(tour, tuple(one.number for one in stops), min(vehicles, max(1, len(tasks))), "lilim")


def _euclidean(stops: Sequence[_Stop]) -> list[list[float]]:
    import numpy as np

    points = np.array([(one.x, one.y) for one in stops])
    gaps = points[:, None, :] - points[None, :, :]
    distances: list[list[float]] = np.sqrt((gaps**2).sum(axis=2)).tolist()
    return distances


def _stop(place: int, line: int, cells: Sequence[str]) -> _Stop:
    if len(cells) != 9:
        raise _Fault(f"{len(cells)} columns where 9 are needed", line)
    names = ("x", "y", "earliest", "latest", "service")
    x, y, earliest, latest, service = (
        _float(line, name, cells[column], low)
        for name, column, low in zip(names, (1, 2, 4, 5, 6), (-_MOST, -_MOST, 0, 0, 0), strict=True)
    )
    number = _int(line, "the stop's number", cells[0], 0)
    if number != place:
        raise _Fault(f"stop {number} where {place} is due: they are numbered from 0, the depot", line)
    if latest < earliest:
        raise _Fault(f"stop {number} closes ({latest:g}) before it opens ({earliest:g})", line)
    demand = _int(line, "demand", cells[3], -int(_MOST))
    ends = _int(line, "pickup", cells[7], 0), _int(line, "delivery", cells[8], 0)
    return _Stop(line, number, x, y, demand, earliest, latest, service, *ends)


def _float(line: int, what: str, text: str, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _Fault(f"{what} is {text[:40]!r}, not a number", line) from None
    if not least <= value <= _MOST:
        raise _Fault(f"{what} is {text[:40]}, not from {least:g} to {_MOST:g}", line)
    return value


def _int(line: int, what: str, text: str, least: int) -> int:
    value = _float(line, what, text, least)
    if value != int(value):
        raise _Fault(f"{what} is {text[:40]}, not a whole number", line)
    return int(value)


def _task(stops: Sequence[_Stop], one: _Stop) -> Task:
    if not 0 < one.delivery < len(stops) or stops[one.delivery].pickup != one.number:
        raise _Fault(f"stop {one.number} and its delivery {one.delivery} do not name each other", one.line)
    drop = stops[one.delivery]
    if drop.demand != -one.demand:
        raise _Fault(f"stop {one.number} picks up {one.demand}, its delivery brings {-drop.demand}", one.line)
    return Task(
        pickup=one.number,
        dropoff=drop.number,
        ready=one.earliest,
        pickup_due=one.latest,
        earliest=drop.earliest,
        due=drop.latest,
        pickup_service=one.service,
        dropoff_service=drop.service,
        load=one.demand,
    )
