"""LISTEN on a connection of its own that notices when it has gone deaf."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import asyncpg
import msgspec

from console.errors import ConsoleError
from console.store.link import backoff
from console.store.notify import CHANNEL, EVERYTHING
from console.store.queries import queries
from console.store.translate import DRIVER, connecting, is_gone

_SQL = queries("store")
_log = logging.getLogger(__name__)
POOLED = "notifications cannot pass a transaction pooler: panes are read again at intervals only"


class Listens(Protocol):
    """What the listener needs of a Database."""

    async def connect(self, purpose: str) -> asyncpg.Connection: ...
    def lost(self, error: ConsoleError) -> None: ...


class Deaf(ConsoleError):
    """The connection does not hear its channels any more."""


class Listener:
    """Calls `on_payload(channel, payload)` for each notification (payload: the decoded JSON object).

    `on_gap()` says that notifications may have been missed: after every connect (LISTEN comes first, so what is read
    then misses nothing) and whenever the heartbeat found the connection deaf. `problem` says why there are none.
    """

    def __init__(
        self,
        db: Listens,
        channels: Sequence[str],
        on_payload: Callable[[str, dict[str, Any]], None],
        on_gap: Callable[[], None],
        *,
        heartbeat: float = 10.0,
        longest_pause: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._db = db
        self._channels = tuple(channels) or (CHANNEL,)
        self._on_payload = on_payload
        self._on_gap = on_gap
        self._heartbeat = heartbeat
        self._longest_pause = longest_pause
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self.problem = ""

    @property
    def hears(self) -> bool:
        """Whether notifications arrive at present, as far as the last heartbeat could tell."""
        return self._up.is_set()

    async def start(self) -> None:
        """Begin in the background."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="listener")

    async def stop(self) -> None:
        """End and close the connection."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def wait_hearing(self) -> None:
        """Wait until the channels are listened to."""
        await self._up.wait()

    async def _run(self) -> None:
        pauses = backoff(self._longest_pause)
        while True:
            try:
                connection = await self._db.connect("listen")
            except ConsoleError as error:
                self._fail(error)
            else:
                try:
                    pauses = backoff(self._longest_pause)
                    if await self._pooled(connection):
                        self.problem = POOLED
                        _log.warning(POOLED)
                        return
                    await self._listen(connection)
                except (ConsoleError, *DRIVER, OSError, TimeoutError) as error:
                    self._fail(error)
                finally:
                    self._up.clear()
                    connection.terminate()
            await self._sleep(next(pauses))

    def _fail(self, error: BaseException) -> None:
        self.problem = str(error)
        _log.info("listening interrupted: %s", error)
        if isinstance(error, ConsoleError) and is_gone(error):
            self._db.lost(error)

    async def _listen(self, connection: asyncpg.Connection) -> None:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda *_: ended.set())
        await self._register(connection)
        while True:
            beat = asyncio.ensure_future(self._sleep(self._heartbeat))
            end = asyncio.ensure_future(ended.wait())
            try:
                await asyncio.wait({beat, end}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                beat.cancel()
                end.cancel()
            if ended.is_set():
                raise Deaf("the server ended the listening connection")
            # A dead peer does not answer; without a limit the heartbeat would wait as deaf as the listener.
            row = await connection.fetchrow(_SQL["listening"], timeout=self._heartbeat)
            if not set(self._channels) <= set(row["channels"]):
                raise Deaf("the listening connection forgot its channels")

    async def _register(self, connection: asyncpg.Connection) -> None:
        for channel in self._channels:
            await connection.add_listener(channel, self._heard)
        self.problem = ""
        self._up.set()
        self._on_gap()

    def _heard(self, _connection: object, _pid: int, channel: str, text: str) -> None:
        try:
            payload = msgspec.json.decode(text)
        except msgspec.DecodeError:
            payload = None
        # Anything on our channel means that something changed, whoever wrote it and however.
        self._on_payload(channel, payload if isinstance(payload, dict) else {"k": [EVERYTHING]})

    async def _pooled(self, connection: asyncpg.Connection) -> bool:
        """Whether our server connection is handed to others between two transactions.

        A pooler makes up the process number of the handshake. If ours is made up and a second connection is served by
        the very process that served the first, then LISTEN stays behind with that process.
        """
        with connecting():
            first = await connection.fetchrow(_SQL["listening"])
            if first["pid"] == connection.get_server_pid():
                return False
            again = await connection.fetchrow(_SQL["listening"])
            if again["pid"] != first["pid"]:
                return True
            other = await self._db.connect("listen-probe")
            try:
                second = await other.fetchrow(_SQL["listening"])
            finally:
                other.terminate()
        return bool(second["pid"] == first["pid"])
