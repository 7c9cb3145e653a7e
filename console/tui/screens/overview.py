"""The overview: five live panes and the engines strip."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.widget import Widget

from console.feed.model import Overview, Section, SectionName
from console.tui.panes.alerts import alert_summary, alerts_pane, incident_summary, incidents_pane
from console.tui.panes.engines import EnginesStrip
from console.tui.panes.generation import generation_pane, generation_summary
from console.tui.panes.queue import QueuePane
from console.tui.panes.ratings import RatingsPane, ratings_summary
from console.tui.screens.base import ConsoleScreen
from console.tui.screens.layout import PANES, arrange
from console.tui.widgets.live_view import LiveView


class Board(Container):
    """Holds the panes and places them by cells; a new place costs one layout, a new row none."""

    DEFAULT_CSS = """
    Board { layout: vertical; width: 1fr; height: 1fr; overflow: hidden; }
    Board > LiveView { position: absolute; }
    """

    zoomed: str | None = None

    def on_mount(self) -> None:
        """Place the panes before the first paint, so that nothing jumps."""
        size = self.app.size
        self.place(size.width, max(1, size.height - 3 - self.screen.has_class("-spacious")))

    def on_resize(self, event: Resize) -> None:
        """Place the panes anew."""
        self.place(event.size.width, event.size.height)

    def place(self, width: int, height: int) -> None:
        """Give each pane its box; panes without one are hidden."""
        boxes = arrange(width, height, self.zoomed)
        for name in PANES:
            pane = self.get_child_by_id(name)
            box = boxes.get(name)
            pane.display = box is not None
            if box is not None:
                pane.styles.offset = (box.x, box.y)
                pane.styles.width, pane.styles.height = box.width, box.height


class OverviewScreen(ConsoleScreen):
    """The first screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(n), f"pane({n})", PANES[n - 1].title(), id=f"overview.pane_{n}", show=False)
            for n in range(1, 6)
        ),
        Binding("6", "engines", "Engines", id="overview.engines", show=False),
        Binding("7", "app.go('orders')", "Orders", id="overview.orders", show=False),
        Binding("8", "app.go('drivers')", "Drivers", id="overview.drivers", show=False),
        Binding("9", "app.go('audit')", "Audit log", id="overview.audit", show=False),
        Binding("0", "zoom", "Zoom", id="overview.zoom", show=False),
    ]

    DEFAULT_CSS = """
    OverviewScreen EnginesStrip { margin: 0; }
    OverviewScreen.-spacious EnginesStrip { margin: 0 0 1 0; }
    """

    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - the framework declares it so
        (0, "-tight"),
        (36, "-spacious"),
    ]
    AUTO_FOCUS = "#alerts"
    crumbs = "overview"
    sections = frozenset(SectionName)

    def compose_body(self) -> Iterable[Widget]:
        """Strip and panes."""
        now = self.console.now
        yield EnginesStrip()
        yield Board(
            QueuePane(now), RatingsPane(now), alerts_pane(now), incidents_pane(now), generation_pane(now), id="board"
        )

    def show_overview(self, overview: Overview) -> None:
        """Give each pane its rows; a pane repaints only lines that changed."""
        if overview.now is None and overview.header is None:
            super().show_overview(overview)
            return
        board = self.query_one(Board)
        self.query_one(EnginesStrip).show_engines(overview.engines, self.console.now())
        queue = board.get_child_by_id("queue", QueuePane)
        queue.show_depth(overview.queue)
        _fill(board, "ratings", overview.tiles, ratings_summary(overview.tiles.rows, overview.tiles.total))
        _fill(board, "alerts", overview.alerts, alert_summary(overview.alerts.rows, overview.alerts.total))
        _fill(
            board, "incidents", overview.incidents, incident_summary(overview.incidents.rows, overview.incidents.total)
        )
        _fill(board, "generation", overview.generation, generation_summary(overview.generation.rows))
        super().show_overview(overview)

    def show_clock(self) -> None:
        """Ages of panes and strip."""
        super().show_clock()
        self.query_one(EnginesStrip).show_engines(self.console.overview.engines, self.console.now())

    def action_pane(self, number: int) -> None:
        """Focus a pane; its number again zooms it."""
        board = self.query_one(Board)
        pane = board.get_child_by_id(PANES[number - 1], LiveView)
        if pane.has_focus and pane.display:
            self.action_zoom()
            return
        if not pane.display or board.zoomed is not None:
            self._zoom(PANES[number - 1])
        pane.focus()

    def action_zoom(self) -> None:
        """Let the focused pane fill the screen, or put it back."""
        board = self.query_one(Board)
        if board.zoomed is not None:
            self._zoom(None)
        elif self.view is not None and self.view.id in PANES:
            self._zoom(self.view.id)

    def _zoom(self, name: str | None) -> None:
        board = self.query_one(Board)
        board.zoomed = name
        board.place(board.size.width, board.size.height)

    def action_engines(self) -> None:
        """Open the engines screen."""
        self.console.go("engines")

    def leave(self) -> None:
        """Escape on the overview leaves the zoom, not the program."""
        self._zoom(None)


def _fill(board: Board, name: str, section: Section, summary: list[tuple[str, str]]) -> None:  # type: ignore[type-arg]
    pane = board.get_child_by_id(name, LiveView)
    if pane.source is section and not pane.model.frozen:
        return
    pane.source = section
    pane.show_rows(section.rows, error=section.error, summary=summary)
