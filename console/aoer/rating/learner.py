"""The online learner: predict a period for any tenants, then learn from the readings that came.

A prediction for a week uses rows before it and the signals of it, so replaying rows in date order gives exactly what
was known at each date. One step over n tenants is a few array operations; there is no loop over tenants except for the
rare solves with an active bound.
"""

from dataclasses import dataclass

import numpy as np

from console.aoer.rating.experts import believe, expert_predictions, weight_sets
from console.aoer.rating.interval import adapted_alpha, sample_weight, starting_variance
from console.aoer.rating.parameters import Parameters, Rated, rate
from console.aoer.rating.pool import Pool, members, own_weights, pool_view
from console.aoer.rating.settings import DEFAULT, Bools, Floats, Ints, RatingSettings
from console.aoer.rating.state import State
from console.aoer.rating.weights import shrunken_weights


@dataclass(frozen=True, slots=True)
class Drift:
    """An alarm: the level of tenant `row` moved in `week`; its half-life in weeks before and after."""

    row: int
    week: float
    direction: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Model:
    """Parameters of k tenants at one week with the experts behind them; `own` (k, 5) are weights without a panel."""

    parameters: Parameters
    levels: Floats
    references: Floats
    sets: Floats
    believed: Floats
    own: Floats


class Learner:
    """State of a panel and the two things done with it."""

    def __init__(self, tenants: int, pooled: Bools | None = None, settings: RatingSettings = DEFAULT) -> None:
        self.settings = settings
        self.state = State.empty(np.ones(tenants, dtype=bool) if pooled is None else pooled, settings)
        self.alpha = settings.alpha
        self.drifts: list[Drift] = []

    def model(self, rows: Ints, week: float) -> Model:
        """What is known about the tenants `rows` before the readings of `week`."""
        state, settings = self.state, self.settings
        pool = pool_view(state, rows, week, self.alpha, settings)
        tenant = shrunken_weights(
            state.products.gram[rows],
            state.products.cross[rows],
            settings.tenant_penalty * pool.variance,
            pool.weights,
        )
        sets = weight_sets(np.array(settings.prior_weights), pool.weights, tenant)
        levels = np.stack([level.y[rows] for level in state.levels], axis=1)
        references = np.stack([level.x[rows] for level in state.levels], axis=1)
        believed = believe(state.errors[rows], state.error_mass[rows], pool.panel, pool.panel_mass, settings)
        parameters = self._parameters(rows, week, pool, believed, levels, references, sets)
        return Model(parameters, levels, references, sets, believed, own_weights(state, rows, settings))

    def _parameters(
        self, rows: Ints, week: float, pool: Pool, believed: Floats, levels: Floats, references: Floats, sets: Floats
    ) -> Parameters:
        by_speed = np.einsum("ksw,kwj->ksj", believed, sets) * np.isfinite(references)
        weights = by_speed.sum(axis=1)
        weighted = (by_speed * np.nan_to_num(references)).sum(axis=1)
        slow = references[:, -1]
        centre = np.divide(weighted, weights, out=slow.copy(), where=weights > 0)
        scale, median = self._spread(rows, week, pool)
        return Parameters(
            level=(believed.sum(axis=2) * levels).sum(axis=1),
            weights=weights,
            references=centre,
            scale=scale,
            quantile=pool.quantile,
            cdf=pool.cdf,
            median=median,
            last=self.state.last[rows],
        )

    def _spread(self, rows: Ints, week: float, pool: Pool) -> tuple[Floats, Floats]:
        """Scale of the next reading, and the median of the recent ones, of each tenant."""
        state, settings = self.state, self.settings
        periods = settings.scale_periods
        square = (state.squares[rows] + periods * pool.scale**2) / (state.square_mass[rows] + periods)
        mass = np.maximum(state.levels[-1].y_mass[rows], 1e-12)
        scale = np.sqrt(square / state.weight[rows] * (1.0 + 1.0 / np.maximum(mass, 1.0)))
        recent = state.readings.since(rows, week - settings.risk_weeks)
        median = np.full(rows.size, np.nan)
        some = np.isfinite(recent).any(axis=1)
        median[some] = np.nanmedian(recent[some], axis=1)
        # A tenant silent for over half a year is judged against its last level.
        return scale, np.where(some, median, state.levels[-1].y[rows])

    def step(self, rows: Ints, week: float, x: Floats, y: Floats, sample: Floats, model: Model | None = None) -> Rated:
        """Rate tenants `rows` at signals x (k, 5), then learn from readings y (k,) of `sample` (k,) answers.

        NaN marks what is missing. Every row's prediction is made before any reading of this step is learned; `model`
        is that of `rows` and `week` if the caller made it already.
        """
        model = model or self.model(rows, week)
        rated = rate(model.parameters, x, week, self.settings)
        seen = np.isfinite(y)
        if seen.any():
            self._learn(rows, week, x, y, sample, model, rated, seen)
        return rated

    def _learn(
        self, rows: Ints, week: float, x: Floats, y: Floats, sample: Floats, model: Model, rated: Rated, seen: Bools
    ) -> None:
        state, settings = self.state, self.settings
        before = members(state, settings)
        old = seen & model.parameters.calibrated
        gap = np.where(np.isfinite(state.last[rows]), week - state.last[rows], 0.0)
        state.half_life[rows] = np.minimum(
            settings.half_life, state.half_life[rows] * np.exp2(np.where(seen, gap, 0.0) / settings.drift_recovery)
        )
        decay = np.exp2(-gap / state.half_life[rows])
        new = rows[seen & ~old]
        state.sample[new] = sample[seen & ~old]
        unknown = ~np.isfinite(state.sample[rows]) & seen
        state.sample[rows[unknown]] = sample[unknown]
        weight = sample_weight(sample, state.sample[rows], settings)
        if old.any():
            predictions = expert_predictions(model.levels[old], model.references[old], model.sets[old], x[old])
            self._judge(rows[old], y[old], weight[old], decay[old], predictions)
            self._cover(rows[old], week, y[old], rated, old, before)
        state.start[new] = starting_variance(y[seen & ~old], state.sample[new], settings)
        if old.any():
            own = np.einsum("kj,kj->k", model.own, np.nan_to_num(x - model.references[:, -1]))
            residual = (y - model.levels[:, -1] - own)[old] * np.sqrt(weight[old])
            self._watch(rows[old], week, residual, decay[old])
        self._accumulate(rows[seen], week, x[seen], y[seen], weight[seen], decay[seen], gap[seen])

    def _judge(self, rows: Ints, y: Floats, weight: Floats, decay: Floats, predictions: Floats) -> None:
        """Count each expert's squared error."""
        state = self.state
        squared = weight[:, None, None] * (y[:, None, None] - predictions) ** 2
        state.errors[rows] = state.errors[rows] * decay[:, None, None] + squared
        state.error_mass[rows] = state.error_mass[rows] * decay + weight

    def _cover(self, rows: Ints, week: float, y: Floats, rated: Rated, old: Bools, group: Ints) -> None:
        """Keep residuals and adapt the level of the interval to the share missed."""
        state, settings = self.state, self.settings
        residual = y - rated.score[old]
        stale = 1.0 + rated.stale[old]
        mass = np.maximum(state.levels[-1].y_mass[rows], 1.0)
        unit = residual**2 * state.weight[rows] / (stale * (1.0 + 1.0 / mass))
        gap = week - state.last[rows]
        decay = np.exp2(-gap / state.half_life[rows])
        state.squares[rows] = state.squares[rows] * decay + unit
        state.square_mass[rows] = state.square_mass[rows] * decay + 1.0
        state.scores.push(rows, week, residual / rated.scale[old])
        missed = ((y < rated.low[old]) | (y > rated.high[old])).astype(np.float64)
        sharing = np.isin(rows, group)
        state.alpha[rows[~sharing]] = adapted_alpha(state.alpha[rows[~sharing]], missed[~sharing], np.ones(1), settings)
        if sharing.any():
            share = np.array([sharing.sum() / group.size])
            self.alpha = float(
                adapted_alpha(np.array([self.alpha]), np.array([missed[sharing].mean()]), share, settings)[0]
            )

    def _accumulate(
        self, rows: Ints, week: float, x: Floats, y: Floats, weight: Floats, decay: Floats, gap: Floats
    ) -> None:
        """Add the rows to means and products; the products need the means of before."""
        state, settings = self.state, self.settings
        state.products.update(rows, decay, state.moments, x, y, weight)
        state.moments.update(rows, decay, x, y, weight)
        for speed, means in zip(settings.speeds, state.levels, strict=True):
            half_life = np.minimum(speed, state.half_life[rows])
            fading = np.exp2(-gap / half_life) if speed > 0 else np.zeros_like(gap)
            means.update(rows, fading, x, y, weight)
        state.weight[rows] = weight
        state.readings.push(rows, week, y)
        state.last[rows] = week

    def _watch(self, rows: Ints, week: float, error: Floats, decay: Floats) -> None:
        """Two-sided CUSUM (Page 1954) on standardised residuals; an alarm makes the tenant forget faster.

        Residuals and their scale are of the tenant's own slow level and weights: no other tenant can set it off.
        """
        state, settings = self.state, self.settings
        periods = settings.scale_periods
        square = state.own_squares[rows] + periods * state.start[rows]
        scale = np.sqrt(square / (state.own_mass[rows] + periods))
        residual = error / scale
        state.own_squares[rows] = state.own_squares[rows] * decay + np.minimum(error**2, 9.0 * scale**2)
        state.own_mass[rows] = state.own_mass[rows] * decay + 1.0
        for total, run, signed in (
            (state.upward, state.upward_run, residual),
            (state.downward, state.downward_run, -residual),
        ):
            total[rows] = np.maximum(total[rows] + signed - settings.cusum_slack, 0.0)
            run[rows] = np.where(total[rows] > 0, run[rows] + 1, 0)
        high, low = state.upward[rows] > settings.cusum_limit, state.downward[rows] > settings.cusum_limit
        for row, up in zip(rows[high | low], high[high | low], strict=True):
            before = float(state.half_life[row])
            after = max(before / 2.0, settings.minimum_half_life)
            self.drifts.append(Drift(int(row), week, 1 if up else -1, before, after))
            state.half_life[row] = after
            self._forget(int(row), bool(up))

    def _forget(self, row: int, up: bool) -> None:
        """Keep of the past what still helps to know the new level.

        The CUSUM tells how far the level moved, in standard deviations d, and since how many rows (Montgomery,
        Statistical Quality Control, 9.1). A mean that still holds the rows before has the least squared error when
        they weigh as much as 1/d^2 rows; the rows since then stay.
        """
        state, settings = self.state, self.settings
        total, run = (state.upward, state.upward_run) if up else (state.downward, state.downward_run)
        moved = settings.cusum_slack + total[row] / run[row]
        kept = run[row] - 1 + 1.0 / moved**2
        keep = min(1.0, float(kept / max(state.levels[-1].y_mass[row], 1e-12)))
        for tally in (state.upward, state.upward_run, state.downward, state.downward_run):
            tally[row] = 0.0
        for means in (state.moments, *state.levels):
            means.x_mass[row] *= keep
            means.y_mass[row] *= keep
        state.products.gram[row] *= keep
        state.products.cross[row] *= keep
        state.errors[row] *= keep
        state.error_mass[row] *= keep
