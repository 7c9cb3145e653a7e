"""Is the schema in order? On other people's servers that is checked, on the embedded one it is seen to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg

from console.errors import ConsoleError, MigrationError
from console.store.locate import embedded_start
from console.store.migrate import discover, migrate, read_standing
from console.store.ports import StoreSettings
from console.store.queries import queries
from console.store.target import Target
from console.store.translate import connecting, sqlstate

_SQL = queries("bootstrap")
_NOT_MADE_YET = {"3D000", "28000"}
_ROLES = ("aoer_admin", "aoer_worker")


@asynccontextmanager
async def admin_connection(target: Target, settings: StoreSettings) -> AsyncIterator[asyncpg.Connection]:
    """A connection for migrations: without time limits, on the embedded server as its superuser."""
    connection = await _connect(target, settings)
    try:
        yield connection
    finally:
        if not connection.is_closed():
            await connection.close(timeout=5)


async def _connect(target: Target, settings: StoreSettings) -> asyncpg.Connection:
    if target.owner is not None:
        target = replace(target, user=target.owner)
    with connecting(str(target)):
        return await asyncpg.connect(
            **target.arguments(),
            timeout=settings.database.connect_timeout_seconds,
            server_settings={"application_name": "aoer-console/migrate", "jit": "off"},
        )


async def check(target: Target, settings: StoreSettings) -> None:
    """Raise MigrationError unless the schema is exactly this program's; one connection, one query."""
    with connecting(str(target)):
        connection = await asyncpg.connect(**target.arguments(), timeout=settings.database.connect_timeout_seconds)
        try:
            (await read_standing(connection, discover())).require_current()
        finally:
            await connection.close(timeout=5)


async def prepare(target: Target, settings: StoreSettings) -> None:
    """Make the embedded server's database, login role and schema where they are missing or old."""
    try:
        await check(target, settings)
    except ConsoleError as error:
        if not isinstance(error, MigrationError) and sqlstate(error) not in _NOT_MADE_YET:
            raise
        await bootstrap(target, settings)


async def bootstrap(target: Target, settings: StoreSettings) -> None:
    """As the superuser: database, login role, migrations. Each step may have been done by another process meanwhile."""
    await make_database(target, settings)
    async with admin_connection(target, settings) as connection:
        await migrate(connection)
        await join_roles(connection, target)


async def make_database(target: Target, settings: StoreSettings) -> None:
    """The embedded server's database and login role."""
    async with admin_connection(replace(target, database="postgres"), settings) as connection:
        create = _SQL.named("create_database", database=target.database)
        await _once(connection, "database_exists", target.database, create)
        await _once(connection, "role_exists", target.user, _SQL.named("create_login", role=target.user))


async def join_roles(connection: asyncpg.Connection, target: Target) -> None:
    """Give the embedded server's login role its rights; other servers' roles are their admin's business."""
    if target.owner is None:
        return
    with connecting(str(target)):
        for row in await connection.fetch(_SQL["missing_memberships"], target.user, list(_ROLES)):
            await _quietly(connection, _SQL.named("join_role", role=row["role"], member=target.user))


async def _once(connection: asyncpg.Connection, exists: str, name: str, statement: str) -> None:
    with connecting():
        if not await connection.fetchval(_SQL[exists], name):
            await _quietly(connection, statement)


async def _quietly(connection: asyncpg.Connection, statement: str) -> None:
    """Run it unless another console was quicker."""
    try:
        await connection.execute(statement)
    except (asyncpg.DuplicateDatabaseError, asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return


@dataclass(frozen=True, slots=True)
class Admin:
    """The right to change the schema of one database."""

    target: Target
    connection: asyncpg.Connection
    settings: StoreSettings

    async def connect(self, database: str) -> asyncpg.Connection:
        """Another database of the same server."""
        return await _connect(replace(self.target, database=database), self.settings)


@asynccontextmanager
async def admin(settings: StoreSettings) -> AsyncIterator[Admin]:
    """For `db` verbs: the configured server, the embedded one started; whatever state its schema is in."""
    if settings.database.dsn is not None:
        target = Target(dsn=settings.database.dsn)
        async with admin_connection(target, settings) as connection:
            yield Admin(target, connection, settings)
        return
    running = await asyncio.to_thread(embedded_start(), settings)
    try:
        await make_database(running.target, settings)
        async with admin_connection(running.target, settings) as connection:
            yield Admin(running.target, connection, settings)
    finally:
        await asyncio.to_thread(running.release)
