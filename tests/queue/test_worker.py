"""A worker on a real queue."""

import asyncio
import logging
from typing import Any

import pytest

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Priority
from console.queue import service
from console.queue.drain import drain
from console.queue.handlers import Job
from console.queue.worker import Worker
from console.store.database import Database
from tests.queue.conftest import Tenants
from tests.waiting import until

COUNTS = "SELECT status::text, count(*) FROM aoer_queue GROUP BY status"


async def counts(eyes: Any) -> dict[str, int]:
    return {row["status"]: row["count"] for row in await eyes.fetch(COUNTS)}


async def test_a_drain_rates_every_tenant_exactly_once(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "console.queue")
    ids = await tenants(450)
    await service.enqueue(db, actor, ids, priority=Priority.LOW)
    done = await drain(db, settings)
    assert (done.completed, done.empty) == (450, True)
    assert await counts(eyes) == {"completed": 450}
    score = await eyes.fetchrow("SELECT min(aoer_score) AS low, max(aoer_score) AS high, count(*) FROM aoer_summary")
    assert (float(score["low"]), float(score["high"]), score["count"]) == (85.69, 85.69, 450)
    events = await eyes.fetch(
        "SELECT event_data->>'job_id' AS job FROM metrics_events WHERE event_type = 'aoer_recompute'"
    )
    assert len(events) == len({row["job"] for row in events}) == 450
    assert await eyes.fetchval("SELECT count(*) FROM aoer_history") == 450
    lines = "\n".join(record.getMessage() for record in caplog.records).splitlines()
    assert "AOER Orchestrator worker active" in lines
    assert sum(line.startswith("[AOER] Queued recompute for tenant ") for line in lines) == 450
    assert sorted(line for line in lines if line.startswith("[AOER] Completed")) == sorted(
        f"[AOER] Completed recompute for {tenant}" for tenant in ids
    )


async def test_one_poison_tenant_fails_alone(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    ids = await tenants(20)
    poison = ids[7]
    await eyes.execute(
        f"ALTER TABLE aoer_summary ADD CONSTRAINT poison CHECK (tenant_id <> '{poison}' OR aoer_score IS NULL)"
    )
    await service.enqueue(db, actor, ids)
    assert (await drain(db, settings)).completed == 19
    row = await eyes.fetchrow(
        "SELECT *, scheduled_at - updated_at AS wait FROM aoer_queue WHERE tenant_id = $1", poison
    )
    assert (row["status"], row["retry_count"], row["crash_count"]) == ("queued", 1, 0)
    assert 108 <= row["wait"].total_seconds() <= 132
    failure = await eyes.fetchrow("SELECT * FROM aoer_failures")
    assert (failure["tenant_id"], failure["job_id"], failure["retry_count"]) == (poison, row["id"], 1)
    assert "poison" in failure["error_text"]


async def test_a_job_fails_for_good_after_its_retries(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    await eyes.execute("ALTER TABLE aoer_summary ADD CONSTRAINT poison CHECK (aoer_score IS NULL)")
    await service.enqueue(db, actor, [one], max_retries=2)
    for expected in ("queued", "queued", "failed"):
        await eyes.execute("UPDATE aoer_queue SET scheduled_at = now(), turn = 0")
        await drain(db, settings)
        assert await eyes.fetchval("SELECT status::text FROM aoer_queue") == expected
    assert await eyes.fetchval("SELECT count(*) FROM aoer_failures") == 3


async def test_urgent_goes_before_low(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    ids = await tenants(30)
    await service.enqueue(db, actor, ids[:25], priority=Priority.LOW)
    await service.enqueue(db, actor, ids[25:], priority=Priority.URGENT)
    await drain(db, override(settings, {"queue.batch": 5, "queue.concurrency": 1}))
    rows = await eyes.fetch("SELECT tenant_id FROM aoer_queue ORDER BY lease_id LIMIT 5")
    assert {row["tenant_id"] for row in rows} == set(ids[25:])


async def test_a_flood_of_one_tenant_does_not_hold_up_another(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    flood, other = await tenants(2)
    ran: list[Any] = []

    async def handler(_: Database, job: Job) -> None:
        ran.append(job.tenant)

    await service.enqueue(db, actor, [flood] * 300, kind="report", dedupe_key=None)
    await service.enqueue(db, actor, [other] * 3, kind="report", dedupe_key=None)
    worker = Worker(db, override(settings, {"queue.batch": 2, "queue.concurrency": 1}), handlers={"report": handler})
    await worker.start()
    await until(lambda: asyncio.sleep(0, len(ran) >= 12))
    await worker.stop()
    assert [index for index, tenant in enumerate(ran) if tenant == other][-1] < 8
    assert len(set(ran[:4])) == 2


async def test_slots_bound_what_runs_at_once_for_a_tenant(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    running, most, ran = 0, 0, 0

    async def handler(_: Database, job: Job) -> None:
        nonlocal running, most, ran
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        ran += 1

    await service.enqueue(db, actor, [one] * 30, kind="report", dedupe_key=None)
    worker = Worker(db, override(settings, {"queue.tenant_slots": 3}), handlers={"report": handler})
    await worker.start()
    await until(lambda: asyncio.sleep(0, ran == 30))
    await worker.stop()
    assert most == 3
    assert await counts(eyes) == {"completed": 30}


async def test_a_cancelled_running_job_is_stopped_and_ends_cancelled(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def handler(_: Database, job: Job) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.set()
            raise

    await service.enqueue(db, actor, [one], kind="report")
    worker = Worker(db, override(settings, {"queue.heartbeat_seconds": 0.1}), handlers={"report": handler})
    await worker.start()
    await asyncio.wait_for(begun.wait(), 10)
    job = await eyes.fetchval("SELECT id FROM aoer_queue")
    assert [change.status for change in await service.cancel(db, actor, [job])] == ["running"]
    await asyncio.wait_for(stopped.wait(), 10)
    await worker.stop()
    assert await counts(eyes) == {"cancelled": 1}


async def test_a_handler_past_its_deadline_fails(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)

    async def handler(_: Database, job: Job) -> None:
        await asyncio.Event().wait()

    await service.enqueue(db, actor, [one], kind="report")
    worker = Worker(db, override(settings, {"queue.job_timeout_seconds": 0.05}), handlers={"report": handler})
    await worker.start()
    await until(lambda: eyes.fetchval("SELECT count(*) FROM aoer_failures"))
    await worker.stop()
    assert "deadline" in await eyes.fetchval("SELECT error_text FROM aoer_failures")


async def test_stopping_gives_unfinished_jobs_back_without_spending_an_attempt(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    begun = asyncio.Event()

    async def handler(_: Database, job: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    await service.enqueue(db, actor, [one], kind="report")
    worker = Worker(db, settings, handlers={"report": handler})
    await worker.start()
    await asyncio.wait_for(begun.wait(), 10)
    assert not await worker.stop(drain_seconds=0.01)
    row = await eyes.fetchrow("SELECT status::text, retry_count, slot FROM aoer_queue")
    assert tuple(row) == ("queued", 0, None)
    assert await eyes.fetchval("SELECT state FROM queue_workers") == "stopped"


async def test_delayed_jobs_are_admitted_when_due(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    one, two = await tenants(2)
    later = await eyes.fetchval("SELECT now() + interval '1 hour'")
    await service.enqueue(db, actor, [one, two], at=later)
    assert (await drain(db, settings)).completed == 0
    await eyes.execute("UPDATE aoer_queue SET scheduled_at = now() WHERE tenant_id = $1", one)
    assert (await drain(db, override(settings, {"queue.poll_seconds": 0.02}))).completed == 1
    assert await counts(eyes) == {"completed": 1, "queued": 1}


async def test_a_worker_begins_new_epochs_of_claims(db: Database, settings: Settings, eyes: Any) -> None:
    await eyes.execute("SELECT setval('aoer_queue_lease', 1000)")
    worker = Worker(db, override(settings, {"queue.poll_seconds": 0.01}))
    await worker.start()
    await until(lambda: eyes.fetchval("SELECT last_value = 1000 FROM aoer_queue_epoch"))
    await worker.stop()


async def test_counters_tell_what_was_done(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(5), priority=Priority.HIGH)
    await drain(db, settings)
    row = await eyes.fetchrow(
        "SELECT sum(completed) AS n, min(priority::text) AS lane, sum(run_ms) AS ran FROM queue_metrics"
    )
    assert (row["n"], row["lane"]) == (5, "high")
    assert row["ran"] > 0
    found = await service.status(db)
    assert found["counts"]["completed"] == 5
    assert [rate["completed"] for rate in found["rates"]] == [5]


async def test_no_mistake_ends_the_heartbeat(
    db: Database, settings: Settings, eyes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(db, override(settings, {"queue.heartbeat_seconds": 0.01}))
    house, beats = worker._house, 0
    beat = house.beat

    async def stumbling() -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            raise RuntimeError("out of step")
        await beat()

    monkeypatch.setattr(house, "beat", stumbling)
    await worker.start()
    await until(lambda: asyncio.sleep(0, beats >= 4))
    await worker.stop()
