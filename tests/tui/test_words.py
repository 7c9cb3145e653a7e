"""Ages, moments and numbers as people read them."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from console.feed.model import Record
from console.tui.look import words
from console.tui.panes.cells import moment_cell
from console.tui.panes.records import columns_for

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


def test_a_moment_names_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert words.stamp(NOW) == "2026-03-02 15:00:00 IST"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_words_of_the_program_are_spelt_out_and_text_of_people_is_not() -> None:
    assert words.word("type", "ROAD_CLOSURE") == "road closure"
    assert words.word("message", "SEE_NOTE") == "SEE_NOTE"
    assert words.word("kind", None) is None
    assert (words.title("eta_at"), words.title("os_user")) == ("Expected", "User")


LATE = timedelta(minutes=4)


@pytest.mark.parametrize(
    ("status", "promised", "delivered", "shown"),
    [
        ("assigned", NOW - LATE, None, ("4 m late", "bad")),
        ("assigned", NOW + LATE, None, ("in 4 m", "text")),
        ("delivered", NOW, NOW - LATE, ("in time", "dim")),
        ("delivered", NOW - LATE, NOW, ("4 m late", "dim")),
        ("cancelled", NOW + LATE, None, ("in 4 m", "dim")),
    ],
)
def test_a_promise_matters_as_long_as_the_order_is_open(
    status: str, promised: datetime, delivered: datetime | None, shown: tuple[str, str]
) -> None:
    row = Record("o", 1, {"status": status, "promised_at": promised, "delivered_at": delivered})
    (column,) = [c for c in columns_for([row]) if c.id == "promised_at"]
    assert column.draw(row, NOW) == shown


def test_columns_are_wide_enough_for_their_headings_and_say_words() -> None:
    row = Record(
        "o", 1, {"last_updated": NOW, "type": "ROAD_CLOSURE", "error_message": "x_y", "before": {}, "job_id": "1"}
    )
    columns = {c.id: c for c in columns_for([row])}
    assert list(columns) == ["last_updated", "type", "error_message"]
    assert columns["last_updated"].width >= len(columns["last_updated"].title)
    assert (columns["type"].text(row, NOW), columns["error_message"].text(row, NOW)) == ("road closure", "x_y")
    assert columns["error_message"].title == "Error"
