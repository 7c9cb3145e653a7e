"""Travel times as the engines see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Point = tuple[float, float]
"""Latitude and longitude in degrees."""

Minutes = Sequence[Sequence[float]]


class TravelTimes(Protocol):
    """A source of travel times; `minutes[i][j]` is from point i to point j, both directions kept apart."""

    async def minutes(self, points: Sequence[Point], vehicle: str, hour: int) -> Minutes:
        """Square matrix for `points`, for a vehicle type at an hour of the local day (0..23)."""
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

    def minutes_per_km(self, vehicle: str, hour: int) -> float:
        """Minutes for one straight kilometre. A learned factor above 1 means slower than assumed."""
        factor = self.learned.get((vehicle, hour), self.learned.get((vehicle, -1), 1.0))
        rush = 1.25 if hour in (8, 17, 18) else 1.0
        return 60.0 / self.by_vehicle.get(vehicle, self.default) * self.road_factor * rush * factor
