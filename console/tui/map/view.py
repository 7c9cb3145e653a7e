"""The map as a widget: one canvas drawn by line, panned and zoomed by keys, with one place selected."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.strip import Strip

from console.feed.places import MapDetail, Place
from console.tui.look.spans import Span, strip
from console.tui.look.theme import style
from console.tui.map.canvas import Canvas
from console.tui.map.paint import CURSOR, Ground, draw, ground
from console.tui.map.projection import View, fit
from console.tui.map.scene import KINDS, Scene, kind_of
from console.tui.map.words import caption, legend, line
from console.tui.widgets.live_view import LiveView, Now

_STEP: Final = 0.15
"""Part of the view that one press pans."""
_ZOOM: Final = 1.5
_WIDE: Final = 118
_REACH: Final = 3
"""Cells between a click and what it means."""
_EMPTY: Final = (
    "Nothing to show: no drivers, no waiting orders, no incidents. "
    "Bring some in: aoer-console import drivers FILE --tenant NAME, or watch aoer-console demo"
)


class MapView(LiveView[Place], inherit_bindings=False):
    """Rows of the model are what can be selected: drivers, orders or incidents, one kind at a time."""

    DEFAULT_CSS = "MapView { width: 1fr; height: 1fr; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "pan(0, -1)", "North", id="map.north", show=False),
        Binding("down,j", "pan(0, 1)", "South", id="map.south", show=False),
        Binding("left,h", "pan(-1, 0)", "West", id="map.west", show=False),
        Binding("right,l", "pan(1, 0)", "East", id="map.east", show=False),
        Binding("plus,equals_sign", "zoom(1)", "Closer", id="map.closer", show=False),
        Binding("minus", "zoom(-1)", "Farther", id="map.farther", show=False),
        Binding("0", "fit", "Show all", id="map.fit", show=False),
        Binding("f", "focus_selection", "Show the selection", id="map.selection", show=False),
        Binding("right_square_bracket", "turn(1)", "Next kind: drivers, orders, incidents", id="map.next", show=False),
        Binding("left_square_bracket", "turn(-1)", "Previous kind", id="map.previous", show=False),
        Binding("enter", "open", "Open", id="map.open", show=False),
    ]

    foot = 1

    def __init__(self, *, now: Now | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("Map", scope="driver", empty=_EMPTY, now=now, clock=clock, id="map")
        self.scene: Scene | None = None
        self.follows = True
        self._view: View | None = None
        self._canvas: Canvas | None = None
        self._ground: Ground | None = None
        self._cursors: dict[str, str] = {}

    # -- what arrives ----------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """What is being selected."""
        return self.scope or "driver"

    @property
    def lines(self) -> int:
        """Nothing scrolls."""
        return 0

    @property
    def selected(self) -> Place | None:
        """The selected place."""
        return self.model.current

    def show_scene(self, scene: Scene, error: str | None = None) -> None:
        """Take a new snapshot; only cells that differ are repainted."""
        first = self.scene is None or bool(self.error) or self.connecting
        self.scene = scene
        if self.follows and self._view is not None and self._loose(self._view):
            self._view = None
        self.empty = _EMPTY if not scene.held else "Nothing here passes the filter. Press escape to clear it."
        if first and not scene.drivers and scene.waiting:
            self.scope = "order"
        self.show_rows(scene.of(self.kind), error=error)
        if first:
            self.refresh()
        self.redraw()

    def _apply(self, change: Any, line_before: int) -> None:
        """The caller redraws."""

    def select(self, kind: str, key: str) -> bool:
        """Select a place by its key and go there; False when it is not on the map."""
        if self.scene is None or not any(place.key == key for place in self.scene.of(kind)):
            return False
        self._use(kind)
        self.cursor_to(self.model.position[key])
        self.action_focus_selection()
        return True

    def _use(self, kind: str) -> None:
        if self.scene is None:
            return
        if self.model.cursor is not None:
            self._cursors[self.kind] = self.model.cursor
        self.scope = kind
        self.model.release()
        self.model.cursor = self._cursors.get(kind)
        self.model.replace(self.scene.of(kind))
        self.model.rearrange()

    # -- painting --------------------------------------------------------------------------------------------------

    def paint(self, surface: str) -> Callable[[str], Style]:
        """Role to style; roles of the selection lie on the cursor's surface."""
        name = self.palette_name

        def styled(role: str) -> Style:
            if role.startswith(CURSOR):
                return style(name, role[len(CURSOR) :], "cursor")
            return style(name, role, surface)

        return styled

    def redraw(self, *, all_of_it: bool = True) -> None:
        """Draw anew and repaint the cells that differ; without `all_of_it` only the selection changed."""
        before, self._canvas = self._canvas, None
        if all_of_it:
            self._ground = None
        if self._shows_words or before is None:
            self._say()
            self.refresh()
            return
        fresh = self.canvas()
        if (fresh.width, fresh.height) != (before.width, before.height):
            self.refresh()
            return
        if all_of_it:
            self._say()
        for row in range(fresh.height):
            if not fresh.same(before, row):
                self.repaint(row + self.head)
        self.refresh_foot()

    @property
    def _shows_words(self) -> bool:
        """Whether a message stands where the map would be."""
        return self.scene is None or self.connecting or bool(self.error) or not self.scene.any

    def show_clock(self) -> None:
        """Positions grow old and promises are broken by the clock alone."""
        if self.scene is not None and self.is_attached:
            self.redraw()

    def on_resize(self, _: Resize) -> None:
        """Another size: the same place at the same scale, or all of it."""
        self._canvas = self._ground = None
        self._say()

    @property
    def view(self) -> View:
        """What is looked at. While the operator has not moved it, it holds everything."""
        width, height = max(1, self.size.width), max(1, self.body)
        view = self._view
        if view is None or (self.follows and (view.width, view.height) != (width, height)):
            view = fit(self.scene.extent() if self.scene is not None else (), width, height)
        elif (view.width, view.height) != (width, height):
            view = view.sized(width, height)
        self._view = view
        return view

    def _loose(self, view: View) -> bool:
        """Whether the view should be fitted anew: something left it, or it has become far too large."""
        points = self.scene.extent() if self.scene is not None else []
        if any(not view.holds(point, 0.5) for point in points):
            return True
        return bool(points) and fit(points, view.width, view.height).scale < view.scale * 0.6

    def canvas(self) -> Canvas:
        """The picture, drawn when somebody asks for it."""
        if self._canvas is None:
            scene = self.scene or Scene(MapDetail())
            self._canvas = draw(scene, self.view, self.selected, self.now(), self.ground())
        return self._canvas

    def ground(self) -> Ground:
        """What lies under the selection."""
        if self._ground is None:
            self._ground = ground(self.scene or Scene(MapDetail()), self.view, self.now())
        return self._ground

    def draw_line(self, y: int) -> Strip:
        """One line of the screen."""
        if y == 0 or self._shows_words:
            return super().draw_line(y)
        width = self.size.width
        if y >= self.size.height - self.foot:
            return strip([(" ", "text"), *self._foot_spans()], width, self.paint("base"))
        canvas = self.canvas()
        row = y - self.head
        return strip(canvas.spans(row) if row < canvas.height else [], width, self.paint("base"))

    def foot_strip(self, y: int, width: int) -> Strip:  # noqa: ARG002 - one line
        """Nothing below a message."""
        return strip([], width, self.paint("base"))

    def items_strip(self, line: int, within: int, width: int) -> Strip:  # noqa: ARG002 - nothing is a list here
        """Nothing: there are no items apart from the canvas."""
        return strip([], width, self.paint("base"))

    def _foot_spans(self) -> Sequence[Span]:
        if self.size.width >= _WIDE or self.selected is None or self.scene is None:
            return legend()
        return line(self.selected, self.scene, self.now())

    def _say(self) -> None:
        """The caption."""
        if self.scene is None:
            return
        label = {"driver": "Map", "order": "Map: orders", "incident": "Map: incidents"}[self.kind]
        room = self.size.width - len(label) - len(self.filter_text) - 10
        spans = caption(self.scene, self.ground().outside, self.now(), room)
        if tuple(spans) != tuple(self.summary) or label != self.label:
            self.summary, self.label = tuple(spans), label
            self.refresh_title()

    def refresh_item(self, index: int) -> None:  # noqa: ARG002 - the selection may be anywhere
        """Something about a row changed that is drawn: the cursor, a write under way."""
        if self.scene is not None and self.is_attached:
            self.redraw(all_of_it=False)

    # -- keys and mouse --------------------------------------------------------------------------------------------

    def cursor_to(self, index: int) -> None:
        """Select; go there when it is outside the view."""
        before = self.model.cursor
        self.model.move_to(index)
        place = self.selected
        if place is not None and place.at is not None and not self.view.holds(place.at, 1):
            self._look(self.view.centred(place.at))
        self.redraw(all_of_it=False)
        if self.model.cursor != before:
            self.post_message(self.Moved(self))
        self._thaw_later()

    def step(self, step: int) -> None:
        """Select the next or previous one of this kind, round and round."""
        if len(self.model):
            self.cursor_to((self.model.index + step) % len(self.model))

    def action_turn(self, step: int) -> None:
        """Select among another kind."""
        if self.scene is None:
            return
        for _ in KINDS:
            self._use(KINDS[(KINDS.index(self.kind) + step) % len(KINDS)])
            if len(self.model):
                break
        self._say()
        self.redraw(all_of_it=False)
        self.post_message(self.Moved(self))

    def _look(self, view: View) -> None:
        self.follows = False
        self._view = view
        self._canvas = self._ground = None
        self._say()
        self.refresh()

    def action_pan(self, across: int, down: int) -> None:
        """Move the view."""
        view = self.view
        self._look(view.moved(across * max(1, round(view.width * _STEP)), down * max(1, round(view.height * _STEP))))

    def action_zoom(self, step: int) -> None:
        """Closer or farther, around the selection when it is in sight, else around the middle."""
        view = self.view
        place = self.selected
        fresh = view.zoomed(_ZOOM**step)
        if place is not None and place.at is not None and view.holds(place.at):
            # What is selected stays where it is on the screen.
            before, after = view.cell(place.at), fresh.cell(place.at)
            fresh = fresh.moved(after[0] - before[0], after[1] - before[1])
        self._look(fresh)

    def action_fit(self) -> None:
        """Show all of it, now and as it changes."""
        self._view = None
        self._look(self.view)
        self.follows = True

    def action_focus_selection(self) -> None:
        """Go to the selection and its route."""
        if self.selected is not None and self.scene is not None:
            points = self.scene.around(self.selected)
            if points:
                self._look(fit(points, self.view.width, self.view.height))

    def on_click(self, event: Click) -> None:
        """A click selects the nearest place, a second one opens it."""
        event.prevent_default()
        nearest = self._nearest(event.x, event.y - self.head)
        if nearest is None:
            return
        if kind_of(nearest) != self.kind:
            self._use(kind_of(nearest))
        self.cursor_to(self.model.position.get(nearest.key, 0))
        if event.chain == 2:
            self.action_open()

    def _nearest(self, column: int, row: int) -> Place | None:
        if self.scene is None or not 0 <= row < self.body:
            return None
        best: tuple[float, Place] | None = None
        for place in self.scene.shown():
            if place.at is None:
                continue
            x, y = self.view.cell(place.at)
            away = max(abs(x - column - 0.5), 2 * abs(y - row - 0.5))
            if away <= _REACH and (best is None or away < best[0]):
                best = away, place
        return best[1] if best else None

    def _scroll_view(self, step: int) -> None:
        """The wheel zooms."""
        self.action_zoom(-1 if step > 0 else 1)
