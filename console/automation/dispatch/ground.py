"""The places of one problem, numbered, and the minutes and kilometres between them."""

from collections.abc import Mapping, Sequence
from typing import Any

from console.automation.dispatch.scoring import Spot


class Rows(dict[int, list[float]]):
    """A table of minutes read row by row: most rows of a large town are never looked at."""

    def __init__(self, array: Any) -> None:
        super().__init__()
        self.array = array

    def __missing__(self, row: int) -> list[float]:
        found: list[float] = self.array[row].tolist()
        self[row] = found
        return found


class Ground:
    """Minutes by vehicle and kilometres, both square arrays over `spots`; `hubs` are the places orders come from.

    With `spots` None places are the rows of the tables themselves. A vehicle without a table of its own drives by the
    first one.
    """

    def __init__(
        self, spots: Mapping[Spot, int] | None, minutes: Mapping[str, Any], km: Any, hubs: Sequence[int]
    ) -> None:
        self._spots, self._km = spots, km
        self.vehicles = {vehicle: mode for mode, vehicle in enumerate(minutes)}
        self.tables = [Rows(array) for array in minutes.values()]
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


def _remoteness(array: Any, hubs: Sequence[int]) -> list[float]:
    """Mean minutes from every place to the hubs; empty where there are none."""
    if not hubs:
        return [0.0] * len(array)
    import numpy as np

    share = np.zeros(len(array))
    share[list(hubs)] = 1.0 / len(hubs)
    found: list[float] = (array @ share).tolist()
    return found
