"""Help for the focused list, generated from the registry and the keys in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from textual.widget import Widget

from console.actions.model import Tier
from console.feed.model import Record
from console.tui.keys import EVERYWHERE, LIST, MAP, Command
from console.tui.look.spans import Span, wrap
from console.tui.screens.base import ConsoleScreen
from console.tui.widgets.facts import Facts

_TIERS: Final = {
    Tier.REVERSIBLE: "at once",
    Tier.IRREVERSIBLE: "asks y or n",
    Tier.BULK: "asks for the count and a reason",
}

_FILTER: Final = (
    ("word", "any column holds it, or its letters close together"),
    ("field:word", "that column holds it; the first letters of a column are enough"),
    ("field:>3", "compares numbers; also < >= <= ="),
    ("!term", "rows that do not match"),
)


class HelpScreen(ConsoleScreen):
    """Verbs of the rows first, then what every list and every screen can do."""

    crumbs = "help"
    AUTO_FOCUS = "Facts"

    def __init__(self, scope: str | None) -> None:
        super().__init__()
        self.scope = scope

    def compose_body(self) -> Iterable[Widget]:
        """One long text."""
        yield Facts("Help", None)

    def on_mount(self) -> None:
        """Write it."""
        facts = self.query_one(Facts)
        facts.extra = self._lines
        facts.show_record(Record("help", 1, {}))

    def _lines(self, width: int) -> Sequence[Sequence[Span]]:
        keys = self.console.keys
        lines: list[list[Span]] = []
        if self.scope is not None and (verbs := keys.by_place(self.scope)):
            lines += [[(f"Verbs for this {self.scope}", "accent")]]
            lines += self._verbs(verbs, width)
        for heading, place in (
            ("Lists", LIST),
            ("Overview", "overview"),
            ("Map", MAP),
            ("Tables with pages", "deck"),
            ("Everywhere", EVERYWHERE),
        ):
            commands = [c for c in keys.by_place(place) if c.keys]
            if commands:
                lines += [
                    [],
                    [(heading, "accent")],
                    *(_line(keys.labels(c.id), c.title, c.id, width) for c in commands),
                ]
        lines += [[], [("Filter line", "accent")], *(_line(sign, text, "", width) for sign, text in _FILTER)]
        others = sorted({c.place for c in keys.commands} - {self.scope, LIST, EVERYWHERE, MAP, "overview", "deck"})
        for place in others:
            verbs = [c for c in keys.by_place(place) if c.keys]
            if verbs:
                lines += [[], [(f"Verbs for a {place}", "accent")], *self._verbs(verbs, width)]
        lines += [[], [("Keys are changed by id in the [keys] section of config.toml.", "dim")]]
        return lines

    def _verbs(self, verbs: Sequence[Command], width: int) -> list[list[Span]]:
        lines: list[list[Span]] = []
        for command in verbs:
            action = self.console.action_by_id(command.id)
            if action is None or (action.key is None and not command.keys):
                continue
            lines.append(_line(self.console.keys.labels(command.id) or ":", command.title, command.id, width))
            undo = f", {self.console.keys.label('app.undo')} undoes it" if action.inverse else ""
            for text in wrap(f"{action.help} ({_TIERS[action.tier]}{undo}; {action.permission})", max(20, width - 14)):
                lines.append([(" " * 14, "dim"), (text, "dim")])
        return lines


def _line(keys: str, title: str, command_id: str, width: int) -> list[Span]:
    head: list[Span] = [(keys.ljust(14) if len(keys) < 14 else keys + " ", "key"), (title, "text")]
    used = max(14, len(keys) + 1) + len(title)
    gap = width - used - len(command_id)
    return [*head, (" " * gap, "dim"), (command_id, "dim")] if gap > 1 else head
