"""Reading on threads of its own, so that blocks are prepared while Postgres takes the ones before.

Daemon threads and not the event loop's pool: a read of standard input may wait for ever, and an interrupted import
must end all the same, without anybody joining that thread.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import TypeVar, cast

from console.importer.prepare import Prepared, Preparer

T = TypeVar("T")
AHEAD = 2
"""Blocks that wait at most: memory stays the same however slow the database is."""


async def aside(work: Callable[[], T]) -> T:
    """The result of one blocking call."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast("T", value))

    def run() -> None:
        try:
            value = work()
        except Exception as error:
            _tell(loop, partial(settle, None, error))
        else:
            _tell(loop, partial(settle, value, None))

    threading.Thread(target=run, name="import reader", daemon=True).start()
    return await future


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(what)


async def blocks(preparer: Preparer) -> AsyncGenerator[Prepared, None]:
    """Every block in order. Raises what preparing raises."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Queue[Prepared | Exception | None] = asyncio.Queue()
    room = threading.Semaphore(AHEAD)
    stopped = threading.Event()

    def hand_over(item: Prepared | Exception | None) -> None:
        _tell(loop, partial(ready.put_nowait, item))

    def pump() -> None:
        try:
            while True:
                room.acquire()
                if stopped.is_set():
                    return
                block = preparer.next()
                hand_over(block)
                if block is None:
                    return
        except Exception as error:
            hand_over(error)

    threading.Thread(target=pump, name="import reader", daemon=True).start()
    try:
        while (item := await ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
            room.release()
    finally:
        stopped.set()
        room.release()
