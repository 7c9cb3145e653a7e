import asyncio
import uuid
from decimal import Decimal

import asyncpg
import pytest

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import (
    Conflict,
    DatabaseUnavailable,
    MigrationError,
    PermissionDenied,
    QueryFailed,
    StatementTimeout,
)
from console.store.database import Database, PoolExhausted
from console.store.link import Link
from tests.waiting import until


async def test_connects_as_its_own_role_never_as_superuser(db: Database) -> None:
    assert await db.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = session_user") is False
    assert db.role == await db.fetchval("SELECT session_user")
    assert db.server_version >= 150000
    assert await db.fetchval("SELECT current_setting('application_name')") == "aoer-console/test"
    assert await db.fetchval("SELECT current_setting('statement_timeout')") == "5s"
    assert await db.fetchval("SELECT current_setting('idle_in_transaction_session_timeout')") == "15s"


async def test_values_keep_their_types(db: Database) -> None:
    some = uuid.uuid4()
    row = await db.fetchrow("SELECT $1::uuid u, $2::jsonb j, 1.10::numeric n, '[1]'::json o", some, {"k": [some]})
    assert row is not None
    assert row["u"] == some
    assert row["j"] == {"k": [str(some)]}
    assert row["n"] == Decimal("1.10")
    assert row["o"] == [1]


async def test_a_transaction_knows_the_actor_and_forgets_it(db: Database) -> None:
    actor = Actor(Origin.TERMINAL, reason="because", os_user="anna")
    names = ("aoer.actor_os_user", "aoer.origin", "aoer.reason", "aoer.request_id")
    async with db.transaction(actor) as connection:
        inside = [await connection.fetchval("SELECT current_setting($1)", name) for name in names]
        pid = connection.get_server_pid()
    assert inside == ["anna", "terminal", "because", actor.request_id]
    async with db.acquire() as connection:
        assert connection.get_server_pid() == pid
        assert [await connection.fetchval("SELECT current_setting($1, true)", name) for name in names] == [""] * 4


async def test_isolation_does_not_depend_on_the_database(settings: Settings, owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    await owner.close()
    async with Database.open(settings, application="test") as db:
        assert await db.fetchval("SHOW transaction_isolation") == "read committed"


async def test_a_role_taken_in_a_transaction_ends_with_it(db: Database) -> None:
    async with db.transaction(None, role="aoer_viewer") as connection:
        assert await connection.fetchval("SELECT current_user") == "aoer_viewer"
    assert await db.fetchval("SELECT current_user") == db.role


async def test_a_failed_transaction_leaves_nothing(db: Database, owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("CREATE TABLE t (i int PRIMARY KEY); GRANT ALL ON t TO PUBLIC")
    with pytest.raises(Conflict, match="already exists"):
        async with db.transaction(Actor(Origin.TERMINAL)) as connection:
            await connection.execute("INSERT INTO t VALUES (1)")
            await connection.execute("INSERT INTO t VALUES (1)")
    assert await db.fetchval("SELECT count(*) FROM t") == 0
    await owner.close()


@pytest.mark.parametrize(
    ("sql", "error", "says"),
    [
        ("SELECT 1 / 0", QueryFailed, "division by zero"),
        ("SELECT * FROM pg_authid", PermissionDenied, "pg_authid"),
        ("SELECT * FROM no_such_table", MigrationError, "no_such_table"),
        ("DO $$ BEGIN RAISE EXCEPTION 'order is delivered'; END $$", Conflict, "^order is delivered$"),
        ("DO $$ BEGIN RAISE serialization_failure; END $$", Conflict, "same rows"),
        ("SET statement_timeout = '20ms'; SELECT pg_sleep(5)", StatementTimeout, "statement timeout"),
    ],
)
async def test_driver_errors_become_ours(db: Database, sql: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        await db.execute(sql)
    assert isinstance(caught.value.__cause__, asyncpg.PostgresError)
    assert db.state.link is Link.READY
    assert await db.fetchval("SELECT current_setting('statement_timeout')") == "5s"


async def test_read_only_refuses_writes(settings: Settings) -> None:
    async with Database.open(settings, application="test", read_only=True) as db:
        with pytest.raises(PermissionDenied, match="read only"):
            await db.execute("CREATE TEMP TABLE t (i int); INSERT INTO pg_class SELECT")
        with pytest.raises(PermissionDenied, match="read only"):
            async with db.transaction(Actor(Origin.TERMINAL)):
                pass
        assert await db.fetchval("SELECT 1") == 1


async def test_cancelling_the_waiter_lets_the_statement_finish(db: Database, owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("CREATE SEQUENCE done; GRANT ALL ON SEQUENCE done TO PUBLIC; SELECT pg_advisory_lock(7)")
    waiter = asyncio.create_task(db.execute("SELECT pg_advisory_xact_lock(7), nextval('done')"))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    await until(lambda: owner.fetchval(waiting))
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await owner.execute("SELECT pg_advisory_unlock(7)")
    await until(lambda: owner.fetchval("SELECT is_called FROM done"))
    await owner.close()


async def test_a_full_pool_says_so_and_is_not_taken_for_a_lost_server(settings: Settings) -> None:
    small = override(settings, {"database.pool_max": 1})
    async with Database.open(small, application="test") as db:
        db._keeper.acquire_timeout = 0.05
        async with db.acquire():
            with pytest.raises(PoolExhausted, match="all 1 connections"):
                await db.fetchval("SELECT 1")
        assert db.state.link is Link.READY
        assert await db.fetchval("SELECT 1") == 1


async def test_nobody_there_is_said_with_the_next_step(tmp_path: object) -> None:
    nowhere = override(Settings(), {"database.dsn": f"postgresql://x@/x?host={tmp_path}"})
    with pytest.raises(DatabaseUnavailable, match="cannot be reached") as caught:
        async with Database.open(nowhere, application="test"):
            pass
    assert caught.value.hint


async def test_a_database_without_schema_is_refused_with_the_command_to_run(empty_dsn: str) -> None:
    with pytest.raises(MigrationError, match="no schema") as caught:
        async with Database.open(Settings(), application="test", dsn=empty_dsn):
            pass
    assert "db migrate" in caught.value.hint
