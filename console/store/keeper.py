"""Makes the link to the database and makes it again, for ever: what stands behind a `Database`."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from console.errors import ConfigError, ConsoleError, DatabaseUnavailable, MigrationError, PermissionDenied
from console.store import locate
from console.store.link import Link, LinkState, backoff
from console.store.ports import StoreSettings
from console.store.queries import queries
from console.store.sessions import prepare_session, session_settings
from console.store.target import Target
from console.store.translate import DRIVER, connecting, is_gone, translate

_log = logging.getLogger(__name__)
# The pool's own attempts to refill itself fail while the server is away: that is said once, by the link's state.
logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
_SQL = queries("store")
_NEEDS_A_PERSON = (MigrationError, PermissionDenied, ConfigError)
_POOL_WAIT_SECONDS = 30.0
_CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Session:
    """What the server says about us."""

    role: str
    server_version: int
    database: str


class Keeper:
    """Owns the pool, the lease on the embedded server and the state of the link."""

    def __init__(self, settings: StoreSettings, *, application: str, read_only: bool, dsn: str | None) -> None:
        self.settings = settings
        self.application = application
        self.read_only = read_only or settings.database.read_only
        self.state = LinkState(Link.CONNECTING)
        self.connect_timeout = settings.database.connect_timeout_seconds
        self.acquire_timeout = _POOL_WAIT_SECONDS
        self._dsn = dsn or settings.database.dsn
        self._place: locate.Place | None = None
        self._pool: asyncpg.Pool | None = None
        self._session: Session | None = None
        self._callbacks: list[Callable[[LinkState], None]] = []
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def where(self) -> str:
        """The server's name in messages."""
        return str(self._place.target) if self._place else ""

    @property
    def target(self) -> Target:
        if self._place is None:
            raise self._not_ready()
        return self._place.target

    @property
    def session(self) -> Session:
        if self._session is None:
            raise self._not_ready()
        return self._session

    @property
    def pool(self) -> asyncpg.Pool:
        """The pool while the link stands; otherwise its error, so that nobody queues up behind a dead server."""
        if self._pool is None or self.state.link is not Link.READY:
            raise self._not_ready()
        return self._pool

    def _not_ready(self) -> ConsoleError:
        if self.state.error is not None:
            return self.state.error
        closed = self.state.link is Link.CLOSED
        return DatabaseUnavailable("the database link is closed" if closed else "the database is not connected yet")

    def on_state(self, callback: Callable[[LinkState], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        callback(self.state)

        def stop() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return stop

    async def start(self, *, wait: bool) -> None:
        if wait:
            await self._first_attempt()
        else:
            self._task = asyncio.create_task(self._until_ready(), name="database link")

    async def _first_attempt(self) -> None:
        """The embedded server may be stopped or killed between the look and the connect: it is looked for anew."""
        for last in (False, False, True):
            try:
                await self._attempt()
            except ConsoleError as error:
                if last or self._dsn is not None or not is_gone(error):
                    raise
            else:
                return

    async def wait_ready(self) -> None:
        while self.state.link is not Link.READY:
            if self.state.link in {Link.REFUSED, Link.CLOSED}:
                raise self._not_ready()
            await self._moved.wait()

    def lost(self, error: ConsoleError) -> None:
        if self.state.link is Link.READY and not self._closing:
            _log.warning("database link lost: %s", error)
            self._set(LinkState(Link.LOST, error))
            self._task = asyncio.create_task(self._until_ready(), name="database link")

    async def close(self) -> None:
        """End everything; with the last share the embedded server stops."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), _CLOSE_SECONDS)
            except (TimeoutError, OSError, *DRIVER):
                self._pool.terminate()
        self._set(LinkState(Link.CLOSED))
        if self._place is not None:
            await self._place.release()

    async def connect(self, purpose: str) -> asyncpg.Connection:
        """A connection outside the pool."""
        connection = await asyncpg.connect(**self._arguments(f"{self.application}/{purpose}"))
        await prepare_session(connection)
        return connection

    def _arguments(self, application: str) -> dict[str, Any]:
        return {
            **self.target.arguments(),
            "timeout": self.connect_timeout,
            "server_settings": {
                **session_settings(self.settings.database, application, read_only=self.read_only),
                # Which rating this console wants computed; the database reads it (see aoer_rating_of).
                "aoer.rating": str(getattr(getattr(self.settings, "aoer", None), "rating", "auto")),
            },
        }

    async def _until_ready(self) -> None:
        pauses = backoff(self.settings.database.reconnect_max_seconds)
        attempt = 0
        while True:
            try:
                await self._attempt()
            except Exception as problem:  # also a mistake of ours: the link is tried for ever
                if not isinstance(problem, ConsoleError):
                    _log.exception("the attempt to connect failed")
                error = translate(problem, self.where)
                attempt += 1
                pause = next(pauses)
                lost = Link.LOST if self._session else Link.CONNECTING
                link = Link.REFUSED if isinstance(error, _NEEDS_A_PERSON) else lost
                self._set(LinkState(link, error, attempt, pause))
                await asyncio.sleep(pause)
            else:
                return

    async def _attempt(self) -> None:
        """Find the server (the embedded one is started), see to its schema, connect."""
        self._place = await locate.find(self.settings, self._dsn, previous=self._place)
        with connecting(self.where):
            if self._pool is None:
                self._pool = await self._make_pool()
            await self._pool.expire_connections()
            async with self._pool.acquire(timeout=self.connect_timeout) as connection:
                row = await connection.fetchrow(_SQL["session"], timeout=self.connect_timeout)
        self._session = Session(row["role"], row["server_version"], row["database"])
        self._set(LinkState(Link.READY))

    async def _make_pool(self) -> asyncpg.Pool:
        options = self.settings.database
        return await asyncpg.create_pool(
            **self._arguments(self.application),
            min_size=min(options.pool_min, options.pool_max),
            max_size=options.pool_max,
            init=prepare_session,
        )

    def _set(self, state: LinkState) -> None:
        self.state = state
        self._moved.set()
        self._moved = asyncio.Event()
        for callback in list(self._callbacks):
            try:
                callback(state)
            except Exception:  # a watcher's mistake must not end the link
                _log.exception("a watcher of the database link failed")
