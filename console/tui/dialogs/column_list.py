"""Choosing columns: each choice shows or hides one, until escape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.feed.model import Record
from console.tui.dialogs.choose import Choose
from console.tui.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp


async def choose_columns(app: ConsoleApp, table: LiveTable[Any]) -> None:
    """Ask which column to show or hide, again and again."""
    while True:
        placed = {p.column.id for p in table.placed}
        rows = [
            Record(c.id, 0, {"column": c.title or c.id, "state": _state(c.id, table, placed)}) for c in table.columns
        ]
        row = await app.ask(Choose(f"Columns of {table.label}", rows, details="Enter shows or hides a column."))
        if row is None:
            return
        table.toggle_column(row.key)


def _state(column_id: str, table: LiveTable[Any], placed: set[str]) -> str:
    if column_id in table.hidden:
        return "hidden"
    return "shown" if column_id in placed else "no room"
