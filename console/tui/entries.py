"""What the palette and the command line offer: verbs of the registry, screens, and the terminal's own commands."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.actions.model import Action, Scope
from console.errors import UsageError
from console.feed.targets import target_of
from console.tui.look.palette import PALETTES
from console.tui.widgets.filters import close_letters
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import LiveView

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. `run` gets whatever was typed after its name."""

    name: str
    title: str
    key: str
    run: Callable[[str], None]
    weight: int = 0


def entries_for(app: ConsoleApp, view: LiveView[Any] | None) -> Iterator[Entry]:
    """Verbs that fit the focused rows first, then screens, then the rest."""
    scope = view.scope if view is not None else None
    verbs = [a for a in app.actions_list if not a.id.endswith(".restore")]
    for action in sorted(verbs, key=lambda a: a.scope.value != scope):
        yield _verb(app, action, view)
    yield from _screens(app)
    yield from _own(app, view)


def _verb(app: ConsoleApp, action: Action, view: LiveView[Any] | None) -> Entry:
    asks = " …" if action.params else ""
    fits = view is not None and view.scope == action.scope.value
    where = "" if fits or action.scope is Scope.GLOBAL else f"  (on a {action.scope.value})"

    def run(arguments: str) -> None:
        params = _params(arguments)
        if action.scope is Scope.GLOBAL:
            app.acting.begin(action, [], params, ask=not params)
            return
        if view is None or view.scope != action.scope.value:
            app.say(
                [(f"{action.title} needs a {action.scope.value} under the cursor; focus such a list first.", "warn")]
            )
            return
        targets = [target_of(row, action.scope) for row in view.model.chosen()]
        app.acting.begin(action, targets, params, ask=not params)

    return Entry(" ".join(action.cli), f"{action.title}{asks}{where}", app.keys.label(action.id), run, 2 if fits else 0)


def _params(arguments: str) -> dict[str, str]:
    params = {}
    for word in shlex.split(arguments):
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"{word!r} is not key=value", hint='write for example: minutes=15 or reason="late van"')
        params[name] = value
    return params


def _screens(app: ConsoleApp) -> Iterator[Entry]:
    from console.tui.screens.directory import ALIASES, names

    for name, title in names().items():
        yield Entry(name, f"Open: {title}", "", lambda arguments, name=name: app.go(name, arguments), 1)  # type: ignore[misc]
    for alias, name in ALIASES.items():
        yield Entry(alias, f"Open: {name}", "", lambda arguments, name=name: app.go(name, arguments))  # type: ignore[misc]


def _own(app: ConsoleApp, view: LiveView[Any] | None) -> Iterator[Entry]:
    from console.tui.export import export_screen

    keys = app.keys

    def set_filter(text: str) -> None:
        if isinstance(view, LiveTable):
            view.set_filter(text)

    yield Entry("undo", "Take the last verb back", keys.label("app.undo"), lambda _: app.action_undo())
    yield Entry("filter", "Filter the focused list", keys.label("screen.filter"), set_filter)
    yield Entry("copy", "Copy the chosen rows", keys.label("screen.copy"), lambda _: app.copy_rows(view))
    yield Entry(
        "export", "Export the list as CSV or JSON", keys.label("screen.export"), lambda _: app.export_rows(view)
    )
    yield Entry("columns", "Choose columns", keys.label("screen.columns"), lambda _: app.choose_columns(view))
    yield Entry(
        "screenshot",
        "Write the screen as SVG",
        "",
        lambda name: void(app.background(export_screen(app, name.strip()), "Screenshot")),
    )
    yield Entry("pause", "Hold the screen still, or go on", keys.label("app.pause"), lambda _: app.action_pause())
    yield Entry("refresh", "Read everything again", keys.label("app.refresh"), lambda _: app.action_reread())
    for palette in PALETTES.values():
        word = palette.title.lower()
        yield Entry(f"theme {word}", f"Theme: {palette.title}", "", lambda _, name=palette.name: app.use_theme(name))  # type: ignore[misc]
    yield Entry(
        "quit", "Leave the program", keys.label("app.quit"), lambda _: void(app.call_later(app.action_leave_program))
    )


def void(_: object) -> None:
    """Drop a result."""


def find(entries: Sequence[Entry], text: str) -> tuple[Entry, str] | None:
    """The entry whose whole name begins `text`, the longest one, and what follows it; None when there is none."""
    words = text.split()
    for size in (2, 1):
        name = " ".join(words[:size])
        entry = next((e for e in entries if e.name == name and len(words) >= size), None)
        if entry is not None:
            return entry, text.split(None, size)[size] if len(words) > size else ""
    return None


def score(entry: Entry, text: str) -> int:
    """How well an entry answers what is typed; 0 hides it."""
    wanted = " ".join(text.casefold().split())
    if not wanted:
        return 10 + entry.weight
    name, title = entry.name.casefold(), entry.title.casefold()
    if wanted.startswith(name + " ") or name == wanted:
        return 100 + len(name)
    if name.startswith(wanted):
        return 80 + entry.weight
    if any(word.startswith(wanted) for word in (name + " " + title).split()):
        return 60 + entry.weight
    if wanted in name or wanted in title:
        return 40 + entry.weight
    return 20 + entry.weight if close_letters(wanted.replace(" ", ""), name + " " + title) else 0
