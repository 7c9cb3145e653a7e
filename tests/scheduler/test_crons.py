"""Cron expressions mean what they mean everywhere else."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.scheduler.crons import Cron, as_trigger, values

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def ticks(expression: str, days: int, start: datetime = MONDAY, zone: str = "UTC") -> list[datetime]:
    return list(Cron.parse(expression, zone).between(start, start + timedelta(days=days)))


@pytest.mark.parametrize(
    ("field", "numbers"),
    [("5", {5}), ("1-3", {1, 2, 3}), ("*/20", {0, 20, 40}), ("10/25", {10, 35}), ("1,4-8/2", {1, 4, 6, 8})],
)
def test_fields(field: str, numbers: set[int]) -> None:
    assert values(field, 0, 59) == numbers


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN"])
def test_a_week_begins_on_sunday(sunday: str) -> None:
    assert ticks(f"30 4 * * {sunday}", 14) == [
        datetime(2026, 11, 22, 4, 30, tzinfo=UTC),
        datetime(2026, 11, 29, 4, 30, tzinfo=UTC),
    ]


def test_two_day_fields_are_alternatives() -> None:
    assert [tick.day for tick in ticks("0 0 18 * fri", 7)] == [18, 20]


def test_ticks_after_a_tick_leave_it_out() -> None:
    assert ticks("0 */6 * * *", 1)[0] == MONDAY + timedelta(hours=6)
    assert ticks("0 */6 * * *", 1)[-1] == MONDAY + timedelta(days=1)


def test_clock_changes_neither_double_nor_lose_a_daily_tick() -> None:
    for month, day in ((10, 23), (3, 27)):
        start = datetime(2026, month, day, 12, tzinfo=UTC)
        days = [tick.astimezone(BERLIN).date() for tick in ticks("30 2 * * *", 5, start, "Europe/Berlin")]
        assert len(days) == len(set(days)) == 5


def test_clock_changes_do_not_break_the_rhythm_of_a_frequent_cron() -> None:
    for month, day in ((10, 25), (3, 29)):
        found = ticks("*/15 * * * *", 1, datetime(2026, month, day, tzinfo=UTC), "Europe/Berlin")
        assert {b - a for a, b in pairwise(found)} == {timedelta(minutes=15)}


def test_a_leap_day_is_found_years_ahead() -> None:
    assert Cron.parse("0 0 29 2 *", "UTC").next(MONDAY) == datetime(2028, 2, 29, tzinfo=UTC)
    assert Cron.parse("0 0 31 2 *", "UTC").next(MONDAY) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.sampled_from(["5 3 * * 1-5", "*/7 * 1,15 * *"]))
def test_the_next_tick_is_later_and_nothing_is_between(moment: datetime, expression: str) -> None:
    after = moment.replace(tzinfo=UTC)
    cron = Cron.parse(expression, "Europe/Berlin")
    tick = cron.next(after)
    assert tick is not None
    assert tick > after
    assert cron.next(tick - timedelta(microseconds=1)) == tick
    assert cron.next(after + (tick - after) / 2) == tick


def test_as_a_trigger_it_goes_on_from_the_previous_tick() -> None:
    trigger = as_trigger(Cron.parse("0 * * * *", "UTC"))
    assert trigger.get_next_fire_time(None, MONDAY) == MONDAY
    later = MONDAY + timedelta(days=1)
    assert trigger.get_next_fire_time(MONDAY, later) == MONDAY + timedelta(hours=1)
