"""Scores 0..100 of giving an order to a driver: how near, how soon, how loaded, how pressing.

Distance, time and load judge the pair. Priority belongs to the order alone, so it decides who is served first when
drivers are few, and never which driver (an urgency that differed by pair would send urgent orders far away).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

Spot = Hashable
"""A place as the `Ground` of the problem knows it: latitude and longitude, or a number."""

PRIORITY_POINTS = {"urgent": 100.0, "high": 75.0, "medium": 50.0, "low": 25.0}


@dataclass(frozen=True, slots=True)
class ScoreWeights:
    """Shares of the total; they need not sum to 1, the total is divided by their sum."""

    distance: float = 0.40
    time: float = 0.30
    load: float = 0.20
    priority: float = 0.10


@dataclass(frozen=True, slots=True)
class Task:
    """An order, or a batch of `orders`, waiting for a driver. Minutes are on one axis; no `promise`: none was made.

    Places are what the `Ground` of the problem knows them by; `via` are drop-offs of a batch before its last one.
    """

    key: str
    pickup: Spot
    dropoff: Spot
    ready: float
    promise: float | None
    priority: str = "medium"
    weight_kg: float = 0.0
    skills: frozenset[str] = frozenset()
    vehicle: str | None = None
    placed: float = 0.0
    orders: int = 1
    avoid: frozenset[str] = frozenset()
    weights: ScoreWeights = ScoreWeights()
    via: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A driver. `position` is where the driver is now, `place` and `free` where and when the present stops are done.

    `told` are orders of one pickup, not picked up yet, that come last: the driver leaves `place` for them at `free`,
    and more may join them. `slack_pay` is guaranteed pay that orders have not earned yet.
    """

    key: str
    position: Spot
    place: Spot
    free: float
    active: int = 0
    capacity: int = 1_000
    room_kg: float = float("inf")
    skills: frozenset[str] = frozenset()
    vehicle: str = ""
    off: float = float("inf")
    busyness: float = 0.0
    capacity_kg: float = float("inf")
    told: tuple[Task, ...] = ()
    slack_pay: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What no assignment may break."""

    radius_km: float = 20.0
    max_active: int = 5
    look_ahead: float = 10.0
    pickup_half: float = 1.0
    dropoff_half: float = 1.0


@dataclass(frozen=True, slots=True)
class Scores:
    """Arrays of shape (tasks, candidates); `eligible` is boolean, `arrival` and `delivery` are minutes from now."""

    total: Any
    distance: Any
    time: Any
    load: Any
    priority: Any
    eligible: Any
    arrival: Any
    delivery: Any


def pressing(task: Task, now: float = 0.0) -> float:
    """Priority points with the clock in it: the nearer the promise, the nearer to 100."""
    base = PRIORITY_POINTS.get(task.priority, 50.0)
    if task.promise is None:
        clock = min(100.0, now - task.placed)
    else:
        clock = min(100.0, max(0.0, 100.0 * (1.0 - (task.promise - now) / 90.0)))
    return max(base, clock)


def score(
    tasks: Sequence[Task],
    drivers: Sequence[Candidate],
    limits: Limits,
    to_pickup: Any,
    trip: Any,
    km: Any,
    now: float = 0.0,
) -> Scores:
    """Judge every pair at minute `now`.

    All three of shape (tasks, drivers). `to_pickup`: minutes from a driver's place when free to the pickup; `trip`:
    minutes from pickup to drop-off by that driver's vehicle; `km`: distance from where the driver is now or will be
    free, whichever is nearer.
    """
    import numpy as np

    ready = np.array([task.ready - now for task in tasks])[:, None]
    promise = np.array([np.inf if task.promise is None else task.promise - now for task in tasks])[:, None]
    free = np.array([max(0.0, driver.free - now) for driver in drivers])[None, :]
    arrival = free + to_pickup
    handed = np.maximum(arrival + limits.pickup_half, ready)
    delivery = handed + limits.pickup_half + trip + limits.dropoff_half
    distance = 100.0 * np.clip(1.0 - km / limits.radius_km, 0.0, 1.0)
    fresh = 100.0 * np.clip(1.0 - np.maximum(arrival - ready, 0.0) / 30.0, 0.0, 1.0)
    slack = np.where(np.isinf(promise), 100.0, 100.0 * np.clip((promise - delivery + 15.0) / 30.0, 0.0, 1.0))
    time = 0.5 * fresh + 0.5 * slack
    used = np.array([driver.active / max(1, min(driver.capacity, limits.max_active)) for driver in drivers])
    fair = np.array([driver.busyness for driver in drivers])
    load = np.broadcast_to(100.0 * np.clip(1.0 - 0.8 * used - 0.2 * fair, 0.0, 1.0)[None, :], km.shape)
    priority = np.broadcast_to(np.array([pressing(task, now) for task in tasks])[:, None], km.shape)
    shares = np.array([[w.distance, w.time, w.load, w.priority] for w in (task.weights for task in tasks)])
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
    total = sum(shares[:, i, None] * part for i, part in enumerate((distance, time, load, priority)))
    allowed = eligible(tasks, drivers, limits) & (km <= limits.radius_km) & (free <= limits.look_ahead + ready)
    allowed &= handed <= np.array([driver.off - now for driver in drivers])[None, :]
    return Scores(total, distance, time, load, priority, allowed, arrival, delivery)


def eligible(tasks: Sequence[Task], drivers: Sequence[Candidate], limits: Limits) -> Any:
    """Hard conditions of the pair now: room for one more, weight, skills, vehicle. Shape (tasks, drivers)."""
    import numpy as np

    count = np.array([task.orders for task in tasks])
    spaces = np.array([room(d, limits) for d in drivers])
    empty = np.array([d.active == 0 and d.capacity >= 1 for d in drivers])
    whole = np.array([d.capacity for d in drivers])
    # A batch larger than the usual limit may go to a driver who has nothing else.
    fits_in = (count[:, None] <= spaces[None, :]) | (empty[None, :] & (count[:, None] <= whole[None, :]))
    spare = np.array([driver.room_kg for driver in drivers])
    weight = np.array([task.weight_kg for task in tasks])
    return fits_in & (weight[:, None] <= spare[None, :] + 1e-9) & suited(tasks, drivers)


def room(driver: Candidate, limits: Limits) -> int:
    """Orders a driver may be given now."""
    return max(0, min(driver.capacity, limits.max_active) - driver.active)


def suited(tasks: Sequence[Task], drivers: Sequence[Candidate]) -> Any:
    """What no waiting changes: skills, vehicle, drivers who said no. Shape (tasks, drivers)."""
    import numpy as np

    allowed = np.ones((len(tasks), len(drivers)), dtype=bool)
    for row, task in enumerate(tasks):
        if task.skills or task.vehicle or task.avoid:
            allowed[row] = [_suits(task, driver) for driver in drivers]
    return allowed


def _suits(task: Task, driver: Candidate) -> bool:
    return task.skills <= driver.skills and task.vehicle in (None, driver.vehicle) and driver.key not in task.avoid


def why_nobody(task: Task, drivers: Sequence[Candidate], limits: Limits, km: Sequence[float]) -> str:
    """In words, why no driver is eligible for `task`: counts of what stood in the way."""
    if not drivers:
        return "no driver is on duty with a fresh position"
    full = sum(d.active >= min(d.capacity, limits.max_active) for d in drivers)
    far = sum(distance > limits.radius_km for distance in km)
    skill = sum(not task.skills <= d.skills for d in drivers)
    vehicle = sum(task.vehicle not in (None, d.vehicle) for d in drivers)
    heavy = sum(task.weight_kg > d.room_kg for d in drivers)
    parts = [
        (full, "full"),
        (far, f"beyond {limits.radius_km:g} km"),
        (skill, "without the skills"),
        (vehicle, "of another vehicle type"),
        (heavy, "without room for the weight"),
    ]
    words = [f"{count} {what}" for count, what in parts if count]
    rest = "" if words else "all busy for too long or off shift before the pickup"
    return f"of {len(drivers)} drivers: {', '.join(words) or rest}"
