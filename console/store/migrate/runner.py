"""Applies migration files: one transaction each together with its record, under a lock that keeps other runners out."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from console import __version__
from console.domain.actor import os_user
from console.errors import Conflict, MigrationError
from console.store.link import backoff
from console.store.migrate.authority import establish
from console.store.migrate.catalogue import Key, carry, read_recorded, snapshot, write_recorded
from console.store.migrate.ledger import Standing, read_standing
from console.store.migrate.plan import PRELUDE, MigrationFile, discover
from console.store.queries import queries
from console.store.translate import connecting, is_gone, sqlstate

LOCK_KEY = 0x616F6572_6D696772
"""Key of the advisory lock: "aoermigr" in ASCII."""
_SQL = queries("migrate")
_LOCK_TIMEOUT = "2s"
_LOCK_TROUBLE = {"55P03", "40P01", "40001"}
_ROLE_TROUBLE = {"42710", "23505", "XX000"}

Progress = Callable[[MigrationFile, int, int], None]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: files applied in order, and for how long."""

    applied: tuple[MigrationFile, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Run:
    connection: asyncpg.Connection
    patience: float
    sleep: Sleep


async def migrate(
    connection: asyncpg.Connection,
    *,
    files: Sequence[MigrationFile] | None = None,
    patience: float = 60.0,
    progress: Progress | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Report:
    """Bring the database to the state of `files` (default: this program's). Nothing to do is one query.

    `connection` must not be in a transaction; its role must be superuser, or able to become aoer_owner. `patience` is
    how many seconds to go on trying for a lock. Any number of processes may run this at once. After a failure the files
    before it stay applied, the failed one is recorded with its error, and the next run goes on there.

    Raises ChecksumMismatch, DatabaseNewer, PermissionDenied, Conflict (another runner, or locks, for too long) and
    MigrationError naming file and line.
    """
    began = time.monotonic()
    files = discover() if files is None else files
    run = _Run(connection, patience, sleep)
    with connecting():
        standing = await read_standing(connection, files)
        standing.refuse()
        if not standing.pending:
            return Report((), time.monotonic() - began)
        async with _alone(run):
            start = await _begin(run, files)
            done = 0
            try:
                for file in start.pending:
                    if progress is not None:
                        progress(file, done, len(start.pending))
                    await _apply_patiently(run, file)
                    done += 1
            finally:
                await _finish(connection, start, done)
    return Report(start.pending, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class _Start:
    """What was found once nobody else could write: `recorded` is the catalogue recorded by earlier runs, `before` the
    one in place; both are empty where the record is not of this ledger (first run, or one killed before recording)."""

    pending: tuple[MigrationFile, ...]
    applied: int
    recorded: dict[Key, str]
    before: dict[Key, str]


async def _begin(run: _Run, files: Sequence[MigrationFile]) -> _Start:
    """Read again now that nobody else writes; make the ledger where there is none."""
    await establish(run.connection)
    async with _owner_transaction(run.connection):
        await run.connection.execute(_SQL["create_ledger"])
    standing: Standing = await read_standing(run.connection, files)
    standing.refuse()
    applied = len(standing.rows or ()) - len(standing.unfinished)
    recorded, files_then = await read_recorded(run.connection)
    if not recorded or files_then != applied or not standing.pending:
        return _Start(standing.pending, applied, {}, {})
    return _Start(standing.pending, applied, recorded, await snapshot(run.connection))


async def _finish(connection: asyncpg.Connection, start: _Start, done: int) -> None:
    """Record the catalogue (also after a failure: some files were applied), with a commit that waits for the disk."""
    if done and not connection.is_closed():
        after = await snapshot(connection)
        recorded = carry(start.recorded, start.before, after) if start.recorded else after
        async with _owner_transaction(connection):
            await write_recorded(connection, recorded, start.applied + done)
            await connection.execute(_SQL["settle"])


@asynccontextmanager
async def _alone(run: _Run) -> AsyncIterator[None]:
    """Hold the advisory lock of this database."""
    deadline = time.monotonic() + run.patience
    pauses = backoff(1.0, first=0.02)
    while not await run.connection.fetchval(_SQL["try_lock"], LOCK_KEY):
        if time.monotonic() > deadline:
            raise Conflict("another process is migrating this database", hint="wait for it, then try again")
        await run.sleep(next(pauses))
    try:
        yield
    finally:
        if not run.connection.is_closed():
            await run.connection.fetchval(_SQL["unlock"], LOCK_KEY)


@asynccontextmanager
async def _owner_transaction(connection: asyncpg.Connection, *, owner: bool = True) -> AsyncIterator[None]:
    async with connection.transaction():
        await connection.execute(_SQL["begin_file"], _LOCK_TIMEOUT)
        if owner:
            await connection.execute(_SQL["set_owner_role"])
        yield


async def _apply_patiently(run: _Run, file: MigrationFile) -> None:
    """Apply; on trouble with locks, or with roles that another database's runner changes, try again."""
    deadline = time.monotonic() + run.patience
    pauses = backoff(2.0, first=0.05, draw=random.Random())
    while True:
        began = time.monotonic()
        try:
            await _apply(run.connection, file, began)
        except asyncpg.PostgresError as error:
            await _record_failure(run.connection, file, began, error)
            if is_gone(error):
                raise
            again = _LOCK_TROUBLE | (_ROLE_TROUBLE if file.stage in {PRELUDE, "9_security"} else set())
            patience = min(deadline, began + 5.0) if sqlstate(error) not in _LOCK_TROUBLE else deadline
            if sqlstate(error) not in again or time.monotonic() > patience:
                raise _failure(file, error) from error
            await run.sleep(next(pauses))
        else:
            return


async def _apply(connection: asyncpg.Connection, file: MigrationFile, began: float) -> None:
    async with _owner_transaction(connection):
        await connection.execute(_SQL["mark_running"], *file.key, file.checksum, __version__, os_user())
    async with _owner_transaction(connection, owner=file.stage != PRELUDE):
        await connection.execute(file.text)
        if not connection.is_in_transaction():
            raise MigrationError(f"{file.name} ends its own transaction", hint="remove BEGIN and COMMIT from it")
        await connection.execute(_SQL["set_owner_role"])
        await connection.execute(_SQL["mark_applied"], *file.key, _milliseconds(began))


async def _record_failure(connection: asyncpg.Connection, file: MigrationFile, began: float, error: Exception) -> None:
    """Best effort: with the connection gone the record stays at "running", which means interrupted."""
    if connection.is_closed():
        return
    async with _owner_transaction(connection):
        await connection.execute(_SQL["mark_failed"], *file.key, _milliseconds(began), str(error))


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _failure(file: MigrationFile, error: asyncpg.PostgresError) -> MigrationError:
    if sqlstate(error) in _LOCK_TROUBLE:
        return MigrationError(
            f"{file.name} could not get its locks: {error}", hint="end long transactions, then run db migrate again"
        )
    position = getattr(error, "position", None)
    line = file.text.count("\n", 0, int(position) - 1) + 1 if position else None
    where = f"{file.name}:{line}" if line else file.name
    detail = getattr(error, "detail", None)
    return MigrationError(
        f"{where}: {error}" + (f" ({detail})" if detail else ""),
        hint="nothing of this file was applied; mend the cause and run db migrate again",
    )
