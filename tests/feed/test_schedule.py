"""When the feed asks what, by a clock that the test turns."""

from random import Random

import pytest

from console.feed.model import SectionName
from console.feed.schedule import BUSY, BUSY_FOR, IDLE, RESTING, RETRY_BROKEN, SPACING, UNFOCUSED, Schedule

TILES, ALERTS = SectionName.TILES, SectionName.ALERTS


def read_all(schedule: Schedule, now: float, cost: float = 0.001) -> list[SectionName]:
    names = schedule.due(now)
    for name in names:
        schedule.starting(name)
        schedule.finished(name, now, now + cost, broken=False)
    return names


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(60.0, Random(1))


def test_everything_is_read_first_and_nothing_again_without_a_reason(schedule: Schedule) -> None:
    assert set(read_all(schedule, 0.0)) == set(SectionName)
    assert read_all(schedule, 10.0) == []


def test_a_notification_reads_its_section_only_and_an_unknown_one_everything(schedule: Schedule) -> None:
    read_all(schedule, 0.0)
    schedule.mark(["summary"])
    assert read_all(schedule, 10.0) == [TILES]
    schedule.mark(["something new"])
    assert set(read_all(schedule, 20.0)) == set(SectionName)


def test_a_change_seen_by_the_probe_reads_everything_wanted(schedule: Schedule) -> None:
    schedule.want([TILES])
    read_all(schedule, 0.0)
    schedule.changed(10.0)
    assert read_all(schedule, 10.0) == [TILES]


def test_a_section_waits_for_its_spacing_and_the_delay_ends_exactly_then(schedule: Schedule) -> None:
    read_all(schedule, 0.0)
    schedule.mark(["summary"])
    assert schedule.due(SPACING[TILES] - 0.001) == []
    assert schedule.delay(0.09) == pytest.approx(SPACING[TILES] - 0.09)
    assert schedule.due(SPACING[TILES]) == [TILES]


def test_a_dear_section_is_read_no_more_often_than_ten_times_its_cost(schedule: Schedule) -> None:
    schedule.want([TILES])
    read_all(schedule, 0.0, cost=0.05)
    schedule.mark(["summary"])
    assert schedule.due(0.45) == []
    assert schedule.due(0.51) == [TILES]


def test_what_changes_while_it_is_read_is_read_again(schedule: Schedule) -> None:
    schedule.want([TILES])
    (name,) = schedule.due(0.0)
    schedule.starting(name)
    schedule.mark(["summary"])
    schedule.finished(name, 0.0, 0.001, broken=False)
    assert schedule.due(1.0) == [TILES]


def test_the_probe_is_quick_after_a_change_slower_when_idle_and_slowest_unfocused(schedule: Schedule) -> None:
    schedule.changed(0.0)
    read_all(schedule, 0.0)
    assert schedule.delay(1.0) == pytest.approx(BUSY)
    assert schedule.delay(BUSY_FOR + 1) == pytest.approx(IDLE)
    schedule.focused = False
    assert schedule.delay(1.0) == pytest.approx(UNFOCUSED)


def test_the_poll_reads_everything_with_jitter(schedule: Schedule) -> None:
    schedule.changed(0.0)
    read_all(schedule, 0.0)
    assert read_all(schedule, 53.9) == []
    assert set(read_all(schedule, 66.1)) == set(SectionName)


def test_the_poll_rests_while_nothing_is_written_and_wakes_with_the_next_commit(schedule: Schedule) -> None:
    read_all(schedule, 0.0)
    assert read_all(schedule, 60.0 * RESTING * 0.89) == []
    assert set(read_all(schedule, 60.0 * RESTING * 1.11)) == set(SectionName)
    schedule.changed(400.0)
    read_all(schedule, 400.0)
    assert set(read_all(schedule, 460.1)) == set(SectionName), "what a standby showed late is found by the next poll"


def test_a_broken_section_is_tried_again_later_not_at_every_commit(schedule: Schedule) -> None:
    schedule.want([ALERTS])
    schedule.starting(ALERTS)
    schedule.finished(ALERTS, 0.0, 0.001, broken=True)
    schedule.changed(1.0)
    assert schedule.due(RETRY_BROKEN - 0.1) == []
    assert schedule.due(RETRY_BROKEN) == [ALERTS]


def test_a_refresh_forgets_spacing_and_errors(schedule: Schedule) -> None:
    schedule.want([ALERTS])
    schedule.starting(ALERTS)
    schedule.finished(ALERTS, 0.0, 0.001, broken=True)
    schedule.mark_all(at_once=True)
    assert schedule.due(0.01) == [ALERTS]


def test_a_newly_wanted_section_is_read_at_once_and_an_unwanted_one_never(schedule: Schedule) -> None:
    schedule.want([TILES])
    assert read_all(schedule, 0.0) == [TILES]
    assert schedule.want([TILES, ALERTS]) is True
    assert read_all(schedule, 0.001) == [ALERTS]
    assert schedule.want([TILES]) is False
