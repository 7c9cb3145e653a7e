"""The scheduler as a part of a process: in the terminal app on the same loop, or alone in `--scheduler-only`."""

import asyncio
import logging
import os
import platform
import random
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from console.config.settings import Settings
from console.errors import ConsoleError
from console.queue.worker import Worker
from console.scheduler.cycles import Cycle, all_cycles
from console.scheduler.leases import Lease
from console.scheduler.ticks import SILENCE_HEARTBEATS, Ticks
from console.scheduler.timetable import Timetable
from console.store.database import Database
from console.store.listen import Listener
from console.store.notify import CHANNEL, EVERYTHING
from console.store.queries import queries

_SQL = queries("scheduler")
_log = logging.getLogger("console.scheduler")
RETRY_SECONDS = 2.0
WORK_KINDS = {"work", EVERYTHING}
"""Notifications that a worker looks at the queue for; its own acknowledgements are of other kinds."""


class Scheduler:
    """Runs the cycles and, unless `work` is False, a queue worker.

    `start` returns at once and brings everything up in the background, for ever retried; `ready` waits for that.
    Many of these may run against one database: a tick runs once in all of them.
    """

    def __init__(self, db: Database, settings: Settings, *, work: bool = True, worker_id: UUID | None = None) -> None:
        self.id = worker_id or uuid4()
        self.worker = Worker(db, settings) if work else None
        self._db = db
        self._settings = settings
        self._state = "active"
        self._cycles = {cycle.name: cycle for cycle in all_cycles(settings)}
        self._ticks = Ticks(db, settings, self.id)
        self._timetable = Timetable(settings, self._fire)
        self._lease = Lease(db, "scheduler", self.id, settings.scheduler.heartbeat_seconds * SILENCE_HEARTBEATS)
        self._listener = Listener(db, [CHANNEL], self._heard, self._gap)
        self._running: set[asyncio.Task[Any]] = set()
        self._bring_up: asyncio.Task[None] | None = None
        self._beats: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._last_beat = 0.0
        self._showed = False

    @property
    def leads(self) -> bool:
        """Whether this process holds the scheduler lease: a sign for people, ticks do not need it."""
        return self._lease.term is not None

    @property
    def is_up(self) -> bool:
        """Whether it has begun and its last heartbeat was written in time."""
        loop = asyncio.get_running_loop()
        limit = self._settings.scheduler.heartbeat_seconds * SILENCE_HEARTBEATS
        return self._up.is_set() and loop.time() - self._last_beat < limit

    async def start(self) -> None:
        """Begin in the background."""
        self._bring_up = asyncio.create_task(self._begin(), name="scheduler start")

    async def ready(self) -> None:
        """Wait until cycles and worker run. Raises what makes that impossible."""
        assert self._bring_up is not None, "start() comes first"
        await asyncio.shield(self._bring_up)

    async def stop(self, drain_seconds: float = 30.0) -> bool:
        """No new ticks and claims; what runs may finish for `drain_seconds`. True when nothing was cut off."""
        self._state = "draining"
        await self._end(self._bring_up)
        self._timetable.pause()
        done = await asyncio.gather(self._drain_ticks(drain_seconds), self._drain_worker(drain_seconds))
        self._timetable.stop()
        await self._end(self._beats)
        await self._listener.stop()
        self._state = "stopped"
        if self._showed:  # also when it was stopped while it began: somebody may have read that it is active
            await self._quietly(self._beat())
            await self._quietly(self._lease.give())
        return all(done)

    async def run_now(self, name: str) -> Any:
        """Run a cycle at once in this process, paused or not; see `Ticks.run`."""
        return await self._ticks.run(self._cycles[name], datetime.now(self._timetable.zone), forced=True)

    async def _begin(self) -> None:
        while True:
            try:
                await self._db.wait_ready()
                await self._beat()
                self._timetable.start(self._cycles.values())
                await self._declare()
                if self.worker is not None:
                    await self.worker.start()
                break
            except ConsoleError as error:
                _log.warning("the scheduler cannot begin yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
        await self._listener.start()
        self._beats = asyncio.create_task(self._keep_beating(), name="scheduler heartbeat")
        self._up.set()
        for cycle in self._cycles.values():
            missed = self._timetable.missed(cycle)
            if missed is not None:
                self._spawn(self._make_up(cycle, missed))

    async def _declare(self) -> None:
        for cycle in self._cycles.values():
            desired = "enabled" if cycle.enabled else "paused"
            due = self._timetable.next_run(cycle.name)
            await self._db.execute(_SQL["declare"], cycle.name, cycle.title, cycle.schedule, due, desired)

    async def _make_up(self, cycle: Cycle, missed: datetime) -> None:
        """Run the latest cron tick that nobody ran because nobody was there; earlier ones are merged into it."""
        while True:
            try:
                ran = await self._db.fetchval(_SQL["ran"], cycle.name, missed)
                break
            except ConsoleError as error:
                _log.warning("cycle %s: whether it missed a tick is asked again: %s", cycle.name, error)
                await asyncio.sleep(RETRY_SECONDS)
        if not ran:
            _log.info("cycle %s: making up for %s", cycle.name, missed)
            await self._fire(cycle, missed)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _fire(self, cycle: Cycle, tick: datetime | None) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if cycle.jitter:
            await asyncio.sleep(random.uniform(0, cycle.jitter))
        for last in (False, True):
            try:
                ended = await self._ticks.run(cycle, tick)
                if ended.outcome == "early":  # the clock of this machine is ahead: the tick comes when it is due
                    await asyncio.sleep(ended.seconds)
                    await self._ticks.run(cycle, tick)
                return
            except ConsoleError as error:
                _log.warning("cycle %s could not begin: %s", cycle.name, error)
                if last:
                    return
                try:
                    async with asyncio.timeout(cycle.grace):
                        await self._db.wait_ready()
                except (TimeoutError, ConsoleError):
                    return

    async def _drain_ticks(self, seconds: float) -> bool:
        running = {task for task in self._running if not task.done()}
        if not running:
            return True
        _, pending = await asyncio.wait(running, timeout=seconds)
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending)
        return not pending

    async def _drain_worker(self, seconds: float) -> bool:
        return await self.worker.stop(seconds) if self.worker is not None else True

    async def _beat(self) -> None:
        node, pid = platform.node(), os.getpid()
        self._showed = True  # before it is written: cancelled in between, it would not say that it has stopped
        await self._db.execute(_SQL["heartbeat"], self.id, node, pid, "aoer-console", self._state)
        self._last_beat = asyncio.get_running_loop().time()

    async def _keep_beating(self) -> None:
        seconds = self._settings.scheduler.heartbeat_seconds
        while True:
            self._timetable.realign()
            await self._quietly(self._lease.take())
            await self._quietly(self._tell_next_runs())
            await asyncio.sleep(seconds * random.uniform(0.8, 1.0))
            await self._quietly(self._beat())

    async def _tell_next_runs(self) -> None:
        names = list(self._cycles)
        await self._db.execute(_SQL["next_runs"], names, [self._timetable.next_run(name) for name in names])

    async def _quietly(self, work: Any) -> None:
        try:
            await work
        except ConsoleError as error:
            _log.debug("scheduler heartbeat: %s", error)
        except Exception:
            _log.exception("scheduler heartbeat stumbled and goes on")

    async def _end(self, task: asyncio.Task[None] | None) -> None:
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

    def _heard(self, _channel: str, payload: dict[str, Any]) -> None:
        kinds = payload.get("k")
        if self.worker is not None and (not isinstance(kinds, list) or WORK_KINDS & set(map(str, kinds))):
            self.worker.wake()

    def _gap(self) -> None:
        if self.worker is not None:
            self.worker.wake()
