"""Routing: every possible day lands in exactly one partition, and a duplicate is refused in each of them."""

import asyncio
from datetime import date

import asyncpg
import pytest

from tests.sql.conftest import NewTenant

LISTED = "SELECT count(*) FROM pg_inherits WHERE inhparent = $1::regclass"


async def test_every_day_of_eleven_years_is_routed_and_repeated_days_are_refused(
    owner: asyncpg.Connection, tenant: NewTenant
) -> None:
    who = await tenant()
    await owner.fetchval("SELECT ensure_partitions('aoer_queries', '2020-01-01', '2030-12-31')")
    insert = """INSERT INTO aoer_queries (tenant_id, query, week_start)
                SELECT $1, 'q', d::date FROM generate_series(date '2020-01-01', date '2030-12-31', '1 day') d"""
    assert await owner.execute(insert, who) == "INSERT 0 4018"
    wrong = await owner.fetchval(
        """SELECT count(*) FROM aoer_queries
            WHERE tableoid::regclass::text <> 'aoer_queries_' || to_char(week_start, 'YYYY"q"Q')"""
    )
    assert wrong == 0
    partitions = await owner.fetch(
        "SELECT DISTINCT tableoid::regclass::text AS name, min(week_start) AS day FROM aoer_queries GROUP BY 1"
    )
    assert len(partitions) == 44
    for partition in partitions:
        with pytest.raises(asyncpg.UniqueViolationError):
            await owner.execute(
                "INSERT INTO aoer_queries (tenant_id, query, week_start) VALUES ($1, 'q', $2)", who, partition["day"]
            )


async def test_a_day_far_away_lands_after_asking_for_its_partition(
    owner: asyncpg.Connection, tenant: NewTenant
) -> None:
    who = await tenant()
    days = ("1900-01-01", "1999-12-31", "2024-02-29", "2025-12-31", "2026-03-31", "2100-03-01", "2200-12-31")
    for day in map(date.fromisoformat, days):
        await owner.fetchval("SELECT ensure_partitions('aoer_queries', $1, $1)", day)
        await owner.execute("INSERT INTO aoer_queries (tenant_id, query, week_start) VALUES ($1, 'q', $2)", who, day)
    assert await owner.fetchval("SELECT count(DISTINCT tableoid) FROM aoer_queries") == len(days)


async def test_months_are_of_utc_whatever_the_session_says(owner: asyncpg.Connection) -> None:
    """Bounds that depended on the session's zone would leave gaps between partitions made by different people."""
    await owner.execute("SET timezone = 'Pacific/Kiritimati'")
    await owner.fetchval("SELECT ensure_partitions('metrics_events', '2031-01-01', '2031-12-31')")
    bounds = await owner.fetchval(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'metrics_events_2031m03'"
    )
    assert bounds == "FOR VALUES FROM ('2031-03-01 14:00:00+14') TO ('2031-04-01 14:00:00+14')"


async def test_asking_again_makes_nothing(owner: asyncpg.Connection) -> None:
    assert await owner.fetchval("SELECT ensure_partitions('aoer_queries', '2040-02-01', '2040-11-30')") == 4
    before = await owner.fetchval(LISTED, "aoer_queries")
    assert await owner.fetchval("SELECT ensure_partitions('aoer_queries', '2040-01-01', '2040-12-31')") == 0
    assert await owner.fetchval(LISTED, "aoer_queries") == before


async def test_several_that_ask_at_once_all_get_it(owner_dsn: str) -> None:
    connections = [await asyncpg.connect(owner_dsn) for _ in range(4)]
    try:
        ask = "SELECT ensure_partitions('aoer_queries', '2050-01-01', '2051-12-31')"
        assert sum(await asyncio.gather(*(connection.fetchval(ask) for connection in connections))) == 8
    finally:
        for connection in connections:
            connection.terminate()


async def test_partitions_are_like_their_parent(owner: asyncpg.Connection) -> None:
    await owner.fetchval("SELECT ensure_partitions('aoer_queries', '2060-01-01', '2060-01-01')")
    count = "SELECT count(*) FROM pg_index WHERE indrelid = $1::regclass"
    assert await owner.fetchval(count, "aoer_queries_2060q1") == await owner.fetchval(count, "aoer_queries")
    checks = "SELECT count(*) FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'"
    assert await owner.fetchval(checks, "aoer_queries_2060q1") == await owner.fetchval(checks, "aoer_queries")
    touched = "SELECT count(*) FROM pg_trigger WHERE tgrelid = $1::regclass AND tgname = 'touch_updated_at'"
    assert await owner.fetchval(touched, "aoer_queries_2060q1") == 1


async def test_only_registered_tables_and_sane_days_are_served(owner: asyncpg.Connection) -> None:
    """It runs with the owner's rights: nobody may use it to fill the disk or to make other tables."""
    ask = "SELECT ensure_partitions($1::text::name, $2::text::date, $3::text::date)"
    for parent, first, last in (
        ("tenants", "2026-01-01", "2026-01-01"),
        ("pg_class", "2026-01-01", "2026-01-01"),
        ("aoer_queries", "-infinity", "2026-01-01"),
        ("aoer_queries", "2026-01-01", "infinity"),
        ("aoer_queries", "1900-01-01", "2100-01-01"),
        ("aoer_queries", "1899-12-31", "1899-12-31"),
    ):
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await owner.fetchval(ask, parent, first, last)


async def test_operators_may_ask_and_viewers_may_not(owner: asyncpg.Connection) -> None:
    may = "SELECT has_function_privilege($1, 'ensure_partitions(name, date, date)', 'EXECUTE')"
    assert await owner.fetchval(may, "aoer_operator")
    assert await owner.fetchval(may, "aoer_worker")
    assert not await owner.fetchval(may, "aoer_viewer")


async def test_there_are_partitions_for_a_while(owner: asyncpg.Connection) -> None:
    """Maintenance may be late; a fresh database must not run out of months first."""
    for parent, days in (("aoer_queries", 365), ("aoer_history", 120), ("metrics_events", 120), ("audit_logs", 120)):
        before = await owner.fetchval(LISTED, parent)
        await owner.fetchval(
            "SELECT ensure_partitions($1::text::name, current_date, current_date + $2::integer)", parent, days
        )
        assert await owner.fetchval(LISTED, parent) == before


async def test_no_partitioned_table_has_a_default_partition(owner: asyncpg.Connection) -> None:
    """It would be locked at every ATTACH."""
    assert await owner.fetchval("SELECT count(*) FROM pg_partitioned_table WHERE partdefid <> 0") == 0
