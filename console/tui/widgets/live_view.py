"""What every live list shares: a title rule, a cursor and marks on row keys, keys, freezing, painting by line.

Nothing here is a child widget and nothing goes through layout: one widget draws its title, its header, its rows and its
foot by line, and repaints only lines that changed. That is what keeps a key press under 20 ms while five of these
refresh ten times a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from console.tui.look.palette import DARK, PALETTES
from console.tui.look.spans import Span, strip
from console.tui.look.theme import style
from console.tui.widgets.painted import Painted
from console.tui.widgets.rows import Change, R, RowModel
from console.tui.widgets.title import message_line, title_line

Now = Callable[[], datetime | None]


class LiveView(Painted, Generic[R], can_focus=True, inherit_bindings=False):
    """A list of rows by key. Subclasses place and draw the items; `per_line` items stand beside each other."""

    DEFAULT_CSS = "LiveView { width: 1fr; height: 1fr; background: $aoer-base; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="list.up", show=False),
        Binding("down,j", "move(1)", "Down", id="list.down", show=False),
        Binding("left", "aside(-1)", "Left", id="list.left", show=False),
        Binding("right", "aside(1)", "Right", id="list.right", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", id="list.page_up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", id="list.page_down", show=False),
        Binding("home,g", "edge(-1)", "First", id="list.first", show=False),
        Binding("end,G", "edge(1)", "Last", id="list.last", show=False),
        Binding("space", "mark", "Mark", id="list.mark"),
        Binding("v", "mark_range", "Mark range", id="list.mark_range", show=False),
        Binding("asterisk", "mark_all", "Mark all", id="list.mark_all", show=False),
        Binding("enter", "open", "Open", id="list.open"),
    ]

    class Opened(Message):
        """Enter on a row."""

        def __init__(self, view: LiveView[Any], row: Any) -> None:
            super().__init__()
            self.view = view
            self.row = row

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, view: LiveView[Any]) -> None:
            super().__init__()
            self.view = view

        def can_replace(self, message: Message) -> bool:
            """Only the newest position matters."""
            return isinstance(message, LiveView.Moved) and message.view is self.view

    item_height: int = 1
    per_line: int = 1
    head: int = 1
    foot: int = 0
    opens: bool = True

    def __init__(
        self,
        title: str,
        *,
        scope: str | None = None,
        number: int | None = None,
        empty: str = "Nothing here.",
        now: Now | None = None,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.model: RowModel[R] = RowModel(clock)
        self.label = title
        self.scope = scope
        self.number = number
        self.empty = empty
        self.error: str | None = None
        self.connecting = True
        self.summary: Sequence[Span] = ()
        self.filter_text = ""
        self.stale: str | None = None
        self.bright = False
        self.source: object = None
        self.read_all: Callable[[], bool] | None = None
        self.pending: set[str] = set()
        self.now: Now = now or (lambda: None)
        self.top = 0
        self._strips: dict[tuple[Any, ...], Strip] = {}
        self._thaw: Timer | None = None

    # -- painting --------------------------------------------------------------------------------------------------

    @property
    def palette_name(self) -> str:
        """The theme in force; anything foreign falls back to dark."""
        name = self.app.theme
        return name if name in PALETTES else DARK.name

    def paint(self, surface: str) -> Callable[[str], Style]:
        """Role to style on a surface."""
        name = self.palette_name
        return lambda role: style(name, role, surface)

    def forget(self) -> None:
        """Drop every drawn line: the theme, the width or the columns changed."""
        self._strips.clear()
        self.refresh()

    @property
    def body(self) -> int:
        """Screen lines for items."""
        return max(0, self.size.height - self.head - self.foot)

    @property
    def room(self) -> int:
        """Item lines that fit."""
        return max(1, self.body // self.item_height)

    @property
    def lines(self) -> int:
        """Item lines there are."""
        return -(-len(self.model) // self.per_line)

    def place_text(self) -> str:
        """Where in a long list the operator is."""
        return f"{self.model.index + 1}/{len(self.model)}"

    def draw_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        if y == 0:
            return strip(title_line(self, width), width, self.paint("base"))
        if y < self.head:
            return self.header_strip(width)
        if y >= self.size.height - self.foot:
            return self.foot_strip(y - (self.size.height - self.foot), width)
        if not len(self.model):
            return strip(message_line(self, y - self.head, width), width, self.paint("base"))
        line, within = divmod(y - self.head, self.item_height)
        return self.items_strip(self.top + line, within, width)

    def header_strip(self, width: int) -> Strip:
        """Lines between the title and the first item."""
        return strip([], width, self.paint("base"))

    def foot_strip(self, y: int, width: int) -> Strip:  # noqa: ARG002 - for subclasses
        """Fixed lines below the items."""
        return strip([], width, self.paint("base"))

    def items_strip(self, line: int, within: int, width: int) -> Strip:
        """Line `within` of the items on item line `line`."""
        raise NotImplementedError

    def state_key(self, key: str) -> tuple[bool, bool, bool, bool, bool]:
        """(cursor, focused, marked, gone, pending): what besides the data decides how an item is drawn."""
        cursor = key == self.model.cursor
        return (
            cursor,
            cursor and (self.has_focus or self.bright),
            key in self.model.marks,
            self.model.is_gone(key),
            key in self.pending,
        )

    # -- rows coming in --------------------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[R], *, error: str | None = None, summary: Sequence[Span] = ()) -> None:
        """Take new rows and repaint what changed."""
        was_blank = self.connecting or self.error != error
        self.connecting, self.error = False, error
        if tuple(summary) != tuple(self.summary):
            self.summary = tuple(summary)
            self.refresh_title()
        waiting = self.model.waiting
        line_before = self._line_of_cursor()
        change = self.model.replace(rows)
        if self.pending:
            self.pending &= set(self.model.order)
        self._apply(change, line_before)
        if was_blank:
            self.refresh()
        if self.model.waiting != waiting:
            self.refresh_title()
        if self.model.frozen:
            self._thaw_later()

    def _line_of_cursor(self) -> int:
        return max(0, self.model.index) // self.per_line - self.top

    def _apply(self, change: Change, line_before: int) -> None:
        if change.all:
            # The row under the cursor keeps its line on the screen where the list allows it.
            self.top = max(0, self.model.index) // self.per_line - line_before
            self._clamp()
            self.refresh()
            return
        for index in change.lines:
            self.refresh_item(index)

    def show_clock(self) -> None:
        """Time went on: repaint items whose drawn age changed."""

    def rearranged(self) -> None:
        """Filter or sort changed by the operator's hand."""
        self.model.rearrange()
        self._reveal()
        self.refresh()

    def _thaw_later(self) -> None:
        if self._thaw is None:
            self._thaw = self.set_timer(self.model.thaw_in + 0.02, self._thawed)

    def _thawed(self) -> None:
        self._thaw = None
        if self.model.frozen:
            self._thaw_later()
            return
        line_before = self._line_of_cursor()
        if change := self.model.thaw():
            self._apply(change, line_before)

    # -- repainting ------------------------------------------------------------------------------------------------

    def refresh_title(self) -> None:
        """Repaint the title rule."""
        self.repaint(0)

    def refresh_foot(self) -> None:
        """Repaint the fixed lines at the bottom."""
        for y in range(max(0, self.size.height - self.foot), self.size.height):
            self.repaint(y)

    def refresh_item(self, index: int) -> None:
        """Repaint one item if it is on the screen."""
        line = index // self.per_line - self.top
        if index >= 0 and 0 <= line <= self.room:
            first = self.head + line * self.item_height
            for y in range(first, min(first + self.item_height, self.size.height - self.foot)):
                self.repaint(y)

    def _clamp(self) -> None:
        self.top = min(max(0, self.top), max(0, self.lines - self.room))

    def _reveal(self) -> bool:
        """Scroll so that the cursor is on the screen; True when the view moved."""
        before = self.top
        line = max(0, self.model.index) // self.per_line
        self.top = min(max(self.top, line - self.room + 1), line)
        self._clamp()
        return self.top != before

    def cursor_to(self, index: int) -> None:
        """Move the cursor to an item and repaint the two lines it touches, or all when the view scrolls."""
        before = self.model.index
        moved = self.model.move_to(index)
        if self._reveal():
            self.refresh()
        elif moved:
            self.refresh_item(before)
            self.refresh_item(self.model.index)
        if self.lines > self.room or moved:
            self.refresh_title()
        if moved:
            self.post_message(self.Moved(self))
        self._thaw_later()

    # -- keys and mouse --------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Up or down one item line."""
        target = self.model.index + step * self.per_line
        if 0 <= target < len(self.model) or self.per_line == 1:
            self.cursor_to(target)
        elif step > 0 and target // self.per_line < self.lines:
            self.cursor_to(len(self.model) - 1)

    def action_aside(self, step: int) -> None:
        """Left or right where items stand beside each other."""
        if self.per_line > 1:
            self.cursor_to(self.model.index + step)

    def action_page(self, step: int) -> None:
        """One screen up or down."""
        self.cursor_to(self.model.index + step * max(1, self.room - 1) * self.per_line)

    def action_edge(self, step: int) -> None:
        """First or last item."""
        self.cursor_to(0 if step < 0 else len(self.model) - 1)

    def action_mark(self) -> None:
        """Mark or unmark, then go one on."""
        self.model.toggle_mark()
        self.refresh_item(self.model.index)
        self.cursor_to(self.model.index + 1)
        self.refresh_title()

    def action_mark_range(self) -> None:
        """Mark from the last mark to here."""
        self.model.mark_range()
        self.refresh()

    def action_mark_all(self) -> None:
        """Mark all rows that pass the filter, or none; where only a part has been read, the rest is read first."""
        if self.read_all is not None and self.read_all():
            return
        self.model.mark_all()
        self.refresh()

    def action_open(self) -> None:
        """Drill down."""
        row = self.model.current
        if row is not None and not self.model.is_gone(row.key):
            self.post_message(self.Opened(self, row))

    def on_focus(self, _: Focus) -> None:
        """The rule becomes heavy and the cursor bright."""
        self.refresh_title()
        self.refresh_item(self.model.index)

    def on_blur(self, _: Blur) -> None:
        """The rule becomes light and the cursor faint."""
        self.refresh_title()
        self.refresh_item(self.model.index)

    def on_resize(self, _: Resize) -> None:
        """Widths changed: draw anew, keep the cursor in sight."""
        self._strips.clear()
        self._reveal()
        self.refresh()

    def item_at(self, x: int, y: int) -> int | None:  # noqa: ARG002 - for subclasses
        """Index of the item under a cell of the widget."""
        if not self.head <= y < self.size.height - self.foot:
            return None
        index = (self.top + (y - self.head) // self.item_height) * self.per_line
        return index if index < len(self.model) else None

    def on_click(self, event: Click) -> None:
        """A click moves the cursor, a second one opens."""
        index = self.item_at(event.x, event.y)
        if index is None:
            return
        self.cursor_to(index)
        if event.chain == 2:
            self.action_open()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Wheel: move the view, not the cursor."""
        self._scroll_view(2)
        event.stop()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Wheel: move the view, not the cursor."""
        self._scroll_view(-2)
        event.stop()

    def _scroll_view(self, step: int) -> None:
        before = self.top
        self.top += step
        self._clamp()
        if self.top != before:
            self.refresh()
