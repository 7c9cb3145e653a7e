"""The feed's own connection: outside the pool, so that no reset query follows each of its many small reads."""

from typing import Any

from console.errors import ConsoleError, DatabaseUnavailable, StatementTimeout
from console.store.queries import queries
from console.store.translate import connecting, is_gone

SQL = queries("feed")
STATEMENT_LIMIT = "2s"


class Source:
    """One connection of a `console.store.database.Database`, made again when it is lost. Used by one task at a time."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self._connection: Any = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._connection is not None

    async def open(self) -> bool:
        """Connect if need be; answers whether the connection is new. Raises ConsoleError when there is no server."""
        if self._connection is not None and not self._connection.is_closed():
            return False
        await self._db.wait_ready()
        connection = await self._db.connect("feed")
        try:
            with connecting():
                await connection.execute(SQL["limit_statement"], STATEMENT_LIMIT)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        return True

    async def fetch(self, name: str, *args: Any) -> list[Any]:
        """Rows of a named query. Raises DatabaseUnavailable (and forgets the connection) when the server is gone."""
        try:
            with connecting():
                rows: list[Any] = await self._connection.fetch(SQL[name], *args)
        except DatabaseUnavailable as error:
            if not isinstance(error, StatementTimeout) and is_gone(error):
                self.close()
                self._db.lost(error)
            raise
        return rows

    async def fetchrow(self, name: str, *args: Any) -> Any:
        """The first row, or None."""
        rows = await self.fetch(name, *args)
        return rows[0] if rows else None

    def close(self) -> None:
        """Drop the connection; nothing is in flight on it when the feed calls this."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def lost(error: ConsoleError) -> bool:
    """Whether the server went away, as opposed to one statement that failed."""
    return isinstance(error, DatabaseUnavailable) and not isinstance(error, StatementTimeout)
