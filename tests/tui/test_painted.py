"""Only the cells that differ are asked to be painted again."""

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.tui.look.spans import strip
from console.tui.widgets.columns import Column, arrange
from console.tui.widgets.painted import difference

STYLES = {role: Style(color=color, bgcolor="#000000") for role, color in (("text", "#ffffff"), ("bad", "#ff8888"))}


def line(*spans: tuple[str, str], width: int = 20) -> Strip:
    return strip(list(spans), width, STYLES.__getitem__)


@pytest.mark.parametrize(
    ("old", "new", "cells"),
    [
        ([("same", "text")], [("same", "text")], (0, 0)),
        ([("score 12", "text")], [("score 13", "text")], (7, 20)),
        ([("a", "text"), ("12", "bad"), ("z", "text")], [("a", "text"), ("13", "bad"), ("z", "text")], (2, 3)),
        ([("ab", "text"), ("cd", "bad")], [("ab", "text"), ("cd", "text")], (2, 20)),
        ([("日本", "text"), ("x", "bad")], [("日中", "text"), ("x", "bad")], (0, 4)),
        ([("a日", "text"), ("x", "bad")], [("abc", "text"), ("x", "bad")], (1, 3)),
    ],
)
def test_the_differing_stretch(old: list[tuple[str, str]], new: list[tuple[str, str]], cells: tuple[int, int]) -> None:
    assert difference(line(*old), line(*new)) == cells


def test_what_lies_outside_the_stretch_is_the_same() -> None:
    old = line(("first ", "text"), ("12.5", "bad"), (" then 7", "text"))
    new = line(("first ", "text"), ("13.5", "bad"), (" then 8", "text"))
    start, end = difference(old, new)
    for edge in ((0, start), (end, 20)):
        assert [s.text for s in old.crop(*edge)] == [s.text for s in new.crop(*edge)]


def test_a_line_of_another_width_is_painted_whole() -> None:
    assert difference(line(("a", "text"), width=10), line(("a", "text"), width=12)) == (0, 12)


def test_blanks_join_what_is_before_them() -> None:
    assert list(line(("ab", "bad"), ("  ", "text"), ("cd", "bad"), width=6)) == [Segment("ab  cd", STYLES["bad"])]
    underlined = {**STYLES, "bad": Style(color="#ff8888", bgcolor="#000000", underline=True)}
    kept = strip([("ab", "bad"), ("  ", "text")], 4, underlined.__getitem__)
    assert [s.text for s in kept] == ["ab", "  "]


def column(name: str, width: int, least: int, drop: int, grow: int = 0) -> Column[object]:
    return Column(name, name, width, lambda _, __: ("", "text"), least=least, drop=drop, grow=grow)


COLUMNS = (column("a", 10, 6, 0), column("b", 20, 10, 1, grow=1), column("c", 8, 8, 6), column("d", 8, 4, 2))


@pytest.mark.parametrize("width", [1, 5, 8, 20, 30, 42, 52, 80, 200])
def test_columns_fill_the_width_and_the_least_important_leave_first(width: int) -> None:
    placed = arrange(COLUMNS, width)
    names = [p.column.id for p in placed]
    assert names[0] == "a"
    assert names == [c.id for c in COLUMNS if c.id in names]
    used = sum(p.width for p in placed) + 2 * (len(placed) - 1)
    assert used <= max(width, 6)
    if "b" in names:
        assert used == width
    if "c" in names:
        assert {"b", "d"} <= set(names)


def test_comfort_before_the_columns_of_little_weight() -> None:
    assert [p.column.id for p in arrange(COLUMNS, 45)] == ["a", "b", "d"]
    assert next(p.width for p in arrange(COLUMNS, 45) if p.column.id == "b") >= 20
