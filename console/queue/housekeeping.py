"""What a worker does besides jobs: heartbeat, counters, admitting delayed jobs, rescuing those of dead workers."""

import asyncio
import logging
import os
import platform
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from console.config.sections.work import QueueSettings
from console.errors import ConsoleError
from console.governance.events import trouble
from console.queue.handlers import Runner
from console.queue.link import linked
from console.queue.tally import Tally
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("queue")
_log = logging.getLogger(__name__)
FLUSH_SECONDS = 2.0
DEADLINE_GRACE_SECONDS = 5.0
"""A worker fails its own overrunning jobs at the deadline; others step in this much later."""
EPOCH_CLAIMS = 20
"""Claims of the whole fleet after which what ran before is left behind (queue_next_epoch)."""

LOST = "lost with its worker"
"""The word of the rescue statement for jobs of a dead process."""


class Housekeeping:
    """Periodic duties of one worker. Each is one short statement; a failure is tried again at the next turn."""

    def __init__(
        self,
        db: Database,
        options: QueueSettings,
        worker_id: UUID,
        kinds: Sequence[str],
        tally: Tally,
        runner: Runner,
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._options = options
        self._id = worker_id
        self._kinds = list(kinds)
        self._tally = tally
        self._runner = runner
        self._wake = wake
        self._state = "active"
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Write the first heartbeat, then begin."""
        await self.beat()
        duties = (
            (self.beat, self._options.heartbeat_seconds),
            (self.flush, FLUSH_SECONDS),
            (self.admit, self._options.poll_seconds),
            (self.next_epoch, self._options.poll_seconds),
            (self.rescue, self._options.lease_seconds / 4),
        )
        self._tasks = [asyncio.create_task(self._every(duty, seconds), name=duty.__name__) for duty, seconds in duties]

    async def draining(self) -> None:
        """Say that no new jobs are claimed."""
        await self._say("draining")

    async def stop(self) -> None:
        """End the duties, write the last counters, and say goodbye: what is left over is rescued at once."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        try:
            await self.flush()
        except ConsoleError as error:
            _log.debug("last counters lost: %s", error)
        await self._say("stopped")

    async def beat(self) -> None:
        """Heartbeat; handlers whose job is no longer ours, or was cancelled, are stopped."""
        running = self._runner.keys()
        async with linked(self._db) as link:
            await link.fetch(
                _SQL["heartbeat"],
                self._id,
                "worker",
                platform.node(),
                os.getpid(),
                "aoer-console",
                self._state,
                self._kinds,
                self._tally.completed,
                self._tally.failed,
            )
            if not running:
                return
            rows = await link.fetch(_SQL["held"], self._id)
        held = {(row["id"], row["lease_id"]) for row in rows if not row["cancel_requested"]}
        self._runner.drop(running - held)

    async def flush(self) -> None:
        """Write the counters."""
        rows = self._tally.take()
        if not rows:
            return
        try:
            async with linked(self._db) as link:
                await link.fetch(_SQL["count"], self._id, *(list(column) for column in zip(*rows, strict=True)))
        except ConsoleError:
            self._tally.give_back(rows)
            raise

    async def admit(self) -> None:
        """Let delayed jobs in whose time has come."""
        async with linked(self._db) as link:
            rows = await link.fetch(_SQL["admit"])
        if rows:
            self._wake()

    async def next_epoch(self) -> None:
        """Begin a new epoch of claims when the present one has had many."""
        async with linked(self._db) as link:
            await link.fetch(_SQL["next_epoch"], EPOCH_CLAIMS)

    async def rescue(self) -> None:
        """Take back what dead workers hold."""
        await rescue(self._db, self._options, self._tally)

    async def _say(self, state: str) -> None:
        self._state = state
        try:
            await self.beat()
        except ConsoleError as error:
            _log.debug("state %s not written: %s", state, error)

    async def _every(self, duty: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds * random.uniform(0.8, 1.0))
            try:
                await duty()
            except ConsoleError as error:
                _log.debug("%s failed, tried again: %s", getattr(duty, "__name__", "duty"), error)
            except Exception:
                # A worker without a heartbeat looks dead while it works: no mistake may end this loop.
                _log.exception("%s stumbled, tried again", getattr(duty, "__name__", "duty"))


async def rescue(db: Database, options: QueueSettings, tally: Tally | None = None) -> int:
    """Take jobs from workers that are silent past their lease or past a deadline; returns how many."""
    async with linked(db) as link:
        rows = await link.fetch(
            _SQL["rescue"],
            timedelta(seconds=options.lease_seconds),
            timedelta(seconds=DEADLINE_GRACE_SECONDS),
            options.max_crashes,
            timedelta(seconds=options.rescue_delay_seconds),
        )
    for row in rows:
        _log.warning("job %s of tenant %s %s, now %s", row["id"], row["tenant_id"], row["error"], row["status"])
        if tally is not None:
            tally.add(row["lane"], row["kind"], lost=1)
    lost = sum(1 for row in rows if row["error"] == LOST)
    if lost:
        await trouble(db, "worker", "", f"{lost} jobs were lost with their workers, such as {rows[0]['id']}")
    if rows:
        db.changed("queue", "work")
    return len(rows)
