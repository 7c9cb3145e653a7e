"""The bottom line: what the keys do for the row under the cursor, from the registry; and the notice above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.strip import Strip

from console.tui.look.palette import DARK, PALETTES
from console.tui.look.spans import Span, fit, length, strip, wrap
from console.tui.look.theme import style
from console.tui.widgets.painted import Painted
from console.tui.widgets.status_bar import LineWidget


@dataclass(frozen=True, slots=True)
class Hint:
    """A key with its meaning; `off` when it does not apply to the row now."""

    key: str
    title: str
    off: bool = False


class KeyBar(LineWidget):
    """Verbs of the focused rows at the left, the general keys at the right."""

    DEFAULT_CSS = "KeyBar { dock: bottom; }"

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._verbs: tuple[Hint, ...] = ()
        self._general: tuple[Hint, ...] = ()

    def describe(self, verbs: Sequence[Hint], general: Sequence[Hint]) -> None:
        """Show these; repaint only when they changed."""
        if (tuple(verbs), tuple(general)) != (self._verbs, self._general):
            self._verbs, self._general = tuple(verbs), tuple(general)
            self.repaint(0)

    def line(self, width: int) -> Sequence[Span]:
        """As many hints as fit: first the verbs that do not apply give way, then general keys (first ones first), then
        further verbs."""
        general = [_hint(h) for h in self._general]
        verbs = list(self._verbs)
        while any(h.off for h in verbs) and _cells(verbs) + sum(map(length, general)) > width:
            verbs.remove(next(h for h in reversed(verbs) if h.off))
        while len(general) > 2 and _cells(verbs) + sum(map(length, general)) > width:
            general.pop(0)
        right = [span for spans in general for span in spans]
        room = width - length(right) - 1
        left: list[Span] = [(" ", "text")]
        for spans in map(_hint, verbs):
            if length(left) + length(spans) > room:
                left.append(("…", "dim"))
                break
            left += spans
        return [*left, (" " * max(0, width - length(left) - length(right)), "text"), *right]


def _cells(verbs: Sequence[Hint]) -> int:
    return sum(length(_hint(verb)) for verb in verbs) + 2


def _hint(hint: Hint) -> list[Span]:
    if hint.off:
        return [(f"({hint.key} {hint.title})  ", "dim")]
    return [(hint.key, "key"), (f" {hint.title}  ", "text")]


class Notice(LineWidget):
    """One line above the keys for a few seconds: what came of the last verb, and how to undo it."""

    DEFAULT_CSS = "Notice { dock: bottom; margin: 0 0 1 0; layer: notice; display: none; }"
    surface = "dialog"

    def __init__(self) -> None:
        super().__init__(id="notice")

    def say(self, spans: Sequence[Span]) -> None:
        """Show a line."""
        self.show([(" ", "text"), *spans])
        self.display = True

    def hush(self) -> None:
        """Take it away."""
        self.display = False


class Banner(Painted):
    """Under the header while something is wrong: what, and what to do; as many lines as that takes, four at most."""

    DEFAULT_CSS = "Banner { dock: top; margin: 1 0 0 0; height: 1; display: none; layer: notice; }"

    def __init__(self) -> None:
        super().__init__(id="banner")
        self._text = ""

    def alarm(self, text: str) -> None:
        """Say it, or take the banner away for an empty text."""
        if text == self._text:
            return
        self._text = text
        self.display = bool(text)
        self.styles.height = max(1, len(self._lines(max(20, self.app.size.width - 4))))
        self.refresh()

    def _lines(self, width: int) -> list[str]:
        return wrap(f"✗ {self._text}", width, limit=4)

    def draw_line(self, y: int) -> Strip:
        """One line of it, across the whole width."""
        width = self.size.width
        lines = self._lines(max(20, width - 4))
        text = lines[y] if y < len(lines) else ""
        name = self.app.theme if self.app.theme in PALETTES else DARK.name
        return strip([(fit(f" {text}", width), "badge:alarm")], width, lambda role: style(name, role, "base"))
