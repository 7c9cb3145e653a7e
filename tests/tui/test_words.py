"""Times read the same everywhere, before and after now."""

from datetime import UTC, datetime, timedelta

import pytest

from console.tui.look.words import since, until

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-11100, "in 3 h 05"), (-240, "in 4 m"), (-5, "now"), (0, "now"), (240, "4 m"), (100000, "1 d 03")],
)
def test_since_tells_what_lies_ahead_from_what_is_over(seconds: float, text: str) -> None:
    assert since(NOW + timedelta(seconds=seconds), NOW + 2 * timedelta(seconds=seconds)) == text


def test_until_says_due_when_it_has_passed() -> None:
    assert until(NOW - timedelta(seconds=1), NOW) == "due"
    assert until(NOW + timedelta(minutes=4), NOW) == "in 4 m"
    assert since(None, NOW) == until(NOW, None) == "–"
