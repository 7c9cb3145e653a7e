"""One NOTIFY per process every few milliseconds, on a connection of its own.

NOTIFY takes a lock over the whole server until its transaction has ended, so inside the transactions that write rows it
would make all commits wait for each other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import asyncpg
import msgspec

from console.errors import ConsoleError
from console.store.link import backoff
from console.store.queries import queries
from console.store.translate import connecting

CHANNEL = "aoer"
EVERYTHING = "*"
_SQL = queries("store")
_log = logging.getLogger(__name__)


class Connects(Protocol):
    """Who can open a connection outside the pool: a Database."""

    async def connect(self, purpose: str) -> asyncpg.Connection: ...


class Notifier:
    """Collects kinds of changed rows and tells all consoles: payload {"k": ["queue", ...]} on channel `aoer`.

    `mark` never waits and never fails; what cannot be sent stays marked until the server is back. It is bounded: more
    than `limit` different kinds become "*", everything.
    """

    def __init__(
        self,
        db: Connects,
        *,
        channel: str = CHANNEL,
        delay: float = 0.015,
        limit: int = 100,
        longest_pause: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._db = db
        self._channel = channel
        self._delay = delay
        self._limit = limit
        self._longest_pause = longest_pause
        self._sleep = sleep
        self._marked: set[str] = set()
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.sent = 0

    def mark(self, *kinds: str) -> None:
        """Rows of these kinds changed and are committed."""
        self._marked.update(kinds)
        if len(self._marked) > self._limit:
            self._marked = {EVERYTHING}
        if not self._marked or self._closed:
            return
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="notifier")

    async def close(self) -> None:
        """Send what is marked, once, and end."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        try:
            if self._marked:
                await asyncio.wait_for(self._send(), 2.0)
        except (ConsoleError, TimeoutError) as error:
            _log.debug("last notification not sent: %s", error)
        finally:
            self._drop()

    async def _run(self) -> None:
        pauses = backoff(self._longest_pause)
        clock, last = asyncio.get_running_loop().time, float("-inf")
        while True:
            await self._wake.wait()
            # The first mark after a quiet moment goes out at once; those that follow closely wait and go together.
            if clock() - last < self._delay:
                await self._sleep(self._delay)
            last = clock()
            try:
                await self._send()
            except ConsoleError as error:
                _log.debug("notification not sent, tried again: %s", error)
                self._drop()
                await self._sleep(next(pauses))
            else:
                pauses = backoff(self._longest_pause)

    async def _send(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._db.connect("notify")
        kinds, self._marked = self._marked, set()
        self._wake.clear()
        payload = msgspec.json.encode({"k": sorted(kinds)}).decode()
        try:
            with connecting():
                await self._connection.execute(_SQL["notify"], self._channel, payload)
        except BaseException:
            self._marked |= kinds
            self._wake.set()
            raise
        self.sent += 1

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
