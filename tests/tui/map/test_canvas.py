"""Cells: dots, glyphs, labels; every line exactly as wide as the sheet."""

from hypothesis import given
from hypothesis import strategies as st

from console.tui.look.spans import length
from console.tui.map.canvas import Canvas
from tests.tui.hostile import CORPUS


def lines(canvas: Canvas) -> list[str]:
    return ["".join(text for text, _ in canvas.spans(row)) for row in range(canvas.height)]


FAR = st.floats(-1e6, 1e6)


@given(st.integers(1, 40), st.integers(1, 20), FAR, FAR, FAR, FAR, st.floats(0, 1e6), st.booleans())
def test_nothing_leaves_the_sheet(
    width: int, height: int, x1: float, y1: float, x2: float, y2: float, radius: float, filled: bool
) -> None:
    canvas = Canvas(width, height)
    canvas.line((x1, y1), (x2, y2), "plot")
    canvas.circle((x1, y1), radius, "warn", filled=filled)
    canvas.glyph(int(x2), int(y2), "●", "ok")
    assert all(length(canvas.spans(row)) == width for row in range(height))


@given(st.lists(st.tuples(st.integers(-9, 30), st.sampled_from((*CORPUS, "漢字", "a漢", "é"))), max_size=8))
def test_labels_over_labels_keep_the_width(labels: list[tuple[int, str]]) -> None:
    canvas = Canvas(24, 1)
    for column, text in labels:
        canvas.label(column, 0, text, "text")
    spans = canvas.spans(0)
    assert length(spans) == 24
    assert not any(ord(char) < 32 for text, _ in spans for char in text)


def test_a_circle_is_as_wide_as_twice_its_height() -> None:
    canvas = Canvas(60, 30)
    canvas.circle((30, 15), 20, "bad")
    drawn = [(x, y) for y, line in enumerate(lines(canvas)) for x, char in enumerate(line) if char != " "]
    wide = max(x for x, _ in drawn) - min(x for x, _ in drawn) + 1
    high = max(y for _, y in drawn) - min(y for _, y in drawn) + 1
    assert 39 <= wide <= 41
    assert 20 <= high <= 21
    assert lines(canvas)[15][30] == " ", "the inside of a slow street stays free"


def test_a_line_across_goes_through_the_middle() -> None:
    canvas = Canvas(11, 5)
    canvas.line((-100, 2.5), (100, 2.5), "plot")
    assert [line.strip() != "" for line in lines(canvas)] == [False, False, True, False, False]
    assert " " not in lines(canvas)[2]


def test_what_comes_later_lies_on_top() -> None:
    canvas = Canvas(5, 1)
    canvas.line((0, 0.5), (5, 0.5), "plot")
    canvas.label(0, 0, "漢x", "title")
    canvas.glyph(1, 0, "●", "ok")
    assert canvas.spans(0)[0] == (" ", "title")
    assert lines(canvas)[0][1:3] == "●x"
