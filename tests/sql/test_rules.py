"""Rules of single tables that people and programs rely on."""

import math
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.sql.conftest import NewTenant


async def order(owner: asyncpg.Connection, who: UUID, reference: str = "A-1") -> UUID:
    made: UUID = await owner.fetchval(
        "INSERT INTO orders (tenant_id, reference) VALUES ($1, $2) RETURNING id", who, reference
    )
    return made


async def test_updates_touch_time_and_version(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    await order(owner, who)
    before = await owner.fetchrow("SELECT * FROM orders")
    await owner.execute("UPDATE orders SET notes = 'x', version = 99, updated_at = '2000-01-01'")
    after = await owner.fetchrow("SELECT * FROM orders")
    assert before is not None and after is not None
    assert after["version"] == before["version"] + 1 == 2
    assert after["updated_at"] > before["updated_at"]
    assert after["created_at"] == before["created_at"]


async def test_a_row_cannot_point_into_another_tenant(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    one, two = await tenant("one"), await tenant("two")
    theirs = await order(owner, two)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await owner.execute(
            "INSERT INTO order_events (tenant_id, order_id, event_type) VALUES ($1, $2, 'x')", one, theirs
        )


async def test_one_open_alert_a_fingerprint_and_a_new_one_after_resolving(
    owner: asyncpg.Connection, tenant: NewTenant
) -> None:
    who = await tenant()
    insert = """INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message, fingerprint)
                VALUES ($1, 'SLA_BREACH', 'high', 'late', 'order-1')"""
    await owner.execute(insert, who)
    with pytest.raises(asyncpg.UniqueViolationError):
        await owner.execute(insert, who)
    await owner.execute("UPDATE dispatch_alerts SET status = 'resolved', resolved_at = now()")
    assert await owner.fetchval("SELECT resolved FROM dispatch_alerts") is True
    await owner.execute(insert, who)
    other = await tenant("other")
    await owner.execute(insert, other)


async def test_a_resolved_alert_says_when(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    await owner.execute(
        """INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)
           VALUES ($1, 'SLA_BREACH', 'high', 'late')""",
        await tenant(),
    )
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("UPDATE dispatch_alerts SET status = 'resolved'")


async def test_positions_are_whole_and_on_earth(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    insert = "INSERT INTO drivers (tenant_id, reference, name, lat, lon) VALUES ($1, 'd', 'd', $2, $3)"
    for lat, lon in ((90.1, 0.0), (0.0, 180.1), (math.nan, 0.0), (1.0, None), (None, 1.0)):
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(insert, who, lat, lon)


async def test_a_zone_that_does_not_exist_is_refused(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await tenant("acme", "Mars/Olympus")


async def test_a_score_needs_data_and_no_data_needs_a_reason(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("INSERT INTO aoer_summary (tenant_id, status) VALUES ($1, 'no_data')", who)
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute(
            "INSERT INTO aoer_summary (tenant_id, aoer_score, reason, status) VALUES ($1, 0, 'x', 'no_data')", who
        )


async def test_daily_statistics_count_days_of_the_tenants_zone(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    """23:30 UTC on the first is the second in Rome and still the first in New York."""
    for zone, day in (("Europe/Rome", date(2026, 3, 2)), ("America/New_York", date(2026, 3, 1))):
        who = await tenant(zone.lower(), zone)
        await owner.execute(
            """INSERT INTO escalation_logs (tenant_id, escalation_type, severity, escalated_at, current_delay_minutes)
               VALUES ($1, 'SLA_RISK', 'critical', '2026-03-01 23:30+00', 12),
                      ($1, 'STUCK_ORDER', 'high', '2026-03-01 23:31+00', NULL)""",
            who,
        )
        rows = await owner.fetch("SELECT * FROM escalation_stats WHERE tenant_id = $1", who)
        assert [row["date"] for row in rows] == [day]
        row = rows[0]
        assert (row["total"], row["sla_risk"], row["stuck_order"], row["critical"], row["high"], row["open"]) == (
            2,
            1,
            1,
            1,
            1,
            2,
        )
        assert row["avg_delay_minutes"] == 12


async def test_dispatch_and_batch_statistics(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    who = await tenant()
    driver = await owner.fetchval(
        "INSERT INTO drivers (tenant_id, reference, name) VALUES ($1, 'd', 'd') RETURNING id", who
    )
    for kind, score in (("AUTO_ASSIGNED", 90), ("AUTO_ASSIGNED", 70), ("MANUAL", None)):
        await owner.execute(
            """INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type, total_score)
               VALUES ($1, $2, $3, $4, $5)""",
            who,
            await order(owner, who, str(uuid4())),
            driver,
            kind,
            score,
        )
    row = await owner.fetchrow("SELECT * FROM auto_dispatch_stats")
    assert row is not None
    assert (row["total_assignments"], row["auto_assigned"], row["force_assigned"], row["manual_assignments"]) == (
        3,
        2,
        0,
        1,
    )
    assert (row["avg_total_score"], row["min_score"], row["max_score"]) == (80, 70, 90)
    await owner.execute(
        """INSERT INTO order_batches (tenant_id, batch_number, order_count, total_distance_km, status)
           VALUES ($1, 'B1', 2, 3.5, 'completed'), ($1, 'B2', 4, 6.5, 'failed')""",
        who,
    )
    batch = await owner.fetchrow("SELECT * FROM batch_performance_stats")
    assert batch is not None
    assert (batch["total_batches"], batch["total_orders_batched"], batch["max_orders_per_batch"]) == (2, 6, 4)
    assert (batch["total_distance_km"], batch["completed_batches"], batch["failed_batches"]) == (10, 1, 1)


async def test_audit_says_who_from_the_session_and_where_from_the_transaction(
    owner: asyncpg.Connection, tenant: NewTenant
) -> None:
    who = await tenant()
    async with owner.transaction():
        await owner.execute(
            "SELECT set_config('aoer.actor_os_user', 'ann', true), set_config('aoer.reason', 'late van', true)"
        )
        await owner.execute("SET LOCAL ROLE aoer_admin")
        await owner.execute("SELECT audit_write($1, 'assign', 'order', 'A-1', '{\"a\": 1}', '{\"a\": 2}')", who)
    row = await owner.fetchrow("SELECT * FROM audit_logs WHERE action = 'assign'")
    assert row is not None
    session = await owner.fetchval("SELECT session_user")
    assert (row["db_role"], row["os_user"], row["reason"], row["origin"]) == (session, "ann", "late van", "sql")
    assert (row["tenant_id"], row["action"], row["object_id"], row["outcome"]) == (who, "assign", "A-1", "done")


async def test_registering_tenants(owner: asyncpg.Connection, tenant: NewTenant) -> None:
    acme = await tenant("acme")
    await owner.execute("INSERT INTO tenants (name, slug) VALUES ('Twin', 'twin-1'), ('Twin', 'twin-2')")
    rows = await owner.fetch(
        "SELECT * FROM register_tenants($1)", ["acme", "Copy.ai", "Twin", "ÅÄÖ Bil", "!!!", str(acme), "Copy ai"]
    )
    found = {row["given"]: row for row in rows}
    assert (found["acme"]["id"], found["acme"]["created"]) == (acme, False)
    assert found[str(acme)]["id"] == acme
    assert (found["Twin"]["id"], found["Twin"]["ambiguous"]) == (None, True)
    assert found["Copy.ai"]["created"] and found["Copy ai"]["created"]
    slugs = {row["name"]: row["slug"] for row in await owner.fetch("SELECT name, slug FROM tenants")}
    assert {slugs["Copy.ai"], slugs["Copy ai"]} == {"copy-ai", "copy-ai-2"}
    assert slugs["!!!"].startswith("tenant-")
    assert slugs["ÅÄÖ Bil"].endswith("bil")
    member = await owner.fetchrow("SELECT * FROM tenant_members WHERE tenant_id = $1", found["Copy.ai"]["id"])
    assert member is not None
    assert (member["member"], member["access"]) == (await owner.fetchval("SELECT session_user"), "admin")
    again = await owner.fetch("SELECT * FROM register_tenants($1)", ["Copy.ai"])
    assert [row["created"] for row in again] == [False]


async def test_registering_finds_only_tenants_of_the_caller(
    owner: asyncpg.Connection, tenant: NewTenant, login: Callable[..., str]
) -> None:
    """Bringing in a name must not tell that another's tenant has it, nor hand out its id."""
    theirs = await tenant("acme")
    connection = await asyncpg.connect(login("op_newcomer", "aoer_admin"))
    rows = await connection.fetch("SELECT * FROM register_tenants($1)", ["acme", str(theirs)])
    await connection.close()
    assert [row["created"] for row in rows] == [True, True]
    assert theirs not in {row["id"] for row in rows}
