"""The command log: what was done from this terminal, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.widget import Widget

from console.feed.model import Record
from console.tui.screens.base import ConsoleScreen
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable

_COLUMNS: Final[tuple[Column[Record], ...]] = (
    Column(
        "at", "At", 13, lambda r, _: (r.cells["at"].strftime("%H:%M:%S %Z"), "dim"), lambda r: r.cells["at"], drop=0
    ),
    Column("ok", "", 1, lambda r, _: ("✓", "ok") if r.cells["ok"] else ("▲", "warn"), lambda r: r.cells["ok"], drop=0),
    Column("what", "What", 40, lambda r, _: (r.cells["what"], "text"), least=14, grow=2, drop=0),
    Column("result", "Result", 30, lambda r, _: (r.cells["result"], "text"), least=10, grow=1, drop=0),
)


class LogScreen(ConsoleScreen):
    """Newest first. The audit screen shows what everybody did; this one only what was done here."""

    crumbs = "command log"

    def compose_body(self) -> Iterable[Widget]:
        """The table."""
        yield LiveTable(
            "Commands of this session",
            _COLUMNS,
            empty="Nothing has been done from this terminal yet. For everybody's changes type :audit",
            id="log",
        )

    def on_mount(self) -> None:
        """Fill it."""
        self.show_clock()

    def show_clock(self) -> None:
        """Take new entries."""
        super().show_clock()
        entries = list(self.console.acting.log)
        rows = [
            Record(str(i), 0, {"at": e.at, "ok": e.ok, "what": e.text, "result": e.result})
            for i, e in enumerate(entries)
        ]
        self.query_one("#log", LiveTable).show_rows(rows[::-1])
