"""What learning leaves behind for each tenant, and the rating as a function of it: the part that SQL repeats."""

from dataclasses import dataclass

import numpy as np

from console.aoer.rating.interval import probability_below
from console.aoer.rating.settings import DEFAULT, Bools, Floats, Ints, RatingSettings


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of k tenants.

    level (k,), weights and references (k, 5): rating = level + sum of weights x (signal - reference). scale (k,):
    standard deviation of the next reading in points, before staleness. quantile (k,): conformal multiple of it.
    cdf (k, 49): see interval.CDF_GRID. median (k,): of the last 26 weeks' readings. last (k,): week of the last
    outcome (days since year 1 over 7), NaN where no outcome was ever seen.
    """

    level: Floats
    weights: Floats
    references: Floats
    scale: Floats
    quantile: Floats
    cdf: Floats
    median: Floats
    last: Floats

    @property
    def calibrated(self) -> Bools:
        """Which tenants have seen an outcome (k,)."""
        return np.asarray(np.isfinite(self.last))


@dataclass(frozen=True, slots=True)
class Rated:
    """Ratings of k tenants; NaN where nothing can be said.

    level + contributions (k, 5) summed + limit is the score exactly; limit is what the bounds 0 and 100 cut off.
    `stale` (k,) counts whole weeks without an outcome.
    """

    score: Floats
    level: Floats
    contributions: Floats
    limit: Floats
    scale: Floats
    low: Floats
    high: Floats
    risk: Floats
    stale: Ints


def weeks_without(week: float | Floats, last: Floats) -> Ints:
    """Whole weeks without a row between the last outcome and `week`: 0 a week later, 1 two weeks later."""
    age = np.floor(np.nan_to_num(week - last) + 1e-9).astype(np.int64) - 1
    return np.asarray(np.maximum(age, 0))


def prior_index(x: Floats, settings: RatingSettings = DEFAULT) -> tuple[Floats, Floats]:
    """Index (k,) and parts (k, 5) for tenants without any outcome: prior weights over the signals that are there."""
    known = np.isfinite(x)
    weights = known * np.array(settings.prior_weights)
    total = weights.sum(axis=1)
    share = np.divide(weights, total[:, None], out=np.zeros_like(x), where=total[:, None] > 0)
    parts = share * np.where(known, x, 0.0)
    return np.where(total > 0, parts.sum(axis=1), np.nan), parts


def rate(parameters: Parameters, x: Floats, week: float | Floats, settings: RatingSettings = DEFAULT) -> Rated:
    """Rating of k tenants at signals x (k, 5; NaN where missing) for the period beginning at `week` (one or (k,))."""
    known = parameters.calibrated
    contributions = np.nan_to_num(parameters.weights * (x - parameters.references))
    index, parts = prior_index(x, settings)
    contributions = np.where(known[:, None], contributions, parts)
    level = np.where(known, parameters.level, np.where(np.isfinite(index), 0.0, np.nan))
    whole = level + contributions.sum(axis=1)
    score = np.clip(whole, 0.0, 100.0)
    stale = np.where(known, weeks_without(week, parameters.last), 0)
    scale = np.where(known, parameters.scale * np.sqrt(1.0 + stale), np.nan)
    reach = parameters.quantile * scale
    risk = probability_below(parameters.median - settings.risk_drop, score, scale, parameters.cdf)
    return Rated(
        score=score,
        level=level,
        contributions=contributions,
        limit=score - whole,
        scale=scale,
        low=np.clip(score - reach, 0.0, 100.0),
        high=np.clip(score + reach, 0.0, 100.0),
        risk=np.where(known, risk, np.nan),
        stale=stale,
    )
