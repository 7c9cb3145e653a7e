"""What verbs print: streams, JSON, hostile text."""

import dataclasses
import io
import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from console.cli.output import Output, plain
from console.domain.enums import Priority

HOSTILE = [
    "[@click=app.quit]x[/]",
    "[/x]",
    "[bold]loud",
    "a\x1b]0;title\x07b",
    "\x1b[2J\x9b31m",
    "line\nbreak",
    "{x!r}",
    ":bomb:",
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def pair(*, is_json: bool = False, terminal: bool = False) -> tuple[Output, io.StringIO, io.StringIO]:
    stdout = Terminal() if terminal else io.StringIO()
    stderr = io.StringIO()
    return Output(is_json=is_json, stdout=stdout, stderr=stderr), stdout, stderr


@dataclasses.dataclass
class Thing:
    when: datetime
    what: Priority


class Row:
    """Like a database row: items() but no Mapping."""

    def items(self) -> list[tuple[str, object]]:
        return [("id", uuid.UUID(int=7)), ("score", Decimal("71.250"))]


def test_everything_a_database_returns_serialises() -> None:
    out, stdout, _ = pair(is_json=True)
    out.json(
        {
            "row": Row(),
            "thing": Thing(datetime(2026, 1, 2, tzinfo=UTC), Priority.HIGH),
            "path": Path("/x"),
            "nan": float("nan"),
        }
    )
    assert json.loads(stdout.getvalue()) == {
        "row": {"id": "00000000-0000-0000-0000-000000000007", "score": 71.25},
        "thing": {"when": "2026-01-02T00:00:00Z", "what": "high"},
        "path": "/x",
        "nan": None,
    }


def test_a_table_is_a_list_of_objects_with_json() -> None:
    out, stdout, _ = pair(is_json=True)
    out.table(("Order ref", "n"), [("A", 1), ("B", None)])
    assert json.loads(stdout.getvalue()) == [{"order_ref": "A", "n": 1}, {"order_ref": "B", "n": None}]


def test_json_keeps_stdout_one_document() -> None:
    out, stdout, stderr = pair(is_json=True)
    out.line("said")
    out.note("noted")
    out.table(("a",), [])
    assert json.loads(stdout.getvalue()) == []
    assert stderr.getvalue() == "said\nnoted\n"


def test_an_empty_table_says_what_to_do_on_stderr() -> None:
    out, stdout, stderr = pair()
    out.table(("a",), [], empty="no tenants yet: aoer-console import tenants FILE")
    assert stdout.getvalue() == ""
    assert "import tenants" in stderr.getvalue()


def test_plain_tables_align_and_keep_one_line_a_row() -> None:
    out, stdout, _ = pair()
    out.table(("name", "n"), [("Ōsaka 東京", 5), ("x", 1234)])
    lines = stdout.getvalue().splitlines()
    assert lines == ["name           n", "Ōsaka 東京     5", "x           1234"]


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_neither_markup_nor_control(text: str, terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out, stdout, _ = pair(terminal=terminal)
    out.table(("title [b]",), [(text,)], title=text)
    out.line(text)
    out.record({"k": text})
    shown = stdout.getvalue()
    assert not {"\x1b", "\x9b", "\x07"} & set(shown)
    visible = "".join(character for character in text.replace("\n", " ") if character.isprintable())
    assert shown.count(visible) >= 3
    assert "title [b]" in shown


def test_colours_only_on_a_terminal_that_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert pair(terminal=True)[0].colour
    assert not pair()[0].colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not pair(terminal=True)[0].colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not pair(terminal=True)[0].colour


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (0.1 + 0.2, "0.3"),
        (["a", 1], "a, 1"),
        ({"a": 1.0, "b": None}, "a=1, b="),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_values_as_people_read_them(value: object, text: str) -> None:
    assert plain(value) == text


def test_progress_is_silent_where_nobody_looks() -> None:
    out, _, stderr = pair()
    with out.progress("reading", 10) as advance:
        advance(5)
    assert stderr.getvalue() == ""
