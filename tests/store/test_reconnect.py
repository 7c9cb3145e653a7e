import asyncio

import asyncpg
import pytest

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import DatabaseUnavailable, MigrationError
from console.store.database import Database
from console.store.keeper import Keeper
from console.store.link import Link, LinkState
from console.store.migrate import migrate
from tests.conftest import Server
from tests.waiting import until

END_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return override(settings, {"database.reconnect_max_seconds": 0.1})


async def works(db: Database) -> bool:
    try:
        return await db.fetchval("SELECT 1") == 1
    except DatabaseUnavailable:
        return False


async def test_ended_connections_are_replaced(quick: Settings, owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    async with Database.open(quick, application="test") as db:
        with pytest.raises(DatabaseUnavailable):
            async with db.transaction(Actor(Origin.TERMINAL)) as connection:
                await owner.execute(END_ALL)
                await connection.fetchval("SELECT 1")
        assert db.state.link is Link.LOST
        await asyncio.wait_for(db.wait_ready(), 30)
        assert await works(db)
    await owner.close()


GONE = [TimeoutError(), BrokenPipeError(32, "Broken pipe"), asyncpg.InterfaceError("the connection is closed")]


@pytest.mark.parametrize("error", GONE, ids=lambda error: type(error).__name__)
async def test_what_was_done_stands_when_the_connection_cannot_be_given_back(
    quick: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    release = asyncpg.pool.Pool.release

    async def broken(pool: asyncpg.Pool, connection: asyncpg.Connection, *, timeout: float | None = None) -> None:
        await release(pool, connection, timeout=timeout)
        raise error

    async with Database.open(quick, application="test") as db:
        states: list[LinkState] = []
        db.on_state(states.append)
        with monkeypatch.context() as patch:
            patch.setattr(asyncpg.pool.Pool, "release", broken)
            assert await db.fetchval("SELECT 1") == 1
        assert states[1].link is Link.LOST
        await asyncio.wait_for(db.wait_ready(), 30)
        assert await works(db)


async def test_an_error_of_the_system_is_the_servers_only_when_the_connection_ended(quick: Settings) -> None:
    async with Database.open(quick, application="test") as db:
        with pytest.raises(FileNotFoundError):
            async with db.acquire():
                raise FileNotFoundError("a file of the caller's")
        assert db.state.link is Link.READY
        with pytest.raises(DatabaseUnavailable):
            async with db.acquire() as connection:
                connection.terminate()
                raise ConnectionResetError(104, "Connection reset by peer")
        assert db.state.link is Link.LOST


@pytest.mark.parametrize(("dsn", "attempts"), [(None, 3), ("postgresql:///elsewhere", 1)])
async def test_the_embedded_server_is_looked_for_anew_when_it_goes_during_the_first_attempt(
    monkeypatch: pytest.MonkeyPatch, dsn: str | None, attempts: int
) -> None:
    made = 0

    async def attempt(_keeper: Keeper) -> None:
        nonlocal made
        made += 1
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(Keeper, "_attempt", attempt)
    with pytest.raises(DatabaseUnavailable):
        async with Database.open(Settings(), application="test", dsn=dsn):
            pass
    assert made == attempts


async def test_a_server_that_takes_nobody_is_asked_again_until_it_does(
    quick: Settings, server: Server, database_name: str
) -> None:
    states: list[LinkState] = []
    async with Database.open(quick, application="test") as db:
        db.on_state(states.append)
        server.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS false")
        server.execute(END_ALL.replace("current_database()", f"'{database_name}'"))

        async def given_up_twice() -> bool:
            await works(db)
            return len([state for state in states if state.attempt >= 2]) > 0

        await until(given_up_twice)
        with pytest.raises(DatabaseUnavailable):
            await db.fetchval("SELECT 1")
        server.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS true")
        await until(lambda: works(db))
    links = [state.link for state in states]
    assert links[:2] == [Link.READY, Link.LOST]
    assert links[-2:] == [Link.READY, Link.CLOSED]
    assert all(state.retry_in <= 0.1 for state in states)
    assert all(state.error for state in states if state.link is Link.LOST)


async def test_a_schema_that_needs_a_person_is_said_and_looked_at_again(empty_dsn: str) -> None:
    settings = override(Settings(), {"database.dsn": empty_dsn, "database.reconnect_max_seconds": 0.1})
    async with Database.open(settings, application="test", wait=False) as db:
        with pytest.raises(MigrationError, match="no schema"):
            await asyncio.wait_for(db.wait_ready(), 30)
        assert db.state.link is Link.REFUSED
        owner = await asyncpg.connect(empty_dsn)
        await migrate(owner)
        await owner.close()
        await until(lambda: works_or_refused(db))


async def works_or_refused(db: Database) -> bool:
    try:
        return await works(db)
    except MigrationError:
        return False


async def test_a_watchers_mistake_does_not_end_the_link(quick: Settings) -> None:
    def wrong(state: LinkState) -> None:
        if state.link is not Link.CONNECTING:
            raise RuntimeError("mistake")

    async with Database.open(quick, application="test", wait=False) as db:
        db.on_state(wrong)
        await asyncio.wait_for(db.wait_ready(), 30)
        assert await works(db)


async def test_a_closed_link_says_so(quick: Settings) -> None:
    async with Database.open(quick, application="test") as db:
        pass
    with pytest.raises(DatabaseUnavailable, match="closed"):
        await db.fetchval("SELECT 1")
