"""Columns of a live table and how they share a width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from console.tui.look.spans import Span, Spans, fit, length, plain, width_of

R = TypeVar("R")
GAP: Final = 2
COMFORT: Final = 5

Drawn = Span | Spans


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column. `draw(row, now)` gives a span or spans, `sort(row)` a comparable value (None last).

    `width` is wanted, `least` the narrowest of use, `grow` its share of what is left over. When the table is narrow
    the columns with the highest `drop` leave first; 0 never leaves. `clock` marks cells that change as time passes.
    `short` is the title where the column is narrower than the long one.
    """

    id: str
    title: str
    width: int
    draw: Callable[[R, datetime | None], Drawn]
    sort: Callable[[R], Any] | None = None
    least: int = 0
    grow: int = 0
    drop: int = 1
    right: bool = False
    clock: bool = False
    descending: bool = False
    short: str = ""

    def heading(self, width: int) -> str:
        """The title, or the short one where that does not fit."""
        return self.short if self.short and width_of(self.title) > width else self.title

    def spans(self, row: R, now: datetime | None) -> list[Span]:
        """The cell as spans of one line."""
        drawn = self.draw(row, now)
        if isinstance(drawn, tuple) and len(drawn) == 2 and isinstance(drawn[0], str):
            return [(plain(drawn[0]), str(drawn[1]))]
        return [(plain(text), role) for text, role in drawn]

    def text(self, row: R, now: datetime | None) -> str:
        """The cell as plain text, for filters, copying and export."""
        return "".join(text for text, _ in self.spans(row, now)).strip()


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """A column with the width it got."""

    column: Column[R]
    width: int


def arrange(columns: Sequence[Column[R]], width: int) -> tuple[Placed[R], ...]:
    """The columns that fit into `width` cells, in their order, with their widths; the spare goes to `grow` columns."""
    kept = list(columns)
    # First the columns of little weight make room for the others to be wide enough ...
    while sum(c.width + GAP for c in kept) - GAP > width and max(c.drop for c in kept) >= COMFORT:
        kept.remove(max(reversed(kept), key=lambda c: c.drop))
    # ... then the rest shrinks to its least, and leaves only when even that does not fit.
    while len(kept) > 1 and sum((c.least or c.width) + GAP for c in kept) - GAP > width:
        victim = max(reversed(kept), key=lambda c: c.drop)
        if victim.drop == 0:
            break
        kept.remove(victim)
    widths = {c.id: c.least or c.width for c in kept}
    spare = width - sum(widths.values()) - GAP * (len(kept) - 1)
    for column in sorted(kept, key=lambda c: c.drop):
        extra = max(0, min(spare, column.width - widths[column.id]))
        widths[column.id] += extra
        spare -= extra
    shares = sum(c.grow for c in kept)
    if spare > 0 and shares:
        growing = [c for c in kept if c.grow]
        for column in growing:
            widths[column.id] += spare * column.grow // shares
        widths[growing[-1].id] += spare - sum(spare * c.grow // shares for c in growing)
    return tuple(Placed(c, max(1, widths[c.id])) for c in kept)


def cell(spans: Spans, width: int, right: bool) -> list[Span]:
    """Spans in exactly `width` cells."""
    used = length(spans)
    if used <= width:
        gap: Span = (" " * (width - used), "text")
        return [gap, *spans] if right else [*spans, gap]
    out: list[Span] = []
    left = width
    for text, role in spans:
        if left <= 0:
            break
        shown = text if width_of(text) <= left else fit(text, left)
        out.append((shown, role))
        left -= width_of(shown)
    return out
