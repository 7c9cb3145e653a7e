"""From data to cells: width, cutting, and characters that must never reach a terminal."""

import pytest

from console.tui.look.plot import Curve, band_plot, bar, columns, sparkline
from console.tui.look.spans import clip, cut, fit, justify, length, plain, width_of, wrap
from tests.tui.hostile import CORPUS


@pytest.mark.parametrize("text", CORPUS)
@pytest.mark.parametrize("width", [1, 2, 7, 40])
def test_any_text_takes_exactly_its_cells(text: str, width: int) -> None:
    assert width_of(fit(text, width)) == width
    assert length(clip([(text, "text"), (text, "dim")], width)) == width
    assert all(width_of(line) <= max(2, width) for line in wrap(text, width))


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_that_steers_a_terminal_survives(text: str) -> None:
    shown = plain(text)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not any(c in shown for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u200e\u200f\u200d\ufe0f")
    shown.encode("utf-8")


def test_markup_is_shown_as_it_is_written() -> None:
    assert plain("[@click=app.quit]x[/]") == "[@click=app.quit]x[/]"


def test_a_wide_character_is_not_halved() -> None:
    assert cut("日本語", 4) == "日…"
    assert fit("日本語", 4) == "日… "
    assert fit("ab", 4, right=True) == "  ab"


def test_the_right_side_keeps_its_place() -> None:
    spans = justify([("a long left side", "text")], [("right", "dim")], 12)
    assert "".join(text for text, _ in spans) == "a long…right"


def test_wrapping_keeps_paragraphs_and_splits_long_words() -> None:
    assert wrap("one two\nthree", 5) == ["one", "two", "three"]
    assert wrap("abcdefgh", 3) == ["abc", "def", "gh"]


def test_sparkline_shows_gaps_and_ends_at_the_right() -> None:
    assert sparkline([0, None, 10], 5) == "  ▁·█"
    assert sparkline([5, 5], 2) == "▄▄"
    assert sparkline([], 3) == "   "
    assert len(sparkline(list(range(100)), 12)) == 12
    assert sparkline([28.0, 28.2], 2, least=5.0) == "▄▅"
    assert sparkline([20.0, 30.0], 2, least=5.0) == "▁█"


def test_bar_is_never_empty_for_something() -> None:
    assert bar(0, 8) == ("", " " * 8)
    assert bar(0.001, 8)[0] == "▏"
    assert bar(2.0, 8) == ("█" * 8, "")
    assert bar(0.5, 8)[0] == "████"


def test_columns_stand_on_zero() -> None:
    assert columns([0, 5, 10], 3, 2) == ["  █", " ██"]
    assert columns([], 3, 1) == ["   "]


def test_the_plot_fills_its_box_and_shades_the_interval() -> None:
    curve = Curve([50, 55, None, 70], [40, 45, 50, 60], [60, 65, 70, 80])
    lines = band_plot(curve, 30, 6)
    assert [length(line) for line in lines] == [30] * 6
    roles = {role for line in lines for _, role in line}
    assert roles == {"dim", "plot", "plot_band"}
    assert band_plot(Curve([None, None]), 20, 3)


def test_a_line_is_cut_once() -> None:
    spans = [("Ada A.", "title"), ("  busy · 1/4", "text"), (" · seen now", "dim"), (" · next", "dim")]
    for width in range(1, 40):
        shown = clip(spans, width)
        assert length(shown) == width
        assert "".join(text for text, _ in shown).count("…") <= 1, width
