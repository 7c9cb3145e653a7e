"""The live table: one drawn line for each (row key, version, clock cells, state), repainted only where it changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.strip import Strip

from console.tui.look.glyphs import CURSOR, MARKED, PENDING
from console.tui.look.spans import Span, fit, plain, strip
from console.tui.widgets.columns import GAP, Column, Placed, arrange, cell
from console.tui.widgets.filters import matcher, parse
from console.tui.widgets.live_view import LiveView, Now
from console.tui.widgets.rows import R

_EDGE = 2
_CACHE = 512


class LiveTable(LiveView[R], inherit_bindings=True):
    """Rows as lines with columns that adapt to the width."""

    DEFAULT_CSS = "LiveTable { width: 1fr; height: 1fr; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("greater_than_sign", "sort_by(1)", "Sort by next column", id="list.sort_next", show=False),
        Binding("less_than_sign", "sort_by(-1)", "Sort by previous column", id="list.sort_previous", show=False),
        Binding("equals_sign", "sort_turn", "Turn the order round", id="list.sort_turn", show=False),
    ]

    head = 2

    class Refused(Message):
        """A key that does not apply now, and why."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class Arranged(Message):
        """The operator chose another order or other columns."""

        def __init__(self, table: LiveTable[Any]) -> None:
            super().__init__()
            self.table = table

    def __init__(
        self,
        title: str,
        columns: Sequence[Column[R]],
        *,
        scope: str | None = None,
        number: int | None = None,
        empty: str = "Nothing here.",
        now: Now | None = None,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        super().__init__(title, scope=scope, number=number, empty=empty, now=now, clock=clock, id=id)
        self.columns = tuple(columns)
        self.hidden: frozenset[str] = frozenset()
        self.sort_column: str | None = None
        self._placed: tuple[Placed[R], ...] = ()
        self._drawn_clock: dict[str, tuple[str, ...]] = {}

    @property
    def placed(self) -> tuple[Placed[R], ...]:
        """Columns in force at the present width."""
        if not self._placed:
            shown = [c for c in self.columns if c.id not in self.hidden]
            self._placed = arrange(shown, max(1, self.size.width - _EDGE))
        return self._placed

    def on_resize(self, _: Resize) -> None:
        """Choose columns anew."""
        self._placed = ()

    def toggle_column(self, column_id: str) -> None:
        """Hide a column, or show it again; the last one stays."""
        hidden = self.hidden ^ {column_id}
        if len(hidden) < len(self.columns):
            self.hidden = frozenset(hidden)
            self._placed = ()
            self.forget()
            self.post_message(self.Arranged(self))

    def set_columns(self, columns: Sequence[Column[R]]) -> None:
        """Use other columns (a record list whose shape became known)."""
        self.columns = tuple(columns)
        self._placed = ()
        self.forget()

    # -- drawing ---------------------------------------------------------------------------------------------------

    def header_strip(self, width: int) -> Strip:
        """Column titles; the sorted one carries an arrow."""
        spans: list[Span] = [(" " * _EDGE, "dim")]
        for place, placed in enumerate(self.placed):
            column = placed.column
            title = column.heading(placed.width)
            if column.id == self.sort_column:
                title += " ▾" if self.model.descending else " ▴"
            gap = " " * GAP if place else ""
            spans.append((gap + fit(title, placed.width, right=column.right), "dim"))
        return strip(spans, width, self.paint("base"))

    def _clock_cells(self, row: R, now: datetime | None) -> tuple[str, ...]:
        return tuple(p.column.text(row, now) for p in self.placed if p.column.clock)

    def items_strip(self, line: int, within: int, width: int) -> Strip:  # noqa: ARG002 - rows have one line
        """One row as a line, from the cache when nothing about it changed."""
        row = self.model.at(line)
        if row is None:
            return strip([], width, self.paint("base"))
        now = self.now()
        ticking = self._clock_cells(row, now)
        self._drawn_clock[row.key] = ticking
        key = (row.key, row.version, ticking, self.state_key(row.key))
        drawn = self._strips.get(key)
        if drawn is None:
            drawn = self._draw(row, now, width)
            if len(self._strips) >= _CACHE:
                self._strips.clear()
            self._strips[key] = drawn
        return drawn

    def _draw(self, row: R, now: datetime | None, width: int) -> Strip:
        cursor, focused, marked, gone, pending = self.state_key(row.key)
        surface = "cursor" if focused else "cursor_idle" if cursor else "base"
        bar = CURSOR if cursor else " "
        sign = PENDING if pending else MARKED if marked else " "
        spans: list[Span] = [(bar, "accent"), (sign, "mark")]
        for place, placed in enumerate(self.placed):
            if place:
                spans.append((" " * GAP, "text"))
            spans += cell(placed.column.spans(row, now), placed.width, placed.column.right)
        if gone:
            spans = [*spans[:2], *((text, "gone") for text, _ in spans[2:])]
        return strip(spans, width, self.paint(surface))

    def show_clock(self) -> None:
        """Repaint rows on the screen whose age or other clock cell now reads differently."""
        if not any(p.column.clock for p in self.placed):
            return
        now = self.now()
        for line in range(self.top, min(self.top + self.room, len(self.model))):
            row = self.model.at(line)
            if row is not None and self._drawn_clock.get(row.key) != self._clock_cells(row, now):
                self.refresh_item(line)
        if len(self._drawn_clock) > _CACHE:
            self._drawn_clock.clear()

    # -- filter and sort -------------------------------------------------------------------------------------------

    def cells_of(self, row: R) -> dict[str, str]:
        """Every column of a row as plain text, for the filter and for export."""
        now = self.now()
        return {column.id: column.text(row, now) for column in self.columns}

    def set_filter(self, text: str) -> None:
        """Keep only rows that match; an empty text keeps all.

        Raises:
            UsageError: the filter names a column that is not there. The filter in force stays.
        """
        terms = parse(text, [column.id for column in self.columns])
        matches = matcher(terms)
        self.model.keep = (lambda row: matches(self.cells_of(row))) if terms else None
        self.filter_text = plain(text.strip())
        self.rearranged()

    def sort_on(self, column_id: str | None, descending: bool = False, *, tell: bool = True) -> None:
        """Order by a column, or as the feed gives them; `tell` says that the operator wanted it."""
        column = next((c for c in self.columns if c.id == column_id), None)
        self.sort_column = column.id if column else None
        self.model.sort_key = None if column is None else _sort_value(column)
        self.model.descending = descending
        self.rearranged()
        if tell:
            self.post_message(self.Arranged(self))

    def action_sort_by(self, step: int) -> None:
        """Sort by the next or previous column shown; past the end comes the natural order."""
        ring: list[str | None] = [None, *(p.column.id for p in self.placed)]
        place = ring.index(self.sort_column) if self.sort_column in ring else 0
        wanted = ring[(place + step) % len(ring)]
        descending = next((c.descending for c in self.columns if c.id == wanted), False)
        self.sort_on(wanted, descending)

    def action_sort_turn(self) -> None:
        """Reverse the order of the sorted column."""
        if self.sort_column is None:
            self.post_message(self.Refused("No column is sorted; < and > choose one."))
        else:
            self.sort_on(self.sort_column, not self.model.descending)


def _sort_value(column: Column[Any]) -> Callable[[Any], Any]:
    if column.sort is not None:
        return column.sort
    return lambda row: column.text(row, None).casefold()
