"""Talking to the server from a worker: one connection, held while there is work, given up when it goes quiet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any

import asyncpg

from console.errors import DatabaseUnavailable
from console.store.database import Database
from console.store.translate import connecting, sqlstate

GRACE_SECONDS = 2.0
"""How long past its own limit a statement may be silent before the connection is taken for dead."""


class Blame(Enum):
    """What a failed statement says about the jobs in it."""

    RACE = "race"  # someone else was quicker or locks the rows: the same again, at once
    LINK = "link"  # the connection was lost under it: usually the server, but a job may have brought it down
    SERVER = "server"  # the server is full, read only or of another version: again later, and no job pays for it
    JOB = "job"  # the statement itself: some job in it


def blame(error: BaseException) -> Blame:
    """Who is at fault for `error`."""
    code = sqlstate(error)
    if code in {"40001", "40P01"} or (code == "23505" and "aoer_queue_slot_idx" in str(error)):
        return Blame.RACE
    if code in {"57014", "55P03"}:  # it took too long, or waited too long for a lock: some job in it is the reason
        return Blame.JOB
    # 25006: the server became read only; 53: out of disk, memory, connections; 42: the schema does not fit.
    if code == "25006" or code.startswith(("53", "42")):
        return Blame.SERVER
    if isinstance(error, DatabaseUnavailable):
        return Blame.LINK
    return Blame.JOB if code else Blame.SERVER


class Link:
    """A connection of the pool for one loop of a worker."""

    def __init__(self, connection: asyncpg.Connection, limit: float, where: str) -> None:
        self._connection = connection
        self._limit = limit
        self._where = where

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows. A server that stays silent, as behind a half-open connection, is DatabaseUnavailable in the end."""
        try:
            async with asyncio.timeout(self._limit):
                with connecting(self._where):
                    rows: list[asyncpg.Record] = await self._connection.fetch(sql, *args)
                return rows
        except TimeoutError as error:
            self._connection.terminate()
            raise DatabaseUnavailable(f"the database at {self._where} went silent", hint="it is tried again") from error
        except asyncio.CancelledError:
            # A cancelled statement may still be running: nobody else shall get this connection.
            self._connection.terminate()
            raise


@asynccontextmanager
async def linked(db: Database) -> AsyncIterator[Link]:
    """A Link for the length of the block; errors of the driver leave it as ConsoleErrors."""
    limit = db.settings.database.statement_timeout_ms / 1000 or 60.0
    with connecting():  # giving a connection back asks the server too, and may find it gone
        async with db.acquire() as connection:
            yield Link(connection, limit + GRACE_SECONDS, str(db.target))
