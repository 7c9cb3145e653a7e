"""The ways between screens, and rows leaving the program: copying, exporting, choosing columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from console.errors import ConsoleError
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import LiveView

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp
    from console.tui.entries import Entry


class Navigation:
    """Mixed into the application."""

    @property
    def _me(self) -> ConsoleApp:
        return cast("ConsoleApp", self)

    def go(self, name: str, lookup: str = "") -> None:
        """Open a screen by name ("orders", "audit" ...); `lookup` fills its filter line."""
        app = self._me
        if name == "overview":
            while len(app.screen_stack) > 1:
                app.pop_screen()
            return
        from console.tui.screens.directory import make

        screen = make(name, lookup)
        if screen is None:
            app.say([(f"There is no screen {name!r}.", "warn")])
        else:
            app.push_screen(screen)

    def action_go(self, name: str) -> None:
        """Open a screen from a key."""
        self.go(name)

    def action_map(self) -> None:
        """Open the map at the row under the cursor, or go back from it."""
        from console.tui.map.scene import KINDS
        from console.tui.screens.map import MapScreen

        app = self._me
        if isinstance(app.screen, MapScreen):
            app.screen.leave()
            return
        if any(isinstance(screen, MapScreen) for screen in app.screen_stack):
            # Coming from a detail that the map had opened: back to that map, not to one more.
            while not isinstance(app.screen, MapScreen):
                app.pop_screen()
            return
        view = getattr(app.screen, "view", None)
        row = view.model.current if isinstance(view, LiveView) and view.scope in KINDS else None
        app.push_screen(MapScreen(view.scope, row.key) if view is not None and row is not None else MapScreen())

    def open_row(self, scope: str | None, row: Any) -> None:
        """Enter on a row: its detail screen, or the list behind a lane."""
        from console.tui.screens.directory import detail

        app = self._me
        if scope == "lane":
            self.go("jobs", f"priority:{row.key}")
            return
        screen = detail(scope, row)
        if screen is None:
            app.say([("There is nothing more to show about this row.", "text")])
        else:
            app.push_screen(screen)

    def action_help(self) -> None:
        """Keys of the focused list, from the registry."""
        from console.tui.screens.help import HelpScreen

        app = self._me
        view = getattr(app.screen, "view", None)
        if not isinstance(app.screen, HelpScreen):
            app.push_screen(HelpScreen(view.scope if isinstance(view, LiveView) else None))

    def action_command(self) -> None:
        """The command line."""
        self._command(":")

    def action_palette(self) -> None:
        """The palette."""
        self._command("")

    def _command(self, prefix: str) -> None:
        from console.tui.dialogs.command import CommandLine

        app = self._me
        view = getattr(app.screen, "view", None)
        app.push_screen(CommandLine(view if isinstance(view, LiveView) else None, prefix))

    def run_entry(self, entry: Entry, arguments: str) -> None:
        """Run a command of the palette; what was typed wrongly becomes a notice."""
        try:
            entry.run(arguments)
        except (ConsoleError, ValueError) as error:
            app = self._me
            if isinstance(error, ConsoleError):
                app.say_error(error)
            else:
                app.say([(f"{entry.name}: {error}", "warn")])

    def copy_rows(self, view: LiveView[Any] | None) -> None:
        """Chosen rows to the clipboard as tab-separated text."""
        app = self._me
        rows = view.model.chosen() if view is not None else []
        if not isinstance(view, LiveTable) or not rows:
            app.say([("There is no row to copy.", "text")])
            return
        text = "\n".join("\t".join(view.cells_of(row).values()) for row in rows)
        app.copy_to_clipboard(text)
        app.say([("✓ ", "ok"), (f"Copied {len(rows)} row{'s' if len(rows) > 1 else ''}.", "text")])

    def export_rows(self, view: LiveView[Any] | None) -> None:
        """Ask for a file and write the list."""
        from console.tui.export import export_list

        app = self._me
        if not isinstance(view, LiveTable):
            app.say([("There is no list to export here.", "text")])
            return
        app.background(export_list(app, view), "Export")

    def choose_columns(self, view: LiveView[Any] | None) -> None:
        """Show or hide columns of the focused list."""
        from console.tui.dialogs.column_list import choose_columns

        app = self._me
        if not isinstance(view, LiveTable):
            app.say([("There are no columns to choose here.", "text")])
            return
        app.background(choose_columns(app, view), "Columns")
