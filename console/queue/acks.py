"""Results of handlers on their way to the database: a bounded buffer, flushed when full or a few milliseconds old."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from console.errors import ConsoleError
from console.queue.lines import log
from console.queue.link import Blame, blame

FLUSH_SIZE = 500
FLUSH_SECONDS = 0.01
CAPACITY = 2000
RETRY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one job: done (`error` None), or why not."""

    tenant: UUID
    id: UUID
    lease: int
    kind: str
    error: str | None = None


Write = Callable[[list[Result]], Awaitable[None]]


class Acks:
    """Collects results and writes them in batches.

    `put` waits while the buffer is full, so that handlers cannot run ahead of the database. A batch that the server
    refuses for its own reasons is written again until the server is back; a job whose lease is gone by then is simply
    not matched any more.
    """

    def __init__(
        self, write: Write, *, size: int = FLUSH_SIZE, delay: float = FLUSH_SECONDS, capacity: int = CAPACITY
    ) -> None:
        self._write = write
        self._size = size
        self._delay = delay
        self._waiting: asyncio.Queue[Result] = asyncio.Queue(capacity)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to flush in the background."""
        self._task = asyncio.create_task(self._run(), name="queue acknowledgements")

    async def put(self, result: Result) -> None:
        """Hand over a result."""
        await self._waiting.put(result)

    async def drain(self) -> None:
        """Wait until everything that was put is written."""
        await self._waiting.join()

    async def stop(self) -> None:
        """End without writing what is left (see `drain`)."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            await self._fill(batch)
            try:
                await self._flush(batch)
            finally:
                for _ in batch:
                    self._waiting.task_done()

    async def _fill(self, batch: list[Result]) -> None:
        try:
            async with asyncio.timeout(self._delay):
                while len(batch) < self._size:
                    batch.append(await self._waiting.get())
        except TimeoutError:
            pass

    async def _flush(self, batch: list[Result]) -> None:
        while True:
            try:
                await self._write(batch)
                return
            except ConsoleError as error:
                if blame(error) is Blame.JOB:
                    # Neither the server's fault nor a handler's: rescue takes these jobs when their deadline passes.
                    log.error("results of %d jobs could not be written: %s", len(batch), error)
                    return
                log.debug("results are written again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                # The handlers of later jobs would wait for this buffer for ever.
                log.exception("results of %d jobs were lost, rescue will take them", len(batch))
                return
