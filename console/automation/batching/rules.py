"""Batches: orders of one service type with near drop-offs, kept only when one round trip beats separate ones.

Saving is measured as in Clarke & Wright (1964): separate tours from the pickup against one tour through all stops.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from console.automation.routing.exact import solve_exact
from console.automation.routing.model import NEVER, Tour
from console.automation.routing.model import Task as Stop
from console.automation.routing.walk import walk


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of a batch: orders, kilometres between drop-offs, minutes between promises, minutes left to a promise."""

    at_least: int = 2
    max_orders: int = 5
    radius_km: float = 3.0
    spread: float = 60.0
    left: float = 30.0
    max_kg: float = NEVER
    same_pickup_km: float = 0.3


@dataclass(frozen=True, slots=True)
class Parcel:
    """A waiting order. Minutes count from now; `promise` None means nothing is promised."""

    key: str
    service: str
    pickup: tuple[float, float]
    dropoff: tuple[float, float]
    ready: float
    promise: float | None
    weight_kg: float = 0.0
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Members in delivery order, the tour's minutes and kilometres, and minutes saved against separate deliveries."""

    members: tuple[int, ...]
    minutes: float
    km: float
    saved: float


Pace = Callable[[Sequence[tuple[float, float]]], Sequence[Sequence[float]]]
"""Square travel minutes of points."""

_SERVICE = 2.0


def form_batches(parcels: Sequence[Parcel], rules: Callable[[str], Rules], minutes: Pace, km: Pace) -> list[Batch]:
    """Grow batches greedily by largest saving. No member becomes later than its promise, none is in two batches."""
    open_to = {index for index, parcel in enumerate(parcels) if _may(parcel, rules(parcel.service))}
    batches: list[Batch] = []
    for seed in sorted(open_to, key=lambda index: (_due(parcels[index]), parcels[index].key)):
        if seed not in open_to:
            continue
        limits = rules(parcels[seed].service)
        batch = _grow(parcels, seed, open_to, limits, minutes, km)
        if batch is not None:
            batches.append(batch)
            open_to -= set(batch.members)
    return batches


def _due(parcel: Parcel) -> float:
    return NEVER if parcel.promise is None else parcel.promise


def _may(parcel: Parcel, rules: Rules) -> bool:
    return parcel.promise is None or parcel.promise >= rules.left


def _grow(
    parcels: Sequence[Parcel], seed: int, open_to: set[int], rules: Rules, minutes: Pace, km: Pace
) -> Batch | None:
    near = _neighbours(parcels, seed, open_to, rules, km)
    members, best = [seed], None
    for other in near:
        if len(members) >= rules.max_orders:
            break
        if not _fits(parcels, [*members, other], rules, km):
            continue
        tried = evaluate(parcels, [*members, other], minutes, km)
        if tried is not None and tried.saved > (best.saved if best else 0.0):
            members, best = [*members, other], tried
    return best if best is not None and len(members) >= rules.at_least else None


def _neighbours(parcels: Sequence[Parcel], seed: int, open_to: set[int], rules: Rules, km: Pace) -> list[int]:
    centre = parcels[seed]
    others = [i for i in sorted(open_to) if i != seed and parcels[i].service == centre.service]
    if not others:
        return []
    drops = km([centre.dropoff, *(parcels[i].dropoff for i in others)])[0]
    starts = km([centre.pickup, *(parcels[i].pickup for i in others)])[0]
    near = [
        (drops[place], i)
        for place, i in enumerate(others, start=1)
        if drops[place] <= rules.radius_km and starts[place] <= rules.same_pickup_km
    ]
    return [i for _, i in sorted(near)[:30]]


def _fits(parcels: Sequence[Parcel], members: Sequence[int], rules: Rules, km: Pace) -> bool:
    promises = [parcels[i].promise for i in members if parcels[i].promise is not None]
    if (
        promises
        and max(p for p in promises if p is not None) - min(p for p in promises if p is not None) > rules.spread
    ):
        return False
    if sum(parcels[i].weight_kg for i in members) > rules.max_kg:
        return False
    drops = km([parcels[i].dropoff for i in members])
    return max(max(row) for row in drops) <= rules.radius_km


def evaluate(parcels: Sequence[Parcel], members: Sequence[int], minutes: Pace, km: Pace) -> Batch | None:
    """The best tour of `members` from their pickup, or None when a promise would break or nothing is saved."""
    points = [parcels[members[0]].pickup, *(parcels[i].dropoff for i in members)]
    table = minutes(points)
    start = max(parcels[i].ready for i in members)
    stops = tuple(
        Stop(None, place, due=_due(parcels[i]), dropoff_service=_SERVICE) for place, i in enumerate(members, 1)
    )
    tour = Tour(table, stops, 0, None, begin=start)
    found = solve_exact(tour) if len(stops) <= 8 else None
    if found is None or walk(tour, found.stops).late > 0:
        return None
    apart = sum(2.0 * table[0][place] + _SERVICE for place in range(1, len(points)))
    together = found.cost + table[found.stops[-1]][0]
    lengths = km(points)
    path = [0, *found.stops]
    distance = sum(lengths[a][b] for a, b in pairwise(path))
    saved = apart - together
    return Batch(tuple(members[stop - 1] for stop in found.stops), found.cost, distance, saved) if saved > 0 else None
