"""A detail screen: the row in full at the left, tables about it at the right; read again on changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.widget import Widget

from console.errors import ConsoleError
from console.feed.model import Overview
from console.tui.screens.base import ConsoleScreen
from console.tui.widgets.deck import Deck
from console.tui.widgets.facts import Facts

_REREAD_SECONDS: Final = 3.0


class DetailScreen(ConsoleScreen):
    """Subclasses name the reader and turn what it gives into facts and pages."""

    DEFAULT_CSS = """
    DetailScreen #side { width: 40%; min-width: 30; max-width: 64; }
    DetailScreen #main { width: 1fr; margin: 0 0 0 1; }
    """

    AUTO_FOCUS = "Facts"
    scope: ClassVar[str | None] = None
    heading: ClassVar[str] = ""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.crumbs = self.heading.lower()
        self._reading = False
        self._dirty = False

    def compose_body(self) -> Iterable[Widget]:
        """Facts beside the deck."""
        now = self.console.now
        yield Horizontal(
            Vertical(Facts(self.heading, self.scope, now=now), id="side"),
            Vertical(*self.compose_main(), id="main"),
            id="body",
        )

    def compose_main(self) -> list[Widget]:
        """The right side."""
        return [Deck(self.console.now)]

    def on_mount(self) -> None:
        """Read."""
        self.set_interval(_REREAD_SECONDS, self._reread_if_dirty)
        self.reread()

    def on_key(self, event: Key) -> None:
        """The keys in the deck's title turn its pages from anywhere on the screen; the focus goes along."""
        for command, step in (("deck.previous", -1), ("deck.next", 1)):
            deck = self.query(Deck).first() if event.key in self.console.keys.keys(command) else None
            if deck is not None and self.focused is not deck:
                deck.focus()
                deck.action_turn(step)
                event.stop()
                event.prevent_default()

    def show_overview(self, overview: Overview) -> None:
        """Something changed somewhere."""
        super().show_overview(overview)
        self._dirty = True

    def _reread_if_dirty(self) -> None:
        if self._dirty and not self.console.paused:
            self.reread()

    def reread(self) -> None:
        """Read again, never two reads at once."""
        if self._reading or self.console.feed is None:
            return
        self._reading, self._dirty = True, False
        self.console.background(self._read(), self.heading)

    async def _read(self) -> None:
        try:
            detail = await self.read()
        except ConsoleError as error:
            if self.is_attached:
                facts = self.query_one(Facts)
                facts.show_record(facts.model.current, error=None if facts.model.current else error.message)
                if facts.model.current is not None:
                    self.console.say_error(error)
            return
        finally:
            self._reading = False
        if self.is_attached:
            self.take(detail)
            self.show_keys()

    async def read(self) -> Any:
        """Ask the feed."""
        raise NotImplementedError

    def take(self, detail: Any) -> None:
        """Show what came."""
        raise NotImplementedError
