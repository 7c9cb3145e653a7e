"""The terminal application: it owns the clock, the theme, the keys and the way between screens, and little else.

Nothing here talks to the database. Services come up in the background after the first paint and hand over two ports;
from then on snapshots flow in through one throttled callback, and verbs flow out through `Acting`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import AppBlur, AppFocus, Event, Key, Paste
from textual.screen import Screen

from console.actions.model import Action, Outcome, Scope
from console.actions.registry import all_actions
from console.config.settings import Settings
from console.errors import ConsoleError, UsageError
from console.feed.details import Connection
from console.feed.model import Overview, SectionName
from console.feed.ports import ActionsPort, FeedPort
from console.tui.acting import Acting
from console.tui.clock import DatabaseClock
from console.tui.collector import Collector
from console.tui.keyboard import Keyboard
from console.tui.keys import EVERYWHERE, Keymap
from console.tui.look.palette import MONOCHROME, PALETTES, named
from console.tui.look.spans import Span
from console.tui.look.theme import to_theme
from console.tui.look.words import age
from console.tui.memory import Memory, default_file
from console.tui.navigation import Navigation
from console.tui.ports import ServicesPort
from console.tui.screens.base import ConsoleScreen
from console.tui.screens.overview import OverviewScreen
from console.tui.startup import Startup
from console.tui.widgets.live_view import LiveView
from console.tui.widgets.status_bar import link

T = TypeVar("T")

_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class ConsoleApp(App[int], Navigation, inherit_bindings=False):
    """The console. `keys` are already checked for clashes."""

    TITLE = "aoer-console"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "app.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+c", "leave_program", "Quit", id="app.quit"),
        Binding("question_mark,f1", "help", "Help", id="app.help"),
        Binding("colon", "command", "Command line", id="app.command"),
        Binding("ctrl+p", "palette", "Palette", id="app.palette"),
        Binding("z", "undo", "Undo", id="app.undo"),
        Binding("full_stop", "why", "Say why with the next verb", id="app.why", show=False),
        Binding("p", "pause", "Pause", id="app.pause", show=False),
        Binding("R,f5", "reread", "Read again now", id="app.refresh", show=False),
        Binding("m", "map", "Map", id="app.map"),
        Binding("right_parenthesis", "interval(-1)", "Poll more often", id="app.faster", show=False),
        Binding("left_parenthesis", "interval(1)", "Poll less often", id="app.slower", show=False),
        Binding("T", "theme", "Next theme", id="app.theme", show=False),
        Binding("L", "go('log')", "Command log", id="app.log", show=False),
    ]

    def __init__(self, services: ServicesPort, settings: Settings, keys: Keymap, memory: Path | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.keys = keys
        self.actions_list: tuple[Action, ...] = all_actions()
        self._actions_by_id = {action.id: action for action in self.actions_list}
        self.feed: FeedPort | None = None
        self.actions: ActionsPort | None = None
        self.overview = Overview()
        self.clock = DatabaseClock()
        self.memory = Memory(memory)
        self.acting = Acting(self)
        self.keyboard = Keyboard(self)
        self.collector = Collector()
        self.startup = Startup(self, services)
        self.paused = False
        self.step = "starting"
        self.trouble = ""
        self.first_snapshot = asyncio.Event()
        self.first_screen = ""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._poll = settings.ui.poll_seconds
        self._last_shown = 0.0
        self._waiting = False
        self._wanted: frozenset[SectionName] = frozenset()
        for palette in PALETTES.values():
            self.register_theme(to_theme(palette))
        self.theme = MONOCHROME.name if os.environ.get("NO_COLOR") else named(settings.ui.theme).name
        self.set_keymap(keys.overrides)

    def get_default_screen(self) -> Screen[Any]:
        """The overview is there from the first paint."""
        return OverviewScreen(id="_default")

    def on_mount(self) -> None:
        """Paint first, then bring the services up."""
        self.startup.catch_signals()
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self.startup.begin)
        if self.first_screen:
            self.call_after_refresh(self.go, self.first_screen)

    # -- what arrives ----------------------------------------------------------------------------------------------

    def take(self, overview: Overview) -> None:
        """The feed has something new: show it, at most `refresh_hz` times a second."""
        self.overview = overview
        self.clock.hear(overview.now)
        if self._waiting:
            return
        pause = 1 / self.settings.ui.refresh_hz - (time.monotonic() - self._last_shown)
        if pause <= 0:
            self._show()
        else:
            self._waiting = True
            self.set_timer(pause, self._show)

    def _show(self) -> None:
        self._waiting = False
        self._last_shown = time.monotonic()
        self.startup.watch_alerts(self.overview)
        if self.overview.header is not None:
            self.first_snapshot.set()
        screen = self.screen
        if isinstance(screen, ConsoleScreen) and screen.ready:
            screen.show_overview(self.overview)

    def _tick(self) -> None:
        self.collector.look()
        connection = self.connection
        self.trouble = ""
        if connection.state == "reconnecting":
            seen = self.feed.age() if self.feed else None
            old = f"; what you see is {age(seen)} old" if seen is not None else ""
            self.trouble = f"connection lost, trying again{old}. {connection.message}"
        elif self.startup.problem:
            self.trouble = self.startup.problem
        if isinstance(self.screen, ConsoleScreen) and self.screen.ready:
            self.screen.show_clock()

    @property
    def connection(self) -> Connection:
        """How the feed stands."""
        return self.feed.connection if self.feed is not None else Connection()

    def freshness(self) -> Span:
        """The header's right end."""
        if self.startup.problem:
            return "✗ not connected", "badge:alarm"
        return link(self.connection, self.feed.age() if self.feed else None, self.paused)

    def staleness(self) -> str | None:
        """What panes say about their age when it is worth saying."""
        seen = self.feed.age() if self.feed is not None else None
        return f"{age(seen)} old" if seen is not None and seen > 15 else None

    def now(self) -> Any:
        """Database time."""
        return self.clock.now()

    def want(self, sections: frozenset[SectionName]) -> None:
        """Tell the feed which sections the screen on top shows."""
        self._wanted = sections
        if self.feed is not None:
            self.feed.want(sections)

    def connect(self, feed: FeedPort, actions: ActionsPort) -> None:
        """Services are up."""
        self.feed, self.actions = feed, actions
        self.step = ""
        feed.subscribe(self.take)
        feed.want(self._wanted)
        self.take(feed.overview)

    def refresh_feed(self) -> None:
        """Read again now."""
        if self.feed is not None:
            self.feed.refresh()

    # -- work in the background ------------------------------------------------------------------------------------

    def background(self, work: Coroutine[Any, Any, Any], title: str) -> asyncio.Task[Any]:
        """Run a coroutine that no screen owns: nothing cancels it, and its failure becomes a notice, not a crash."""
        task = asyncio.get_running_loop().create_task(self._guard(work, title))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def rest(self) -> None:
        """Until nothing of `background` is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _guard(self, work: Coroutine[Any, Any, Any], title: str) -> None:
        try:
            await work
        except ConsoleError as error:
            self.say_error(error)
        except Exception as error:
            self.log.error(f"{title}: {error!r}")
            self.say([("✗ ", "crit"), (f"{title} failed unexpectedly: {type(error).__name__}: {error}", "text")], 15.0)

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Show a dialog and wait for its answer."""
        answer: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

        def done(value: T | None) -> None:
            if not answer.done():
                answer.set_result(value)

        await self.push_screen(dialog, done)
        return await answer

    # -- telling ---------------------------------------------------------------------------------------------------

    def say(self, spans: Sequence[Span], seconds: float = 6.0) -> None:
        """A notice on the top screen of the console."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, ConsoleScreen):
                screen.say(spans, seconds)
                return

    def say_error(self, error: ConsoleError) -> None:
        """What happened and what to do."""
        self.say([("✗ ", "bad"), (error.message, "text"), (f"  {error.hint}" if error.hint else "", "dim")], 12.0)

    def show_outcomes(self, title: str, outcomes: Sequence[Outcome]) -> None:
        """Row by row, when not all went well."""
        from console.tui.dialogs.outcomes import OutcomeList

        self.push_screen(OutcomeList(title, outcomes))

    def live_views(self) -> list[LiveView[Any]]:
        """Every list on every open screen."""
        return [view for screen in self.screen_stack for view in screen.query(LiveView)]

    def action_by_id(self, action_id: str) -> Action | None:
        """The registry's verb of that id."""
        return self._actions_by_id.get(action_id)

    def screen_has_binding(self, key: str) -> bool:
        """Whether the screen or the app itself does something on `key`."""
        here = {c.place for c in self.keys.commands} - {scope.value for scope in Scope}
        return any(self.keys.command_at(place, key) for place in here | {EVERYWHERE})

    # -- keys ------------------------------------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """Keys one after the other, everything else as it comes."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.collector.key()
        if self.keyboard.admit(event):
            target = self.focused or self.screen
            await super().on_event(event)
            self.keyboard.passed_on(target)

    def action_undo(self) -> None:
        """Take the last reversible verb back."""
        self.acting.undo()

    def action_why(self) -> None:
        """Ask for a reason with the next verb."""
        self.acting.give_reason()

    def action_pause(self) -> None:
        """Hold the screen still, or go on."""
        if self.feed is None:
            return
        self.paused = not self.paused
        self.feed.pause(self.paused)
        key = self.keys.label("app.pause")
        held: list[Span] = [("‖ paused: the screen holds still. ", "text"), (key, "key"), (" goes on.", "text")]
        self.say(held if self.paused else [("▶ live again", "text")])
        self._tick()

    def action_reread(self) -> None:
        """Read everything again; after a failed start, try again."""
        self.startup.again()
        self.refresh_feed()
        if isinstance(self.screen, ConsoleScreen):
            self.screen.reread()

    def action_interval(self, step: int) -> None:
        """Poll more or less often."""
        nearest = min(range(len(_STEPS)), key=lambda i: abs(_STEPS[i] - self._poll))
        self._poll = _STEPS[min(len(_STEPS) - 1, max(0, nearest + step))]
        if self.feed is not None:
            self.feed.every(self._poll)
        self.say([(f"Polling every {self._poll:g} s when no notification arrives.", "text")])

    def action_theme(self) -> None:
        """The next theme."""
        names = list(PALETTES)
        place = names.index(self.theme) if self.theme in names else -1
        self.use_theme(names[(place + 1) % len(names)])

    def use_theme(self, name: str) -> None:
        """Change the theme now; the setting ui.theme keeps one."""
        palette = named(name)
        self.theme = palette.name
        for view in self.live_views():
            view.forget()
        self.screen.refresh()
        self.say([(f"Theme: {palette.title}. Set theme under [ui] in config.toml to keep it.", "text")])

    async def action_leave_program(self) -> None:
        """Quit; ask first only while a write is on its way."""
        if self.acting.busy:
            self.background(self.startup.leave_with_question(), "Quit")
        else:
            self.exit(0)

    def on_app_blur(self, _: AppBlur) -> None:
        """Nobody looks: read less often."""
        self.startup.focused = False
        if self.feed is not None:
            self.feed.focus(False)

    def on_app_focus(self, _: AppFocus) -> None:
        """Somebody looks again."""
        self.startup.focused = True
        if self.feed is not None:
            self.feed.focus(True)


def build_keys(settings: Settings) -> Keymap:
    """Every command with the keys in force.

    Raises:
        ConfigError: [keys] names an unknown command, or two commands share a key.
    """
    from console.tui.commands import all_commands

    return Keymap(all_commands(), settings.keys)


def run_app(
    services: ServicesPort, settings: Settings, *, screenshot: str | None = None, screen: str | None = None
) -> int:
    """Open the terminal and return its exit code; `screenshot` writes one picture (SVG) instead. `screen` names the
    screen to begin with.

    Raises:
        ConfigError: keys clash, before anything is painted.
        UsageError: there is no such screen, or the picture cannot be written.
        ConsoleError: whatever kept a picture from being taken.
    """
    from console.tui.runner import run
    from console.tui.screens.directory import ALIASES, names

    if screen is not None and screen not in {**names(), **ALIASES}:
        raise UsageError(f"there is no screen {screen!r}", hint=f"screens: {', '.join(names())}")
    app = ConsoleApp(services, settings, build_keys(settings), None if screenshot else default_file())
    app.first_screen = screen or ""
    return run(app, screenshot)
