"""Speed factors learned from finished deliveries: how much slower than assumed trips really were."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Trip:
    """One finished leg: minutes assumed and minutes taken."""

    vehicle: str
    hour: int
    assumed: float
    taken: float


def learn_factors(
    trips: Iterable[Trip], *, at_least: int = 20, low: float = 0.5, high: float = 3.0
) -> Mapping[tuple[str, int], float]:
    """Median ratio per (vehicle, hour), and per vehicle under hour -1.

    The median ignores lunch breaks and lost phones; few trips teach nothing; factors stay within [low, high].
    """
    ratios: dict[tuple[str, int], list[float]] = defaultdict(list)
    for trip in trips:
        if trip.assumed >= 1.0 and 0.0 < trip.taken < 240.0:
            ratio = trip.taken / trip.assumed
            ratios[(trip.vehicle, trip.hour)].append(ratio)
            ratios[(trip.vehicle, -1)].append(ratio)
    return {key: min(high, max(low, median(values))) for key, values in ratios.items() if len(values) >= at_least}
