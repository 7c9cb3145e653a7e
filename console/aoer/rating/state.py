"""What an online learner remembers of each tenant: decayed sums and two short rings, never the rows themselves."""

from dataclasses import dataclass

import numpy as np

from console.aoer.rating.moments import Means, Products
from console.aoer.rating.settings import SIGNALS, WEIGHT_SETS, Bools, Floats, Ints, RatingSettings


@dataclass(slots=True)
class Ring:
    """The last `size` values of each tenant with their week; NaN where none."""

    values: Floats
    weeks: Floats
    count: Ints

    @classmethod
    def empty(cls, tenants: int, size: int) -> "Ring":
        """No value yet."""
        return cls(
            np.full((tenants, size), np.nan), np.full((tenants, size), np.nan), np.zeros(tenants, dtype=np.int64)
        )

    def push(self, rows: Ints, week: float, values: Floats) -> None:
        """Add one value for each tenant of `rows`, over the oldest where full."""
        place = self.count[rows] % self.values.shape[1]
        self.values[rows, place] = values
        self.weeks[rows, place] = week
        self.count[rows] += 1

    def used(self, rows: Ints) -> Floats:
        """Values of `rows` (k, used columns)."""
        width = min(int(self.count[rows].max(initial=0)), self.values.shape[1])
        return np.asarray(self.values[rows, :width])

    def since(self, rows: Ints, week: float) -> Floats:
        """As `used`, NaN where older than `week`."""
        values = self.used(rows)
        weeks = self.weeks[rows, : values.shape[1]]
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(weeks >= week, values, np.nan))


@dataclass(slots=True)
class State:
    """All tenants of a panel, one row each. `levels` holds the means of each speed, the last of them the slow one."""

    pooled: Bools
    last: Floats
    half_life: Floats
    sample: Floats
    weight: Floats
    levels: tuple[Means, ...]
    moments: Means
    products: Products
    errors: Floats
    error_mass: Floats
    squares: Floats
    square_mass: Floats
    own_squares: Floats
    own_mass: Floats
    start: Floats
    alpha: Floats
    upward: Floats
    upward_run: Floats
    downward: Floats
    downward_run: Floats
    scores: Ring
    readings: Ring

    @classmethod
    def empty(cls, pooled: Bools, settings: RatingSettings) -> "State":
        """State before any row, for tenants of which `pooled` (n,) may learn from each other."""
        n, p = pooled.size, len(SIGNALS)
        speeds = len(settings.speeds)
        return cls(
            pooled=pooled.astype(bool),
            last=np.full(n, np.nan),
            half_life=np.full(n, settings.half_life),
            sample=np.full(n, np.nan),
            weight=np.ones(n),
            levels=tuple(Means.empty(n, p) for _ in settings.speeds),
            moments=Means.empty(n, p),
            products=Products.empty(n, p),
            errors=np.zeros((n, speeds, len(WEIGHT_SETS))),
            error_mass=np.zeros(n),
            squares=np.zeros(n),
            square_mass=np.zeros(n),
            own_squares=np.zeros(n),
            own_mass=np.zeros(n),
            start=np.full(n, settings.start_scale**2),
            alpha=np.full(n, settings.alpha),
            upward=np.zeros(n),
            upward_run=np.zeros(n),
            downward=np.zeros(n),
            downward_run=np.zeros(n),
            scores=Ring.empty(n, settings.kept_scores),
            readings=Ring.empty(n, settings.kept_readings),
        )
