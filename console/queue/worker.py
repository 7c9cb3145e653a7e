"""The worker: claims due jobs and does them, in every console and every headless scheduler."""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

from console.config.settings import Settings
from console.domain.jobs import Claim
from console.errors import ConsoleError
from console.governance.events import trouble
from console.queue import lines
from console.queue.acks import Acks, Result
from console.queue.handlers import Handler, Runner
from console.queue.housekeeping import Housekeeping
from console.queue.link import Blame, blame, linked
from console.queue.outcomes import Outcomes
from console.queue.recompute import Recompute
from console.queue.takes import Takes
from console.queue.tally import Tally
from console.store.database import Database

_log = logging.getLogger(__name__)
RECOMPUTE = "recompute"
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
SPLIT_AFTER, BLAME_AFTER = 3, 5
"""Connections lost over one batch before it is halved, and over one job before the job pays for it."""


class Worker:
    """`queue.concurrency` loops that claim in turns and work side by side.

    A claim is never larger than what the loop does next, so nothing lies around unstarted for long. `wake()` says that
    there may be work; without it the queue is looked at every `queue.poll_seconds`.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        *,
        handlers: Mapping[str, Handler] | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        self.id = worker_id or uuid4()
        self._db = db
        self._options = settings.queue
        self._tally = Tally()
        self._outcomes = Outcomes(db, self._tally, settings.queue)
        self._acks = Acks(self._write)
        self._runner = Runner(db, handlers or {}, self._acks, settings.queue.job_timeout_seconds)
        self._recompute = Recompute(self._tally, self._outcomes.fail, timedelta(seconds=settings.aoer.cache_seconds))
        kinds = [RECOMPUTE, *(handlers or {})]
        self._takes = Takes(db, settings, self.id, kinds, self._tally)
        self._house = Housekeeping(db, settings.queue, self.id, kinds, self._tally, self._runner, self.wake)
        self._gate = asyncio.Lock()
        self._event = asyncio.Event()
        self.dry = asyncio.Event()
        """Set whenever nothing due was found."""
        self._stopping = False
        self._plenty = True  # until the first look says otherwise: a backlog is met by all loops at once
        self._found = False
        self._setback = FIRST_PAUSE
        self._loops: list[asyncio.Task[None]] = []

    @property
    def completed(self) -> int:
        """Jobs completed since the start."""
        return self._tally.completed

    def wake(self) -> None:
        """There may be due jobs."""
        self._event.set()

    async def start(self) -> None:
        """Begin to work in the background; the first heartbeat is written before the first claim."""
        await self._house.start()
        self._acks.start()
        self._loops = [
            asyncio.create_task(self._keep_going(), name=f"queue worker {n}") for n in range(self._options.concurrency)
        ]
        lines.log.info(lines.ACTIVE)

    async def stop(self, drain_seconds: float = 30.0) -> bool:
        """Finish what was begun, for at most `drain_seconds`; give the rest back. True when nothing was left."""
        self._stopping = True
        self.wake()
        await self._house.draining()
        done = True
        if self._loops:
            _, pending = await asyncio.wait(self._loops, timeout=drain_seconds)
            done = not pending
            for task in pending:
                task.cancel()
            if pending:
                await asyncio.wait(pending)
        try:
            async with asyncio.timeout(max(1.0, drain_seconds)):
                await self._acks.drain()
        except TimeoutError:
            done = False
        await self._acks.stop()
        await self._house.stop()
        return done

    async def _write(self, results: list[Result]) -> None:
        await self._outcomes.write(results)
        self.wake()  # slots of their tenants are free again

    async def _keep_going(self) -> None:
        """A mistake in one batch must not end the worker; its jobs are rescued when their deadline passes."""
        while not self._stopping:
            try:
                await self._loop()
            except Exception as error:
                _log.exception("a queue worker stumbled and goes on")
                await trouble(self._db, "worker", str(self.id), f"{type(error).__name__}: {error}")
                await asyncio.sleep(LONGEST_PAUSE)

    async def _loop(self) -> None:
        while claims := await self._next():
            left = list(claims)
            try:
                while left:
                    await self._run(left[0])
                    left.pop(0)
            except asyncio.CancelledError:
                await self._outcomes.release(left)
                raise
            self._takes.done(claims[0].lease)
            self.wake()

    async def _next(self) -> list[Claim]:
        """The next claims to work on; empty when the worker stops.

        While batches come back full every loop takes its own; otherwise one loop at a time looks and waits.
        """
        while not self._stopping:
            if self._plenty:
                if claims := await self._look():
                    return claims
                continue
            async with self._gate:
                if self._hurries():
                    continue
                self._event.clear()
                if claims := await self._look():
                    return claims
                if not self._found:
                    self.dry.set()
                    await self._pause(self._options.poll_seconds * random.uniform(0.8, 1.2))
        return []

    def _hurries(self) -> bool:
        """Whether waiting would be wrong now."""
        return self._stopping or self._plenty

    async def _look(self) -> list[Claim]:
        """One look at the queue. `_found` tells whether another one is worth while at once."""
        try:
            taken = await self._takes.take()
        except ConsoleError as error:
            self._plenty, self._found = False, True
            if blame(error) is not Blame.RACE:
                _log.debug("claim failed: %s", error)
                await self._pause(self._setback)
                self._setback = min(self._setback * 2, LONGEST_PAUSE)
            return []
        self._setback = FIRST_PAUSE
        self._found = len(taken) > 0
        self._plenty = len(taken) >= self._options.batch
        if taken.rated:
            self._db.changed("queue", "summary")
            self.wake()
        return taken.claims

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass

    async def _run(self, claim: Claim) -> None:
        if claim.kind == RECOMPUTE:
            await self._rate(claim)
            self._db.changed("queue", "summary")
        else:
            await self._runner.run(claim)

    async def _rate(self, claim: Claim, lost: int = 0) -> None:
        """Rate `claim`, for as long as the server is at fault; `lost` connections under it point at a job in it."""
        pause = FIRST_PAUSE
        while True:
            sent = False
            try:
                async with linked(self._db) as link:
                    sent = True
                    await self._recompute.run(link, claim)
                return
            except ConsoleError as error:
                _log.debug("batch of %d is tried again: %s", len(claim), error)
                lost += sent and blame(error) is Blame.LINK
                if lost >= BLAME_AFTER and len(claim) == 1:
                    await self._give_up(claim, error)
                    return
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, LONGEST_PAUSE)
            if lost >= SPLIT_AFTER and len(claim) > 1:
                for half in claim.halves():
                    await self._rate(half, SPLIT_AFTER - 1)
                return

    async def _give_up(self, claim: Claim, error: ConsoleError) -> None:
        """A job under which the connection was lost again and again pays with an attempt."""
        _log.warning("job %s of tenant %s: %s", claim.ids[0], claim.tenants[0], error)
        try:
            await self._outcomes.fail(claim, [str(error)] * len(claim))
        except ConsoleError as problem:
            _log.warning("that could not be written, rescue will take the job: %s", problem)
