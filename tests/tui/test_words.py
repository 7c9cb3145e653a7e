"""Ages, moments and numbers as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from console.tui.look import words
from console.tui.panes.cells import moment_cell

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "–"), (-5, "now"), (3, "now"), (19, "10 s"), (61, "1 m"), (3700, "1 h 01"), (90000, "1 d 01")],
)
def test_ages_move_in_coarse_steps(seconds: float | None, shown: str) -> None:
    assert words.age(seconds) == shown


@pytest.mark.parametrize(
    ("delta", "shown"),
    [
        (timedelta(minutes=-5), "5 m"),
        (timedelta(minutes=5), "in 5 m"),
        (timedelta(seconds=4), "in 4.0 s"),
        (timedelta(days=-400), "2025-01-26"),
    ],
)
def test_a_promise_ahead_does_not_look_like_one_behind(delta: timedelta, shown: str) -> None:
    assert moment_cell(NOW + delta, NOW)[0] == shown


def test_numbers() -> None:
    assert words.signed(0.04) == "= 0.0"
    assert words.signed(-1.25) == "▼ 1.2"
    assert words.signed(None) == "–"
    assert (words.count(999), words.count(12_345), words.count(4_500_000)) == ("999", "12.3k", "4.5M")
    assert words.value(1.50) == "1.5"
    assert words.value(True) == "yes"
    assert words.value({"a": [1, None]}) == '{"a": [1, null]}'
    assert words.title("created_at") == "Created at"
