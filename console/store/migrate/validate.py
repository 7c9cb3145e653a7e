"""Is the database what the migrations say? Compares every object of its catalogue."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import asyncpg

from console.errors import MigrationError, PermissionDenied
from console.store.migrate.catalogue import Drift, Key, compare, read_recorded, snapshot, unprotected
from console.store.migrate.ledger import Standing, read_standing
from console.store.migrate.plan import MigrationFile, discover
from console.store.migrate.runner import migrate
from console.store.queries import queries
from console.store.translate import connecting

_SQL = queries("catalogue")
Against = Literal["auto", "scratch", "recorded"]
Connect = Callable[[str], Awaitable[asyncpg.Connection]]


@dataclass(frozen=True, slots=True)
class Validation:
    """`against` is what the catalogue was compared with: "scratch" or "recorded"."""

    standing: Standing
    against: str
    drift: tuple[Drift, ...]
    unprotected: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.standing.current and not self.drift and not self.unprotected


async def validate(
    connection: asyncpg.Connection,
    connect: Connect,
    *,
    files: Sequence[MigrationFile] | None = None,
    against: Against = "auto",
) -> Validation:
    """Compare the database of `connection` with what `files` make of an empty one.

    `connect(name)` opens another database of the same server as the same role. Raises PermissionDenied when a scratch
    database was asked for and may not be made, MigrationError when there is nothing to compare with.
    """
    files = discover() if files is None else files
    with connecting():
        standing = await read_standing(connection, files)
        may = await connection.fetchval(_SQL["may_create_database"])
        if against == "scratch" and not may:
            raise PermissionDenied(
                "this role may not create the scratch database to compare with",
                hint="use a role with CREATEDB, or --against recorded",
            )
        scratch = against == "scratch" or (against == "auto" and may)
        found = await snapshot(connection)
        expected = await _from_scratch(connection, connect, files) if scratch else await _from_record(connection)
        bare = await unprotected(connection)
    return Validation(standing, "scratch" if scratch else "recorded", compare(expected, found), bare)


async def _from_record(connection: asyncpg.Connection) -> dict[Key, str]:
    expected, _ = await read_recorded(connection)
    if not expected:
        raise MigrationError(
            "the database holds no record of its catalogue to compare with",
            hint="use a role with CREATEDB: then a scratch database is made to compare with",
        )
    return expected


async def _from_scratch(
    connection: asyncpg.Connection, connect: Connect, files: Sequence[MigrationFile]
) -> dict[Key, str]:
    async with _scratch(connection) as name:
        other = await connect(name)
        try:
            await migrate(other, files=files)
            return await snapshot(other)
        finally:
            await other.close(timeout=5)


@asynccontextmanager
async def _scratch(connection: asyncpg.Connection) -> AsyncIterator[str]:
    """A database that is dropped afterwards; ones that killed runs left behind go too."""
    for row in await connection.fetch(_SQL["old_scratches"]):
        await connection.execute(_SQL.named("drop_scratch", name=row["name"]))
    name = f"aoer_validate_{uuid.uuid4().hex[:8]}_{await connection.fetchval(_SQL['epoch'])}"
    await connection.execute(_SQL.named("create_scratch", name=name))
    try:
        yield name
    finally:
        await connection.execute(_SQL.named("drop_scratch", name=name))
