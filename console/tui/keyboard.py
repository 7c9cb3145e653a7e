"""Keys reach the screen that was meant: each is passed on only when the one before it has had its effect.

The framework hands a key to whatever has the focus at the moment it arrives. Keys that arrive together (a fast typist,
a slow line, a moment in which the program was busy) would all go to the list in front before the first of them has
opened its dialog: typing ":orders" would press `r` on an alert. Here the later ones wait until the first has gone its
whole way and the screen it opened can take keys. Where that takes too long they are dropped: a lost letter is typed
again, a verb on the wrong row is not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final

from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp

PATIENCE: Final = 2.0
"""Seconds that keys wait for the screen they were typed for."""
_LOOK: Final = 0.004
_SINGLE: Final = 0.03
"""A key that comes alone is followed only so many seconds later: until then its answer is on the screen."""


class Keyboard:
    """Stands between the terminal and the widgets. `patience` in seconds."""

    def __init__(self, app: ConsoleApp, patience: float = PATIENCE) -> None:
        self.app = app
        self.patience = patience
        self._current: Key | Paste | None = None
        self._waiting: deque[Key | Paste] = deque(maxlen=1000)
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def admit(self, event: Key | Paste) -> bool:
        """Whether to pass `event` on now; otherwise it comes again when its turn has come."""
        if self._current is not None and event is not self._current:
            self._waiting.append(event)
            self._more.set()
            return False
        self._current = event
        return True

    def passed_on(self, target: DOMNode) -> None:
        """The admitted key went to `target`: see it through, then let the next one come."""
        self._task = asyncio.get_running_loop().create_task(self._follow(target))

    async def _follow(self, target: DOMNode) -> None:
        if not self._waiting:
            await self._alone()
        try:
            async with asyncio.timeout(self.patience):
                await self._had_its_effect(target)
                while not self._ready():  # noqa: ASYNC110 - a screen tells nobody that it has come up
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            self._waiting.clear()
        self._current = None
        if self._waiting:
            self._current = self._waiting.popleft()
            self.app.post_message(self._current)

    async def _alone(self) -> None:
        """Until the next key comes, a moment at most: what follows here must not hold up the answer to this one."""
        self._more.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SINGLE):
                await self._more.wait()

    async def _had_its_effect(self, target: DOMNode) -> None:
        """A key rises from the focus through every parent to the application, which may pass a change of focus on to
        itself: what has been posted after it comes back after it."""
        for node in (*target.ancestors_with_self, self.app):
            handled = asyncio.Event()
            if node.call_later(handled.set):
                await handled.wait()

    def _ready(self) -> bool:
        """Whether the screen in front is the one that the next key is meant for, and can take it."""
        screen = self.app.screen
        if self.app.acting.asking and not isinstance(screen, ModalScreen):
            return False
        return screen.is_mounted
