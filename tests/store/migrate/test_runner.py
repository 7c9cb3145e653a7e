import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from console.errors import ChecksumMismatch, Conflict, DatabaseNewer, DatabaseUnavailable, MigrationError
from console.store.migrate import migrate, read_standing
from console.store.migrate.runner import LOCK_KEY
from tests.conftest import Server
from tests.store.migrate.conftest import Write
from tests.waiting import until

TABLE = "CREATE TABLE IF NOT EXISTS t (i int);"


async def statuses(connection: asyncpg.Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT file, status FROM schema_migrations ORDER BY version, stage, file")
    return {row["file"]: row["status"] for row in rows}


async def test_applies_as_the_owner_and_records_who_when_how_long(admin: asyncpg.Connection, write: Write) -> None:
    files = write({"0001_a/2_tables/t.sql": TABLE, "0001_a/5_functions/f.sql": "SELECT pg_sleep(0.02)"})
    report = await migrate(admin, files=files)
    assert [file.file for file in report.applied] == ["t.sql", "f.sql"]
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = $1"
    assert await admin.fetchval(owner, "t") == await admin.fetchval(owner, "schema_migrations") == "aoer_owner"
    row = await admin.fetchrow("SELECT * FROM schema_migrations WHERE file = 'f.sql'")
    assert row["status"] == "applied"
    assert row["duration_ms"] >= 20
    assert row["applied_by"].startswith(await admin.fetchval("SELECT session_user::text") + "/")
    assert row["checksum"] == files[1].checksum
    assert row["error"] is None


async def test_the_second_run_is_one_query_and_changes_nothing(
    admin: asyncpg.Connection, write: Write, empty_dsn: str
) -> None:
    files = write({"0001_a/2_tables/t.sql": TABLE})
    await migrate(admin, files=files)
    before = await admin.fetch("SELECT *, xmin FROM schema_migrations")
    queries: list[str] = []
    again = await asyncpg.connect(empty_dsn)
    again.add_query_logger(lambda record: queries.append(record.query))
    assert (await migrate(again, files=files)).applied == ()
    await again.close()
    assert len(queries) == 1
    assert await admin.fetch("SELECT *, xmin FROM schema_migrations") == before


async def test_only_what_is_new_is_applied(admin: asyncpg.Connection, write: Write) -> None:
    await migrate(admin, files=write({"0001_a/2_tables/t.sql": "CREATE TABLE t (i int)"}))
    files = write({"0002_b/3_columns/t.sql": "ALTER TABLE t ADD j int"})
    assert [file.name for file in (await migrate(admin, files=files)).applied] == ["0002_b/3_columns/t.sql"]


async def test_a_changed_file_is_refused_by_name(admin: asyncpg.Connection, write: Write) -> None:
    await migrate(admin, files=write({"0001_a/2_tables/t.sql": TABLE}))
    files = write({"0001_a/2_tables/t.sql": TABLE + " -- better", "0002_b/2_tables/u.sql": "CREATE TABLE u ()"})
    with pytest.raises(ChecksumMismatch, match=r"0001_a/2_tables/t\.sql") as caught:
        await migrate(admin, files=files)
    assert "new version" in caught.value.hint
    assert await admin.fetchval("SELECT to_regclass('u')") is None


async def test_a_newer_database_is_refused_by_name(admin: asyncpg.Connection, write: Write) -> None:
    files = write({"0001_a/2_tables/t.sql": TABLE, "0002_b/2_tables/u.sql": "CREATE TABLE u ()"})
    await migrate(admin, files=files)
    with pytest.raises(DatabaseNewer, match=r"0002_b/2_tables/u\.sql"):
        await migrate(admin, files=files[:1])


async def test_a_failure_is_recorded_named_by_line_and_resumed(admin: asyncpg.Connection, write: Write) -> None:
    broken = {
        "0001_a/2_tables/a.sql": TABLE,
        "0001_a/2_tables/b.sql": "CREATE TABLE half (i int);\n\nSELECT wrong;\n",
        "0001_a/2_tables/c.sql": "CREATE TABLE c ()",
    }
    with pytest.raises(MigrationError, match=r'0001_a/2_tables/b\.sql:3: column "wrong" does not exist'):
        await migrate(admin, files=write(broken))
    assert await statuses(admin) == {"a.sql": "applied", "b.sql": "failed"}
    assert "wrong" in await admin.fetchval("SELECT error FROM schema_migrations WHERE file = 'b.sql'")
    assert await admin.fetchval("SELECT to_regclass('half')") is None
    mended = write({"0001_a/2_tables/b.sql": "CREATE TABLE half (i int)"})
    assert [file.file for file in (await migrate(admin, files=mended)).applied] == ["b.sql", "c.sql"]
    assert set((await statuses(admin)).values()) == {"applied"}


async def test_a_runner_that_dies_leaves_an_interrupted_record_and_is_resumed(
    admin: asyncpg.Connection, write: Write, empty_dsn: str
) -> None:
    files = write({"0001_a/2_tables/a.sql": TABLE, "0001_a/2_tables/b.sql": "SELECT pg_sleep(600)"})
    victim = await asyncpg.connect(empty_dsn)
    pid = victim.get_server_pid()
    run = asyncio.create_task(migrate(victim, files=files))
    await until(lambda: admin.fetchval("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $1", pid))
    await admin.execute("SELECT pg_terminate_backend($1)", pid)
    with pytest.raises(DatabaseUnavailable):
        await run
    assert await statuses(admin) == {"a.sql": "applied", "b.sql": "running"}
    standing = await read_standing(admin, files)
    assert [row.file for row in standing.unfinished] == ["b.sql"]
    await migrate(admin, files=write({"0001_a/2_tables/b.sql": "SELECT 1"}))
    assert set((await statuses(admin)).values()) == {"applied"}


async def test_a_file_that_commits_is_refused(admin: asyncpg.Connection, write: Write) -> None:
    with pytest.raises(MigrationError, match=r"c\.sql ends its own transaction"):
        await migrate(admin, files=write({"0001_a/2_tables/c.sql": "CREATE TABLE c (); COMMIT"}))


async def test_many_runners_at_once_apply_each_file_once(
    admin: asyncpg.Connection, write: Write, empty_dsn: str
) -> None:
    files = write({f"0001_a/2_tables/{i}.sql": f"CREATE TABLE t{i} ()" for i in range(5)})
    runners = [await asyncpg.connect(empty_dsn) for _ in range(4)]
    reports = await asyncio.gather(*(migrate(runner, files=files) for runner in runners))
    assert sorted(len(report.applied) for report in reports) == [0, 0, 0, 5]
    for runner in runners:
        await runner.close()


async def test_runners_of_different_databases_may_create_the_same_roles(server: Server, write: Write) -> None:
    role = "aoer_race"
    make = f"""DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
            PERFORM pg_sleep(0.05);
            CREATE ROLE {role};
        END IF; END $$;
        GRANT {role} TO aoer_owner;"""
    files = write({"0001_a/0_prelude/roles.sql": make})
    names = [server.create_database() for _ in range(3)]
    try:
        runners = [await asyncpg.connect(server.dsn(name)) for name in names]
        await asyncio.gather(*(migrate(runner, files=files) for runner in runners))
        for runner in runners:
            assert await statuses(runner) == {"roles.sql": "applied"}
            await runner.close()
    finally:
        for name in names:
            server.drop_database(name)
        server.execute(f"DROP ROLE IF EXISTS {role}")


class Sleeper:
    """Instead of waiting does something, the first time something else."""

    def __init__(self, act: Callable[[], Awaitable[Any]]) -> None:
        self.act = act
        self.naps = 0

    async def __call__(self, _seconds: float) -> None:
        self.naps += 1
        await self.act()


async def test_a_lock_held_by_others_is_tried_again(admin: asyncpg.Connection, write: Write, empty_dsn: str) -> None:
    await migrate(admin, files=write({"0001_a/2_tables/t.sql": TABLE}))
    other = await asyncpg.connect(empty_dsn)
    await other.execute("BEGIN; LOCK TABLE t IN ACCESS SHARE MODE")
    sleeper = Sleeper(lambda: other.execute("COMMIT"))
    files = write({"0002_b/3_columns/t.sql": "SET LOCAL lock_timeout = '30ms'; ALTER TABLE t ADD j int"})
    assert len((await migrate(admin, files=files, sleep=sleeper)).applied) == 1
    assert sleeper.naps == 1
    await other.close()


async def test_another_runner_is_waited_for_then_given_up(
    admin: asyncpg.Connection, write: Write, empty_dsn: str
) -> None:
    files = write({"0001_a/2_tables/t.sql": TABLE})
    other = await asyncpg.connect(empty_dsn)
    await other.fetchval("SELECT pg_advisory_lock($1)", LOCK_KEY)
    with pytest.raises(Conflict, match="another process is migrating"):
        await migrate(admin, files=files, patience=0.0)
    sleeper = Sleeper(lambda: other.fetchval("SELECT pg_advisory_unlock($1)", LOCK_KEY))
    assert len((await migrate(admin, files=files, sleep=sleeper)).applied) == 1
    await other.close()


async def test_this_programs_own_files_are_idempotent(owner_dsn: str) -> None:
    connection = await asyncpg.connect(owner_dsn)
    await connection.execute("UPDATE schema_migrations SET status = 'failed'")
    everything = await migrate(connection)
    assert len(everything.applied) == await connection.fetchval("SELECT count(*) FROM schema_migrations")
    await connection.close()
