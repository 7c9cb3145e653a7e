"""Great-circle travel times, and places that make no sense."""

from collections.abc import Sequence
from typing import Any

from console.automation.travel.model import Minutes, Point, Speeds
from console.domain.places import usable as usable

EARTH_KM = 6371.0088


def distances_km(origins: Sequence[Point], targets: Sequence[Point]) -> Any:
    """Great-circle kilometres, an array of shape (origins, targets). Haversine, mean earth radius."""
    import numpy as np

    a = np.radians(np.asarray(origins, dtype=float).reshape(-1, 2))
    b = np.radians(np.asarray(targets, dtype=float).reshape(-1, 2))
    half_lat = (a[:, None, 0] - b[None, :, 0]) / 2
    half_lon = (a[:, None, 1] - b[None, :, 1]) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(a[:, None, 0]) * np.cos(b[None, :, 0]) * np.sin(half_lon) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))


def pairwise_km(origins: Sequence[Point], targets: Sequence[Point]) -> Any:
    """Kilometres from each origin to the target of the same place, an array of shape (origins,)."""
    import numpy as np

    a = np.radians(np.asarray(origins, dtype=float).reshape(-1, 2))
    b = np.radians(np.asarray(targets, dtype=float).reshape(-1, 2))
    half = (a - b) / 2
    chord = np.sin(half[:, 0]) ** 2 + np.cos(a[:, 0]) * np.cos(b[:, 0]) * np.sin(half[:, 1]) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))


class GreatCircle:
    """The default source: needs nothing but coordinates."""

    def __init__(self, speeds: Speeds | None = None) -> None:
        self.speeds = speeds or Speeds()

    def table(self, origins: Sequence[Point], targets: Sequence[Point], vehicle: str, hour: int) -> Any:
        """Minutes as an array of shape (origins, targets)."""
        return distances_km(origins, targets) * self.speeds.minutes_per_km(vehicle, hour)

    async def minutes(self, points: Sequence[Point], vehicle: str, hour: int) -> Minutes:
        """Square matrix of minutes."""
        square: Minutes = self.table(points, points, vehicle, hour).tolist()
        return square
