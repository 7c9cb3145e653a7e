"""Widgets that draw by line and repaint only the cells that read differently.

What has been drawn is remembered by line. A change draws the line anew, compares it with what is on the screen, and
asks for a repaint of the differing stretch alone: a changed number costs a few dozen bytes to the terminal.
"""

from __future__ import annotations

from itertools import islice
from typing import Self

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Painted(Widget, inherit_bindings=False):
    """Subclasses give `draw_line`; `repaint` compares one line, `refresh` without a region forgets all of them.

    Lines go to the compositor as they are: there is no border, padding or tint to apply, and going past the framework's
    cache of styled lines halves the cost of scrolling.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn_lines: dict[int, Strip] = {}

    def draw_line(self, y: int) -> Strip:
        """Line `y` as it should be now, as wide as the widget."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Line `y` for the screen."""
        drawn = self._drawn_lines.get(y)
        if drawn is None or drawn.cell_length != self.size.width:
            drawn = self._drawn_lines[y] = self.draw_line(y)
        return drawn

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.x == 0 and crop.width == self.size.width:
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Ask for a repaint, of everything when no region is given."""
        if not regions:
            self._drawn_lines.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def repaint(self, y: int) -> None:
        """Ask for the cells of line `y` that differ from what was drawn last."""
        shown = self._drawn_lines.get(y)
        drawn = self.draw_line(y)
        self._drawn_lines[y] = drawn
        start, end = (0, self.size.width) if shown is None else difference(shown, drawn)
        if end > start:
            self.refresh(Region(start, y, end - start, 1))


def difference(old: Strip, new: Strip) -> tuple[int, int]:
    """First and one-past-last cell in which two lines of equal width differ; (0, 0) when they do not."""
    if old.cell_length != new.cell_length:
        return 0, max(old.cell_length, new.cell_length)
    before, after = list(old), list(new)
    head = _common(before, after)
    if head == len(before) == len(after):
        return 0, 0
    tail = _common(before[head:][::-1], after[head:][::-1])
    start = sum(segment.cell_length for segment in islice(after, head))
    end = new.cell_length - sum(segment.cell_length for segment in islice(reversed(after), tail))
    return start + _same_letters(before, after, head), end


def _common(one: list[Segment], other: list[Segment]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a is not b and (a.text != b.text or a.style != b.style):
            break
        count += 1
    return count


def _same_letters(before: list[Segment], after: list[Segment], place: int) -> int:
    """Leading cells that two differing segments of one style share; only plain letters, whose width is 1."""
    if place >= len(before) or place >= len(after) or before[place].style != after[place].style:
        return 0
    count = 0
    for a, b in zip(before[place].text, after[place].text, strict=False):
        if a != b or not a.isascii():
            break
        count += 1
    return count
