"""The engines strip under the header: each engine's state, last and next round, worst health first in the eye."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from console.feed.model import EngineRow, Section
from console.tui.look.glyphs import state
from console.tui.look.spans import Span, length
from console.tui.look.words import duration, since, until
from console.tui.widgets.status_bar import LineWidget


class EnginesStrip(LineWidget):
    """One line: engines, and whatever is not well; the scheduler's cycles and what does not fit are counted."""

    surface = "base"

    def __init__(self) -> None:
        super().__init__(id="engines")
        self._rows: Section[EngineRow] = Section()
        self._now: datetime | None = None
        self._drawn: list[Span] = []

    def show_engines(self, rows: Section[EngineRow], now: datetime | None) -> None:
        """Take the newest states; repaint only when the line reads differently."""
        self._rows, self._now = rows, now
        if (drawn := self._compose_line(self.size.width)) != self._drawn:
            self._drawn = drawn
            self.repaint(0)

    def line(self, width: int) -> Sequence[Span]:
        """Engines as "▶ Dispatch 4 s"; as much detail as the width allows."""
        self._drawn = self._compose_line(width)
        return self._drawn

    def _compose_line(self, width: int) -> list[Span]:
        if self._rows.error:
            return [(f" engines: {self._rows.error}", "bad")]
        if not self._rows.rows:
            return [(" engines ", "dim"), ("none has reported yet", "dim")]
        rows = sorted(self._rows.rows, key=lambda row: not ill(row))
        main = [row for row in rows if row.engine or ill(row)] or rows
        tail = _rest([row for row in rows if row not in main])
        for detail in (4, 3, 2, 1):
            blocks = [_block(row, self._now, detail) for row in main]
            if 1 + sum(map(length, blocks)) + 3 * len(blocks) + length(tail) <= width:
                return [*_fill(blocks, width), *tail]
        return _fill([_block(row, self._now, 1) for row in [*main, *(r for r in rows if r not in main)]], width)


def _rest(rows: Sequence[EngineRow]) -> list[Span]:
    """The scheduler's own cycles while nothing is wrong with them: how many."""
    if not rows:
        return []
    off = sum(1 for row in rows if row.desired == "stopped")
    well = len(rows) - off
    return [(f"{well} cycle{'' if well == 1 else 's'} ok{f', {off} stopped' if off else ''}", "dim")]


def _fill(blocks: list[list[Span]], width: int) -> list[Span]:
    line: list[Span] = [(" ", "text")]
    for place, block in enumerate(blocks):
        rest = len(blocks) - place
        if length(line) + length(block) + (4 if rest > 1 else 0) > width:
            return [*line, (f"+{rest}", "dim")]
        line += [*block, ("   ", "text")]
    return line


_WELL: Final = frozenset({"ok", "healthy", "good", "new", "unknown", "stopped", ""})


def ill(row: EngineRow) -> bool:
    """Whether somebody should look."""
    return row.health.lower() not in _WELL


def short(row: EngineRow) -> str:
    """A name of one or two words: the key says it, the title explains it on the engines screen."""
    return row.key.removeprefix("auto_").replace("_", " ")


def worst(row: EngineRow) -> tuple[str, str]:
    """Glyph and role: ill health shows through the state."""
    if ill(row):
        return state(row.health) if state(row.health)[0] != "·" else ("▲", "warn")
    return state("stopped" if row.desired == "stopped" else row.state)


def _block(row: EngineRow, now: datetime | None, detail: int) -> list[Span]:
    glyph, role = worst(row)
    block: list[Span] = [(glyph, role), (f" {short(row)}", "text")]
    word = row.health if ill(row) else "stopped" if row.desired == "stopped" else row.state
    if detail >= 2 or ill(row):
        block.append((f" {word}", role))
    if detail >= 2 and row.last_run_at is not None:
        block.append((f" {since(row.last_run_at, now)}", "dim"))
    if detail >= 4 and row.last_seconds is not None:
        block.append((f" took {duration(row.last_seconds)}", "dim"))
    if detail >= 3 and row.next_run_at is not None:
        block.append((f" next {until(row.next_run_at, now)}", "dim"))
    return block
