"""`aoer-console --scheduler-only`: cycles and a worker without a terminal. Never imports textual."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator

from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.governance.sessions import session
from console.scheduler import logs
from console.scheduler.embedded import Scheduler
from console.scheduler.metrics import Metrics
from console.scheduler.systemd import Systemd
from console.store.database import Database

_log = logging.getLogger("console.scheduler")
ABORTED = 130
"""Exit code after a second signal."""


async def run(settings: Settings, *, stop: "Signals | None" = None) -> int:
    """Run until SIGTERM or SIGINT; then drain for at most `scheduler.drain_seconds` and return 0.

    A second signal ends at once with 130. What makes a start impossible (no server, a schema that does not fit) is
    raised as a ConsoleError; a server that goes away later is waited for.
    """
    logs.set_up(settings.log.format, settings.log.level)
    signals = stop or Signals()
    with signals.handled():
        async with session(settings, Actor(Origin.SCHEDULER), application="scheduler") as db:
            scheduler = Scheduler(db, settings)
            systemd = Systemd()
            async with _serving(settings, scheduler, db):
                await scheduler.start()
                await _first(scheduler.ready(), signals.first.wait())
                systemd.ready(lambda: True)
                _log.info("scheduler %s ready, database %s", scheduler.id, db.target)
                await signals.first.wait()
                _log.info("stopping, draining for at most %g s", settings.scheduler.drain_seconds)
                systemd.stopping()
                code = await _drained(scheduler, settings.scheduler.drain_seconds, signals)
                systemd.close()
    _log.info("stopped" if code == 0 else "aborted")
    return code


class Signals:
    """The first signal asks to drain, the second to abort."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()

    def hit(self) -> None:
        """A signal came."""
        (self.second if self.first.is_set() else self.first).set()

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Catch SIGTERM and SIGINT for the length of the block."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.hit)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


async def _drained(scheduler: Scheduler, seconds: float, signals: Signals) -> int:
    draining = asyncio.create_task(scheduler.stop(seconds))
    await _first(asyncio.shield(draining), signals.second.wait())
    if not draining.done():
        draining.cancel()
        await asyncio.wait([draining], timeout=1.0)
        return ABORTED
    if not draining.result():
        _log.warning("not everything was finished in time; the rest was given back")
    return 0


async def _first(*works: Awaitable[object]) -> None:
    """Wait for whichever of `works` ends first; its exception is raised, the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@contextlib.asynccontextmanager
async def _serving(settings: Settings, scheduler: Scheduler, db: Database) -> AsyncIterator[None]:
    """The metrics endpoint, where a port is set."""
    if not settings.scheduler.metrics_port:
        yield
        return
    metrics = Metrics(db, scheduler)
    await metrics.start(settings.scheduler.metrics_host, settings.scheduler.metrics_port)
    try:
        yield
    finally:
        await metrics.stop()
