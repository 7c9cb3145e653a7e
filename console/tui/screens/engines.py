"""Engines and cycles: desired state, what each does now, last and next round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.widget import Widget

from console.feed.model import EngineRow, Overview, SectionName
from console.tui.look.words import duration, until
from console.tui.panes.cells import age_cell, newest_first, state_cell, text_cell
from console.tui.screens.base import ConsoleScreen
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable

ENGINE_COLUMNS: Final[tuple[Column[EngineRow], ...]] = (
    Column("engine", "Engine", 46, lambda r, _: text_cell(r.title), lambda r: r.title, least=24, drop=0),
    Column("state", "State", 12, lambda r, _: state_cell(r.state), lambda r: r.state, drop=0),
    Column("desired", "Wanted", 9, lambda r, _: text_cell(r.desired, "dim"), lambda r: r.desired, drop=6),
    Column("health", "Health", 11, lambda r, _: state_cell(r.health), lambda r: r.health, drop=1),
    Column("last", "Last", 8, lambda r, now: age_cell(r.last_run_at, now), lambda r: newest_first(r.last_run_at),
           drop=2, right=True, clock=True),
    Column("took", "Took", 8, lambda r, _: (duration(r.last_seconds), "dim"), lambda r: r.last_seconds,
           drop=4, right=True),
    Column("next", "Next", 10, lambda r, now: (until(r.next_run_at, now), "dim"), lambda r: newest_first(r.next_run_at),
           drop=2, right=True, clock=True),
    Column("message", "Message", 24, lambda r, _: text_cell(r.message), lambda r: r.message, least=10, grow=1, drop=5),
)  # fmt: skip


class EnginesScreen(ConsoleScreen):
    """The whole list; the strip on the overview shows the same rows in one line."""

    crumbs = "engines"
    sections = frozenset(SectionName)

    def compose_body(self) -> Iterable[Widget]:
        """The table."""
        yield LiveTable(
            "Engines and cycles",
            ENGINE_COLUMNS,
            scope="engine",
            empty="No engine has reported yet. Run one: aoer-console --scheduler-only",
            now=self.console.now,
            id="engine_list",
        )

    def show_overview(self, overview: Overview) -> None:
        """New states."""
        if overview.header is not None:
            self.query_one("#engine_list", LiveTable).show_rows(overview.engines.rows, error=overview.engines.error)
        super().show_overview(overview)
