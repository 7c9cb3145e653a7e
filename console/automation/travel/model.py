"""Travel times as the engines see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Point = tuple[float, float]
"""Latitude and longitude in degrees."""

STOPS = "at stops"
"""Stands for a vehicle where factors are kept: slowness at stops instead of between them."""

Minutes = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Town:
    """Places that decisions are about, with their great-circle distances `km`, an array of shape (points, points).

    Minutes matter most from `origins` to `pickups` and along `rides` (numbers of points); elsewhere they should at
    least be in proportion.
    """

    points: Sequence[Point]
    km: Any
    origins: Sequence[int]
    pickups: Sequence[int]
    rides: Sequence[Sequence[int]]


class TravelTimes(Protocol):
    """A source of travel times; `minutes[i][j]` is from point i to point j, both directions kept apart."""

    async def minutes(self, points: Sequence[Point], vehicle: str, hour: int) -> Minutes:
        """Square matrix for `points`, for a vehicle type at an hour of the local day (0..23)."""
        ...

    async def paths(self, paths: Sequence[Sequence[Point]], vehicle: str, hour: int) -> list[list[float]]:
        """Minutes of the consecutive legs of each path."""
        ...

    async def town(self, town: Town, vehicle: str, hour: int) -> Any:
        """Minutes between all points, an array of shape (points, points); exact where it matters most."""
        ...


@dataclass(frozen=True, slots=True)
class Speeds:
    """Kilometres an hour by vehicle, what streets add to the straight line, and factors learned per (vehicle, hour)."""

    road_factor: float = 1.3
    by_vehicle: Mapping[str, float] = field(
        default_factory=lambda: {
            "bike": 15.0,
            "bicycle": 15.0,
            "motorbike": 28.0,
            "scooter": 25.0,
            "car": 26.0,
            "van": 24.0,
        }
    )
    default: float = 25.0
    learned: Mapping[tuple[str, int], float] = field(default_factory=dict)

    @property
    def service(self) -> float:
        """Minutes at a stop; a learned factor of STOPS scales them."""
        return 2.0 * self.learned.get((STOPS, -1), 1.0)

    def minutes_per_km(self, vehicle: str, hour: int) -> float:
        """Minutes for one straight kilometre. A learned factor above 1 means slower than assumed."""
        factor = self.learned.get((vehicle, hour), self.learned.get((vehicle, -1), 1.0))
        rush = 1.25 if hour in (8, 17, 18) else 1.0
        return 60.0 / self.by_vehicle.get(vehicle, self.default) * self.road_factor * rush * factor
