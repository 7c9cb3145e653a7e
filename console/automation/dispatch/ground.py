"""The places of one problem, numbered, and the minutes and kilometres between them."""

from collections.abc import Mapping, Sequence
from typing import Any

from console.automation.dispatch.scoring import Spot


class Rows(dict[int, list[float]]):
    """Minutes to the first `width` places, read row by row: most rows of a large town are never looked at.

    `array` has them all.
    """

    def __init__(self, array: Any, width: int) -> None:
        super().__init__()
        self.array, self._near = array, array[:, :width]

    def __missing__(self, row: int) -> list[float]:
        found: list[float] = self._near[row].tolist()
        self[row] = found
        return found


class Ground:
    """Minutes by vehicle and kilometres, both square arrays over `spots`; the first `hubs` are where orders come from.

    With `spots` None places are the rows of the tables themselves. A vehicle without a table of its own drives by the
    first one.
    """

    def __init__(self, spots: Mapping[Spot, int] | None, minutes: Mapping[str, Any], km: Any, hubs: int) -> None:
        self._spots, self._km = spots, km
        self.vehicles = {vehicle: mode for mode, vehicle in enumerate(minutes)}
        self.tables = [Rows(array, hubs) for array in minutes.values()]
        self.remoteness = [_remoteness(array, hubs) for array in minutes.values()]

    def node(self, spot: Any) -> int:
        """The number of a place."""
        return spot if self._spots is None else self._spots[key_of(spot)]

    def mode(self, vehicle: str) -> int:
        """The number of a vehicle's table."""
        return self.vehicles.get(vehicle, 0)

    def km(self, origins: Sequence[int], targets: Sequence[int]) -> Any:
        """Kilometres, shape (origins, targets)."""
        import numpy as np

        return self._km[np.ix_(np.asarray(origins, dtype=int), np.asarray(targets, dtype=int))]


def key_of(spot: Any) -> Spot:
    """Positions within some ten metres are one place: two orders of one kitchen seldom name it to the same digit."""
    return (round(spot[0], 4), round(spot[1], 4))


def _remoteness(array: Any, hubs: int) -> list[float]:
    """Mean minutes from every place to the hubs; 0 where there are none."""
    if not hubs:
        return [0.0] * len(array)
    found: list[float] = array[:, :hubs].mean(axis=1).tolist()
    return found
