"""One weekly learning: replay what is known, and say of every tenant what its next reading will be.

Two versions learn side by side: the champion's settings and a challenger that forgets twice as fast. Their predictions,
and those of the classic rating and of equal weights, are about the next period: the newest row where its reading is
still missing, else the week after it with the signals of now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from console.aoer.backtest import Rivals
from console.aoer.panel import Panel
from console.aoer.rating.classic import WINDOW_DAYS, classic_rating
from console.aoer.rating.learner import Drift, Learner
from console.aoer.rating.parameters import Parameters, Rated, rate
from console.aoer.rating.settings import DEFAULT, MODEL_VERSION, Bools, Floats, Ints, RatingSettings

CHALLENGER_VERSION: Final = f"{MODEL_VERSION}-fast"
VERSIONS: Final[Mapping[str, RatingSettings]] = {
    MODEL_VERSION: DEFAULT,
    CHALLENGER_VERSION: replace(DEFAULT, half_life=13.0, speeds=(0.0, 4.0, 13.0)),
}
CLASSIC_VERSION: Final = "classic-1"
EQUAL_VERSION: Final = "equal-level-1"
MINIMUM_CONTEST: Final = 8
CONTEST_LEVEL: Final = 0.1


@dataclass(frozen=True, slots=True)
class Version:
    """What one version learnt: parameters of all n tenants, their outcomes (n,), half-lives (n,), level alpha (n,)."""

    parameters: Parameters
    rated: Rated
    outcomes: Ints
    half_life: Floats
    alpha: Floats
    drifts: tuple[Drift, ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """Everything one learning found, tenants in the order of the panel. `due` (n,) is the day each prediction is of."""

    tenants: tuple[str, ...]
    due: Ints
    versions: Mapping[str, Version]
    classic: Floats
    equal_level: Floats


@dataclass(frozen=True, slots=True)
class Contest:
    """A paired comparison of squared errors on the same n readings; `p` of the challenger being no better."""

    n: int
    champion_loss: float
    challenger_loss: float
    p: float

    @property
    def promotes(self) -> bool:
        """Whether the challenger takes over."""
        better = self.challenger_loss < self.champion_loss
        return self.n >= MINIMUM_CONTEST and better and self.p < CONTEST_LEVEL


def learn(panel: Panel, pooled: Bools, today: date) -> Learnt:
    """Replay `panel` (no row after `today`) for every version."""
    due, newest = next_periods(panel)
    week = today.toordinal() / 7.0
    versions = {name: _version(panel, pooled, week, due, newest, settings) for name, settings in VERSIONS.items()}
    return Learnt(panel.tenants, due, versions, *_rivals(panel, due, newest))


def next_periods(panel: Panel) -> tuple[Ints, Floats]:
    """Day of the next reading of each tenant (n,) and the signals to predict it from (n, 5)."""
    count = len(panel.tenants)
    last = np.zeros(count, dtype=np.int64)
    last[panel.tenant] = np.arange(len(panel))  # rows are in date order: the newest of each tenant stays
    waiting = ~np.isfinite(panel.y[last]) & np.isfinite(panel.x[last]).any(axis=1)
    return np.where(waiting, panel.day[last], panel.day[last] + 7), panel.x[last]


def _version(panel: Panel, pooled: Bools, week: float, due: Ints, newest: Floats, settings: RatingSettings) -> Version:
    learner = Learner(len(panel.tenants), pooled, settings)
    for at, span in panel.steps():
        learner.step(panel.tenant[span], at, panel.x[span], panel.y[span], panel.sample[span])
    rows = np.arange(len(panel.tenants))
    parameters = learner.model(rows, week).parameters
    shared = learner.state.pooled
    return Version(
        parameters=parameters,
        rated=rate(parameters, newest, due / 7.0, settings),
        outcomes=np.bincount(panel.tenant[np.isfinite(panel.y)], minlength=rows.size).astype(np.int64),
        half_life=learner.state.half_life,
        alpha=np.where(shared, learner.alpha, learner.state.alpha),
        drifts=tuple(learner.drifts),
    )


def _rivals(panel: Panel, due: Ints, newest: Floats) -> tuple[Floats, Floats]:
    rivals = Rivals(panel, DEFAULT)
    for _, span in panel.steps():
        rivals.step(panel.tenant[span], span)
    rows = np.arange(len(panel.tenants))
    equal = rivals.level(rows, newest, rivals.weights["equal_level"])
    classic = np.full(rows.size, np.nan)
    for tenant, own in enumerate(panel.rows_of_tenants()):
        recent = own[panel.day[own] >= due[tenant] - WINDOW_DAYS]
        classic[tenant] = classic_rating(panel.x[recent])
    return classic, equal


def contest(champion: Sequence[float], challenger: Sequence[float]) -> Contest:
    """One-sided paired t test of squared errors on the same readings."""
    from scipy.stats import t

    first, second = np.asarray(champion, dtype=np.float64), np.asarray(challenger, dtype=np.float64)
    gain = first - second
    n = gain.size
    spread = float(gain.std(ddof=1)) if n > 1 else 0.0
    p = float(t.sf(gain.mean() / (spread / np.sqrt(n)), n - 1)) if spread > 0 else 1.0
    return Contest(n, float(first.mean()) if n else 0.0, float(second.mean()) if n else 0.0, p)
