"""The daily statistics equal what the logs say: at every moment, to every snapshot, whatever is written meanwhile."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from console.automation import daily
from console.config.settings import Settings
from console.store.database import Database

VIEWS = ("auto_dispatch_stats", "route_optimization_stats", "batch_performance_stats", "escalation_stats")
ROLLUPS = {"auto_dispatch_daily", "route_optimization_daily", "batch_performance_daily", "escalation_daily"}
TENANTS = 3
MOMENT = "(timestamptz '2026-03-27 20:00+00' + {hours} * interval '1 hour')"
INSERTS = (
    "INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type, total_score, time_score,"
    " assigned_at) SELECT $1, $2, $3, (enum_range(NULL::assignment_type))[1 + {n} % 3],"
    " nullif({n} % 50, 7) / 3.0, 1, {at}",
    "INSERT INTO route_optimizations (tenant_id, driver_id, distance_saved_km, time_saved_minutes, status,"
    " optimized_at) SELECT $1, $3, {n} / 7.0, nullif({n} % 5, 0) / 10.0, 'completed', {at} WHERE $2::uuid <> $3",
    "INSERT INTO order_batches (tenant_id, batch_number, order_count, total_distance_km, total_value, created_at)"
    " SELECT $1, gen_random_uuid()::text, {n} % 6, {n} / 9.0, {n}, {at} WHERE $2::uuid <> $3::uuid",
    "INSERT INTO escalation_logs (tenant_id, escalation_type, severity, current_delay_minutes, escalated_at)"
    " SELECT $1, 'SLA_RISK', (enum_range(NULL::severity_level))[1 + {n} % 4], {n} / 11.0, {at}"
    " WHERE $2::uuid <> $3::uuid",
)
CHANGES = (
    "UPDATE route_optimizations SET status = 'failed', distance_saved_km = NULL WHERE tenant_id = $1 AND {some}",
    "UPDATE order_batches SET order_count = order_count + 1, status = 'failed', total_value = NULL"
    " WHERE tenant_id = $1 AND {some}",
    "UPDATE order_batches SET created_at = created_at + interval '1 day' WHERE tenant_id = $1 AND {some}",
    "UPDATE escalation_logs SET status = 'resolved', resolved_at = now() WHERE tenant_id = $1 AND {some}",
    "DELETE FROM order_batches WHERE tenant_id = $1 AND {some}",
    "DELETE FROM escalation_logs WHERE tenant_id = $1 AND {some}",
    "DELETE FROM assignment_logs WHERE tenant_id = $1 AND {some}",
    "UPDATE assignment_logs SET total_score = 99 WHERE tenant_id = $1 AND {some}",
)
ZONES = ("Europe/Rome", "America/New_York", "Asia/Kathmandu", "UTC")


@pytest.fixture
async def fleet(owner_dsn: str) -> list[tuple[UUID, UUID, UUID]]:
    """(tenant, order, driver) three times."""
    connection = await asyncpg.connect(owner_dsn)
    made = []
    for n in range(TENANTS):
        tenant = await connection.fetchval("INSERT INTO tenants (name, slug) VALUES ($1, $1) RETURNING id", f"t{n}")
        driver = await connection.fetchval(
            "INSERT INTO drivers (tenant_id, reference, name) VALUES ($1, 'd', 'd') RETURNING id", tenant
        )
        order = await connection.fetchval(
            "INSERT INTO orders (tenant_id, reference) VALUES ($1, 'o') RETURNING id", tenant
        )
        made.append((tenant, order, driver))
    await connection.close()
    return made


async def differences(connection: asyncpg.Connection) -> dict[str, list[asyncpg.Record]]:
    """Rows that one has and the other has not, by view, all in one snapshot."""
    found = {}
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for view in VIEWS:
            rows = await connection.fetch(
                f"(TABLE {view} EXCEPT TABLE {view}_plain) UNION ALL (TABLE {view}_plain EXCEPT TABLE {view})"
            )
            if rows:
                found[view] = rows
    return found


def statement(dice: random.Random) -> str:
    if dice.random() < 0.6:
        text = dice.choice(INSERTS)
        return text.format(n=dice.randrange(100), at=MOMENT.format(hours=dice.randrange(72)))
    return dice.choice(CHANGES).format(some=f"abs(hashtext(id::text)) % 5 = {dice.randrange(5)}")


async def write(dsn: str, fleet: list[tuple[UUID, UUID, UUID]], seed: int) -> None:
    """Transactions of a few statements on any tenant; some are rolled back, some change a time zone."""
    dice = random.Random(seed)
    connection = await asyncpg.connect(dsn)
    for _ in range(40):
        tenant = dice.choice(fleet)
        transaction = connection.transaction()
        await transaction.start()
        for _ in range(dice.randrange(1, 4)):
            text = statement(dice)
            await connection.execute(text, *(tenant if "$3" in text else tenant[:1]))
        if dice.random() < 0.1:
            await connection.execute("UPDATE tenants SET time_zone = $2 WHERE id = $1", tenant[0], dice.choice(ZONES))
        await (transaction.rollback() if dice.random() < 0.15 else transaction.commit())
    await connection.close()


async def test_rollups_equal_the_logs_while_they_are_written_and_folded(
    owner_dsn: str, db: Database, settings: Settings, fleet: list[tuple[UUID, UUID, UUID]]
) -> None:
    reader = await asyncpg.connect(owner_dsn)
    # A tenant a writer: two who change the same rows in opposite order would be a test of deadlocks.
    writers = [asyncio.ensure_future(write(owner_dsn, [tenant], seed)) for seed, tenant in enumerate(fleet)]
    checks = folds = 0
    while not all(writer.done() for writer in writers):
        assert await differences(reader) == {}
        checks += 1
        folds += (await daily.run(db, settings, datetime.now(UTC))).get("added", 0)
    await asyncio.gather(*writers)
    assert checks > 3 and folds > 20
    await daily.run(db, settings, datetime.now(UTC))
    await daily.run(db, settings, datetime.now(UTC))
    assert await differences(reader) == {}
    for rollup in ROLLUPS:
        many = await reader.fetchval(
            f"SELECT count(*) FROM (SELECT FROM {rollup} GROUP BY tenant_id, day, part HAVING count(*) > 1) m"
        )
        assert many == 0, rollup
    assert await reader.fetchval("SELECT count(*) FROM daily_stale") == 0
    assert await reader.fetchval("SELECT count(*) FROM batch_performance_stats") > 3
    await reader.close()


async def test_an_insert_on_its_way_while_tenants_are_counted_anew_is_counted_once(
    owner_dsn: str, db: Database, settings: Settings, fleet: list[tuple[UUID, UUID, UUID]]
) -> None:
    slow, quick = await asyncpg.connect(owner_dsn), await asyncpg.connect(owner_dsn)
    tenant, order, driver = fleet[0]
    insert = INSERTS[0].format(n=5, at=MOMENT.format(hours=3))
    await quick.execute(insert, tenant, order, driver)
    await slow.execute("BEGIN")
    await slow.execute(insert, tenant, order, driver)
    await quick.execute("UPDATE tenants SET time_zone = 'Asia/Kathmandu' WHERE id = $1", tenant)
    assert await differences(quick) == {}
    assert (await daily.run(db, settings, datetime.now(UTC)))["counted"] == 4
    assert await differences(quick) == {}
    await slow.execute("COMMIT")
    # Its day is the old zone's until the next fold notices.
    assert (await daily.run(db, settings, datetime.now(UTC)))["counted"] == 1
    assert await differences(quick) == {}
    assert await quick.fetchval("SELECT sum(total_assignments) FROM auto_dispatch_stats") == 2
    for connection in (slow, quick):
        await connection.close()


async def test_a_member_sees_the_days_of_its_own_tenant_only(
    owner_dsn: str, login: Callable[..., str], fleet: list[tuple[UUID, UUID, UUID]]
) -> None:
    owner = await asyncpg.connect(owner_dsn)
    for tenant in fleet:
        await owner.execute(INSERTS[0].format(n=5, at="now()"), *tenant)
    dsn = login("daily_viewer", "aoer_viewer")
    await owner.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'daily_viewer', 'viewer')", fleet[0][0]
    )
    await owner.execute("INSERT INTO daily_stale (tenant_id, rollup) VALUES ($1, 'auto_dispatch_daily')", fleet[1][0])
    member = await asyncpg.connect(dsn)
    for relation in ("auto_dispatch_stats", "auto_dispatch_stats_plain", "auto_dispatch_daily"):
        rows = await member.fetch(f"SELECT tenant_id FROM {relation}")
        assert [row["tenant_id"] for row in rows] == [fleet[0][0]], relation
    assert await member.fetchval("SELECT count(*) FROM daily_stale") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await member.execute("INSERT INTO daily_stale (tenant_id, rollup) VALUES ($1, 'x')", fleet[0][0])
    for connection in (owner, member):
        await connection.close()


async def test_only_one_process_folds_at_a_time(owner_dsn: str, db: Database, settings: Settings) -> None:
    other = await asyncpg.connect(owner_dsn)
    await other.execute("BEGIN")
    await other.execute("SELECT fold_daily_statistics()")
    assert await daily.run(db, settings, datetime.now(UTC)) == {}
    await other.close()
    async with Database.open(settings, application="test") as free:
        assert await daily.run(free, settings, datetime.now(UTC)) == {"added": 0, "counted": 0}
