"""Rivals, windows and scores by hand: what the published comparison rests on."""

import numpy as np
import pytest

from console.aoer.backtest import EWMA, walk_forward
from console.aoer.rating.classic import classic_rating
from console.aoer.rating.interval import adapted_alpha
from console.aoer.rating.learner import Learner
from console.aoer.rating.settings import DEFAULT
from console.aoer.skill import measure
from tests.aoer.panels import invented, panel_of

nan = np.nan


def test_rivals_are_what_they_are_called() -> None:
    x, y = invented(3, 1, 12)
    walk = walk_forward(panel_of(x, y))
    smooth = y[0, 0]
    for week in range(1, 12):
        past_x, past_y = x[0, :week], y[0, :week]
        moved = x[0, week] - past_x.mean(axis=0)
        assert walk.rivals["last"][week] == y[0, week - 1]
        assert walk.rivals["ewma"][week] == pytest.approx(smooth)
        smooth += EWMA * (y[0, week] - smooth)
        assert walk.rivals["equal_level"][week] == pytest.approx(past_y.mean() + 0.2 * moved.sum())
        prior = np.array(DEFAULT.prior_weights)
        assert walk.rivals["prior_level"][week] == pytest.approx(past_y.mean() + prior @ moved)
    assert walk.rivals["equal_level"][0] == pytest.approx(x[0, 0].mean())


def test_classic_looks_back_thirty_days_and_at_its_own_date() -> None:
    x, y = invented(4, 1, 12)
    walk = walk_forward(panel_of(x, y))
    for week in range(12):
        assert walk.rivals["classic"][week] == pytest.approx(classic_rating(x[0, max(0, week - 4) : week + 1]))


def test_risk_is_measured_from_the_median_of_the_last_26_weeks() -> None:
    x, y = invented(5, 1, 40)
    y[0, :14] = 95.0
    walk = walk_forward(panel_of(x, y))
    assert walk.median[39] == pytest.approx(np.median(y[0, 13:39]))
    assert walk.median[10] == pytest.approx(np.median(y[0, :10]))


def test_skill_by_hand() -> None:
    outcome = np.array([50.0, 40.0, 60.0, nan, 30.0])
    model = np.array([52.0, 44.0, 60.0, 1.0, 30.0])
    plain = np.array([54.0, 48.0, 60.0, 1.0, nan])
    low, high = np.full(5, 45.0), np.full(5, 65.0)
    risk, median = np.array([0.2, 0.9, 0.1, 0.5, 0.5]), np.array([50.0, 50.0, 60.0, 50.0, 50.0])
    got = measure(outcome, {"calibrated": model, "equal_level": plain}, low, high, risk, median)
    assert got.n == 3  # the fourth has no outcome, the fifth no rival
    first, second = got.errors
    assert (first.rmse, first.mae, first.bias) == pytest.approx((np.sqrt(20 / 3), 2.0, 2.0))
    assert first.ratio == pytest.approx(0.5) and second.ratio == 1.0
    assert (got.coverage, got.width) == pytest.approx((2 / 3, 20.0))
    assert got.brier == pytest.approx((0.04 + 0.01 + 0.01) / 3)  # only the second fell over 5 below its median
    assert got.climatology == pytest.approx(1 / 3 * 2 / 3)
    assert got.risk_skill == pytest.approx(1 - 0.02 / (2 / 9))


def test_a_drop_of_less_than_five_is_none() -> None:
    one = np.array([46.0])
    got = measure(one, {"equal_level": one}, one, one, np.array([0.0]), np.array([50.0]))
    assert got.drops == 0.0


def test_misses_make_the_interval_wider_and_hits_narrower() -> None:
    start = np.array([0.1])
    assert adapted_alpha(start, np.array([1.0]), np.ones(1), DEFAULT)[0] == pytest.approx(0.1 - 0.02 * 0.9)
    assert adapted_alpha(start, np.array([0.0]), np.ones(1), DEFAULT)[0] == pytest.approx(0.1 + 0.02 * 0.1)
    assert adapted_alpha(start, np.array([1.0]), np.array([0.25]), DEFAULT)[0] == pytest.approx(0.1 - 0.005 * 0.9)


def test_an_alarm_halves_the_half_life_and_keeps_what_still_helps() -> None:
    x, y = invented(8, 6, 60)
    y[2, 30:] = np.clip(y[2, 30:] + 25, 0, 100)
    learner = Learner(6)
    for week in range(60):
        learner.step(np.arange(6), float(week), x[:, week], y[:, week], np.full(6, 48.0))
        if any(drift.row == 2 for drift in learner.drifts):
            break
    state = learner.state
    assert state.half_life[2] == pytest.approx(13.0, rel=0.05) and state.half_life[0] == 26.0
    # A jump of several standard deviations: what was before it counts for next to nothing.
    assert week - 30 + 1 <= state.levels[-1].y_mass[2] < 6
    assert state.levels[-1].y_mass[0] > 15
    assert state.upward[2] == state.upward_run[2] == 0.0
    assert state.levels[-1].y[2] > y[2, :30].mean() + 4


@pytest.mark.parametrize(("total", "run", "kept"), [(9.5, 1, 0.01), (6.0, 4, 3.25), (5.5, 11, 11.0)])
def test_what_is_kept_follows_the_size_of_the_move(total: float, run: float, kept: float) -> None:
    learner = Learner(1)
    state = learner.state
    state.upward[0], state.upward_run[0] = total, run
    for means in (state.moments, *state.levels):
        means.y_mass[0] = 30.0
    learner._forget(0, True)
    assert state.levels[-1].y_mass[0] == pytest.approx(kept)


def test_a_signal_never_measured_has_no_reference() -> None:
    x, y = invented(6, 6, 10)
    x[0, :, 3] = nan
    learner = Learner(6)
    for week in range(10):
        learner.step(np.arange(6), float(week), x[:, week], y[:, week], np.full(6, 48.0))
    parameters = learner.model(np.arange(6), 10.0).parameters
    assert np.isnan(parameters.references[0, 3]) and parameters.weights[0, 3] == 0.0
    assert np.isfinite(parameters.references[1:]).all()
