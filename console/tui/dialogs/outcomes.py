"""What became of each row of a bulk verb, re-read from the database."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from console.actions.model import Outcome, Result
from console.feed.model import Record
from console.tui.dialogs.base import Dialog, Lines, keys_line
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable

_ROLES = {Result.DONE: ("✓", "ok"), Result.ALREADY: ("=", "dim")}


def _result(row: Record) -> list[tuple[str, str]]:
    result = Result(row.cells["result"])
    glyph, role = _ROLES.get(result, ("▲", "warn"))
    return [(glyph, role), (f" {result.replace('_', ' ')}", role)]


COLUMNS: tuple[Column[Record], ...] = (
    Column("result", "Result", 15, lambda r, _: _result(r), lambda r: r.cells["result"], drop=0),
    Column("row", "Row", 30, lambda r, _: (str(r.cells["row"]), "text"), least=10, grow=1, drop=0),
    Column("message", "What happened", 40, lambda r, _: (str(r.cells["message"]), "text"), least=10, grow=2, drop=0),
)


class OutcomeList(Dialog[None]):
    """A table of outcomes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "cancel", "Close", id="outcomes.close", priority=True)]
    DEFAULT_CSS = "OutcomeList > Vertical { width: 100; height: 70%; }"

    def __init__(self, title: str, outcomes: Sequence[Outcome]) -> None:
        super().__init__()
        self.heading = title
        self.rows = tuple(
            Record(
                key=f"{place}",
                version=0,
                cells={"result": o.result.value, "row": o.target.label or o.target.key, "message": o.message},
            )
            for place, o in enumerate(outcomes)
        )

    def compose_box(self) -> list[Widget]:
        """Title, table, keys."""
        self.table: LiveTable[Record] = LiveTable("Outcomes", COLUMNS)
        return [Lines([[(self.heading, "title")]]), self.table, Lines([keys_line(("enter", "close"))])]

    def on_mount(self) -> None:
        """Fill the table."""
        self.table.show_rows(self.rows)
