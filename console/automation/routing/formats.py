"""Files of routing problems: TSPPDLIB JSON and Li & Lim text."""

import json
import math
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


def read_problem(path: Path, kind: str | None = None) -> Problem:
    """Read a file as `kind`, or by its looks. Raises NotFound, InputRejected, UsageError."""
    if not path.is_file():
        raise NotFound(f"{path} does not exist", hint="name a file of a routing problem")
    text = path.read_text(encoding="utf-8", errors="replace")
    if kind is None:
        kind = "tsppd" if text.lstrip().startswith("{") else "lilim"
    if kind == "tsppd":
        return _tsppd(path, text)
    if kind == "lilim":
        return _lilim(path, text)
    raise UsageError(f"there is no format {kind!r}", hint="one of tsppd, lilim")


def _tsppd(path: Path, text: str) -> Problem:
    try:
        document: dict[str, Any] = json.loads(text)
        names, edges = document["nodes"], document["edges"]
        precedence = dict(document["precedence"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputRejected(f"{path}: not a pickup-delivery tour: {error!r}") from error
    if len(edges) != len(names) or any(len(row) != len(names) for row in edges):
        raise InputRejected(f"{path}: edges must be a square matrix of {len(names)} rows")
    index = {name: row for row, name in enumerate(names)}
    try:
        start = index["+0"]
        end = index[precedence.pop("+0")]
        tasks = tuple(Task(index[pickup], index[dropoff], load=0) for pickup, dropoff in precedence.items())
    except KeyError as error:
        raise InputRejected(f"{path}: precedence names {error}, which is not among the nodes") from error
    return Problem(Tour(edges, tasks, start, end), tuple(names), 1, "tsppd")


def _lilim(path: Path, text: str) -> Problem:
    rows: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                rows.append([float(cell) for cell in line.split()])
            except ValueError as error:
                raise InputRejected(f"{path}:{number}: {error}") from error
    if not rows or len(rows[0]) < 2 or any(len(row) != 9 for row in rows[1:]) or len(rows) < 2:
        raise InputRejected(f"{path}: not a Li & Lim file: a head of vehicles and capacity, then rows of nine numbers")
    vehicles, capacity, nodes = int(rows[0][0]), int(rows[0][1]), rows[1:]
    matrix = [[math.dist(a[1:3], b[1:3]) for b in nodes] for a in nodes]
    tasks = tuple(_lilim_task(path, nodes, row) for row in nodes[1:] if row[3] > 0)
    if 2 * len(tasks) != len(nodes) - 1:
        raise InputRejected(f"{path}: {len(nodes) - 1} stops are not pairs of pickup and delivery")
    tour = Tour(matrix, tasks, 0, 0, begin=nodes[0][4], capacity=capacity, close=nodes[0][5])
    return Problem(tour, tuple(int(row[0]) for row in nodes), vehicles, "lilim")


def _lilim_task(path: Path, nodes: list[list[float]], pickup: list[float]) -> Task:
    target = int(pickup[8])
    if not 0 < target < len(nodes) or int(nodes[target][7]) != int(pickup[0]):
        raise InputRejected(f"{path}: stop {int(pickup[0])} and its delivery {target} do not name each other")
    drop = nodes[target]
    return Task(
        pickup=int(pickup[0]),
        dropoff=target,
        ready=pickup[4],
        pickup_due=pickup[5],
        earliest=drop[4],
        due=drop[5],
        pickup_service=pickup[6],
        dropoff_service=drop[6],
        load=int(pickup[3]),
    )
