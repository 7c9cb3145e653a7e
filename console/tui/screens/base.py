"""What every screen has: header, banner, filter line, notice, key line; and keys for its lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus, Key
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from console.errors import ConsoleError
from console.feed.model import Header, Overview, SectionName
from console.tui.look.spans import Span
from console.tui.widgets.field import FilterField
from console.tui.widgets.key_bar import Banner, Hint, KeyBar, Notice
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import LiveView
from console.tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp


_REST_SECONDS: Final = 0.06


class ConsoleScreen(Screen[None], inherit_bindings=False):
    """A full screen of the console."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_pane(1)", "Next pane", id="screen.next", show=False),
        Binding("shift+tab", "next_pane(-1)", "Previous pane", id="screen.previous", show=False),
        Binding("slash", "filter", "Filter", id="screen.filter"),
        Binding("escape", "back", "Back", id="screen.back", show=False),
        Binding("y", "copy", "Copy row", id="screen.copy", show=False),
        Binding("e", "export", "Export list", id="screen.export", show=False),
        Binding("c", "columns", "Columns", id="screen.columns", show=False),
    ]

    DEFAULT_CSS = """
    ConsoleScreen { layers: base notice; background: $aoer-base; }
    ConsoleScreen.-production { border-left: outer $aoer-production; border-right: outer $aoer-production; }
    """

    AUTO_FOCUS = "LiveView"
    crumbs = ""
    sections: frozenset[SectionName] = frozenset()

    @property
    def console(self) -> ConsoleApp:
        """The application, with its type."""
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        """Header, body, then the lines at the bottom."""
        yield StatusBar()
        yield Banner()
        yield from self.compose_body()
        yield FilterField()
        yield Notice()
        yield KeyBar()

    def compose_body(self) -> Iterable[Widget]:
        """The widgets between header and key line."""
        return ()

    def on_mount(self) -> None:
        """Draw the header before anything has answered; arrange the lists as they were left."""
        self.show_status()
        self.show_keys()
        for view in self.views():
            view.model.freeze_seconds = self.console.settings.ui.freeze_seconds
        for table in self.query(LiveTable):
            if table.columns:
                self.console.memory.restore(self.habit_of(table), table)

    def habit_of(self, table: LiveTable[Any]) -> str:
        """The name under which a list's arrangement is remembered."""
        return f"{type(self).__name__}.{table.id}"

    def on_live_table_arranged(self, message: LiveTable.Arranged) -> None:
        """Remember it."""
        self.console.memory.note(self.habit_of(message.table), message.table, self.console.background)

    def on_live_table_refused(self, message: LiveTable.Refused) -> None:
        """Say why."""
        self.say([(message.why, "text")])

    def on_screen_resume(self) -> None:
        """Back on top: catch up with what happened meanwhile."""
        self.console.want(self.sections)
        self.show_overview(self.console.overview)

    # -- what arrives ----------------------------------------------------------------------------------------------

    def reread(self) -> None:
        """The operator asked for fresh rows; screens that read for themselves extend this."""

    def show_overview(self, overview: Overview) -> None:  # noqa: ARG002 - for screens with panes
        """Take a new snapshot. Screens with panes extend this."""
        self.show_status()
        self.show_keys()

    def show_status(self) -> None:
        """Repaint the header if it reads differently now."""
        app = self.console
        self._frame(app.overview.header)
        self.query_one(StatusBar).describe(app.overview.header, self.crumbs, app.freshness(), app.step)
        self.query_one(Banner).alarm(app.trouble)

    def _frame(self, header: Header | None) -> None:
        """A coloured border where a mistake is dear: production, or whatever environment has a colour of its own."""
        environment = header.environment.casefold() if header is not None else ""
        production = environment.startswith("prod")
        if self.has_class("-production") is not production:
            self.set_class(production, "-production")
        color = self.console.settings.ui.color
        if color and environment and self.styles.border_left[0] in ("", "none"):
            self.styles.border_left = self.styles.border_right = ("outer", color)

    def show_clock(self) -> None:
        """A second went by."""
        self.show_status()
        for view in self.views():
            if view.stale != (stale := self.console.staleness()):
                view.stale = stale
                view.refresh_title()
            view.show_clock()
            if view.connecting:
                view.refresh()

    def views(self) -> list[LiveView[Any]]:
        """The lists of this screen."""
        return list(self.query(LiveView))

    @property
    def ready(self) -> bool:
        """Whether the screen's widgets are there to be painted."""
        return self.is_mounted and self.is_running and bool(self.children)

    @property
    def view(self) -> LiveView[Any] | None:
        """The list that has the focus, or had it before the filter line took it."""
        focused = self.focused
        if isinstance(focused, LiveView):
            self._last_view = focused
        return self._last_view

    _last_view: LiveView[Any] | None = None

    # -- keys ------------------------------------------------------------------------------------------------------

    def show_keys(self) -> None:
        """Say what the keys do for the row under the cursor."""
        view = self.view
        row = view.model.current if view is not None else None
        actions = self.console.actions
        now = (
            view,
            view and view.scope,
            row and (row.key, row.version),
            actions and (actions.access, actions.read_only),
        )
        if now == self._hinted:
            return
        self._hinted = now
        keys = self.console.keys
        verbs = self.console.acting.hints(view) if view is not None else []
        if view is not None and view.scope is not None and view.opens and row is not None:
            verbs = [*verbs, Hint(keys.label("list.open"), "open")]
        self.query_one(KeyBar).describe(verbs, self.general_hints())

    def general_hints(self) -> list[Hint]:
        """Keys that always do something here; the first ones give way where it is narrow."""
        keys = self.console.keys
        filters = [Hint(keys.label("screen.filter"), "filter")] if isinstance(self.view, LiveTable) else []
        if self.view is not None and self.console.acting.actions_for(self.view.scope):
            filters.insert(0, Hint(keys.label("app.why"), "with a reason"))
        return [
            *filters,
            Hint(keys.label("app.command"), "command"),
            Hint(keys.label("app.help"), "help"),
            Hint(keys.label("app.quit"), "quit"),
        ]

    _hinted: tuple[Any, ...] = ()
    _hints_due: Timer | None = None

    def on_key(self, event: Key) -> None:
        """A key that may be a verb for the rows of the focused list."""
        view = self.focused
        if isinstance(view, LiveView) and self.console.acting.press(view, event.key):
            event.stop()
            event.prevent_default()

    def on_descendant_focus(self, _: DescendantFocus) -> None:
        """Another pane, other verbs."""
        self.show_keys()

    def on_live_view_moved(self, _: LiveView.Moved) -> None:
        """Another row, perhaps other verbs: said when the cursor rests, so that moving costs one line."""
        if self._hints_due is None:
            self._hints_due = self.set_timer(_REST_SECONDS, self._rested)
        else:
            self._hints_due.reset()

    def _rested(self) -> None:
        self._hints_due = None
        self.show_keys()

    def on_live_view_opened(self, message: LiveView.Opened) -> None:
        """Enter on a row: go into it."""
        self.console.open_row(message.view.scope, message.row)

    def action_next_pane(self, step: int) -> None:
        """Focus the next list."""
        views = [view for view in self.views() if view.display]
        if not views:
            return
        focused = self.focused
        place = views.index(focused) if isinstance(focused, LiveView) and focused in views else -1
        views[(place + step) % len(views)].focus()

    def action_back(self) -> None:
        """Escape: clear marks, then the filter, then leave the screen."""
        view = self.view
        if view is not None and view.model.marks:
            view.model.marks.clear()
            view.refresh()
        elif isinstance(view, LiveTable) and view.filter_text:
            view.set_filter("")
        else:
            self.leave()
        self.show_keys()

    def leave(self) -> None:
        """Go back to the screen below."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    # -- filter ----------------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Open the filter line on the focused list."""
        view = self.view
        if not isinstance(view, LiveTable):
            self.say([("There is no list here to filter.", "text")])
            return
        self.open_filter(view.filter_text)

    def open_filter(self, text: str) -> None:
        """Show the filter line with what it holds now."""
        field = self.query_one(FilterField)
        field.value = text
        field.display = True
        field.focus()
        field.cursor_position = len(field.value)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter while typing."""
        if isinstance(message.input, FilterField) and message.input.display:
            self._filter(message.value)

    def _filter(self, text: str) -> None:
        view = self.view
        if not isinstance(view, LiveTable):
            return
        try:
            view.set_filter(text)
        except ConsoleError as error:
            # A half-typed field name is no mistake yet; say which columns there are.
            self.say([(error.message, "warn"), (f"  {error.hint}", "dim")])
            return
        self.query_one(Notice).hush()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter keeps the filter and returns to the list."""
        if isinstance(message.input, FilterField):
            self.close_filter()

    def close_filter(self) -> None:
        """Hide the line, give the focus back."""
        self.query_one(FilterField).display = False
        if self.view is not None:
            self.view.focus()

    # -- notices ---------------------------------------------------------------------------------------------------

    def say(self, spans: Sequence[Span], seconds: float = 6.0) -> None:
        """Show a line above the keys for a while."""
        notice = self.query_one(Notice)
        notice.say(spans)
        self._notices += 1
        mine = self._notices
        self.set_timer(seconds, lambda: notice.hush() if mine == self._notices else None)

    _notices = 0

    # -- rows out --------------------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Copy the chosen rows as tab-separated text (OSC 52, so also over SSH)."""
        self.console.copy_rows(self.view)

    def action_export(self) -> None:
        """Write the focused list to a file."""
        self.console.export_rows(self.view)

    def action_columns(self) -> None:
        """Choose which columns are shown."""
        self.console.choose_columns(self.view)
