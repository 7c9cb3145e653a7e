"""Coming up and going down: services after the first paint, retries, signals, the bell."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError, DatabaseUnavailable, NotAvailable
from console.feed.build import told
from console.feed.model import Overview

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp
    from console.tui.ports import ServicesPort

_RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0)


class Startup:
    """Brings the services up without the screen ever waiting for them."""

    def __init__(self, app: ConsoleApp, services: ServicesPort) -> None:
        self.app = app
        self.services = services
        self.problem = ""
        self.failure: ConsoleError | None = None
        self.failed = asyncio.Event()
        self.focused = True
        self._task: asyncio.Task[None] | None = None
        self._again = asyncio.Event()
        self._critical: frozenset[str] | None = None

    def begin(self) -> None:
        """Start in the background."""
        self.app.collector.begin()
        self._task = asyncio.get_running_loop().create_task(self._bring_up())

    async def _bring_up(self) -> None:
        tries = 0
        while True:
            try:
                feed, actions = await self.services.start(self._say_step)
            except ConsoleError as error:
                self._tell(error)
                pause = _RETRY_SECONDS[min(tries, len(_RETRY_SECONDS) - 1)]
                await self._wait(pause if isinstance(error, DatabaseUnavailable) else None)
                tries += 1
                continue
            except Exception as error:
                self.app.log.error(f"start: {error!r}")
                self.problem = f"the services did not start: {type(error).__name__}: {error}. R tries again."
                self.app.step = "not started"
                self._fail(NotAvailable(f"the services did not start: {type(error).__name__}: {error}"))
                await self._wait(None)
                continue
            self.problem = ""
            self.app.connect(feed, actions)
            return

    def _say_step(self, step: str) -> None:
        self.app.step = step
        self.problem = ""

    def _fail(self, error: ConsoleError) -> None:
        self.failure = error
        self.failed.set()

    def _tell(self, error: ConsoleError) -> None:
        self._fail(error)
        self.problem = told(error.message, error.hint)
        self.app.step = "not connected"

    async def _wait(self, seconds: float | None) -> None:
        self._again.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            pass

    def again(self) -> None:
        """Try to start again now, if it is waiting for that."""
        self._again.set()

    async def stop(self) -> None:
        """Stop whatever has been started."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.services.stop()

    def catch_signals(self) -> None:
        """SIGTERM and a hung-up terminal end the program as `q` does."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                try:
                    loop.add_signal_handler(getattr(signal, name), self.app.exit, 0)
                except (NotImplementedError, RuntimeError, ValueError):
                    return

    async def leave_with_question(self) -> None:
        """A write is on its way: ask before leaving it."""
        from console.tui.dialogs.confirm import Question, YesNo

        question = Question("Quit now?", ["A change is still being written. It is finished or undone as a whole."])
        if await self.app.ask(YesNo(question)):
            self.app.exit(0)

    def watch_alerts(self, overview: Overview) -> None:
        """Ring once for new critical alerts while the window is not in front."""
        critical = frozenset(row.key for row in overview.alerts.rows if row.severity.lower() == "critical")
        fresh = critical - self._critical if self._critical is not None else frozenset()
        if overview.alerts.at is not None or critical:
            self._critical = critical
        if fresh and not self.focused and self.app.settings.ui.bell:
            self.app.bell()
