"""Rows from records: clean, stable, and the same objects while nothing changes."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from console.actions.model import Scope
from console.feed import build
from console.feed.keep import Kept, version_of
from console.feed.model import Record
from console.feed.targets import target_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ID = UUID(int=7)
HOSTILE = "[@click=app.quit]x[/] \x1b]52;c;aGk=\x07\x9b31m\u202egnp.exe [/nope]"


def alert(**changed: Any) -> dict[str, Any]:
    row = {
        "tenant_id": ID, "id": ID, "tenant": "Jilin", "type": "SLA_BREACH", "severity": "high", "status": "open",
        "kind": "dispatch",
        "message": "late", "order": None, "order_id": None, "occurrences": 1, "assignee": None, "snoozed_until": None,
        "created_at": NOW, "version": 3, "total": 1,
    }  # fmt: skip
    return row | changed


def test_no_control_character_of_the_database_reaches_a_row_and_markup_stays_text() -> None:
    row = build.alert(alert(message=HOSTILE, tenant=HOSTILE, assignee=HOSTILE, order=HOSTILE))
    for text in (row.message, row.tenant, row.assignee, row.order):
        assert text is not None and text.startswith("[@click=app.quit]x[/]") and text.endswith("[/nope]")
        assert not any(ord(c) < 32 or 0x7F <= ord(c) <= 0x9F or c == "\u202e" for c in text)


def test_the_version_follows_what_is_visible_and_not_the_rows_own_version() -> None:
    row = build.alert(alert())
    assert build.alert(alert(version=4)).version == row.version
    assert build.alert(alert(version=4)).row_version == 4
    for changed in ({"occurrences": 2}, {"status": "acknowledged"}, {"message": "x"}, {"severity": "low"}):
        assert build.alert(alert(**changed)).version != row.version


def test_versions_are_the_same_in_every_process() -> None:
    assert version_of("a", 1, None) == 32994374818179847


def test_unchanged_rows_and_lists_are_the_very_same_objects() -> None:
    kept = Kept(build.alert)
    other = UUID(int=8)
    first = kept.rows([alert(), alert(id=other)])
    assert kept.rows([alert(total=9), alert(id=other, total=9)]) is first
    second = kept.rows([alert(), alert(id=other, occurrences=2)])
    assert second is not first and second[0] is first[0] and second[1] is not first[1]
    third = kept.rows([alert(id=other, occurrences=2), alert()])
    assert third[0] is second[1] and third[1] is second[0]
    assert kept.rows([alert()]) == (first[0],)


def test_an_age_that_reads_the_same_leaves_the_row_alone() -> None:
    def lane(seconds: float) -> dict[str, Any]:
        counts = {"queued": 1, "running": 0, "failed": 0, "quarantined": 0}
        return {"lane": "high", **counts, "oldest_seconds": seconds, "total": None}

    kept = Kept(build.lane, "lane")
    first = kept.rows([lane(601.0)])
    assert kept.rows([lane(655.0)]) is first
    assert kept.rows([lane(661.0)]) is not first


@pytest.mark.parametrize(("seconds", "shown"), [(None, None), (3.7, 3), (61, 60), (599, 590), (601, 600), (-1, 0)])
def test_ages_are_coarse(seconds: float | None, shown: float | None) -> None:
    assert build.coarse(seconds) == shown


def test_a_sparkline_keeps_its_gaps() -> None:
    assert build.spark([1, 3, 4], [50.0, 60.0, None]) == (50.0, None, 60.0, None)
    assert build.spark(None, None) == ()


def test_change_needs_both_ends() -> None:
    row = {
        "tenant_id": ID, "tenant_name": "T", "score": 60.25, "grade": "Good", "risk": 0.1, "risk_band": "Low",
        "status": "calibrated", "reason": None, "low": None, "high": None, "last_updated": NOW, "version": 2,
    }  # fmt: skip
    assert build.tile(row, (), 55.0).change == 5.25
    assert build.tile(row, (), None).change is None
    assert build.tile({**row, "score": None}, (), 55.0).change is None


@pytest.mark.parametrize(
    ("changed", "health"),
    [
        ({}, "ok"),
        ({"desired": "stopped", "last_outcome": "failed"}, "stopped"),
        ({"last_outcome": "failed", "late": True}, "failing"),
        ({"last_outcome": "timeout"}, "failing"),
        ({"late": True}, "late"),
        ({"last_run_at": None, "last_outcome": None}, "new"),
    ],
)
def test_an_engines_health_names_the_worst(changed: dict[str, Any], health: str) -> None:
    row = {
        "key": "routing", "title": "Routing", "desired": "running", "state": "idle", "last_run_at": NOW,
        "last_seconds": 1.0, "next_run_at": NOW, "last_outcome": "done", "message": None, "late": False,
        "is_engine": True,
    }  # fmt: skip
    assert build.engine(row | changed).health == health


def test_a_generic_record_is_plain_data() -> None:
    row = {"id": ID, "tenant_id": ID, "n": Decimal("1.5"), "deep": {"a": ["x\x1b", None]}, "at": NOW, "version": 2}
    made = build.record(row)
    assert made.cells == {"id": str(ID), "tenant_id": str(ID), "n": 1.5, "deep": {"a": ("x", None)}, "at": NOW}
    assert (made.key, made.row_version, made.tenant_id) == (str(ID), 2, str(ID))


def test_a_target_freezes_what_the_action_needs() -> None:
    target = target_of(build.alert(alert()))
    assert (target.scope, target.key, target.version, target.tenant_id) == (Scope.ALERT, str(ID), 3, str(ID))
    assert (target.label, target.state["status"]) == ("late", "open")
    job = Record("j", 1, {"status": "failed", "tenant": "Jilin"}, 5, "t")
    frozen = target_of(job, Scope.JOB)
    assert (frozen.version, frozen.tenant_id, frozen.label) == (5, "t", "Jilin")
    with pytest.raises(ValueError, match="scope"):
        target_of(job)
