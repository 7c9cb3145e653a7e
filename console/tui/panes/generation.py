"""The generation pane: one progress bar a results session."""

from datetime import datetime
from typing import Final

from console.feed.model import GenerationRow
from console.tui.look.glyphs import state
from console.tui.look.plot import bar
from console.tui.look.spans import Span
from console.tui.panes.cells import age_cell, newest_first, text_cell
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import Now

_BAR: Final = 12


def _progress(row: GenerationRow, _: datetime | None) -> list[Span]:
    filled, empty = bar(row.percent / 100, _BAR)
    return [(filled, "fill"), (empty, "track"), (f" {row.percent:3.0f}%", "text")]


def _state(row: GenerationRow, _: datetime | None) -> list[Span]:
    glyph, role = state(row.status)
    return [(glyph, role), (f" {row.stage or row.status}".replace("_", " "), role)]


GENERATION_COLUMNS: Final[tuple[Column[GenerationRow], ...]] = (
    Column("topic", "Session", 18, lambda r, _: text_cell(r.topic), lambda r: r.topic, least=8, grow=3, drop=0),
    Column("tenant", "Tenant", 14, lambda r, _: text_cell(r.tenant, "dim"), lambda r: r.tenant, drop=5),
    Column("progress", "Progress", _BAR + 5, _progress, lambda r: r.percent, drop=0),
    Column("stage", "Stage", 16, _state, lambda r: r.stage or r.status, least=9, drop=2),
    Column(
        "segments",
        "Segments",
        8,
        lambda r, _: (f"{r.segments_done}/{r.segments_total}", "dim"),
        lambda r: r.segments_done,
        least=5,
        drop=6,
        right=True,
        short="Segm.",
    ),
    Column("error", "Error", 16, lambda r, _: (r.error or "", "bad"), lambda r: r.error, drop=8, grow=1),
    Column(
        "age",
        "Age",
        6,
        lambda r, now: age_cell(r.started_at, now),
        lambda r: newest_first(r.started_at),
        drop=7,
        right=True,
        clock=True,
    ),
)


def generation_pane(now: Now) -> LiveTable[GenerationRow]:
    """Results sessions being generated, newest first."""
    return LiveTable(
        "Generation",
        GENERATION_COLUMNS,
        scope="session",
        number=5,
        empty="No results session is being generated.",
        now=now,
        id="generation",
    )


def generation_summary(rows: tuple[GenerationRow, ...]) -> list[Span]:
    """Counts for the title."""
    failed = sum(1 for row in rows if row.status == "failed")
    if not rows:
        return []
    return [
        (f"{len(rows)} session{'' if len(rows) == 1 else 's'}", "text"),
        *([(f"  ✗ {failed} failed", "crit")] if failed else []),
    ]
