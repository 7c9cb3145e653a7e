"""A TCP proxy in front of the server that can turn into a black hole: connections stay open and nothing passes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Proxy:
    """Forwards to a Unix socket until `swallow` is called; connections made after that are forwarded again."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._open: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.swallowed = 0

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        """Serve for the length of the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in list(self._tasks):
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def swallow(self) -> int:
        """Every present connection goes half open; returns how many."""
        count = len(self._open)
        for hole in self._open:
            hole.set()
        self._open.clear()
        self.swallowed += count
        return count

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        hole = asyncio.Event()
        self._open.add(hole)
        try:
            up_reader, up_writer = await asyncio.open_unix_connection(self._upstream)
            await asyncio.gather(self._pump(reader, up_writer, hole), self._pump(up_reader, writer, hole))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(hole)
            self._tasks.discard(task)
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hole: asyncio.Event) -> None:
        while not hole.is_set():
            data = await reader.read(65536)
            if hole.is_set():
                break
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()
        await asyncio.Event().wait()  # neither closed nor read: the peer learns nothing
