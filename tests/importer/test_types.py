"""Cells: what is accepted, how it is rewritten, and what is said about the rest."""

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.importer.catalogue import KINDS, kind
from console.importer.types import MARK, Bad, CellType, Choice, Day, Flag, Moment, Number, Text, Whole, Words, score


def refused(cell_type: CellType, cell: str) -> str:
    with pytest.raises(Bad) as caught:
        cell_type.parse(cell)
    return str(caught.value)


@pytest.mark.parametrize("cell", ["0", "100", "78.2", "100.0", "1e1", "+5", ".5", "5."])
def test_scores_taken(cell: str) -> None:
    assert score().parse(cell) == cell


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("100.1", "above 100"),
        ("-0.1", "below 0"),
        ("nan", "leave the cell empty"),
        ("NaN", "leave the cell empty"),
        ("inf", "leave the cell empty"),
        ("-Infinity", "leave the cell empty"),
        ("NULL", "leave the cell empty"),
        ("1e999", "above 100"),
        ("78,2", "with a point"),
        ("1_0", "not a number"),
        ("12%", "not a number"),
        ("٣", "not a number"),
        ("0x1A", "not a number"),
    ],
)
def test_scores_refused(cell: str, why: str) -> None:
    assert why in refused(score(), cell)


def test_whole_numbers() -> None:
    assert Whole(1, 100).parse("48.0") == "48"
    assert refused(Whole(1, 100), "48.5") == "not a whole number"
    assert refused(Whole(1, 100), "0") == "below 1"
    assert refused(Whole(1, 2**31 - 1), "9999999999") == "above 2147483647"


@pytest.mark.parametrize("cell", ["2024-02-29", "1900-01-01", "2200-12-31"])
def test_days_taken(cell: str) -> None:
    assert Day().parse(cell) == cell


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2026-02-29", "no such day"),
        ("2026-13-01", "no such day"),
        ("23.07.2026", "form YYYY-MM-DD"),
        ("07/23/2026", "form YYYY-MM-DD"),
        ("20260723", "form YYYY-MM-DD"),
        ("2026-W30-4", "form YYYY-MM-DD"),
        ("today", "form YYYY-MM-DD"),
        ("infinity", "form YYYY-MM-DD"),
        ("2026-07-23T00:00", "form YYYY-MM-DD"),
        ("1899-12-31", "before 1900"),
        ("2201-01-01", "after 2200"),
    ],
)
def test_days_refused(cell: str, why: str) -> None:
    assert why in refused(Day(), cell)


def test_times_need_a_zone() -> None:
    assert "no zone" in refused(Moment(), "2026-07-23T09:30:00")
    assert Moment(ZoneInfo("Asia/Shanghai")).parse("2026-07-23 09:30") == "2026-07-23T09:30:00+08:00"
    assert Moment().parse("2026-07-23T09:30:00Z") == "2026-07-23T09:30:00+00:00"
    assert "no such time" in refused(Moment(), "2026-07-23T25:00:00Z")
    assert "form" in refused(Moment(), "yesterday")


def test_text_is_whole_and_clean() -> None:
    assert Text(5).parse("a\nb\tc") == "a\nb\tc"
    assert refused(Text(5), "abcdef") == "6 characters, at most 5"
    assert refused(Text(5), "a\x00b") == "contains a NUL byte"
    assert refused(Text(5), "a\x1bb") == "contains a control character"
    assert refused(Text(5), "caf\udce9") == "not UTF-8: byte 0xE9"


def test_words_choices_and_flags() -> None:
    assert Words().parse(" cold ; fragile ||x") == "cold|fragile|x"
    states = Choice(("pending", "picked_up"))
    assert states.parse("Picked Up") == "picked_up"
    assert refused(states, "pendng") == "did you mean 'pending'?"
    assert refused(states, "zzz") == "not one of pending, picked_up"
    assert [Flag().parse(cell) for cell in ("Yes", "0", "T", "false")] == ["true", "false", "true", "false"]
    assert refused(Flag(), "maybe") == "not true or false"


@pytest.mark.parametrize("name", KINDS)
def test_every_example_of_the_help_is_taken(name: str) -> None:
    for column in kind(name).columns:
        column.type.parse(column.example)


@given(st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{0,3})?([eE][0-9])?|[a-z0-9., -]{0,8}", fullmatch=True))
def test_what_passes_untouched_would_also_pass_the_careful_reading_or_only_miss_its_range(cell: str) -> None:
    """The two readings of one rule must not drift apart: a file may not be read differently by its first block."""
    for cell_type in (
        score(),
        Whole(0, 2**31 - 1),
        Number(-90, 90, "x", r"-?[0-9]{1,2}(?:\.[0-9]{1,15})?"),
        Day(),
        Text(6),
    ):
        if re.fullmatch(cell_type.canonical.replace(MARK, ","), cell) and cell == cell.strip():
            try:
                assert cell_type.parse(cell).lstrip("0") == cell.lstrip("0")
            except Bad as bad:
                assert any(word in str(bad) for word in ("above", "below", "no such day"))
