"""The life of an alert, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import alerts
from console.domain.alerts import Alert
from console.domain.enums import AlertStatus
from console.domain.states import NoChange, Refused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPEN = Alert(AlertStatus.OPEN)


def test_acknowledging_names_who_and_until_when() -> None:
    acked = alerts.acknowledge(OPEN, "ann", NOW, 30)
    assert (acked.status, acked.acknowledged_by, acked.acknowledged_at) == (AlertStatus.ACKNOWLEDGED, "ann", NOW)
    assert acked.ack_until == NOW + timedelta(minutes=30)


def test_acknowledging_again_is_no_change_except_that_the_same_person_may_take_longer() -> None:
    acked = alerts.acknowledge(OPEN, "ann", NOW, 30)
    for who, minutes in (("bob", 30), ("bob", 90), ("ann", 30)):
        with pytest.raises(NoChange, match="ann"):
            alerts.acknowledge(acked, who, NOW, minutes)
    assert alerts.acknowledge(acked, "ann", NOW, 31).ack_until == NOW + timedelta(minutes=31)


def test_a_lapsed_acknowledgement_counts_as_open() -> None:
    acked = alerts.acknowledge(OPEN, "ann", NOW, 30)
    later = NOW + timedelta(minutes=30)
    assert alerts.current(acked, later) == OPEN
    assert alerts.current(acked, later - timedelta(seconds=1)) == acked
    assert alerts.acknowledge(acked, "bob", later, 10).acknowledged_by == "bob"


def test_a_lapsed_snooze_counts_as_open() -> None:
    slept = alerts.snooze(replace(OPEN, assignee="eve"), NOW, 5)
    assert alerts.current(slept, NOW + timedelta(minutes=5)) == replace(OPEN, assignee="eve")


def test_a_resolved_alert_refuses_everything_but_reopening() -> None:
    done = alerts.resolve(OPEN, "ann", NOW, "swapped the van")
    for verb in (
        lambda: alerts.acknowledge(done, "bob", NOW, 5),
        lambda: alerts.snooze(done, NOW, 5),
        lambda: alerts.assign(done, "bob"),
    ):
        with pytest.raises(Refused):
            verb()
    with pytest.raises(NoChange):
        alerts.resolve(done, "bob", NOW, None)
    assert alerts.reopen(done, NOW) == OPEN


def test_reopening_an_open_one_changes_nothing() -> None:
    with pytest.raises(NoChange):
        alerts.reopen(OPEN, NOW)


@pytest.mark.parametrize("minutes", [0, -5, alerts.MAX_MINUTES + 1])
def test_nobody_hides_an_alert_for_nothing_or_for_ever(minutes: int) -> None:
    with pytest.raises(Refused):
        alerts.snooze(OPEN, NOW, minutes)
    with pytest.raises(Refused):
        alerts.acknowledge(OPEN, "ann", NOW, minutes)


_moments = st.none() | st.datetimes(timezones=st.just(UTC))
_words = st.none() | st.text()


@given(
    st.builds(
        Alert,
        st.sampled_from(AlertStatus),
        assignee=_words,
        acknowledged_by=_words,
        acknowledged_at=_moments,
        ack_until=_moments,
        snoozed_until=_moments,
        resolved_at=_moments,
        resolved_by=_words,
        resolution=_words,
    )
)
def test_cells_read_back_exactly_so_undo_restores_everything(alert: Alert) -> None:
    assert Alert.from_cells(alert.cells()) == alert
