"""Archiving, ageing and the six-hourly recompute."""

from datetime import UTC, datetime
from typing import Any

from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Priority
from console.queue import duties, service
from console.scheduler import maintenance
from console.store.database import Database
from tests.queue.conftest import Tenants

NOW = datetime(2026, 1, 5, tzinfo=UTC)


async def test_finished_jobs_move_to_the_archive_and_failed_ones_stay_to_be_retried(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(4))
    await eyes.execute(
        "UPDATE aoer_queue q SET status = n.status::queue_status, completed_at = now() - n.ago::interval"
        " FROM (SELECT id, row_number() OVER (ORDER BY id) AS i FROM aoer_queue) j,"
        " (VALUES (1, 'completed', '1 hour'), (2, 'completed', '1 minute'), (3, 'failed', '1 hour'),"
        " (4, 'failed', '8 days')) AS n (i, status, ago) WHERE q.id = j.id AND n.i = j.i"
    )
    assert await maintenance.archive(db, settings) == 2
    left = await eyes.fetch("SELECT status::text, archived FROM v_aoer_jobs ORDER BY 1, 2")
    assert [tuple(row) for row in left] == [
        ("completed", False),
        ("completed", True),
        ("failed", False),
        ("failed", True),
    ]
    stats = await maintenance.run(db, settings, NOW)
    assert stats["archived"] == 0
    assert await eyes.fetchval("SELECT expires_at <= now() FROM scheduler_leases WHERE name = 'maintenance'")


async def test_what_waited_long_moves_up_a_lane_but_never_into_urgent(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    low, medium, high, fresh = await tenants(4)
    for tenant, lane in ((low, Priority.LOW), (medium, Priority.MEDIUM), (high, Priority.HIGH), (fresh, Priority.LOW)):
        await service.enqueue(db, actor, [tenant], priority=lane)
    await eyes.execute(
        "UPDATE aoer_queue SET scheduled_at = now() - interval '16 minutes' WHERE tenant_id <> $1", fresh
    )
    assert (await duties.care(db, settings, NOW))["promoted"] == 2
    lanes = {
        row["tenant_id"]: row["p"] for row in await eyes.fetch("SELECT tenant_id, priority::text AS p FROM aoer_queue")
    }
    assert lanes == {low: "medium", medium: "high", high: "high", fresh: "low"}
    assert (await duties.care(db, settings, NOW))["promoted"] == 0
    await eyes.execute("UPDATE aoer_queue SET promoted_at = now() - interval '16 minutes'")
    assert (await duties.care(db, settings, NOW))["promoted"] == 1


async def test_the_recompute_cycle_queues_tenants_with_a_signal_of_seven_days(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants
) -> None:
    recent, old, inactive = await tenants(3)
    await eyes.execute("UPDATE aiv_raw_signals SET date = date - 8 WHERE tenant_id = $1", old)
    await eyes.execute("UPDATE aiv_raw_signals SET date = date - 7 WHERE tenant_id = $1", recent)
    await eyes.execute("UPDATE tenants SET active = false WHERE id = $1", inactive)
    assert (await duties.recompute(db, settings, NOW))["queued"] == 1
    row = await eyes.fetchrow("SELECT tenant_id, priority::text FROM aoer_queue")
    assert tuple(row) == (recent, "low")
    assert (await duties.recompute(db, settings, NOW))["queued"] == 0
    assert await eyes.fetchval("SELECT DISTINCT origin FROM audit_logs WHERE action = 'queue.add'") == "scheduler"
