"""A sheet of cells: braille dots for lines and circles, single glyphs and labels over them. Pure.

A dot is a quarter of a cell's height and half its width, so dots are square where cells are twice as high as wide.
What is put later lies on top. A cell out of the sheet is left out.
"""

from math import ceil
from typing import Final

from console.tui.look.spans import Span, plain, width_of

# Bits of a braille cell, [column][row], rows from the top (Unicode block "Braille Patterns").
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Canvas:
    """`width` x `height` cells."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._dots: list[dict[int, tuple[int, str]]] = [{} for _ in range(height)]
        self._glyphs: list[dict[int, Span]] = [{} for _ in range(height)]

    def copy(self) -> "Canvas":
        """A sheet that can be drawn on without touching this one."""
        fresh = Canvas(0, 0)
        fresh.width, fresh.height = self.width, self.height
        fresh._dots = [dict(line) for line in self._dots]
        fresh._glyphs = [dict(line) for line in self._glyphs]
        return fresh

    def same(self, other: "Canvas", row: int) -> bool:
        """Whether a line reads the same on both sheets of one size."""
        return self._glyphs[row] == other._glyphs[row] and self._dots[row] == other._dots[row]

    def dot(self, column: float, row: float, role: str) -> None:
        """Set the dot nearest to a place in cells."""
        x, y = int(column * 2), int(row * 4)
        if column < 0 or row < 0 or x >= self.width * 2 or y >= self.height * 4:
            return
        line = self._dots[y // 4]
        bits = line.get(x // 2, (0, ""))[0] | _DOTS[x % 2][y % 4]
        line[x // 2] = bits, role

    def line(self, start: tuple[float, float], end: tuple[float, float], role: str) -> None:
        """A straight line between two places in cells."""
        clipped = _clipped(start, end, self.width, self.height)
        if clipped is None:
            return
        (x1, y1), (x2, y2) = clipped
        steps = max(1, ceil(max(abs(x2 - x1) * 2, abs(y2 - y1) * 4)))
        for step in range(steps + 1):
            part = step / steps
            self.dot(x1 + (x2 - x1) * part, y1 + (y2 - y1) * part, role)

    def circle(self, centre: tuple[float, float], radius: float, role: str, *, filled: bool = False) -> None:
        """A circle of `radius` columns; `filled` hatches its inside with a loose grid of dots."""
        x, y = centre
        if radius < 0.5:
            return
        for dot in range(max(0, int((y - radius / 2) * 4)), min(self.height * 4, ceil((y + radius / 2) * 4))):
            row = (dot + 0.5) / 4
            half = radius**2 - ((row - y) * 2) ** 2
            if half >= 0:
                self.dot(x - half**0.5, row, role)
                self.dot(x + half**0.5, row, role)
        for dot in range(max(0, int((x - radius) * 2)), min(self.width * 2, ceil((x + radius) * 2))):
            column = (dot + 0.5) / 2
            half = radius**2 - (column - x) ** 2
            if half >= 0:
                self.dot(column, y - half**0.5 / 2, role)
                self.dot(column, y + half**0.5 / 2, role)
        if filled:
            self._hatch(x, y, radius, role)

    def _hatch(self, x: float, y: float, radius: float, role: str) -> None:
        for row in range(max(0, int(y - radius / 2)), min(self.height, ceil(y + radius / 2))):
            half = radius**2 - ((row + 0.5 - y) * 2) ** 2
            if half <= 0:
                continue
            reach = half**0.5 - 0.5
            for column in range(max(0, ceil(x - reach)), min(self.width, int(x + reach))):
                if (column + row) % 2 == 0:
                    self.dot(column + 0.25, row + 0.5, role)

    def glyph(self, column: int, row: int, char: str, role: str) -> None:
        """One character that takes one cell."""
        if 0 <= column < self.width and 0 <= row < self.height:
            self._put(column, row, char, role)

    def _put(self, column: int, row: int, char: str, role: str, size: int = 1) -> None:
        line = self._glyphs[row]
        for cell in range(column, column + size):
            # A character of two cells that loses one of them leaves a blank in the other.
            if line.get(cell, (" ", ""))[0] == "" and cell - 1 in line:
                line[cell - 1] = " ", line[cell - 1][1]
            if line.get(cell + 1, (" ", ""))[0] == "":
                line[cell + 1] = " ", line[cell + 1][1]
        for cell in range(column, column + size):
            line[cell] = ("" if cell > column else char), role

    def free(self, column: int, row: int) -> bool:
        """Whether no glyph lies on a cell of the sheet."""
        return 0 <= column < self.width and 0 <= row < self.height and column not in self._glyphs[row]

    def label(self, column: int, row: int, text: str, role: str) -> None:
        """Text from a cell on, cut at the edges."""
        if not 0 <= row < self.height:
            return
        place = column
        for char in plain(text):
            size = width_of(char)
            if size == 0 or place < 0 or place + size > self.width:
                place += size
                continue
            self._put(place, row, char, role, size)
            place += size

    def spans(self, row: int) -> list[Span]:
        """One line, exactly as wide as the sheet; neighbours of one role are joined."""
        glyphs, dots = self._glyphs[row], self._dots[row]
        out: list[Span] = []
        at = 0
        for column in sorted(glyphs.keys() | dots.keys()):
            if column > at:
                out.append((" " * (column - at), "text"))
            if column in glyphs:
                char, role = glyphs[column]
            else:
                bits, role = dots[column]
                char = chr(0x2800 + bits)
            if out and out[-1][1] == role:
                out[-1] = out[-1][0] + char, role
            else:
                out.append((char, role))
            at = column + 1
        if at < self.width:
            out.append((" " * (self.width - at), "text"))
        return out


def _clipped(
    start: tuple[float, float], end: tuple[float, float], width: float, height: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of a line on a sheet from 0/0 to width/height, None when there is none (Liang and Barsky, 1984)."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    first, last = 0.0, 1.0
    for slope, room in ((-dx, x), (dx, width - x), (-dy, y), (dy, height - y)):
        if slope == 0:
            if room < 0:
                return None
        elif slope < 0:
            first = max(first, room / slope)
        else:
            last = min(last, room / slope)
    if first > last:
        return None
    return (x + dx * first, y + dy * first), (x + dx * last, y + dy * last)
