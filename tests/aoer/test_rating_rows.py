"""Rows as they come in real life: late, missing, with other sample sizes, without any signal."""

import numpy as np

from console.aoer.backtest import walk_forward
from console.aoer.rating.learner import Learner
from tests.aoer.panels import invented, panel_of


def test_a_week_without_an_outcome_teaches_nothing_and_is_still_predicted() -> None:
    x, y = invented(1, 6, 12)
    y[3, 5] = np.nan
    y[3, 6] = np.nan
    walk = walk_forward(panel_of(x, y))
    prediction = walk.prediction.reshape(12, 6)
    assert np.isfinite(prediction).all()
    width = (walk.high - walk.low).reshape(12, 6)
    assert width[7, 3] > 1.3 * width[5, 3]  # two weeks without a reading: sqrt(3) wider unless cut off at 0 or 100


def test_a_late_outcome_counts_at_its_own_date_once_it_is_there() -> None:
    x, y = invented(2, 6, 12)
    late = y.copy()
    late[2, 4] = np.nan
    with_it, without = walk_forward(panel_of(x, y)), walk_forward(panel_of(x, late))
    a, b = with_it.prediction.reshape(12, 6), without.prediction.reshape(12, 6)
    np.testing.assert_array_equal(a[:5], b[:5])
    assert a[5, 2] != b[5, 2]


def test_signals_never_measured_leave_a_level_only() -> None:
    _, y = invented(3, 6, 15)
    walk = walk_forward(panel_of(np.full((6, 15, 5), np.nan), y))
    prediction = walk.prediction.reshape(15, 6)
    assert np.isnan(prediction[0]).all() and np.isfinite(prediction[1:]).all()
    assert np.abs(prediction[-1] - y.mean(axis=1)).max() < 3


def test_an_odd_reading_of_few_answers_moves_the_level_less() -> None:
    x, y = invented(4, 6, 12)
    y[0, 8] = 95.0
    levels = []
    for answers in (48.0, 5.0):
        learner = Learner(6)
        for week in range(9):
            sample = np.full(6, 48.0)
            sample[0] = answers if week == 8 else 48.0
            learner.step(np.arange(6), float(week), x[:, week], y[:, week], sample)
        levels.append(learner.state.levels[-1].y[0])
    assert levels[1] < levels[0] - 1


def test_days_of_different_tenants_need_not_meet() -> None:
    learner = Learner(6)
    x, y = invented(5, 6, 30)
    for week in range(30):
        for tenant in range(6):
            here = np.array([tenant])
            rated = learner.step(here, week + tenant / 7, x[here, week], y[here, week], np.array([48.0]))
    assert np.isfinite(rated.score).all()
    assert 0.05 < learner.alpha < 0.2
