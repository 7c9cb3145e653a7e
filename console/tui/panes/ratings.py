"""The ratings pane: tiles where there is room, a dense list where there is not. Sorted by risk by the feed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from textual.events import Resize
from textual.strip import Strip

from console.feed.model import Tile
from console.tui.look.glyphs import CURSOR, MARKED, PENDING, grade, level, state
from console.tui.look.plot import sparkline
from console.tui.look.spans import Span, clip, justify, strip, wrap
from console.tui.look.words import NONE, number, signed
from console.tui.panes.cells import text_cell
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import Now

_TILE_WIDTH: Final = 28
_TILE_HEIGHT: Final = 4
_CACHE: Final = 1024
_LEAST: Final = 5.0
"""Score points that a sparkline is high, at least."""


def _score(row: Tile, _: datetime | None) -> Span:
    return (number(row.score), "title") if row.score is not None else (NONE, "dim")


def _grade(row: Tile) -> Span:
    if row.score is None:
        return row.status.replace("_", " "), "dim"
    return row.grade or NONE, grade(row.grade)


def _change(row: Tile) -> Span:
    if row.change is None:
        return NONE, "dim"
    role = "dim" if abs(row.change) < 0.05 else "ok" if row.change > 0 else "bad"
    return signed(row.change), role


def _risk(row: Tile) -> list[Span]:
    if row.score is None or row.risk_band is None:
        return [(NONE, "dim")]  # where nothing can be rated the risk is unknown, whatever it is sorted as
    glyph, role = level(row.risk_band)
    return [(glyph, role), (f" {row.risk_band.lower()}", role), (f" {number(row.risk, 2).lstrip('0')}", "dim")]


def _interval(row: Tile) -> Span:
    if row.low is None or row.high is None:
        return "", "dim"
    return f"{row.low:.0f}–{row.high:.0f}", "dim"


def _trust(row: Tile) -> Span:
    """Status worth a word: anything but calibrated."""
    if row.status == "calibrated":
        return "", "dim"
    glyph, role = state(row.status)
    return f"{glyph} {row.status.replace('_', ' ')}", role


TILE_COLUMNS: Final[tuple[Column[Tile], ...]] = (
    Column(
        "tenant", "Tenant", 20, lambda r, _: text_cell(r.tenant), lambda r: r.tenant.casefold(), least=9, grow=2, drop=0
    ),
    Column("score", "Score", 5, _score, lambda r: r.score, drop=0, right=True),
    Column("grade", "Grade", 9, lambda r, _: _grade(r), lambda r: r.score, drop=4),
    Column("change", "Change", 6, lambda r, _: _change(r), lambda r: r.change, drop=2, right=True),
    Column("risk", "Risk", 14, lambda r, _: _risk(r), lambda r: r.risk, least=12, drop=0, descending=True),
    Column("interval", "Range", 6, lambda r, _: _interval(r), lambda r: r.low, drop=5),
    Column("history", "History", 12, lambda r, _: (sparkline(r.history, 12, least=_LEAST), "chart"), None, drop=6),
    Column("status", "Status", 14, lambda r, _: _trust(r), lambda r: r.status, drop=7),
    Column("reason", "Reason", 18, lambda r, _: (r.reason or "", "dim"), lambda r: r.reason, drop=8, grow=1),
)


class RatingsPane(LiveTable[Tile]):
    """One widget with two faces, so that cursor, marks and filter survive a resize."""

    def __init__(self, now: Now) -> None:
        super().__init__(
            "Ratings",
            TILE_COLUMNS,
            scope="tenant",
            number=2,
            empty="No tenants yet. Bring some in: aoer-console import tenants FILE, or try: aoer-console demo",
            now=now,
            id="ratings",
        )

    @property
    def tiled(self) -> bool:
        """Whether tiles are drawn."""
        return self.item_height > 1

    def on_resize(self, _: Resize) -> None:
        """Choose the face for the new size."""
        tiles = self.size.width >= 2 * _TILE_WIDTH and self.size.height >= 2 * _TILE_HEIGHT + 1
        self.item_height, self.head = (_TILE_HEIGHT, 1) if tiles else (1, 2)
        self.per_line = max(1, (self.size.width - 1) // _TILE_WIDTH) if tiles else 1

    def items_strip(self, line: int, within: int, width: int) -> Strip:
        """A table line, or one line of a row of tiles."""
        if not self.tiled:
            return super().items_strip(line, within, width)
        tile_width = width // self.per_line
        strips = []
        for place in range(self.per_line):
            row = self.model.at(line * self.per_line + place)
            if row is None:
                break
            strips.append(self._tile_strip(row, within, tile_width))
        rest = width - tile_width * len(strips)
        return Strip.join([*strips, strip([], rest, self.paint("base"))])

    def _tile_strip(self, row: Tile, within: int, width: int) -> Strip:
        key = (row.key, row.version, within, width, self.state_key(row.key))
        drawn = self._strips.get(key)
        if drawn is None:
            drawn = self._draw_tile(row, within, width)
            if len(self._strips) > _CACHE:
                self._strips.clear()
            self._strips[key] = drawn
        return drawn

    def _draw_tile(self, row: Tile, within: int, width: int) -> Strip:
        if within == _TILE_HEIGHT - 1:
            return strip([], width, self.paint("base"))
        cursor, focused, marked, gone, pending = self.state_key(row.key)
        surface = "cursor" if focused else "cursor_idle" if cursor else "base"
        inner = width - 4
        role = level(row.risk_band or "" if row.score is not None else "")[1]
        edge: Span = (CURSOR if cursor else "▎", "accent" if cursor else role)
        spans = clip(self._tile_line(row, within, inner), inner)
        sign = PENDING if pending else MARKED if marked else " "
        head: list[Span] = [edge, (sign if within == 0 else " ", "mark")]
        if gone:
            spans = [(text, "gone") for text, _ in spans]
        drawn = strip([*head, *spans, (" ", "text")], width - 1, self.paint(surface))
        return Strip.join([drawn, strip([], 1, self.paint("base"))])

    def _tile_line(self, row: Tile, within: int, width: int) -> list[Span]:
        if within == 0:
            return justify(
                [(row.tenant, "title")], [(" ", "text"), _change(row)] if row.score is not None else [], width
            )
        if row.score is None:
            lines = wrap(f"no rating: {row.reason or row.status.replace('_', ' ')}", width, limit=2)
            return [(lines[within - 1] if within <= len(lines) else "", "dim")]
        if within == 1:
            risk = _risk(row)
            return justify([_score(row, None), ("  ", "text"), _grade(row)], risk if width >= 30 else risk[:2], width)
        tail = [_trust(row)] if row.status != "calibrated" and row.score is not None else [_interval(row)]
        room = max(1, width - len(tail[0][0]) - 1)
        return justify([(sparkline(row.history, room, least=_LEAST), "chart")], tail, width)

    def item_at(self, x: int, y: int) -> int | None:
        """Tile under a cell."""
        index = super().item_at(x, y)
        if index is None or not self.tiled:
            return index
        index += min(self.per_line - 1, x // max(1, self.size.width // self.per_line))
        return index if index < len(self.model) else None


def ratings_summary(rows: tuple[Tile, ...], total: int) -> list[Span]:
    """Counts for the title: tenants, and those at high or critical risk."""
    if not rows:
        return []
    rated = [row for row in rows if row.score is not None]
    bad = sum(1 for row in rated if (row.risk_band or "").lower() in {"high", "critical"})
    spans: list[Span] = [(f"{max(total, len(rows))} tenants", "text")]
    if bad:
        spans.append((f"  ▆ {bad} at risk", "bad"))
    return spans
