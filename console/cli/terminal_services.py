"""What the terminal runs on: database, feed, verbs and scheduler, brought up after the first paint.

The terminal knows none of these; it gets the two ports. Modules that take time to import are imported in a thread, so
that the keyboard is answered meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any, Final

from console.config.settings import Settings
from console.feed.ports import ActionsPort, FeedPort

_DRAIN_SECONDS: Final = 5.0
"""A person waits for the prompt: jobs that take longer give their lease back and are done by another worker."""


class TerminalServices:
    """`scheduler` says whether cycles and a queue worker run in this process."""

    def __init__(self, settings: Settings, *, scheduler: bool) -> None:
        self._settings = settings
        self._with_scheduler = scheduler
        self._stack = AsyncExitStack()

    async def start(self, say: Callable[[str], None]) -> tuple[FeedPort, ActionsPort]:
        """Connect (starting and preparing the embedded server where it is used), then feed, verbs, scheduler.

        Raises:
            DatabaseUnavailable: nobody answers yet.
            ConsoleError: anything else; whatever had been started is stopped.
        """
        stack = AsyncExitStack()
        try:
            ports = await self._bring_up(stack, say)
        except BaseException:
            await stack.aclose()
            raise
        self._stack = stack
        return ports

    async def _bring_up(self, stack: AsyncExitStack, say: Callable[[str], None]) -> tuple[FeedPort, ActionsPort]:
        settings = self._settings
        say("starting the database" if settings.database.dsn is None else "connecting to the database")
        database = await _module("console.store.database")
        db = await stack.enter_async_context(
            database.Database.open(settings, application="terminal", read_only=settings.database.read_only)
        )
        say("reading")
        feed_module = await _module("console.feed.feed")
        desk_module = await _module("console.actions.desk")
        desk = desk_module.Desk(db)
        feed = feed_module.Feed(db, settings)
        await desk.refresh()
        await feed.start()
        stack.push_async_callback(feed.stop)
        stack.callback(db.on_state(_Refresher(desk)))
        if self._with_scheduler and not db.read_only:
            await self._start_scheduler(stack, db)
        return feed, desk

    async def _start_scheduler(self, stack: AsyncExitStack, db: Any) -> None:
        embedded = await _module("console.scheduler.embedded")
        scheduler = embedded.Scheduler(db, self._settings)
        await scheduler.start()
        stack.push_async_callback(scheduler.stop, min(_DRAIN_SECONDS, self._settings.scheduler.drain_seconds))

    async def stop(self) -> None:
        """Scheduler, feed, database, in that order."""
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()


class _Refresher:
    """Asks again what the role may do each time the link comes back: privileges may have changed meanwhile."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk
        self._tasks: set[asyncio.Task[Any]] = set()

    def __call__(self, state: Any) -> None:
        if state.link == "ready":
            task = asyncio.get_running_loop().create_task(self._refresh())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _refresh(self) -> None:
        from console.errors import ConsoleError

        try:
            await self._desk.refresh()
        except ConsoleError:
            return


async def _module(name: str) -> Any:
    return await asyncio.to_thread(import_module, name)
