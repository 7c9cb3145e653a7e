"""Adding, cancelling, retrying: what the tables and the audit trail say afterwards."""

from typing import Any
from uuid import uuid4

import pytest

from console.domain.actor import Actor
from console.domain.enums import Priority
from console.errors import NotFound
from console.queue import service
from console.store.database import Database
from tests.queue.conftest import Tenants


async def test_a_waiting_tenant_is_raised_not_doubled(db: Database, eyes: Any, tenants: Tenants, actor: Actor) -> None:
    ids = await tenants(3)
    assert await service.enqueue(db, actor, ids, priority=Priority.LOW) == service.Enqueued(3, 0, 0)
    assert await service.enqueue(db, actor, ids[:1], priority=Priority.HIGH) == service.Enqueued(0, 1, 0)
    assert await service.enqueue(db, actor, ids[:2], priority=Priority.MEDIUM) == service.Enqueued(0, 1, 1)
    rows = await eyes.fetch("SELECT tenant_id, priority FROM aoer_queue")
    assert {row["tenant_id"]: row["priority"] for row in rows} == dict(zip(ids, ["high", "medium", "low"], strict=True))
    assert len(rows) == 3


async def test_the_same_tenant_twice_in_one_call_is_one_job(db: Database, tenants: Tenants, actor: Actor) -> None:
    (one,) = await tenants(1)
    assert (await service.enqueue(db, actor, [one, one])).created == 1


async def test_an_earlier_time_wins_over_a_delayed_twin(
    db: Database, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    later = await eyes.fetchval("SELECT now() + interval '1 hour'")
    await service.enqueue(db, actor, [one], at=later)
    assert await eyes.fetchval("SELECT turn FROM aoer_queue") == 2147483647
    assert (await service.enqueue(db, actor, [one])).raised == 1
    row = await eyes.fetchrow("SELECT turn, scheduled_at <= now() AS due FROM aoer_queue")
    assert (row["turn"], row["due"]) == (0, True)


async def test_an_unknown_tenant_is_named_and_nothing_is_queued(
    db: Database, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    with pytest.raises(NotFound):
        await service.enqueue(db, actor, [one, uuid4()])
    assert await eyes.fetchval("SELECT count(*) FROM aoer_queue") == 0


async def test_any_sql_client_can_queue_inside_its_own_transaction(eyes: Any, tenants: Tenants) -> None:
    (one,) = await tenants(1)
    async with eyes.transaction():
        job = await eyes.fetchval("SELECT queue_tenant_recompute($1, 'low')", one)
        again = await eyes.fetchval("SELECT queue_tenant_recompute($1, 'urgent')", one)
    assert job == again
    assert await eyes.fetchval("SELECT priority FROM aoer_queue WHERE id = $1", job) == "urgent"


async def test_writes_are_audited_with_who_and_why(db: Database, eyes: Any, tenants: Tenants, actor: Actor) -> None:
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one], priority=Priority.HIGH)
    (job,) = [row["id"] for row in await service.list_jobs(db)]
    await service.cancel(db, actor, [job])
    rows = await eyes.fetch(
        "SELECT action, tenant_id, object_id, before, after, reason, os_user FROM audit_logs"
        " WHERE action LIKE 'queue.%' ORDER BY at, action"
    )
    assert [row["action"] for row in rows] == ["queue.add", "queue.cancel"]
    assert {row["reason"] for row in rows} == {"test"}
    assert {row["os_user"] for row in rows} == {actor.os_user}
    assert {(row["tenant_id"], row["object_id"]) for row in rows} == {(one, str(job))}
    assert '"cancelled"' in rows[1]["after"]


async def test_many_tenants_make_one_audit_row(db: Database, eyes: Any, tenants: Tenants, actor: Actor) -> None:
    ids = await tenants(150)
    assert (await service.enqueue_all(db, actor)).created == len(ids)
    assert await eyes.fetchval("SELECT count(*) FROM audit_logs WHERE action = 'queue.add'") == 1


async def test_cancel_ends_a_waiting_job_and_only_marks_a_running_one(
    db: Database, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(2))
    jobs = [row["id"] for row in await service.list_jobs(db)]
    await eyes.execute(
        "UPDATE aoer_queue SET status = 'running', slot = 0, lease_id = 1, worker_id = gen_random_uuid() WHERE id = $1",
        jobs[0],
    )
    changed = {change.id: change.status for change in await service.cancel(db, actor, jobs)}
    assert changed == {jobs[0]: "running", jobs[1]: "cancelled"}
    assert await eyes.fetchval("SELECT cancel_requested FROM aoer_queue WHERE id = $1", jobs[0])
    assert [change.id for change in await service.cancel(db, actor, [jobs[1]])] == []


async def test_retry_starts_over_unless_a_twin_waits(db: Database, eyes: Any, tenants: Tenants, actor: Actor) -> None:
    ids = await tenants(2)
    await service.enqueue(db, actor, ids)
    await eyes.execute(
        "UPDATE aoer_queue SET status = 'failed', completed_at = now(), retry_count = 4, crash_count = 2"
    )
    failed = {row["tenant_id"]: row["id"] for row in await eyes.fetch("SELECT tenant_id, id FROM aoer_queue")}
    await service.enqueue(db, actor, ids[:1])
    changed = await service.retry(db, actor, list(failed.values()))
    assert [change.id for change in changed] == [failed[ids[1]]]
    row = await eyes.fetchrow("SELECT * FROM aoer_queue WHERE id = $1", failed[ids[1]])
    assert (row["status"], row["retry_count"], row["crash_count"], row["completed_at"]) == ("queued", 0, 0, None)


async def test_two_ended_twins_retried_together_become_one_job(
    db: Database, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    for _ in range(2):
        await service.enqueue(db, actor, [one])
        await eyes.execute("UPDATE aoer_queue SET status = 'cancelled', completed_at = now() WHERE status = 'queued'")
    changed = await service.change_by_status(db, actor, "retry", ["cancelled"])
    assert len(changed) == 1
    assert await eyes.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'queued'") == 1
