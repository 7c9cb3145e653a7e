"""Risk and steps: severity by the clock, probability by the prediction, one move for each state."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.automation.escalation.risk import ErrorModel, Thresholds, chance_late, fit_errors, judge, severity
from console.automation.escalation.steps import Move, Pace, Standing, next_move

STEPS = Thresholds()
MODEL = ErrorModel()


@pytest.mark.parametrize(
    ("left", "word"), [(14.9, "critical"), (15, "high"), (29, "high"), (30, "medium"), (60, "low")]
)
def test_severity_by_minutes_to_the_breach(left: float, word: str) -> None:
    assert severity(left, STEPS) == word


def test_without_prediction_the_clock_decides() -> None:
    assert judge(60.0, None, STEPS, MODEL).at_risk
    assert not judge(61.0, None, STEPS, MODEL).at_risk
    assert not judge(None, 500.0, STEPS, MODEL).at_risk


@pytest.mark.parametrize(
    ("left", "ahead", "words"),
    [
        (10.0, 10.3, "predicted less than a minute after the promise"),
        (10.0, 9.7, "predicted less than a minute before the promise"),
        (10.0, 22.0, "predicted 12 min after the promise"),
        (-0.2, None, "less than a minute past the promise"),
        (7.0, None, "7 min left"),
    ],
)
def test_nothing_is_said_to_be_0_minutes_away(left: float, ahead: float | None, words: str) -> None:
    assert words in judge(left, ahead, STEPS, MODEL).reason


def test_with_prediction_the_prediction_decides() -> None:
    assert not judge(10.0, 3.0, STEPS, MODEL).at_risk
    late = judge(50.0, 56.0, STEPS, MODEL)
    assert late.at_risk
    assert late.margin == -6.0
    assert 0.5 < late.probability < 1.0


@given(left=st.floats(1, 120), ahead=st.floats(0, 120), more=st.floats(0.1, 60))
def test_a_later_arrival_is_never_less_likely_late(left: float, ahead: float, more: float) -> None:
    assert chance_late(left, ahead + more, MODEL) >= chance_late(left, ahead, MODEL) - 0.06


def test_errors_are_learned_from_what_happened() -> None:
    dice = random.Random(4)
    predicted = [dice.uniform(10, 60) for _ in range(400)]
    model = fit_errors(predicted, [p * dice.gauss(1.2, 0.1) for p in predicted])
    assert model.bias == pytest.approx(0.2, abs=0.03)
    assert model.spread == pytest.approx(0.1, abs=0.03)
    assert fit_errors([10.0], [30.0]) == ErrorModel()


@pytest.mark.parametrize(
    ("standing", "now", "move"),
    [
        (None, "high", Move.OPEN),
        (None, None, Move.LEAVE),
        (Standing("resolved", "high", 1), "high", Move.OPEN),
        (Standing("open", "high", 1), None, Move.RESOLVE),
        (Standing("open", "medium", 1), "high", Move.RAISE),
        (Standing("open", "high", 1), "high", Move.LEAVE),
        (Standing("open", "high", 11), "high", Move.KEEP),
        (Standing("acknowledged", "high", 1, 5), "high", Move.LEAVE),
        (Standing("acknowledged", "high", 1, 31), "high", Move.REOPEN),
    ],
)
def test_one_move_for_each_state(standing: Standing | None, now: str | None, move: Move) -> None:
    assert next_move(standing, now, Pace()) is move
