"""Value types of one dispatch problem. Times are minutes on one common axis; places are indexes into a travel table.

Terms follow Reyes et al., "The Meal Delivery Routing Problem" (2018): a *bundle* is a set of orders of one pickup place
carried together; *click-to-door* is drop-off minus placement; *ready-to-pickup* is pickup minus ready.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Demand:
    """One order, or a batch of `count` orders carried from one pickup by way of `via` to the last drop-off.

    `due` is the minute after which every further minute counts extra. `bonus` adds to the worth of its minutes, `haul`
    prices a minute on the way to its pickup, `fair` scales what giving it to an already favoured driver costs.
    An `urgent` order is told at once.
    """

    key: int
    pickup: int
    dropoff: int
    placed: float
    ready: float
    due: float
    bonus: float = 0.0
    haul: float = 0.0
    fair: float = 1.0
    count: int = 1
    kg: float = 0.0
    via: tuple[int, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """Minutes spent on foot: `pickup_half` before and after the handover at a pickup, `dropoff_half` likewise."""

    pickup_half: float = 2.0
    dropoff_half: float = 2.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What one minute or one unit of money is worth, in minutes of click-to-door.

    `late` prices each minute past `due`; `freshness` each minute of ready-to-pickup; `busy` each minute of courier
    time before the shift ends, `load` raises that with the orders waiting per courier; `place` a minute of remoteness
    that a courier ends up with (or is taken out of), and `way_back` the share of it that will be driven, at the price
    of courier time; `pay` each unit of pay above the guarantee; `unserved` an order nobody can take.

    A round tries `iterations` removals and reinsertions and `per_order` more for each order planned: crowded rounds
    have more to gain. A decision is committed `commit` minutes before its courier must set out. `withdraw` lets an
    order that was told move to another courier until its pickup. `effort` bounds a round's search, in prices of routes
    looked at.
    """

    late: float = 0.2
    freshness: float = 1.5
    busy: float = 0.6
    load: float = 2.0
    place: float = 0.5
    way_back: float = 0.5
    pay: float = 0.3
    pay_per_order: float = 10.0
    unserved: float = 300.0
    max_bundle: int = 4
    max_depth: int = 5
    candidates: int = 16
    horizon: float = 45.0
    passes: int = 2
    iterations: int = 20
    per_order: float = 1.0
    seed: int = 1
    commit: float = 0.0
    withdraw: bool = True
    effort: float = float("inf")


@dataclass(slots=True)
class Courier:
    """A courier at the time of planning: where and when free next, and until when a pickup may happen.

    `locked` means told of its first bundle, at whose pickup it is (or will be) at `arrival`: that bundle may grow but
    not move. `slack_pay` is the guaranteed pay not yet earned by orders. `mode` names the travel table of its vehicle,
    `refuses` the orders it may not have; `room` and `room_kg` are what it may take now, the capacities what it may
    ever carry at once. `load` is minutes that one more order costs because it has had more than others.
    """

    key: int
    node: int
    free: float
    off: float
    slack_pay: float = 0.0
    locked: bool = False
    arrival: float = 0.0
    mode: int = 0
    refuses: frozenset[int] = frozenset()
    room: int = 1_000
    room_kg: float = float("inf")
    capacity: int = 1_000
    capacity_kg: float = float("inf")
    load: float = 0.0
    told: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Orders of one pickup in delivery order. `bases[i]` is drop-off offset minus placement of order i."""

    orders: tuple[int, ...]
    pickup: int
    ready: float
    offsets: tuple[float, ...]
    end_offset: float
    end_node: int
    slope: float
    constant: float
    limits: tuple[float, ...]
    count: int = 1
    kg: float = 0.0
    haul: float = 0.0
    fair: float = 1.0


@dataclass(slots=True)
class Route:
    """A courier's uncommitted future: bundles in order. `cost` belongs to `bundles` as they are."""

    courier: Courier
    bundles: list[Bundle] = field(default_factory=list)
    cost: float = 0.0


Table = Sequence[Sequence[float]] | Mapping[int, Sequence[float]]
