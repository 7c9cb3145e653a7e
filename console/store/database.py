"""The pool everybody uses: statements with a time limit, transactions that know who acts, a link that comes back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from console.domain.actor import Actor
from console.errors import ConsoleError, DatabaseUnavailable, PermissionDenied
from console.store.keeper import Keeper
from console.store.link import Link, LinkState
from console.store.notify import Notifier
from console.store.ports import StoreSettings
from console.store.queries import queries
from console.store.target import Target
from console.store.translate import DRIVER, connecting, is_gone, translate, translated

T = TypeVar("T")
_SQL = queries("store")
_SILENCE_SECONDS = 2.0


class PoolExhausted(ConsoleError):
    """Every connection of the pool is in use for too long; the server itself is fine."""


class Database:
    """One Postgres database, through a pool.

    Every method raises `console.errors` only. A statement in flight is never cancelled, even when the task that waits
    for it is: cancelling through the driver can be lost and then hits the pool's next user; `statement_timeout` bounds
    it instead. numeric arrives as Decimal, uuid as UUID, json and jsonb as Python values.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._strays: set[asyncio.Task[Any]] = set()
        self._notifier: Notifier | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: StoreSettings,
        *,
        application: str,
        read_only: bool = False,
        dsn: str | None = None,
        wait: bool = True,
    ) -> "AsyncIterator[Database]":
        """Connect (to `dsn`, else the settings' one, else the embedded server, which is started) and close at the end.

        With `wait` the first attempt must succeed, else its error is raised. Without, the body runs at once while the
        link is made in the background, retried for ever; see `wait_ready` and `on_state`.
        """
        keeper = Keeper(settings, application=application, read_only=read_only, dsn=dsn)
        db = cls(keeper)
        try:
            await keeper.start(wait=wait)
            yield db
        finally:
            await db._close()

    async def _close(self) -> None:
        if self._notifier is not None:
            await self._notifier.close()
        if self._strays:
            await asyncio.wait(self._strays, timeout=self._keeper.connect_timeout)
        await self._keeper.close()

    @property
    def settings(self) -> StoreSettings:
        """The settings it was opened with."""
        return self._keeper.settings

    @property
    def state(self) -> LinkState:
        """Where the link stands now."""
        return self._keeper.state

    @property
    def target(self) -> Target:
        """The server; raises DatabaseUnavailable until the first attempt found it."""
        return self._keeper.target

    @property
    def role(self) -> str:
        """The login role."""
        return self._keeper.session.role

    @property
    def server_version(self) -> int:
        """Such as 180001 for 18.1."""
        return self._keeper.session.server_version

    @property
    def read_only(self) -> bool:
        """Whether every session is read only."""
        return self._keeper.read_only

    def on_state(self, callback: Callable[[LinkState], None]) -> Callable[[], None]:
        """Call `callback` at once and at every change; the returned function ends that."""
        return self._keeper.on_state(callback)

    async def wait_ready(self) -> None:
        """Wait until the link stands. Raises the error of a link that is refused (schema missing, no permission)."""
        await self._keeper.wait_ready()

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows."""
        rows: list[asyncpg.Record] = await self._statement(lambda connection: connection.fetch(sql, *args))
        return rows

    async def fetchrow(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row."""
        return await self._statement(lambda connection: connection.fetchrow(sql, *args))

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first value of the first row."""
        return await self._statement(lambda connection: connection.fetchval(sql, *args))

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; returns its command tag. Writes that are audited go through `transaction`."""
        return str(await self._statement(lambda connection: connection.execute(sql, *args)))

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the pool. Leave nothing on it but SET LOCAL; do not cancel what runs on it."""
        pool = self._keeper.pool
        with translated(self._keeper.where):
            try:
                connection = await self._take(pool)
                try:
                    yield connection
                except (asyncpg.InternalClientError, DatabaseUnavailable):
                    # Cut off or out of step with the server: nobody else shall get it.
                    connection.terminate()
                    raise
                except OSError as error:
                    if not _cut_off(connection):
                        raise  # about a file of the caller's
                    raise translate(error, self._keeper.where) from error
                finally:
                    await self._give_back(pool, connection)
            except (*DRIVER, DatabaseUnavailable) as error:
                self._notice(error)
                raise

    @asynccontextmanager
    async def transaction(
        self, actor: Actor | None, *, isolation: str | None = None, role: str | None = None
    ) -> AsyncIterator[asyncpg.Connection]:
        """A connection inside one transaction that knows who acts from where and why (SET LOCAL, for the audit trail).

        `actor` is None only for reads that need one snapshot. `isolation` is "read_committed" (the default),
        "repeatable_read" or "serializable"; `role` is switched to for this transaction.
        """
        if actor is not None and self.read_only:
            raise PermissionDenied("this session is read only", hint="start without --read-only")
        async with self.acquire() as connection, connection.transaction(isolation=isolation):
            if actor is not None:
                await connection.execute(
                    _SQL["set_actor"], actor.os_user, str(actor.origin), actor.reason, actor.request_id
                )
            if role is not None:
                await connection.execute(_SQL["set_role"], role)
            yield connection

    async def connect(self, purpose: str) -> asyncpg.Connection:
        """A connection outside the pool, for LISTEN and the like; `purpose` ends its application_name."""
        with connecting(self._keeper.where):
            return await self._keeper.connect(purpose)

    def changed(self, *kinds: str) -> None:
        """Tell every console that rows of these kinds changed. Call after the commit; coalesced per process."""
        if self._notifier is None:
            self._notifier = Notifier(self)
        self._notifier.mark(*kinds)

    def lost(self, error: ConsoleError) -> None:
        """Somebody found the server gone (a listener's heartbeat): start looking for it."""
        self._keeper.lost(error)

    async def _give_back(self, pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
        """The server is asked to reset the session, and may be gone by now: what was done stands nevertheless."""
        try:
            with connecting(self._keeper.where):
                # It must not wait for a dead peer as long as for a free connection.
                await pool.release(connection, timeout=self._keeper.connect_timeout)
        except ConsoleError as error:
            self._notice(error)  # the pool has closed the connection

    async def _take(self, pool: asyncpg.Pool) -> asyncpg.Connection:
        with connecting(self._keeper.where):
            try:
                return await pool.acquire(timeout=self._keeper.acquire_timeout)
            except TimeoutError as error:
                if pool.get_size() - pool.get_idle_size() < pool.get_max_size():
                    raise
                raise PoolExhausted(
                    f"all {pool.get_max_size()} connections of this process are busy",
                    hint="try again, or raise database.pool_max",
                ) from error

    def _notice(self, error: Exception) -> None:
        if is_gone(error):
            self._keeper.lost(translate(error, self._keeper.where))

    async def _statement(self, call: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        return await self._unbroken(self._with_connection(call))

    async def _with_connection(self, call: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        async with self.acquire() as connection:
            with connecting(self._keeper.where):
                try:
                    async with asyncio.timeout(self._silence):
                        return await call(connection)
                except TimeoutError:
                    # Half open: the server's own time limit is past and nothing came. Nobody may wait on it again.
                    connection.terminate()
                    raise

    @property
    def _silence(self) -> float | None:
        """Seconds after which a server that should have ended the statement is taken for gone."""
        limit = self.settings.database.statement_timeout_ms
        return limit / 1000 + _SILENCE_SECONDS if limit else None

    async def _unbroken(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for `work`; when the waiting task is cancelled the work itself goes on to its end."""
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                self._strays.add(task)
                task.add_done_callback(self._forget)
            raise

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._strays.discard(task)
        if not task.cancelled():
            task.exception()


def _cut_off(connection: asyncpg.Connection) -> bool:
    """Whether the connection has ended; the pool takes one back at once when the server closes it."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


__all__ = ["Database", "Link", "LinkState", "PoolExhausted"]
