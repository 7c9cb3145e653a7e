"""The classic rating in SQL: its formula, and NULL with a reason wherever data are missing."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import mean, stdev
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.sql.conftest import NewTenant

TODAY = datetime.now(UTC).date()
Signals = tuple[float | None, float | None, float | None]


async def add(owner: asyncpg.Connection, who: UUID, rows: dict[int, Signals]) -> None:
    """Readings so many days ago: aeo, geo, ugc."""
    await owner.executemany(
        "INSERT INTO aiv_raw_signals (tenant_id, date, aeo, geo, ugc) VALUES ($1, $2, $3, $4, $5)",
        [(who, TODAY - timedelta(days=ago), *values) for ago, values in rows.items()],
    )


async def rate(owner: asyncpg.Connection, who: UUID) -> Any:
    row = await owner.fetchrow("SELECT * FROM compute_aoer_for_tenant($1)", who)
    assert row is not None
    return row


async def test_the_worked_example(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    await add(owner, who, {0: (78.2, 92.1, 88.7)})
    got = await rate(owner, who)
    assert got["aoer_score"] == Decimal("85.69")
    assert got["visibility_risk"] == Decimal("0.8")
    assert (got["status"], got["reason"], got["interval_low"]) == ("uncalibrated", None, None)


async def test_means_volatility_and_cap_as_defined(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    rows: dict[int, Signals] = {n: (40.0 + 3 * (n % 3), 50.0 + n, 60.0 - n) for n in range(6)}
    await add(owner, who, rows)
    aeo, geo, ugc = ([values[n] for values in rows.values()] for n in range(3))
    damping = min(stdev(aeo) / 20, 0.30)
    assert 0 < damping < 0.30
    wanted = (0.40 * mean(aeo) + 0.35 * mean(geo) + 0.25 * mean(ugc)) * (1 - damping)
    got = await rate(owner, who)
    assert float(got["aoer_score"]) == pytest.approx(wanted, abs=0.005)
    assert got["visibility_risk"] == Decimal("0.2")


async def test_wild_signals_lose_no_more_than_thirty_percent(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    await add(owner, who, {n: (0.0 if n % 2 else 100.0, 50.0, 50.0) for n in range(6)})
    got = await rate(owner, who)
    assert float(got["aoer_score"]) == pytest.approx(50 * 0.70, abs=0.005)
    assert got["visibility_risk"] == Decimal("0.4")


async def test_missing_is_not_zero(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    """A reading without ugc counts for the other columns only."""
    who = await tenant()
    await add(owner, who, {0: (50.0, 50.0, None), 1: (50.0, 50.0, 80.0)})
    assert (await rate(owner, who))["aoer_score"] == Decimal("57.50")


async def test_a_column_without_any_reading_leaves_no_score_and_says_which(
    owner: asyncpg.Connection, tenant: NewTenant
) -> None:
    who = await tenant()
    await add(owner, who, {0: (50.0, None, None), 1: (60.0, None, None)})
    got = await rate(owner, who)
    assert got["aoer_score"] is None
    assert (got["status"], got["visibility_risk"]) == ("no_data", 1)
    assert got["reason"] == "no geo, ugc reading in the last 30 days"


async def test_no_reading_in_the_window_is_no_data(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    """Neither old readings nor ones of days to come count, nor rows with an outcome only."""
    half: Signals = (50.0, 50.0, 50.0)
    cases: list[dict[int, Signals]] = [{}, {31: half}, {-1: half}, {0: (None, None, None)}]
    for number, rows in enumerate(cases):
        who = await tenant(f"t{number}")
        await add(owner, who, rows)
        got = await rate(owner, who)
        assert (got["aoer_score"], got["status"], got["visibility_risk"]) == (None, "no_data", 1)
        assert got["reason"]


async def test_risk_steps(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    steps = {
        (0, 1, 2, 3): ("0.8", "uncalibrated"),
        (8, 9, 10, 11, 12): ("0.6", "stale"),
        (7, 8, 9, 10, 30): ("0.2", "uncalibrated"),
    }
    for days, (risk, status) in steps.items():
        who = await tenant(f"t{days[0]}")
        await add(owner, who, dict.fromkeys(days, (50.0, 50.0, 50.0)))
        got = await rate(owner, who)
        assert (got["visibility_risk"], got["status"]) == (Decimal(risk), status)


async def test_parts_add_up_to_the_score(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    import json

    who = await tenant()
    await add(owner, who, {n: (40.0 + 5 * n, 50.0 + n, 61.3) for n in range(5)})
    got = await rate(owner, who)
    assert math.isclose(sum(json.loads(got["contributions"]).values()), float(got["aoer_score"]), abs_tol=0.005)


async def test_today_is_a_day_of_the_tenants_zone(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        who = await tenant(zone.lower(), zone)
        today: date = await owner.fetchval("SELECT (now() AT TIME ZONE $1)::date", zone)
        insert = "INSERT INTO aiv_raw_signals (tenant_id, date, aeo, geo, ugc) VALUES ($1, $2, 10, 10, 10)"
        await owner.execute(insert, who, today)
        await owner.execute(insert, who, today + timedelta(days=1))
        assert (await rate(owner, who))["metrics"].count(f'"newest": "{today}"') == 1


async def test_an_unknown_tenant_is_no_row(owner: asyncpg.Connection) -> None:
    assert await owner.fetchrow("SELECT * FROM compute_aoer_for_tenant($1)", uuid4()) is None
    with pytest.raises(asyncpg.NoDataFoundError):
        await owner.fetchrow("SELECT * FROM update_aoer_summary($1)", uuid4())


async def test_recompute_stores_summary_history_and_one_event_a_job(
    owner: asyncpg.Connection, tenant: NewTenant
) -> None:
    rated, empty = await tenant("rated"), await tenant("empty")
    await add(owner, rated, {0: (78.2, 92.1, 88.7)})
    jobs = [uuid4(), uuid4(), uuid4()]
    done = await owner.fetch("SELECT * FROM aoer_recompute($1, $2)", [rated, empty, rated], jobs)
    assert {row["tenant_id"]: row["changed"] for row in done} == {rated: True, empty: True}
    told = await owner.fetch(
        "SELECT tenant_id, event_data ->> 'job_id' AS job FROM metrics_events WHERE event_type = 'aoer_recompute'"
    )
    assert {(row["tenant_id"], row["job"]) for row in told} == set(
        zip((rated, empty, rated), map(str, jobs), strict=True)
    )
    assert len(told) == 3
    history = await owner.fetch("SELECT tenant_id, score, reason FROM aoer_history ORDER BY score NULLS LAST")
    assert [(row["tenant_id"], row["score"]) for row in history] == [(rated, Decimal("85.69")), (empty, None)]
    summary = await owner.fetchrow("SELECT * FROM aoer_summary WHERE tenant_id = $1", empty)
    assert summary is not None
    assert (summary["aoer_score"], summary["status"]) == (None, "no_data")
    assert summary["reason"] == "no aeo, geo or ugc reading in the last 30 days"


async def test_recompute_again_says_unchanged_and_counts_the_version(
    owner: asyncpg.Connection, tenant: NewTenant
) -> None:
    who = await tenant()
    await add(owner, who, {0: (78.2, 92.1, 88.7)})
    await owner.fetch("SELECT * FROM aoer_recompute($1)", [who])
    first = await owner.fetchrow("SELECT * FROM aoer_summary")
    again = await owner.fetchrow("SELECT * FROM aoer_recompute($1)", [who])
    second = await owner.fetchrow("SELECT * FROM aoer_summary")
    assert again is not None and first is not None and second is not None
    assert again["changed"] is False
    assert second["version"] == first["version"] + 1
    assert second["last_updated"] > first["last_updated"]
    await owner.execute("UPDATE aiv_raw_signals SET aeo = 10")
    changed = await owner.fetchrow("SELECT * FROM aoer_recompute($1)", [who])
    assert changed is not None and changed["changed"] is True


async def test_recompute_works_where_maintenance_did_not(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    for parent in ("aoer_history", "metrics_events", "audit_logs"):
        for row in await owner.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::text::regclass", parent
        ):
            await owner.execute(f"DROP TABLE {row['name']}")
    await owner.fetch("SELECT * FROM aoer_recompute($1)", [who])
    await owner.execute("SELECT audit_write($1, 'x', 'y')", who)
    assert await owner.fetchval("SELECT count(*) FROM aoer_history") == 1


async def test_dashboard_steps(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    steps = {
        ("80", "0.2"): ("Excellent", "Low"),
        ("79.99", "0.21"): ("Good", "Medium"),
        ("60", "0.5"): ("Good", "Medium"),
        ("59.99", "0.51"): ("Fair", "High"),
        ("40", "0.8"): ("Fair", "High"),
        ("39.99", "0.81"): ("Poor", "Critical"),
        ("0", "0"): ("Poor", "Low"),
    }
    insert = """INSERT INTO aoer_summary (tenant_id, aoer_score, visibility_risk, status)
                VALUES ($1, $2, $3, 'uncalibrated')"""
    for (score, risk), wanted in steps.items():
        who = await tenant(score)
        await owner.execute(insert, who, Decimal(score), Decimal(risk))
        row = await owner.fetchrow("SELECT grade, risk_band FROM v_aoer_dashboard WHERE tenant_id = $1", who)
        assert row is not None
        assert tuple(row) == wanted


async def test_dashboard_grades_nothing_where_there_is_nothing(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    row = await owner.fetchrow("SELECT * FROM v_aoer_dashboard WHERE tenant_id = $1", who)
    assert row is not None
    assert (row["aoer_score"], row["grade"], row["risk_band"], row["status"]) == (None, None, None, "no_data")
    assert row["reason"] == "not computed yet"


async def test_query_statistics(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who, other = await tenant("one"), await tenant("two")
    rows = [
        (who, "a", date(2026, 1, 5), "commercial", True, 100),
        (who, "b", date(2026, 1, 7), "commercial", False, 200),
        (who, "a", date(2026, 1, 12), "informational", None, None),
        (who, "c", date(2026, 2, 2), None, True, 50),
        (other, "a", date(2026, 1, 5), "commercial", True, 100),
    ]
    await owner.executemany(
        """INSERT INTO aoer_queries (tenant_id, query, week_start, intent, ai_present, monthly_volume)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        rows,
    )
    span = (who, date(2026, 1, 5), date(2026, 1, 12))
    totals = await owner.fetchrow("SELECT * FROM aoer_query_totals($1, $2, $3)", *span)
    assert totals is not None
    assert (totals["total_queries"], totals["distinct_queries"], totals["ai_present"], totals["ai_observed"]) == (
        3,
        2,
        1,
        2,
    )
    assert totals["monthly_volume"] == 300
    intents = await owner.fetch("SELECT intent, total_queries, share FROM aoer_query_intents($1, $2, $3)", *span)
    assert [(row["intent"], row["total_queries"]) for row in intents] == [("commercial", 2), ("informational", 1)]
    trend = await owner.fetch(
        "SELECT week, total_queries FROM aoer_query_trend($1, $2, $3)", who, date(2026, 1, 1), date(2026, 2, 28)
    )
    assert [tuple(row) for row in trend] == [(date(2026, 1, 5), 2), (date(2026, 1, 12), 1), (date(2026, 2, 2), 1)]


async def test_signals_outside_their_range_are_refused(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    for column in ("seo", "aeo", "geo", "ugc", "geolocal", "observed_aiv"):
        insert = f"INSERT INTO aiv_raw_signals (tenant_id, date, {column}) VALUES ($1, $2, $3)"
        for value in (math.nan, math.inf, -0.01, 100.01):
            with pytest.raises(asyncpg.CheckViolationError):
                await owner.execute(insert, who, TODAY, value)
    assert await owner.fetchval("SELECT count(*) FROM aiv_raw_signals") == 0
