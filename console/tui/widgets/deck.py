"""Several small tables in the place of one: `[` and `]` turn the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.feed.model import Record, Section
from console.tui.look.spans import Span
from console.tui.panes.records import columns_for
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import Now


@dataclass(frozen=True, slots=True)
class Page:
    """One table of the deck."""

    title: str
    section: Section[Record]
    scope: str | None = None
    first: tuple[str, ...] = ()
    empty: str = "Nothing here."
    order: tuple[str, ...] = field(default=())


class Deck(LiveTable[Record]):
    """Pages share the cursor's place on the screen, not its row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "turn(-1)", "Previous table", id="deck.previous", show=False),
        Binding("right_square_bracket", "turn(1)", "Next table", id="deck.next", show=False),
    ]

    def __init__(self, now: Now | None = None) -> None:
        super().__init__("", (), now=now, id="deck")
        self.pages: tuple[Page, ...] = ()
        self.place = 0

    def show_pages(self, pages: Sequence[Page]) -> None:
        """Take new contents; the page stays."""
        self.pages = tuple(pages)
        self.place = min(self.place, max(0, len(self.pages) - 1))
        self._show_page()

    def _show_page(self) -> None:
        if not self.pages:
            return
        page = self.pages[self.place]
        self.scope, self.empty, self.label = page.scope, page.empty, page.title
        columns = columns_for(page.section.rows, page.first)
        if [c.id for c in columns] != [c.id for c in self.columns]:
            self.set_columns(columns)
        self.show_rows(page.section.rows, error=page.section.error, summary=self._tabs())

    def _tabs(self) -> list[Span]:
        page = self.pages[self.place]
        spans: list[Span] = [(f"{max(page.section.total, len(page.section.rows))}", "text")]
        others = [p.title for i, p in enumerate(self.pages) if i != self.place]
        if others:
            spans += [("  [ ] ", "key"), (" · ".join(others), "dim")]
        return spans

    def action_turn(self, step: int) -> None:
        """The next or previous table."""
        if len(self.pages) > 1:
            self.place = (self.place + step) % len(self.pages)
            self.model.marks.clear()
            self.filter_text, self.model.keep, self.model.sort_key, self.sort_column = "", None, None, None
            self._show_page()
            self.rearranged()
            self.post_message(self.Moved(self))
