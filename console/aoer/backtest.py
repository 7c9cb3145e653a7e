"""Walk-forward backtest: at every row, what the rating would have said before the reading came, and its rivals.

A prediction for a date uses rows before it and the signals of it. Rivals are plain on purpose: the classic rating, the
last reading, an exponentially weighted mean (.3), and level plus fixed weights, the level being the mean of all
readings before and the signals counted from their means over the same rows.
"""

from dataclasses import dataclass

import numpy as np

from console.aoer.panel import Panel
from console.aoer.rating.classic import WINDOW_DAYS, classic_rating
from console.aoer.rating.learner import Drift, Learner
from console.aoer.rating.moments import Means
from console.aoer.rating.settings import DEFAULT, SIGNALS, Bools, Floats, Ints, RatingSettings

EWMA = 0.3


@dataclass(frozen=True, slots=True)
class Walk:
    """One value a row of the panel; NaN where nothing can be said. `median` is what risk is measured from."""

    prediction: Floats
    low: Floats
    high: Floats
    risk: Floats
    median: Floats
    calibrated: Bools
    rivals: dict[str, Floats]
    drifts: tuple[Drift, ...]


def walk_forward(panel: Panel, pooled: Bools | None = None, settings: RatingSettings = DEFAULT) -> Walk:
    """Replay `panel` in date order."""
    size = len(panel)
    columns = {name: np.full(size, np.nan) for name in ("prediction", "low", "high", "risk", "median")}
    calibrated = np.zeros(size, dtype=bool)
    learner = Learner(len(panel.tenants), pooled, settings)
    rivals = Rivals(panel, settings)
    for week, span in panel.steps():
        rows = panel.tenant[span]
        model = learner.model(rows, week)
        calibrated[span] = model.parameters.calibrated
        columns["median"][span] = np.where(calibrated[span], model.parameters.median, np.nan)
        rated = learner.step(rows, week, panel.x[span], panel.y[span], panel.sample[span], model)
        columns["prediction"][span], columns["risk"][span] = rated.score, rated.risk
        columns["low"][span], columns["high"][span] = rated.low, rated.high
        rivals.step(rows, span)
    rivals.columns["classic"] = classic_column(panel)
    return Walk(calibrated=calibrated, rivals=rivals.columns, drifts=tuple(learner.drifts), **columns)


def classic_column(panel: Panel) -> Floats:
    """Classic rating (R,) at each row, from the tenant's rows of the 30 days up to and with it."""
    out = np.full(len(panel), np.nan)
    for places in panel.rows_of_tenants():
        days = panel.day[places]
        firsts = np.searchsorted(days, days - WINDOW_DAYS, side="left")
        for place, (first, row) in enumerate(zip(firsts, places, strict=True)):
            out[row] = classic_rating(panel.x[places[first : place + 1]])
    return out


class Rivals:
    """The plain predictors, kept online as well."""

    def __init__(self, panel: Panel, settings: RatingSettings) -> None:
        self.panel = panel
        self.columns = {name: np.full(len(panel), np.nan) for name in ("last", "ewma", "equal_level", "prior_level")}
        tenants, signals = len(panel.tenants), len(SIGNALS)
        self.means = Means.empty(tenants, signals)
        self.last, self.ewma = np.full(tenants, np.nan), np.full(tenants, np.nan)
        self.weights = {
            "equal_level": np.full(signals, 1.0 / signals),
            "prior_level": np.array(settings.prior_weights),
        }

    def step(self, rows: Ints, span: slice) -> None:
        """Predict the rows of `span`, then learn from them."""
        x, y = self.panel.x[span], self.panel.y[span]
        self.columns["last"][span] = self.last[rows]
        self.columns["ewma"][span] = self.ewma[rows]
        for name, weights in self.weights.items():
            self.columns[name][span] = self.level(rows, x, weights)
        seen = np.isfinite(y)
        here, y = rows[seen], y[seen]
        ones = np.ones(here.size)
        self.means.update(here, ones, x[seen], y, ones)
        self.last[here] = y
        old = self.ewma[here]
        self.ewma[here] = np.where(np.isfinite(old), old + EWMA * (y - old), y)

    def level(self, rows: Ints, x: Floats, weights: Floats) -> Floats:
        """Level plus weighted deviations; before any reading, the weighted mean of the signals that are there."""
        deviation = np.nan_to_num(x - self.means.x[rows])
        known = np.isfinite(x) * weights
        total = known.sum(axis=1)
        weighted = (known * np.nan_to_num(x)).sum(axis=1)
        index = np.divide(weighted, total, out=np.full_like(total, np.nan), where=total > 0)
        level = self.means.y[rows]
        return np.where(np.isfinite(level), np.clip(level + deviation @ weights, 0, 100), index)
