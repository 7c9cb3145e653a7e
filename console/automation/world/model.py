"""What a world feeds into the database. Minutes count from now; places are degrees."""

from dataclasses import dataclass
from typing import Protocol

from console.automation.travel.model import Point


@dataclass(frozen=True, slots=True)
class NewDriver:
    """A driver of the world."""

    reference: str
    name: str
    vehicle: str
    capacity: int
    place: Point


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order of the world; `ready` and `promise` in minutes of the database's clock."""

    reference: str
    service: str
    priority: str
    pickup: Point
    pickup_name: str
    dropoff: Point
    dropoff_name: str
    ready: float
    promise: float | None
    weight_kg: float
    value: float


@dataclass(frozen=True, slots=True)
class NewIncident:
    """A jam."""

    place: Point
    radius: int
    severity: str
    kind: str
    words: str


class Source(Protocol):
    """Where orders come from. `elapsed` is minutes of the database's clock since the start."""

    def drivers(self) -> list[NewDriver]: ...
    def orders(self, elapsed: float) -> list[NewOrder]: ...
    def incident(self, elapsed: float) -> NewIncident | None: ...
    def silent(self, reference: str, elapsed: float) -> bool: ...
    def over(self, elapsed: float) -> bool: ...
