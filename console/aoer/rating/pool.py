"""What tenants of one pool share: pooled weights, the panel's errors, the residuals behind intervals.

A tenant shares when it may (it can opt out) and when at least `pool_minimum` sharing tenants have outcomes. Everything
else is a pool of one: the same formulas on its own rows.
"""

from dataclasses import dataclass

import numpy as np

from console.aoer.rating.interval import CDF_GRID, conformal_quantile, predictive_cdf
from console.aoer.rating.settings import Bools, Floats, Ints, RatingSettings
from console.aoer.rating.state import State
from console.aoer.rating.weights import shrunken_weights, signal_variance


@dataclass(frozen=True, slots=True)
class Pool:
    """Shared quantities as each of k tenants sees them (first axis k)."""

    weights: Floats
    variance: Floats
    panel: Floats
    panel_mass: Floats
    scale: Floats
    quantile: Floats
    cdf: Floats


def members(state: State, settings: RatingSettings) -> Ints:
    """Tenants that share, in order; empty where there are too few."""
    sharing = np.flatnonzero(state.pooled & np.isfinite(state.last))
    return sharing if sharing.size >= settings.pool_minimum else sharing[:0]


def own_weights(state: State, rows: Ints, settings: RatingSettings) -> Floats:
    """Weights (k, 5) of tenants from their own rows alone, shrunk to the prior."""
    gram, cross = state.products.gram[rows], state.products.cross[rows]
    penalty = settings.pool_penalty * signal_variance(gram, state.moments.y_mass[rows])
    return shrunken_weights(gram, cross, penalty, np.broadcast_to(np.array(settings.prior_weights), cross.shape))


def pool_view(state: State, rows: Ints, week: float, alpha: float, settings: RatingSettings) -> Pool:
    """The pool of each tenant of `rows` at `week`; `alpha` is the adapted level of the shared pool."""
    group = members(state, settings)
    sharing = state.pooled[rows] & (group.size > 0)
    view = _empty(rows.size, state)
    if not sharing.all():
        _alone(view, state, rows, np.flatnonzero(~sharing), settings)
    if sharing.any():
        _share(view, state, rows, group, week, alpha, settings)
    return view


def _empty(size: int, state: State) -> Pool:
    signals, shape = state.products.cross.shape[1], state.errors.shape[1:]
    return Pool(
        weights=np.zeros((size, signals)),
        variance=np.ones(size),
        panel=np.zeros((size, *shape)),
        panel_mass=np.zeros(size),
        scale=np.ones(size),
        quantile=np.ones(size),
        cdf=np.zeros((size, CDF_GRID.size)),
    )


def _alone(view: Pool, state: State, all_rows: Ints, place: Ints, settings: RatingSettings) -> None:
    """Fill, in place, what the tenants at `place` see: a pool of one each."""
    rows = all_rows[place]
    mass = np.maximum(state.error_mass[rows], 1e-12)
    start = settings.start_periods
    spread = (state.squares[rows] + start * state.start[rows]) / (state.square_mass[rows] + start)
    scores = [s[np.isfinite(s)] for s in state.scores.used(rows)]
    view.weights[place] = own_weights(state, rows, settings)
    view.variance[place] = signal_variance(state.products.gram[rows], state.moments.y_mass[rows])
    view.panel[place] = (state.errors[rows].mean(axis=(1, 2)) / mass)[:, None, None]
    view.scale[place] = np.sqrt(spread)
    view.quantile[place] = [conformal_quantile(s, a) for s, a in zip(scores, state.alpha[rows], strict=True)]
    view.cdf[place] = [predictive_cdf(s) for s in scores]


def _share(
    view: Pool, state: State, rows: Ints, group: Ints, week: float, alpha: float, settings: RatingSettings
) -> None:
    """Overwrite, in place, what the sharing tenants of `rows` see."""
    age = np.exp2(-(week - state.last[group]) / state.half_life[group])
    gram = np.einsum("n,nij->ij", age, state.products.gram[group])
    cross = age @ state.products.cross[group]
    variance = signal_variance(gram, np.asarray(age @ state.moments.y_mass[group]))
    penalty = np.atleast_1d(settings.pool_penalty * variance)
    prior = np.array(settings.prior_weights)
    here: Bools = state.pooled[rows]
    view.weights[here] = shrunken_weights(gram[None], cross[None], penalty, prior[None])[0]
    view.variance[here] = variance
    mass = age * state.error_mass[group]
    total = mass.sum()
    if total > 0:
        view.panel[here] = np.einsum("n,nsw->sw", age, state.errors[group]) / total
        view.panel_mass[here] = np.maximum(total - state.error_mass[rows[here]], 0.0)
    start = settings.start_periods
    squares = age @ state.squares[group] + start * state.start[group].mean()
    view.scale[here] = np.sqrt(squares / (age @ state.square_mass[group] + start))
    scores = state.scores.used(group)
    scores = scores[np.isfinite(scores)]
    view.quantile[here] = conformal_quantile(scores, alpha)
    view.cdf[here] = predictive_cdf(scores)
