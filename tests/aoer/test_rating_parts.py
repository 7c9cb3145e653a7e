"""The formulas one by one, against plain re-computations and stated examples."""

import numpy as np
import pytest

from console.aoer.rating.classic import classic_rating
from console.aoer.rating.experts import believe
from console.aoer.rating.interval import CDF_GRID, conformal_quantile, predictive_cdf, probability_below, sample_weight
from console.aoer.rating.learner import Learner
from console.aoer.rating.moments import Means, Products
from console.aoer.rating.parameters import prior_index, rate, weeks_without
from console.aoer.rating.settings import DEFAULT
from console.aoer.rating.weights import shrunken_weights
from tests.aoer.panels import invented

nan = np.nan


def test_classic_worked_example() -> None:
    row = np.array([[nan, 78.2, 92.1, 88.7, nan]])
    assert classic_rating(row) == pytest.approx(85.69, abs=0.005)


def test_classic_volatility_takes_at_most_thirty_percent() -> None:
    rows = np.array([[nan, 0.0, 50.0, 50.0, nan], [nan, 100.0, 50.0, 50.0, nan]])
    assert classic_rating(rows) == pytest.approx(50 * 0.7)
    calm = np.array([[nan, 48.0, 50.0, 50.0, nan], [nan, 52.0, 50.0, 50.0, nan]])
    assert classic_rating(calm) == pytest.approx(50 * (1 - np.sqrt(8) / 20))


def test_classic_null_is_not_zero() -> None:
    rows = np.array([[nan, 60.0, nan, 40.0, nan], [nan, nan, 80.0, nan, nan]])
    assert classic_rating(rows) == pytest.approx(0.4 * 60 + 0.35 * 80 + 0.25 * 40)
    assert np.isnan(classic_rating(np.array([[90.0, 60.0, nan, 40.0, 90.0]])))
    assert np.isnan(classic_rating(np.empty((0, 5))))


def test_moments_equal_the_weighted_sums_they_stand_for() -> None:
    x, y = invented(1, 1, 15)
    means, products = Means.empty(1, 5), Products.empty(1, 5)
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.5, 2, 15)
    decay = 0.5 ** (1 / 26)
    for week in range(15):
        one = np.array([0])
        row = (x[:, week], y[:, week], weight[week : week + 1])
        products.update(one, np.array([decay]), means, *row)
        means.update(one, np.array([decay]), *row)
    w = weight * decay ** np.arange(14, -1, -1)
    centred = x[0] - np.average(x[0], axis=0, weights=w)
    np.testing.assert_allclose(means.x[0], np.average(x[0], axis=0, weights=w))
    np.testing.assert_allclose(means.y[0], np.average(y[0], weights=w))
    np.testing.assert_allclose(products.gram[0], np.einsum("t,ti,tj->ij", w, centred, centred))
    np.testing.assert_allclose(products.cross[0], (w * y[0]) @ centred)


def test_a_missing_signal_adds_nothing_and_keeps_its_own_mean() -> None:
    means, products = Means.empty(1, 5), Products.empty(1, 5)
    one, unit = np.array([0]), np.ones(1)
    for x, y in (([50.0] * 5, 40.0), ([nan, 60.0, 60.0, 60.0, 60.0], 50.0)):
        products.update(one, unit, means, np.array([x]), np.array([y]), unit)
        means.update(one, unit, np.array([x]), np.array([y]), unit)
    assert means.x[0].tolist() == [50.0, 55.0, 55.0, 55.0, 55.0]
    assert means.x_mass[0].tolist() == [1, 2, 2, 2, 2]
    assert products.gram[0, 0].tolist() == [0.0] * 5 and products.cross[0, 0] == 0.0
    assert products.gram[0, 1, 1] == pytest.approx(50.0) and products.cross[0, 1] == pytest.approx(50.0)


def test_weights_minimise_the_stated_objective_over_the_non_negative() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(2)
    for _ in range(40):
        root = rng.normal(size=(5, 5))
        gram, cross = root @ root.T, rng.normal(0, 3, 5)
        centre, penalty = np.array(DEFAULT.prior_weights), rng.uniform(0.1, 5)
        got = shrunken_weights(gram[None], cross[None], np.array([penalty]), centre[None])[0]

        def loss(w: np.ndarray, g: np.ndarray = gram, c: np.ndarray = cross, p: float = penalty) -> float:
            return float(w @ g @ w - 2 * c @ w + p * ((w - np.array(DEFAULT.prior_weights)) ** 2).sum())

        best = minimize(loss, centre, bounds=[(0, None)] * 5, tol=1e-12)
        assert (got >= 0).all()
        assert loss(got) <= best.fun + 1e-6


def test_without_evidence_the_prior_masses_stand_and_evidence_moves_them() -> None:
    none = np.zeros((1, 3, 5))
    start = believe(none, np.zeros(1), none, np.zeros(1), DEFAULT)
    np.testing.assert_allclose(start[0], np.outer(DEFAULT.speed_mass, DEFAULT.set_mass))
    errors = np.full((1, 3, 5), 400.0)
    errors[:, :, 4] = 100.0
    moved = believe(errors, np.array([20.0]), errors / 20, np.zeros(1), DEFAULT)
    assert moved[0, :, 4].sum() > 0.9
    floor = DEFAULT.kept_mass * np.outer(DEFAULT.speed_mass, DEFAULT.set_mass)
    assert (moved[0] >= floor - 1e-15).all() and moved.sum() == pytest.approx(1)


def test_conformal_quantile_is_the_finite_sample_rank() -> None:
    scores = np.random.default_rng(1).normal(size=989)
    assert conformal_quantile(scores, 0.1) == pytest.approx(np.quantile(np.abs(scores), 0.9), abs=0.05)
    assert conformal_quantile(scores, 0.05) > conformal_quantile(scores, 0.1) > conformal_quantile(scores, 0.2)
    assert 1.0 < conformal_quantile(np.empty(0), 0.1) < 3.0


def test_probability_below_interpolates_the_empirical_distribution() -> None:
    scores = np.random.default_rng(1).normal(0, 1, 50_000)
    cdf = predictive_cdf(scores)
    assert (np.diff(cdf) >= 0).all() and cdf.size == CDF_GRID.size
    at = probability_below(np.array([40.0, 50.0, 0.0]), np.full(3, 50.0), np.full(3, 10.0), np.tile(cdf, (3, 1)))
    assert at[0] == pytest.approx(0.1587, abs=0.01) and at[1] == pytest.approx(0.5, abs=0.01) and at[2] < 0.001


def test_weeks_without_a_row() -> None:
    last = np.array([100.0, 99.0, 98.0, 91.0, 100.0 - 6 / 7])
    assert weeks_without(100.0, last).tolist() == [0, 0, 1, 8, 0]


def test_staleness_widens_by_the_root_of_the_weeks_missed() -> None:
    x, y = invented(4, 6, 20)
    learner = Learner(6)
    rows = np.arange(6)
    for week in range(20):
        learner.step(rows, float(week), x[:, week], y[:, week], np.full(6, 48.0))
    parameters = learner.model(rows, 20.0).parameters
    fresh, late = rate(parameters, x[:, -1], 20.0), rate(parameters, x[:, -1], 23.0)
    np.testing.assert_allclose(late.scale, fresh.scale * 2)
    assert (late.stale == 3).all() and (late.high - late.low > fresh.high - fresh.low).all()


def test_cold_start_is_the_prior_index_without_an_interval() -> None:
    learner = Learner(3)
    x = np.array([[50.0] * 5, [nan, 60.0, nan, nan, nan], [nan] * 5])
    rated = rate(learner.model(np.arange(3), 5.0).parameters, x, 5.0)
    assert rated.score[:2].tolist() == pytest.approx([50.0, 60.0]) and np.isnan(rated.score[2])
    assert np.isnan([*rated.low, *rated.high, *rated.risk]).all()
    index, parts = prior_index(x)
    assert parts[0].tolist() == pytest.approx([12.5, 15, 10, 7.5, 5]) and np.isnan(index[2])


def test_a_moved_level_raises_an_alarm_and_is_forgotten_faster() -> None:
    x, y = invented(8, 6, 60)
    y[2, 30:] = np.clip(y[2, 30:] + 25, 0, 100)
    learner, quiet = Learner(6), []
    for week in range(60):
        learner.step(np.arange(6), float(week), x[:, week], y[:, week], np.full(6, 48.0))
        quiet.append(len(learner.drifts))
    first = next(drift for drift in learner.drifts if drift.row == 2)
    assert 30 <= first.week <= 33 and first.direction == 1
    assert first.after == pytest.approx(first.before / 2)
    assert quiet[29] == 0
    assert learner.model(np.array([2]), 60.0).parameters.level[0] == pytest.approx(y[2, 30:].mean(), abs=4)


def test_larger_samples_weigh_more_but_not_without_limit() -> None:
    weight = sample_weight(np.array([48.0, 480.0, nan, 4800.0]), np.full(4, 48.0), DEFAULT)
    assert weight[0] == 1.0 and weight[2] == 1.0
    assert 1 < weight[1] <= weight[3] <= 5.0
