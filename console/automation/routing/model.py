"""Value types of routing problems. Durations and windows share one unit; stops are rows of one matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

Matrix = Sequence[Sequence[float]]
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Task:
    """A delivery: `pickup` is None when the goods are already on board. Windows bound the start of service."""

    pickup: int | None
    dropoff: int
    ready: float = 0.0
    pickup_due: float = NEVER
    earliest: float = 0.0
    due: float = NEVER
    pickup_service: float = 0.0
    dropoff_service: float = 0.0
    load: int = 1


@dataclass(frozen=True, slots=True)
class Tour:
    """One vehicle's problem: from `start` at time `begin`, through all tasks, to `end` (None: the last stop).

    `close` is when a closed tour must be back.
    """

    matrix: Matrix
    tasks: tuple[Task, ...]
    start: int
    end: int | None = None
    begin: float = 0.0
    capacity: int = 1_000_000
    close: float = NEVER


@dataclass(frozen=True, slots=True)
class Sequenced:
    """Stops in order (rows of the matrix, start and end left out) and the cost: finish minus begin."""

    stops: tuple[int, ...]
    cost: float
    method: str
