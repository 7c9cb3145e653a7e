"""How sessions of people and machines begin and end: the log-in is recorded, and refused acts and log-ins are."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from console.config.paths import failed_logins_file
from console.config.settings import Settings
from console.domain.actor import Actor
from console.errors import ConsoleError, PermissionDenied
from console.governance.events import denied
from console.governance.failed_logins import FailedLogins, refused, server_of
from console.store.database import Database
from console.store.link import Link, LinkState
from console.store.queries import queries

_SQL = queries("governance")
_log = logging.getLogger(__name__)


@asynccontextmanager
async def session(
    settings: Settings, actor: Actor, *, application: str, read_only: bool = False
) -> AsyncIterator[Database]:
    """`Database.open`, with an `auth.login` in the record at the start, `auth.failed` for refusals of before and later,
    and `access.denied` when the block ends because the database refused what it did.

    `read_only` is for commands that only read; a session that somebody asked to be read only writes no record either.
    """
    keeper = _Keeper(settings, actor)
    try:
        async with Database.open(settings, application=application, read_only=read_only) as db:
            await keeper.login(db)
            stop = db.on_state(lambda state: keeper.moved(db, state))
            try:
                yield db
            except PermissionDenied as error:
                await denied(db, actor, application, error)
                raise
            finally:
                stop()
                await keeper.settle()
    except ConsoleError as error:
        keeper.note(error)
        raise


class _Keeper:
    """Notes refusals of one session, and writes them down when the server lets somebody in again."""

    def __init__(self, settings: Settings, actor: Actor) -> None:
        self._records = not settings.database.read_only
        self._actor = actor
        self._server = server_of(settings.database.dsn)
        self._failed = FailedLogins(failed_logins_file())
        self._last: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    def note(self, error: BaseException) -> None:
        """Remember `error` if it is a refusal; the same one only once."""
        if refused(error) and error is not self._last:
            self._last = error
            self._failed.note(self._server, error)

    def moved(self, db: Database, state: LinkState) -> None:
        """The link of the session went or came back."""
        if state.error is not None:
            self.note(state.error)
        elif state.link is Link.READY and self._last is not None:
            self._last = None
            self._task = asyncio.get_running_loop().create_task(self.login(db))

    async def login(self, db: Database) -> None:
        """Record that a session begins; what cannot be recorded must not keep anybody from working."""
        if not self._records:
            return
        waiting = self._failed.take(self._server)
        try:
            async with db.acquire() as connection, connection.transaction():
                await connection.execute(_SQL["read_write"])
                await connection.fetchval(_SQL["audit_login"], self._actor.os_user, str(self._actor.origin), waiting)
        except ConsoleError as error:
            self._failed.give_back(waiting)
            _log.debug("the log-in was not recorded: %s", error)

    async def settle(self) -> None:
        """Wait for what is being written."""
        if self._task is not None:
            await asyncio.wait([self._task])
