"""The map screen: the map, and beside it at wide sizes everything about the selection."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Final

from textual.containers import Horizontal
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Input

from console.errors import ConsoleError
from console.feed.model import Record, SectionName
from console.feed.places import MapDetail, Place
from console.tui.look.spans import Span, plain
from console.tui.map.scene import FIELDS, Filter, Scene
from console.tui.map.view import MapView
from console.tui.map.words import below, facts
from console.tui.screens.base import ConsoleScreen
from console.tui.widgets.facts import Facts
from console.tui.widgets.field import FilterField
from console.tui.widgets.filters import matcher, parse
from console.tui.widgets.key_bar import Hint
from console.tui.widgets.live_view import LiveView

_LOOK_SECONDS: Final = 0.2
_REREAD_SECONDS: Final = 10.0
_COST: Final = 10.0
"""Between two reads lies so many times what the last one took."""
_SIDE_FROM: Final = 120


class MapScreen(ConsoleScreen):
    """Reads when the feed saw a commit, never two reads at once, and never more of the time than a tenth."""

    crumbs = "map"
    AUTO_FOCUS = "MapView"
    sections = frozenset({SectionName.HEADER})

    DEFAULT_CSS = """
    MapScreen #body { height: 1fr; }
    MapScreen Facts { width: 46; margin: 0 0 0 1; }
    """

    def __init__(self, kind: str = "", key: str = "", lookup: str = "") -> None:
        super().__init__()
        self._wanted = (kind, key)
        self._lookup = lookup
        self._reading = False
        self._seen = -1
        self._read_at = float("-inf")
        self._took = 0.0
        self._detail: MapDetail | None = None
        self._keep: Filter | None = None
        self._tenants = ""

    def compose_body(self) -> Iterable[Widget]:
        """Map and facts."""
        side = Facts("Selection", None, now=self.console.now)
        side.can_focus = False
        yield Horizontal(MapView(now=self.console.now), side, id="body")

    @property
    def map(self) -> MapView:
        """The map."""
        return self.query_one(MapView)

    def on_mount(self) -> None:
        """Read at once, then whenever something was written."""
        self.set_interval(_LOOK_SECONDS, self._look)
        if self._lookup:
            self._filter(self._lookup)
        self._arrange(self.app.size.width)
        self.reread()

    def on_resize(self, event: Resize) -> None:
        """The side list leaves narrow screens."""
        self._arrange(event.size.width)

    def _arrange(self, width: int) -> None:
        self.query_one(Facts).display = width >= _SIDE_FROM

    # -- reading ---------------------------------------------------------------------------------------------------

    def show_clock(self) -> None:
        """Ages and promises."""
        super().show_clock()
        self.show_selection()

    def _look(self) -> None:
        feed = self.console.feed
        if feed is None or self.console.paused or self.app.screen is not self:
            return
        passed = time.monotonic() - self._read_at
        if (feed.changes != self._seen and passed >= self._took * _COST) or passed >= _REREAD_SECONDS:
            self.reread()

    def reread(self) -> None:
        """Read again, unless a read is under way."""
        if not self._reading and self.console.feed is not None and self.is_attached:
            self._reading = True
            self.console.background(self._read(), "Map")

    async def _read(self) -> None:
        feed = self.console.feed
        assert feed is not None
        self._seen, self._read_at, error = feed.changes, time.monotonic(), None
        tenants = self._tenants
        try:
            self._detail = await feed.places(tenants)
        except ConsoleError as problem:
            error = problem.message
        finally:
            self._reading = False
            self._took = time.monotonic() - self._read_at
        if self.is_attached:
            self._show(error)
            if tenants != self._tenants:
                self.reread()

    def _show(self, error: str | None = None) -> None:
        if self._detail is None and error is None:
            return
        self.map.show_scene(Scene(self._detail or MapDetail(), self._keep), error if self._detail is None else None)
        if error is not None and self._detail is not None:
            self.say([("✗ ", "bad"), (f"The map could not be read: {error}", "text")])
        kind, key = self._wanted
        if key and self._detail is not None:
            self._wanted = ("", "")
            if not self.map.select(kind, key):
                self.say([(f"This {kind} is not on the map: it is over, or left out.", "warn")])
        self.show_selection()
        self.show_keys()

    # -- the selection ---------------------------------------------------------------------------------------------

    def show_selection(self) -> None:
        """The side list."""
        side, place, scene = self.query_one(Facts), self.map.selected, self.map.scene
        if not side.display or scene is None:
            return
        side.label = {"driver": "Driver", "order": "Order", "incident": "Incident"}[self.map.kind]
        if place is None:
            side.empty = "Nothing is selected."
            side.show_record(None)
            return
        side.extra = lambda width: self._below(place, scene, width)
        side.first = ("name", "reference", "description", "status", "severity")
        side.show_record(Record(place.key, place.version, facts(place, scene)))

    def _below(self, place: Place, scene: Scene, width: int) -> Sequence[Sequence[Span]]:
        return below(place, scene, self.console.now(), width)

    def on_live_view_moved(self, message: LiveView.Moved) -> None:
        """Another selection."""
        if message.view.scope != self._hinted_scope:
            self._hinted_scope = message.view.scope
            self.show_keys()  # other verbs, not only another row
        else:
            super().on_live_view_moved(message)
        self.show_selection()

    _hinted_scope: str | None = "driver"

    def general_hints(self) -> list[Hint]:
        """Keys of the map among those of every screen; where it is narrow the first ones go."""
        keys = self.console.keys
        *others, ask, leave = super().general_hints()
        return [
            *others,
            Hint(keys.label("screen.filter"), "filter"),
            Hint(keys.label("map.next"), "kind"),
            Hint(keys.label("screen.next"), "next"),
            Hint(f"{keys.label('map.closer')}{keys.label('map.farther')}{keys.label('map.fit')}", "zoom"),
            Hint(keys.label("app.map"), "back"),
            ask,
            leave,
        ]

    def action_next_pane(self, step: int) -> None:
        """There is one pane: the key goes to the next driver, order or incident."""
        self.map.step(step)

    def action_back(self) -> None:
        """Escape: the filter, then the screen."""
        if self.map.filter_text:
            self._filter("")
        else:
            self.leave()

    # -- filter ----------------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """The filter line, over everything on the map."""
        self.open_filter(self.map.filter_text)

    def _filter(self, text: str) -> None:
        try:
            terms = parse(text, FIELDS)
        except ConsoleError as error:
            self.say([(error.message, "warn"), (f"  {error.hint}", "dim")])
            return
        self._keep = Filter(matcher(terms)) if terms else None
        self.map.filter_text = plain(text.strip())
        # The database narrows by tenant too: where not everything fits on the map, the filter must find the rest.
        tenants = " ".join(t.text for t in terms if t.field == "tenant" and not t.negated and not t.operator)
        if tenants != self._tenants:
            self._tenants = tenants
            self.reread()
        self.map.refresh_title()
        self._show()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter keeps the filter and returns to the map."""
        if isinstance(message.input, FilterField):
            self.close_filter()
            self.map.focus()
