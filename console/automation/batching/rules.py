"""Batches: orders of one service type with near drop-offs, kept only when one round trip beats separate ones.

Saving is measured as in Clarke & Wright (1964): separate tours from the pickup against one tour through all stops.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import Any

NEVER = float("inf")
SERVICE = 2.0
"""Minutes at a stop."""

_ALL_ORDERS = 5
_NEIGHBOURS = 12


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

    @property
    def due(self) -> float:
        """The promise, or never."""
        return NEVER if self.promise is None else self.promise


@dataclass(frozen=True, slots=True)
class Batch:
    """Members in delivery order, the tour's minutes and kilometres, and minutes saved against separate deliveries."""

    members: tuple[int, ...]
    minutes: float
    km: float
    saved: float


class _Ground:
    """Kilometres between all pickups and drop-offs of one run, computed once."""

    def __init__(self, parcels: Sequence[Parcel], pace: float) -> None:
        from console.automation.travel.circle import distances_km

        self.parcels, self.pace = parcels, pace
        pickups, dropoffs = [p.pickup for p in parcels], [p.dropoff for p in parcels]
        self.starts: Any = distances_km(pickups, pickups)
        self.drops: Any = distances_km(dropoffs, dropoffs)
        self.rides: Any = distances_km(pickups, dropoffs)


def form_batches(parcels: Sequence[Parcel], rules: Callable[[str], Rules], pace: float) -> list[Batch]:
    """Grow batches greedily by largest saving; `pace` is minutes a kilometre.

    No member becomes later than its promise, none is in two batches.
    """
    ground = _Ground(parcels, pace)
    open_to = {index for index, parcel in enumerate(parcels) if parcel.due >= rules(parcel.service).left}
    batches: list[Batch] = []
    for seed in sorted(open_to, key=lambda index: (parcels[index].due, parcels[index].key)):
        if seed not in open_to:
            continue
        batch = _grow(ground, seed, open_to, rules(parcels[seed].service))
        if batch is not None:
            batches.append(batch)
            open_to -= set(batch.members)
    return batches


def _grow(ground: _Ground, seed: int, open_to: set[int], rules: Rules) -> Batch | None:
    order: tuple[int, ...] = (seed,)
    best: Batch | None = None
    for other in _neighbours(ground, seed, open_to, rules):
        if len(order) >= rules.max_orders:
            break
        if not _fits(ground, [*order, other], rules):
            continue
        tried = _best_tour(ground, _sequences(order, other))
        if tried is not None and tried.saved > (best.saved if best else 0.0):
            order, best = tried.members, tried
    return best if best is not None and len(order) >= rules.at_least else None


def _neighbours(ground: _Ground, seed: int, open_to: set[int], rules: Rules) -> list[int]:
    import numpy as np

    near = (ground.drops[seed] <= rules.radius_km) & (ground.starts[seed] <= rules.same_pickup_km)
    service = ground.parcels[seed].service
    found = [
        (float(ground.drops[seed, i]), int(i))
        for i in np.flatnonzero(near)
        if i != seed and int(i) in open_to and ground.parcels[int(i)].service == service
    ]
    return [index for _, index in sorted(found)[:_NEIGHBOURS]]


def _fits(ground: _Ground, members: Sequence[int], rules: Rules) -> bool:
    promises = [due for due in (ground.parcels[i].due for i in members) if due < NEVER]
    if promises and max(promises) - min(promises) > rules.spread:
        return False
    if sum(ground.parcels[i].weight_kg for i in members) > rules.max_kg:
        return False
    return all(float(ground.drops[a, b]) <= rules.radius_km for a in members for b in members)


def _sequences(order: tuple[int, ...], other: int) -> Iterable[tuple[int, ...]]:
    """Every order of a few stops; of many, the new stop at every place of the present order."""
    if len(order) < _ALL_ORDERS:
        return permutations((*order, other))
    return ((*order[:place], other, *order[place:]) for place in range(len(order) + 1))


def _best_tour(ground: _Ground, sequences: Iterable[tuple[int, ...]]) -> Batch | None:
    """The earliest-finishing sequence that keeps all promises, or None when nothing is saved by it."""
    best: tuple[float, tuple[int, ...]] | None = None
    for sequence in sequences:
        minutes = _minutes(ground, sequence)
        if minutes is not None and (best is None or minutes < best[0]):
            best = (minutes, sequence)
    if best is None:
        return None
    minutes, sequence = best
    first = sequence[0]
    rides, drops = ground.rides, ground.drops
    apart = sum(2.0 * float(rides[first, i]) * ground.pace + SERVICE for i in sequence)
    km = float(rides[first, first]) + sum(float(drops[a, b]) for a, b in pairwise(sequence))
    saved = apart - minutes - float(rides[first, sequence[-1]]) * ground.pace
    return Batch(sequence, minutes, km, saved) if saved > 0 else None


def _minutes(ground: _Ground, sequence: Sequence[int]) -> float | None:
    """Minutes from the pickup to the end of the last stop; None when a promise breaks."""
    parcels = ground.parcels
    start = clock = max(parcels[i].ready for i in sequence)
    here = -1
    for index in sequence:
        km = float(ground.rides[index, index]) if here < 0 else float(ground.drops[here, index])
        clock += km * ground.pace
        if clock > parcels[index].due:
            return None
        clock += SERVICE
        here = index
    return clock - start


def driven(batch: Batch, members: Sequence[Parcel], legs: Sequence[float], alone: Sequence[float]) -> Batch | None:
    """The batch by measured minutes: `legs` from the pickup through its stops, `alone` from the pickup to each.

    None when it saves nothing or makes a member late.
    """
    start = clock = max(one.ready for one in members)
    for one, leg in zip(members, legs, strict=True):
        clock += leg
        if clock > one.due:
            return None
        clock += SERVICE
    apart = sum(2.0 * minutes + SERVICE for minutes in alone)
    saved = apart - (clock - start) - alone[-1]
    return replace(batch, minutes=clock - start, saved=saved) if saved > 0 else None
