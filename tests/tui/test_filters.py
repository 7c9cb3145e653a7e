"""The filter line."""

import pytest

from console.errors import UsageError
from console.tui.widgets.filters import close_letters, matcher, parse

FIELDS = ("severity", "status", "message", "count")
ROW = {"severity": "▆ high", "status": "● open", "message": "Driver Mira is late", "count": "12"}


def hit(line: str, row: dict[str, str] = ROW) -> bool:
    return matcher(parse(line, FIELDS))(row)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", True),
        ("mira", True),
        ("tomas", False),
        ("severity:HIGH", True),
        ("sev:high", True),
        ("severity:low", False),
        ("!severity:high", False),
        ("!tomas", True),
        ("high open late", True),
        ("high closed", False),
        ('"mira is"', True),
        ('"mira late"', False),
        ("count:>11", True),
        ("count:>12", False),
        ("count:>=12", True),
        ("count:<=11", False),
        ("count:=12", True),
        ("drvmra", False),
        ("drvr", True),
        ("message:", True),
        ("message:>3", False),
    ],
)
def test_terms(line: str, expected: bool) -> None:
    assert hit(line) is expected


def test_an_unknown_field_names_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        parse("colour:red", FIELDS)
    assert "colour" in caught.value.message
    assert "severity" in caught.value.hint


def test_an_ambiguous_prefix_is_not_guessed() -> None:
    with pytest.raises(UsageError):
        parse("s:x", FIELDS)


def test_close_letters_need_to_be_close() -> None:
    assert close_letters("disp", "dispatch")
    assert close_letters("dspt", "dispatch")
    assert not close_letters("dh", "dispatch")
    assert not close_letters("dxh", "dispatch")
    assert not close_letters("abc", "a very long text with b and then c")


def test_the_databases_spelling_finds_what_the_screen_spells_out() -> None:
    row = {"status": "▶ out for delivery", "type": "road closure"}
    for line in ("status:out_for_delivery", 'status:"out', "road_closure", "type:ROAD_CLOSURE"):
        assert matcher(parse(line, ("status", "type")))(row), line
    assert not matcher(parse("type:road_works", ("status", "type")))(row)
