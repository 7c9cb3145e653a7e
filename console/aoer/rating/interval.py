"""Prediction intervals and probabilities from standardised walk-forward residuals.

Split conformal prediction (Vovk, Gammerman and Shafer 2005) on |r|/s pooled over tenants, its level adapted online
(adaptive conformal inference; Gibbs and Candes 2021). A few pseudo-scores of a normal distribution stand in until
residuals arrive, so that the first interval of a tenant is neither empty nor infinite.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from console.aoer.rating.settings import Floats, RatingSettings

PSEUDO_SCORES = 10
CDF_GRID: Floats = np.linspace(-6.0, 6.0, 49)
_HALF_NORMAL: Floats = np.asarray(ndtri(0.5 + (np.arange(PSEUDO_SCORES) + 0.5) / (2 * PSEUDO_SCORES)))
_NORMAL: Floats = np.asarray(ndtr(CDF_GRID))


def conformal_quantile(scores: Floats, alpha: float) -> float:
    """The ceil((m+1)(1-alpha))-th smallest of m absolute scores and the pseudo-scores."""
    pool = np.concatenate([np.abs(scores), _HALF_NORMAL])
    rank = min(int(np.ceil((pool.size + 1) * (1.0 - alpha))), pool.size) - 1
    return float(np.partition(pool, rank)[rank])


def predictive_cdf(scores: Floats) -> Floats:
    """P(standardised residual < z) on CDF_GRID (49,), from signed scores and the normal pseudo-scores."""
    below = np.searchsorted(np.sort(scores), CDF_GRID, side="left")
    return np.asarray((below + PSEUDO_SCORES * _NORMAL) / (scores.size + PSEUDO_SCORES))


def probability_below(threshold: Floats, score: Floats, scale: Floats, cdf: Floats) -> Floats:
    """P(next reading < threshold) for k tenants by linear interpolation in their cdf (k, 49); flat outside the grid."""
    step = CDF_GRID[1] - CDF_GRID[0]
    place = np.clip(((threshold - score) / scale - CDF_GRID[0]) / step, 0.0, CDF_GRID.size - 1)
    left = np.minimum(np.nan_to_num(place).astype(np.int64), CDF_GRID.size - 2)
    rows = np.arange(len(place))
    share = place - left
    return np.asarray(cdf[rows, left] * (1.0 - share) + cdf[rows, left + 1] * share)


def adapted_alpha(alpha: Floats, missed: Floats, share: Floats, settings: RatingSettings) -> Floats:
    """Next level after a step that missed the share `missed` of `share` (0..1) of the pool's tenants."""
    moved = alpha + settings.alpha_step * share * (settings.alpha - missed)
    return np.asarray(np.clip(moved, 0.001, 0.5))


def starting_variance(reading: Floats, sample: Floats, settings: RatingSettings) -> Floats:
    """Variance of a reading before any residual was seen: binomial at its sample size plus misfit, points squared."""
    share = np.clip(reading / 100.0, 0.02, 0.98)
    binomial = 1e4 * share * (1.0 - share) / np.maximum(sample, 1.0)
    return np.asarray(np.where(np.isfinite(sample), binomial + settings.misfit**2, settings.start_scale**2))


def sample_weight(sample: Floats, reference: Floats, settings: RatingSettings) -> Floats:
    """Weight of a reading of `sample` answers relative to one of `reference`; 1 where either is unknown.

    Sampling noise falls with the sample while the misfit does not, so the weight saturates.
    """
    with np.errstate(invalid="ignore"):
        ratio = _precision(sample, settings) / _precision(reference, settings)
    return np.asarray(np.clip(np.where(np.isfinite(ratio), ratio, 1.0), 0.2, 5.0))


def _precision(sample: Floats, settings: RatingSettings) -> Floats:
    known = np.maximum(sample, 1.0)
    return np.asarray(known * settings.saturation / (known + settings.saturation))
