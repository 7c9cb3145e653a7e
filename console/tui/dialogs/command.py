"""The palette and the `:` command line: one list of everything that can be done, typed or chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from console.feed.model import Record
from console.tui.dialogs.base import Dialog, Lines, keys_line
from console.tui.entries import Entry, entries_for, find, score
from console.tui.widgets.columns import Column
from console.tui.widgets.field import Field
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import LiveView

_COLUMNS: Final[tuple[Column[Record], ...]] = (
    Column("name", "Command", 24, lambda r, _: (r.cells["name"], "text"), least=14, drop=0),
    Column("title", "Does", 30, lambda r, _: (r.cells["title"], "dim"), least=14, grow=1, drop=0),
    Column("key", "Key", 6, lambda r, _: (r.cells["key"], "key"), drop=1),
)


class CommandLine(Dialog[None]):
    """Enter runs what is typed when it is a whole command, else the row under the cursor; tab completes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", "Down", id="command.down", show=False, priority=True),
        Binding("up", "step(-1)", "Up", id="command.up", show=False, priority=True),
        Binding("pagedown", "step(8)", "Page down", id="command.page_down", show=False, priority=True),
        Binding("pageup", "step(-8)", "Page up", id="command.page_up", show=False, priority=True),
        Binding("tab", "complete", "Complete", id="command.complete", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    CommandLine > Vertical { width: 88; height: 70%; max-height: 26; padding: 0 1; }
    CommandLine LiveTable { height: 1fr; }
    CommandLine Field { margin: 0 0 1 0; }
    CommandLine.-low > Vertical { height: 100%; }
    CommandLine.-low Field { margin: 0; }
    """
    AUTO_FOCUS = "Field"

    def __init__(self, view: LiveView[Any] | None, prefix: str) -> None:
        super().__init__()
        self.target_view = view
        self.prefix = prefix
        self.entries: tuple[Entry, ...] = ()
        self.table: LiveTable[Record] = LiveTable("Commands", _COLUMNS, empty="No such command. ? lists them all.")
        self.table.can_focus = False
        self.table.bright = True

    def compose_box(self) -> Iterable[Widget]:
        """Field over list."""
        hint = "command [key=value ...]   e.g. orders status:pending" if self.prefix else "what shall be done?"
        yield Field(placeholder=hint)
        yield self.table
        yield Lines([keys_line(("enter", "run"), ("tab", "complete"), ("↑ ↓", "move"), ("esc", "close"))], id="foot")

    def on_mount(self) -> None:
        """List what applies here first."""
        self.entries = tuple(entries_for(self.console, self.target_view))
        self._show("")

    def _show(self, text: str) -> None:
        scored = [(score(entry, text), place, entry) for place, entry in enumerate(self.entries)]
        found = [entry for points, _, entry in sorted(scored, key=lambda s: (-s[0], s[1])) if points > 0]
        self.table.show_rows([_record(entry) for entry in found])
        self.table.rearranged()
        if found:
            self.table.cursor_to(0)
            self.table.model.release()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Narrow the list."""
        self._show(message.value.removeprefix(":"))

    def action_step(self, step: int) -> None:
        """Move in the list."""
        self.table.cursor_to(max(0, self.table.model.index + step))

    def _under_cursor(self) -> Entry | None:
        row = self.table.model.current
        return next((e for e in self.entries if row is not None and e.name == row.key), None)

    def action_complete(self) -> None:
        """Put the command under the cursor into the field."""
        entry = self._under_cursor()
        if entry is not None:
            field = self.query_one(Field)
            field.value = entry.name + " "
            field.cursor_position = len(field.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Run it."""
        text = message.value.removeprefix(":").strip()
        typed = find(self.entries, text)
        chosen = self._under_cursor()
        if typed is not None:
            self._run(*typed)
        elif chosen is not None:
            self._run(chosen, "")
        else:
            self.query_one("#foot", Lines).show([[(f"There is no command {text!r}.", "warn")]])

    def on_live_view_opened(self, message: LiveView.Opened) -> None:
        """A double click runs the row."""
        entry = self._under_cursor()
        if entry is not None and message.view is self.table:
            self._run(entry, "")

    def _run(self, entry: Entry, arguments: str) -> None:
        console = self.console
        self.dismiss(None)
        console.call_later(console.run_entry, entry, arguments)


def _record(entry: Entry) -> Record:
    return Record(entry.name, 0, {"name": entry.name, "title": entry.title, "key": entry.key})
