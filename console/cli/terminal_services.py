"""What stands behind the terminal: pool, feed, verbs and scheduler, brought up after the first paint."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from console.config import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import ConsoleError

if TYPE_CHECKING:
    from console.actions.desk import Desk
    from console.feed.ports import ActionsPort, FeedPort
    from console.store.link import LinkState

_log = logging.getLogger(__name__)
LONGEST_GOODBYE_SECONDS = 5.0
"""Somebody waits for the prompt: jobs that are not done by then are left to their leases."""


class TerminalServices:
    """Implements `console.tui.ports.ServicesPort`. `scheduler` says whether cycles and workers run here as well."""

    def __init__(self, settings: Settings, *, scheduler: bool) -> None:
        self._settings = settings
        self._wants_scheduler = scheduler and not settings.database.read_only
        self._stack = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, say: Callable[[str], None]) -> "tuple[FeedPort, ActionsPort]":
        """Bring everything up. What has been started is stopped again when a step fails."""
        from console.actions.desk import Desk
        from console.feed.feed import Feed
        from console.governance.sessions import session

        async with AsyncExitStack() as stack:
            say("connecting" if self._settings.database.dsn else "starting the database")
            opened = session(self._settings, Actor(Origin.TERMINAL), application="terminal")
            db = await stack.enter_async_context(opened)
            desk = Desk(db)
            await desk.refresh()
            stack.callback(db.on_state(_after_reconnect(lambda: self._spawn(_refresh(desk)))))
            say("reading")
            feed = Feed(db, self._settings)
            await feed.start()
            stack.push_async_callback(feed.stop)
            self._stack = stack.pop_all()
        if self._wants_scheduler:
            from console.scheduler.apart import SchedulerThread

            scheduler = SchedulerThread(self._settings, "terminal-scheduler")
            self._stack.push_async_callback(
                scheduler.stop, min(self._settings.scheduler.drain_seconds, LONGEST_GOODBYE_SECONDS)
            )
            scheduler.start()
        return feed, desk

    async def stop(self) -> None:
        """Drain the scheduler and close everything; safe at any time."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    def _spawn(self, work: "Coroutine[None, None, None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a service of the terminal failed", exc_info=task.exception())


def _after_reconnect(call: Callable[[], None]) -> "Callable[[LinkState], None]":
    """Calls back at every state that is ready but the first."""
    lost = False

    def changed(state: "LinkState") -> None:
        nonlocal lost
        ready = state.link == "ready"
        if ready and lost:
            call()
        lost = not ready

    return changed


async def _refresh(desk: "Desk") -> None:
    """Ask again what this role may do: it can differ after a reconnect."""
    try:
        await desk.refresh()
    except ConsoleError as error:
        _log.warning("permissions could not be read: %s", error)
