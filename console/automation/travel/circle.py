"""Great-circle travel times, and places that make no sense."""

from collections.abc import Sequence
from typing import Any

from console.automation.travel.model import Minutes, Point, Speeds, Town
from console.domain.places import usable as usable

EARTH_KM = 6371.0088
_STRIP = 64


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


def square_km(points: Sequence[Point]) -> Any:
    """Great-circle kilometres between all points, shape (points, points), from chords of unit vectors.

    One matrix product instead of a sine for every pair; to within a decimetre of `distances_km`.
    """
    import numpy as np

    lat, lon = np.radians(np.asarray(points, dtype=float).reshape(-1, 2)).T
    unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    table = np.empty((len(unit), len(unit)))
    for first in range(0, len(unit), _STRIP):  # strip by strip, so that it stays in the processor's cache
        chord = unit[first : first + _STRIP] @ unit.T
        chord *= -2.0
        chord += 2.0
        np.maximum(chord, 0.0, out=chord)
        np.sqrt(chord, out=chord)
        if float(chord.max()) > 0.01:  # beyond some 60 km the arc is noticeably longer than its chord
            chord = 2.0 * np.arcsin(np.minimum(chord / 2.0, 1.0))
        np.multiply(chord, EARTH_KM, out=table[first : first + _STRIP])
    np.fill_diagonal(table, 0.0)
    return table


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

    async def paths(self, paths: Sequence[Sequence[Point]], vehicle: str, hour: int) -> list[list[float]]:
        """Minutes of the legs of each path."""
        return self.legs(paths, vehicle, hour)

    def legs(self, paths: Sequence[Sequence[Point]], vehicle: str, hour: int) -> list[list[float]]:
        """The same without waiting: all legs of all paths in one go."""
        starts = [point for path in paths for point in path[:-1]]
        ends = [point for path in paths for point in path[1:]]
        pace = self.speeds.minutes_per_km(vehicle, hour)
        flat = iter((pairwise_km(starts, ends) * pace).tolist() if starts else [])
        return [[next(flat) for _ in path[1:]] for path in paths]

    async def town(self, town: Town, vehicle: str, hour: int) -> Any:
        """Minutes between all points, an array; what matters most makes no difference here."""
        return town.km * self.speeds.minutes_per_km(vehicle, hour)
