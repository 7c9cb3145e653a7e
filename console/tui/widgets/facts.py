"""One row in full: its fields as lines, below them whatever explains it. Verbs apply to it as to a row in a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from textual.strip import Strip

from console.feed.model import Record
from console.tui.look.spans import Span, cut, strip, width_of, wrap
from console.tui.look.words import NONE, title, value, word
from console.tui.panes.cells import level_cell, state_cell
from console.tui.widgets.live_view import LiveView, Now

Lines = Sequence[Sequence[Span]]
_LEVELS = frozenset({"severity", "priority", "risk_band"})
_STATES = frozenset({"status", "state", "desired"})


class Facts(LiveView[Record]):
    """`extra(width)` gives lines below the fields (contributions, a runbook)."""

    DEFAULT_CSS = "Facts { width: 1fr; height: 1fr; }"

    opens = False

    def __init__(self, heading: str, scope: str | None, *, now: Now | None = None) -> None:
        super().__init__(heading, scope=scope, now=now, empty="Nothing is known about this row.", id="facts")
        self.first: tuple[str, ...] = ()
        self.hide: frozenset[str] = frozenset()
        self.extra: Callable[[int], Lines] = lambda _: ()
        self._drawn: list[list[Span]] = []
        self._drawn_width = 0

    def show_record(self, record: Record | None, error: str | None = None) -> None:
        """Show this row."""
        self._drawn = []
        self.show_rows([record] if record is not None else [], error=error)
        self._clamp()
        # Shown anew every second on the map: only lines that read differently go to the terminal.
        for y in range(self.size.height):
            self.repaint(y)

    @property
    def lines(self) -> int:
        """Drawn lines."""
        return len(self._composed(self.size.width))

    def place_text(self) -> str:
        """Which lines of the text are shown."""
        return f"{self.top + 1}–{min(self.lines, self.top + self.room)} of {self.lines}"

    def _composed(self, width: int) -> list[list[Span]]:
        if not self._drawn or self._drawn_width != width:
            record = self.model.current
            self._drawn = [] if record is None else self._compose_lines(record, max(10, width - 3))
            self._drawn_width = width
        return self._drawn

    def _compose_lines(self, record: Record, width: int) -> list[list[Span]]:
        cells = _positions(record.cells)
        names = [n for n in self.first if n in cells]
        names += [n for n in cells if n not in self.first and n not in self.hide]
        label_width = min(20, max((width_of(title(n)) for n in names), default=0)) + 2
        lines: list[list[Span]] = []
        known = [name for name in names if cells[name] not in (None, "", [], (), {}) or name in self.first]
        for name in known:
            lines += field(name, cells[name], label_width, width)
        if unset := [title(name).removesuffix(" at").lower() for name in names if name not in known]:
            lines += [[(line, "dim")] for line in wrap(f"Not set: {', '.join(unset)}", width)]
        for line in self.extra(width):
            lines.append(list(line))
        return lines

    def items_strip(self, line: int, within: int, width: int) -> Strip:  # noqa: ARG002 - lines, not items
        """Line of the composed text."""
        drawn = self._composed(width)
        spans: list[Span] = [("  ", "text"), *drawn[line]] if line < len(drawn) else []
        return strip(spans, width, self.paint("base"))

    def action_move(self, step: int) -> None:
        """Scroll."""
        self._scroll_view(step)

    def action_page(self, step: int) -> None:
        """Scroll a screen."""
        self._scroll_view(step * max(1, self.room - 1))

    def action_edge(self, step: int) -> None:
        """Start or end."""
        self._scroll_view(step * self.lines)

    def action_open(self) -> None:
        """This is the row in full already."""


def _positions(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Latitude and longitude as one position, to the metre, where the first of the two stood."""
    shown: dict[str, Any] = {}
    for name, item in cells.items():
        stem, _, end = name.rpartition("_")
        other = cells.get(f"{stem}_lon" if stem else "lon")
        if end == "lat" and isinstance(item, float) and isinstance(other, float):
            shown[f"{stem}_position" if stem else "position"] = f"{item:.5f}, {other:.5f}"
        elif not (end == "lon" and isinstance(cells.get(f"{stem}_lat" if stem else "lat"), float)):
            shown[name] = item
    return shown


def field(name: str, item: object, label_width: int, width: int) -> list[list[Span]]:
    """A label with its value, in as many lines as that takes, twelve at most."""
    heading = title(name).removesuffix(" at") if isinstance(item, datetime) else title(name)
    label = cut(heading, label_width - 1).ljust(label_width)
    if item is None or item == "":
        return [[(label, "dim"), (NONE, "dim")]]
    if name in _LEVELS:
        return [[(label, "dim"), *level_cell(str(item))]]
    if name in _STATES:
        return [[(label, "dim"), *state_cell(str(item))]]
    text = value(word(name, item))
    lines = wrap(text if isinstance(item, str) else text.replace("\n", " "), max(8, width - label_width))
    head: list[list[Span]] = [[(label, "dim"), (lines[0], "text")]]
    return head + [[(" " * label_width, "dim"), (line, "text")] for line in lines[1:12]]
