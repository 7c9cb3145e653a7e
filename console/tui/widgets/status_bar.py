"""The top line: which environment this is, what this role may do, who leads, how fresh the numbers are."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from console.feed.details import Connection
from console.feed.model import Header
from console.tui.look.palette import DARK, PALETTES
from console.tui.look.spans import Span, clip, length, strip
from console.tui.look.theme import style
from console.tui.look.words import age
from console.tui.widgets.painted import Painted


class LineWidget(Painted):
    """One line of spans on the panel surface."""

    DEFAULT_CSS = "LineWidget { height: 1; width: 1fr; background: $aoer-panel; }"
    surface = "panel"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spans: Sequence[Span] = ()

    def show(self, spans: Sequence[Span]) -> None:
        """Repaint when the line reads differently."""
        if list(spans) != list(self._spans):
            self._spans = list(spans)
            self.repaint(0)

    def line(self, width: int) -> Sequence[Span]:  # noqa: ARG002 - for subclasses
        """The spans for `width` cells."""
        return self._spans

    def draw_line(self, y: int) -> Strip:
        """The line."""
        name = self.app.theme if self.app.theme in PALETTES else DARK.name
        width = self.size.width
        return strip(self.line(width) if y == 0 else [], width, lambda role: style(name, role, self.surface))


def environment_badge(environment: str) -> str:
    """Badge of an environment name."""
    word = environment.casefold()
    if word == "demo":
        return "badge:demo"
    if word.startswith("prod"):
        return "badge:production"
    return "badge:staging" if word.startswith(("stag", "test", "pre")) else "badge:neutral"


def link(connection: Connection, feed_age: float | None, paused: bool) -> Span:
    """How fresh the screen is: a shape and a word, with an alarm badge when nothing arrives."""
    if paused:
        return "‖ paused", "badge:read_only"
    if connection.state == "connecting":
        return "◌ connecting", "warn"
    if connection.state == "reconnecting":
        seen = "" if feed_age is None else f" · {age(feed_age)} old"
        return f"✗ reconnecting{seen}", "badge:alarm"
    if feed_age is not None and feed_age > 30:
        return f"▲ silent {age(feed_age)}", "badge:alarm"
    word = "live" if connection.state == "live" else connection.state
    fresh = "" if feed_age is None or feed_age < 10 else f" {age(feed_age)}"
    return f"● {word}{fresh}", "ok" if connection.state == "live" else "warn"


class StatusBar(LineWidget):
    """The header of every screen."""

    DEFAULT_CSS = "StatusBar { dock: top; }"

    def __init__(self) -> None:
        super().__init__(id="status")
        self._left: list[Span] = []
        self._right: list[Span] = []

    def describe(self, header: Header | None, crumbs: str, fresh: Span, step: str) -> None:
        """Lay the line out; parts that do not fit leave from the middle."""
        left: list[Span] = []
        if header is not None and header.environment:
            left += [(f" {header.environment} ", environment_badge(header.environment)), (" ", "text")]
        left += [(" AOER ", "title"), (crumbs, "text")]
        middle: list[Span] = []
        if header is not None:
            middle = [("  ", "dim"), (header.database, "dim"), (" · ", "dim"), (header.access, "text")]
            leader = header.leader or "no leader"
            middle += [(" · ", "dim"), (f"leads: {leader}" if header.leader else "▲ no leader", _leader_role(header))]
        elif step:
            middle = [("  " + step, "dim")]
        right: list[Span] = []
        if header is not None and header.demo and header.environment.casefold() != "demo":
            right += [(" DEMO ", "badge:demo"), (" ", "text")]
        if header is not None and header.read_only:
            right += [(" READ-ONLY ", "badge:read_only"), (" ", "text")]
        right += [(f" {fresh[0]} " if fresh[1].startswith("badge") else fresh[0], fresh[1]), (" ", "text")]
        if left != self._left or [*middle, *right] != self._right:
            self._left, self._right = left, [*middle, *right]
            self._parts = (left, middle, right)
            self.repaint(0)

    _parts: tuple[list[Span], list[Span], list[Span]] = ([], [], [])

    def line(self, width: int) -> Sequence[Span]:
        """Left, as much of the middle as fits, right."""
        left, middle, right = self._parts
        room = max(0, width - length(left) - length(right))
        return [*left, *clip(middle, room), *right]


def _leader_role(header: Header) -> str:
    return "dim" if header.leader else "warn"
