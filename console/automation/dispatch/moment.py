"""What goes into a decision and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from console.automation.dispatch.scoring import Candidate, Task


@dataclass(frozen=True, slots=True)
class Draft:
    """What was planned but not told: trips of order keys by driver, what it was planned for, the how manieth plan."""

    trips: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    occasion: object = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything a decision may know. Minutes are on one axis; `tasks` wait untold, `draft` is the last outcome's."""

    now: float
    tasks: Sequence[Task]
    crew: Sequence[Candidate]
    draft: Draft = Draft()


@dataclass(frozen=True, slots=True)
class Commitment:
    """A driver's bundle as told from now on: all its orders in delivery order, `fresh` those told just now.

    `departs`, `arrival`, `pickup_at` and `dropoffs` are minutes on the moment's axis.
    """

    driver: str
    orders: tuple[str, ...]
    fresh: tuple[str, ...]
    departs: float
    arrival: float
    pickup_at: float
    dropoffs: tuple[float, ...]
    grown: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """An order with a driver in mind who is not told yet."""

    order: str
    driver: str
    departs: float
    dropoff: float


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision with what spoke for it. `alternatives` counts the other eligible drivers; minutes count from now."""

    order: str
    driver: str
    total: float
    distance: float
    time: float
    load: float
    priority: float
    alternatives: int
    arrival: float
    delivery: float
    km: float
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`choices` explain every fresh order of `told`, by its key; `unserved` nobody can take; `draft` goes on."""

    told: tuple[Commitment, ...]
    held: tuple[Held, ...]
    unserved: tuple[str, ...]
    choices: Mapping[str, Choice]
    draft: Draft
