"""Old partitions go while others write, interrupted removals are finished, a dry run says how long what is kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.governance import retention
from console.governance.cycles import PartitionsRunOut
from console.governance.cycles import retention as cycle
from console.governance.retention import planned, remove_old
from console.store.database import Database
from tests.conftest import Server
from tests.governance.conftest import Pair
from tests.waiting import until

ACTOR = Actor(Origin.SCHEDULER)
LEFT = "SELECT relname::text AS name FROM pg_class WHERE relname LIKE 'audit_logs_2024m__' AND relkind = 'r' ORDER BY 1"


@pytest.fixture
async def maintainer(login: Any, settings: Settings) -> AsyncIterator[Database]:
    """A scheduler whose login may become the owner of the tables."""
    dsn = login("gov_maintainer", "aoer_worker", "aoer_owner")
    async with Database.open(override(settings, {"database.dsn": dsn}), application="test") as db:
        yield db


async def old_months(owner: asyncpg.Connection, *months: str) -> None:
    for month in months:
        await owner.execute("SELECT ensure_partitions('audit_logs', $1::text::date, $1::text::date)", f"{month}-01")


async def names(owner: asyncpg.Connection) -> list[str]:
    return [row["name"] for row in await owner.fetch(LEFT)]


async def test_a_writer_in_an_open_transaction_is_neither_blocked_nor_harmed(
    owner: asyncpg.Connection, maintainer: Database, owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes on while the removal waits for it; so does one who comes later. Who is blocked fails at once."""
    await old_months(owner, "2024-01")
    monkeypatch.setattr(retention, "LOCK_WAIT", "30s")
    first, second = await asyncpg.connect(owner_dsn), await asyncpg.connect(owner_dsn)
    try:
        for writer in (first, second):
            await writer.execute("SET lock_timeout = '20ms'")
        write = "INSERT INTO audit_logs (action, object_type) VALUES ('x', 'y')"
        transaction = first.transaction()
        await transaction.start()
        await first.execute(write)
        removal = asyncio.create_task(remove_old(maintainer, ACTOR))

        async def waits() -> bool:
            found: bool = await owner.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE query LIKE '%CONCURRENTLY%' AND wait_event_type = 'Lock'"
                " AND datname = current_database() AND pid <> pg_backend_pid())"
            )
            return found

        await until(waits)
        for writer in (first, second):
            await writer.execute(write)
            await writer.fetchval("SELECT count(*) FROM audit_logs")
        assert not removal.done()
        await transaction.commit()
        assert [row["outcome"] for row in await removal] == ["removed"]
    finally:
        first.terminate()
        second.terminate()
    assert await names(owner) == []
    assert await owner.fetchval("SELECT count(*) FROM audit_logs WHERE action = 'x'") == 3
    assert await owner.fetchval("SELECT object_id FROM audit_logs WHERE action = 'retention'") == "audit_logs_2024m01"


async def test_an_interrupted_removal_is_finished_by_the_next_run(
    owner: asyncpg.Connection, maintainer: Database, db: Database, owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_months(owner, "2024-01", "2024-02", "2024-03")
    monkeypatch.setattr(retention, "LOCK_WAIT", "50ms")
    writer = await asyncpg.connect(owner_dsn)
    try:
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("INSERT INTO audit_logs (action, object_type) VALUES ('x', 'y')")
        told = [row["outcome"] for row in await remove_old(maintainer, ACTOR)]
        assert told == ["detaching", "later", "later"], "begun, and given up after its time"
        plan = {
            row["partition"]: row["state"] for row in await db.fetch("SELECT partition, state FROM retention_plan()")
        }
        assert plan["audit_logs_2024m01"] == "detaching"
        await transaction.commit()
    finally:
        writer.terminate()
    await owner.execute("SELECT ensure_partitions('audit_logs', current_date, current_date + 200)")
    monkeypatch.setattr(retention, "LOCK_WAIT", "30s")
    assert [row["outcome"] for row in await remove_old(maintainer, ACTOR)] == ["removed"] * 3
    assert await names(owner) == []
    assert await remove_old(maintainer, ACTOR) == []


async def test_a_detached_month_that_was_not_dropped_is_found_by_its_name(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await old_months(owner, "2024-01", "2024-02")
    await owner.execute("ALTER TABLE audit_logs DETACH PARTITION audit_logs_2024m01")
    plan = await db.fetch("SELECT partition::text AS p, state FROM retention_plan()")
    assert [(row["p"], row["state"]) for row in plan] == [
        ("audit_logs_2024m01", "detached"),
        ("audit_logs_2024m02", "attached"),
    ]
    # This role may not become the owner: the lock is short instead.
    assert [row["outcome"] for row in await remove_old(db, ACTOR)] == ["removed", "removed"]
    assert await names(owner) == []


async def test_without_the_owners_role_a_busy_table_is_left_alone(
    owner: asyncpg.Connection, db: Database, owner_dsn: str
) -> None:
    await old_months(owner, "2024-01")
    writer = await asyncpg.connect(owner_dsn)
    try:
        async with writer.transaction():
            await writer.execute("INSERT INTO audit_logs (action, object_type) VALUES ('x', 'y')")
            assert [row["outcome"] for row in await remove_old(db, ACTOR)] == ["busy"]
    finally:
        writer.terminate()
    assert await names(owner) == ["audit_logs_2024m01"]
    assert await db.fetchval("SELECT retention_remove('orders')") == "kept", "only what is past its retention"
    assert await db.fetchval("SELECT retention_remove($1)", "audit_logs_2999m01") == "kept"


async def test_a_dry_run_tells_every_period_and_changes_nothing(
    owner: asyncpg.Connection, db: Database, pair: Pair, settings: Settings
) -> None:
    """Signals 1 year, failures 3 months, audit 90 days, finished jobs 30 days, violations 7 days."""
    kept = {
        row["parent"]: row["retention"]
        for row in await db.fetch("SELECT parent::text AS parent, retention FROM partition_policies")
    }
    assert kept["audit_logs"] == timedelta(days=90)
    assert kept["aoer_queue_archive"] == timedelta(days=30)
    for parent in ("audit_logs", "aoer_queue_archive"):
        await owner.execute("SELECT ensure_partitions($1::text::name, date '2024-05-01', date '2024-05-01')", parent)
    for days in (364, 366):
        await owner.execute(
            "INSERT INTO aiv_raw_signals (tenant_id, date) VALUES ($1, current_date - $2::int)", pair.mine, days
        )
    for days in (89, 91):
        await owner.execute(
            "INSERT INTO aoer_failures (tenant_id, job_id, job_name, error_text, created_at)"
            " VALUES ($1, gen_random_uuid(), 'x', 'x', now() - make_interval(days => $2))",
            pair.mine,
            days,
        )
    for days in (6, 8):
        await owner.execute(
            "INSERT INTO rate_limit_violations (rule, key, hour, first_at, last_at)"
            " VALUES ('r', 'k', now() - make_interval(days => $1), now(), now())",
            days,
        )
    before = await owner.fetchval("SELECT count(*) FROM audit_logs")
    lines = [(row["what"], row["detail"], row["outcome"]) for row in await planned(db, settings)]
    assert lines == [
        ("aoer_queue_archive", "aoer_queue_archive_2024m05", "would be removed"),
        ("audit_logs", "audit_logs_2024m05", "would be removed"),
        ("aiv_raw_signals", "older than 365 days", "1 rows would be deleted"),
        ("aoer_failures", "older than 90 days", "1 rows would be deleted"),
        ("audit_aggregates", "older than 400 days", "0 rows would be deleted"),
        ("audit_alerts", "older than 365 days", "0 rows would be deleted"),
        ("rate_limit_violations", "older than 7 days", "1 rows would be deleted"),
    ]
    assert await owner.fetchval("SELECT count(*) FROM audit_logs") == before
    done = await cycle(db, settings, datetime(2026, 1, 1, tzinfo=UTC))
    assert done == {"removed": 2, "unfinished": 0, "violations": 1}


async def test_too_few_partitions_ahead_fail_the_cycle(
    owner: asyncpg.Connection, db: Database, settings: Settings
) -> None:
    ahead = await owner.fetch(
        "SELECT partition::text AS name FROM v_partitions"
        " WHERE parent = 'aoer_history' AND starts > now() ORDER BY starts"
    )
    for row in ahead[2:]:
        await owner.execute(f"DROP TABLE {row['name']}")
    await cycle(db, settings, datetime(2026, 1, 1, tzinfo=UTC))
    await owner.execute(f"DROP TABLE {ahead[1]['name']}")
    with pytest.raises(PartitionsRunOut, match="fewer than 2 partitions lie ahead of aoer_history"):
        await cycle(db, settings, datetime(2026, 1, 1, tzinfo=UTC))
    missing = [row for row in await planned(db, settings) if row["outcome"] == "would be made"]
    assert [row["detail"] for row in missing] == [row["name"] for row in ahead[1:]]


async def test_truncate_is_refused_on_every_partition_also_of_months_to_come(owner: asyncpg.Connection) -> None:
    await owner.execute("SELECT ensure_partitions('audit_logs', date '2033-07-01', date '2033-07-01')")
    children = await owner.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass"
    )
    assert len(children) > 5
    for row in [*children, {"name": "audit_logs"}, {"name": "audit_seals"}]:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await owner.execute(f"TRUNCATE {row['name']}")


ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")
EDGES = (
    datetime(2028, 2, 29, 23, 59, 59, 999999),
    datetime(2100, 2, 28, 23, 30),
    datetime(2026, 3, 29, 1, 30),
    datetime(2026, 10, 25, 1, 30),
    datetime(2026, 12, 31, 23, 59, 59, 999999),
    datetime(2200, 12, 31, 23, 59, 59),
    datetime(1900, 1, 1),
)
moments = st.one_of(st.sampled_from(EDGES), st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31, 23, 59, 59)))


@pytest.fixture(scope="module")
def shared(server: Server, template: str) -> Any:
    """One database for the examples below."""
    name = server.create_database(template)
    yield server.dsn(name)
    server.drop_database(name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moments, st.sampled_from(ZONES))
def test_any_moment_lands_in_its_month_of_utc_whatever_the_sessions_zone(
    server: Server, shared: str, moment: datetime, zone: str
) -> None:
    async def place() -> tuple[str, str]:
        connection = await asyncpg.connect(shared, server_settings={"timezone": zone})
        try:
            async with connection.transaction():
                at = moment.replace(tzinfo=UTC)
                await connection.execute("SELECT ensure_partitions('audit_logs', $1::date, $1::date)", at.date())
                return await connection.fetchval(
                    "INSERT INTO audit_logs (at, action, object_type) VALUES ($1, 'x', 'y')"
                    " RETURNING tableoid::regclass::text",
                    at,
                ), f"audit_logs_{at:%Ym%m}"
        finally:
            await connection.close()

    found, expected = server.run(place())
    assert found == expected
