"""Choosing one row of a list, with a filter: a driver for an order, a priority, the columns of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from console.errors import ConsoleError
from console.feed.model import Record
from console.tui.dialogs.base import Dialog, Lines, keys_line
from console.tui.look.spans import wrap
from console.tui.panes.records import columns_for
from console.tui.widgets.columns import Column
from console.tui.widgets.field import Field
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import LiveView


class Choose(Dialog[Record]):
    """A list under a filter field; typing filters, arrows move, enter takes the row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", "Down", id="choose.down", show=False, priority=True),
        Binding("up", "step(-1)", "Up", id="choose.up", show=False, priority=True),
        Binding("pagedown", "step(8)", "Page down", id="choose.page_down", show=False, priority=True),
        Binding("pageup", "step(-8)", "Page up", id="choose.page_up", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    Choose > Vertical { width: 110; height: 80%; max-height: 30; }
    Choose LiveTable { height: 1fr; background: $aoer-base; }
    Choose.-low > Vertical { height: 100%; }
    """
    AUTO_FOCUS = "Field"

    def __init__(
        self,
        title: str,
        rows: Sequence[Record],
        *,
        details: str = "",
        columns: Sequence[Column[Record]] = (),
        empty: str = "Nothing to choose from.",
    ) -> None:
        super().__init__()
        self.title_text, self.details = title, details
        self.rows = tuple(rows)
        self.table: LiveTable[Record] = LiveTable("Choices", columns or columns_for(self.rows), empty=empty)
        self.table.can_focus = False
        self.table.bright = True

    def compose_box(self) -> Iterable[Widget]:
        """Title, filter, list, keys."""
        text = [[(line, "dim")] for line in wrap(self.details, 100)] if self.details else []
        yield Lines([[(self.title_text, "title")], *text])
        yield Field(placeholder="type to filter")
        yield self.table
        yield Lines([keys_line(("enter", "take"), ("↑ ↓", "move"), ("esc", "cancel"))], id="foot")

    def on_mount(self) -> None:
        """Fill the list."""
        self.table.show_rows(self.rows)

    def action_step(self, step: int) -> None:
        """Move in the list while the field keeps the focus."""
        self.table.cursor_to(max(0, self.table.model.index + step))

    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter."""
        try:
            self.table.set_filter(message.value)
        except ConsoleError as error:
            self.query_one("#foot", Lines).show([[(error.hint or error.message, "dim")]])

    def on_input_submitted(self, _: Input.Submitted) -> None:
        """Take the row under the cursor."""
        self._take(self.table.model.current)

    def on_live_view_opened(self, message: LiveView.Opened) -> None:
        """A double click takes the row."""
        self._take(message.row)

    def _take(self, row: Record | None) -> None:
        if row is None:
            return
        reason = row.cells.get("reason") or row.cells.get("why_not")
        if reason and row.cells.get("fits") is False:
            self.query_one("#foot", Lines).show([[(f"Cannot be taken: {reason}", "warn")]])
            return
        self.dismiss(row)


def words(choices: Sequence[str]) -> list[Record]:
    """Fixed words as rows."""
    return [Record(key=word, version=0, cells={"choice": word}) for word in choices]
