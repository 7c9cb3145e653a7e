"""The scheduler beside a terminal: in a thread with an event loop of its own.

A round of an engine reads, decides and writes thousands of rows; on the terminal's loop a key press would wait for the
longest stretch of that. Beside it a key waits for the interpreter's lock, a millisecond (see `console.tui.runner`).
"""

import asyncio
import logging
import threading

from console.config.settings import Settings
from console.errors import ConsoleError
from console.loop import run

_log = logging.getLogger("console.scheduler")


class SchedulerThread:
    """`start` returns at once; `stop` drains. Nothing in here is shared with the caller's loop but the settings."""

    def __init__(self, settings: Settings, application: str) -> None:
        self._settings, self._application = settings, application
        self._drain = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop: asyncio.Event | None = None
        self._begun = False
        self._there = threading.Event()
        self._thread = threading.Thread(target=self._main, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()

    async def stop(self, drain_seconds: float) -> None:
        """No new work; what runs may finish for `drain_seconds`. Returns when the thread has ended."""
        if self._thread.ident is None:
            return
        self._drain = drain_seconds
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._there.wait()
        if self._loop is not None and self._thread.is_alive():
            try:
                self._loop.call_soon_threadsafe(self._ask_to_stop)
            except RuntimeError:  # it has ended by itself meanwhile
                _log.debug("the scheduler had ended already")
        self._thread.join()

    def _ask_to_stop(self) -> None:
        if self._stop is not None:
            self._stop.set()
        if self._task is not None and not self._begun:
            self._task.cancel()

    def _main(self) -> None:
        try:
            run(self._live())
        except ConsoleError as error:  # the terminal is of use without it; the header shows that none is alive
            _log.warning("the scheduler did not start: %s", error)
        except asyncio.CancelledError:
            _log.debug("stopped before it had begun")
        except Exception:
            _log.exception("the scheduler ended")
        finally:
            self._there.set()

    async def _live(self) -> None:
        from console.scheduler.embedded import Scheduler
        from console.store.database import Database

        self._loop, self._task, self._stop = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
        self._there.set()
        # A server that is away for a moment is waited for: nobody would start the scheduler again.
        async with Database.open(self._settings, application=self._application, wait=False) as db:
            scheduler = Scheduler(db, self._settings)
            self._begun = True
            try:
                await scheduler.start()
                await self._stop.wait()
            finally:
                await scheduler.stop(self._drain)
