"""Who may write what: leases, rescue, quarantine, races between open transactions."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from console.domain.actor import Actor
from console.domain.enums import Priority
from console.queue import controls, service
from console.store.database import Database
from tests.queue import protocol as p
from tests.queue.conftest import Tenants


@pytest.fixture
async def pair(dsn: str) -> AsyncIterator[tuple[Any, Any]]:
    """Two connections of the console's role."""
    one, two = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    yield one, two
    await one.close()
    await two.close()


async def test_a_zombie_cannot_end_the_job_that_another_worker_runs(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    zombie, other = uuid4(), uuid4()
    await service.enqueue(db, actor, await tenants(1))
    await p.alive(eyes, zombie)
    (old,) = await p.claim(pair[0], zombie)
    await p.silence(eyes, zombie)
    assert len(await p.rescue(pair[1])) == 1
    await eyes.execute("UPDATE aoer_queue SET turn = 0, scheduled_at = now()")
    await p.alive(eyes, other)
    (new,) = await p.claim(pair[1], other)
    assert new[1] == old[1]
    assert new[2] > old[2]
    assert await p.rate(pair[0], old) == 0
    assert await p.fail(pair[0], [old]) == []
    await p.release(pair[0], [old])
    row = await eyes.fetchrow("SELECT status::text, worker_id, lease_id FROM aoer_queue")
    assert tuple(row) == ("running", other, new[2])
    assert await p.rate(pair[1], new) == 1
    assert await eyes.fetchval("SELECT count(*) FROM metrics_events") == 1


async def test_an_acknowledgement_sent_twice_counts_once(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(1))
    (job,) = await p.claim(pair[0], uuid4())
    assert [await p.rate(pair[0], job), await p.rate(pair[1], job)] == [1, 0]
    assert await eyes.fetchval("SELECT count(*) FROM aoer_history") == 1


async def test_rescue_spends_an_attempt_and_quarantines_after_three_crashes(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(1))
    for crash in (1, 2, 3):
        await eyes.execute("UPDATE aoer_queue SET turn = 0, scheduled_at = now()")
        assert len(await p.claim(pair[0], uuid4())) == 1
        (row,) = await p.rescue(pair[0], delay=p.MINUTE)
        assert row["status"] == ("quarantined" if crash == 3 else "queued")
        found = await eyes.fetchrow("SELECT *, scheduled_at - now() AS wait FROM aoer_queue")
        assert (found["retry_count"], found["crash_count"]) == (crash, crash)
        if crash < 3:
            assert 0.85 * 60 * 2 ** (crash - 1) < found["wait"].total_seconds() < 1.15 * 60 * 2 ** (crash - 1)
            assert await p.claim(pair[0], uuid4()) == []
    assert await eyes.fetchval("SELECT count(*) FROM aoer_failures") == 3


async def test_a_live_worker_keeps_its_jobs_until_the_deadline(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    worker = uuid4()
    await p.alive(eyes, worker)
    await service.enqueue(db, actor, await tenants(1))
    await p.claim(pair[0], worker)
    assert await p.rescue(pair[1]) == []
    await eyes.execute("UPDATE aoer_queue SET deadline_at = now() - interval '6 seconds'")
    (row,) = await p.rescue(pair[1])
    assert "deadline" in row["error"]


async def test_rescue_neither_waits_for_nor_takes_a_job_that_is_being_acknowledged(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(1))
    (job,) = await p.claim(pair[0], uuid4())
    async with pair[0].transaction():
        assert await p.rate(pair[0], job) == 1
        assert await asyncio.wait_for(p.rescue(pair[1]), 5) == []
    assert await eyes.fetchval("SELECT status::text FROM aoer_queue") == "completed"


async def test_an_acknowledgement_behind_an_open_rescue_finds_nothing(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(1))
    (job,) = await p.claim(pair[0], uuid4())
    async with pair[1].transaction():
        assert len(await p.rescue(pair[1])) == 1
        waiting = asyncio.ensure_future(p.rate(pair[0], job))
        await p.blocked(eyes)
    assert await waiting == 0
    assert await eyes.fetchval("SELECT count(*) FROM metrics_events") == 0


async def test_two_open_claims_never_share_a_job(db: Database, pair: Any, tenants: Tenants, actor: Actor) -> None:
    await service.enqueue(db, actor, await tenants(30))
    async with pair[0].transaction():
        first = await p.claim(pair[0], uuid4(), 20)
        second = await p.claim(pair[1], uuid4(), 20)
    assert (len(first), len(second)) == (20, 10)
    assert not {job[1] for job in first} & {job[1] for job in second}


async def test_a_race_for_a_tenants_slot_has_one_winner(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one])
    await service.enqueue(db, actor, [one], kind="other")
    async with pair[0].transaction():
        assert len(await p.claim(pair[0], uuid4(), 1)) == 1
        waiting = asyncio.ensure_future(p.claim(pair[1], uuid4(), 1))
        await p.blocked(eyes)
    with pytest.raises(asyncpg.UniqueViolationError, match="aoer_queue_slot_idx"):
        await waiting
    assert await eyes.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'running'") == 1


async def test_no_epoch_begins_beside_an_open_claim(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    """Or the other claim could not see this one, and would not meet it in the index either."""
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one])
    await service.enqueue(db, actor, [one], kind="other")
    async with pair[0].transaction():
        assert len(await p.claim(pair[0], uuid4(), 1)) == 1
        with pytest.raises(asyncpg.LockNotAvailableError):
            await p.next_epoch(eyes)
        waiting = asyncio.ensure_future(p.claim(pair[1], uuid4(), 1))
        await p.blocked(eyes)
    with pytest.raises(asyncpg.UniqueViolationError, match="aoer_queue_slot_idx"):
        await waiting


async def test_what_runs_counts_however_many_epochs_ago_it_was_claimed(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    one, other = await tenants(2)
    await service.enqueue(db, actor, [one])
    (old,) = await p.claim(pair[0], uuid4())
    for _ in range(3):
        assert await p.next_epoch(eyes)
        await service.enqueue(db, actor, [other])
        (job,) = await p.claim(pair[0], uuid4())
        assert (job[0], await p.complete(pair[0], [job])) == (other, 1)
    await service.enqueue(db, actor, [one])
    assert await p.claim(pair[1], uuid4()) == []
    assert len(await p.claim(pair[1], uuid4(), slots=2)) == 1
    slots = await eyes.fetch("SELECT slot FROM aoer_queue WHERE status = 'running' AND tenant_id = $1", one)
    assert sorted(row["slot"] for row in slots) == [0, 1]
    assert await p.complete(pair[0], [old]) == 1


async def test_a_claim_that_waited_for_the_epoch_looks_again(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    """A quick one begins without the lock; what began to run before it got that was not to be seen at first."""
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one])
    await service.enqueue(db, actor, [one], kind="other")
    async with eyes.transaction():
        assert await p.next_epoch(eyes)
        await eyes.execute(
            "UPDATE aoer_queue SET status = 'running', slot = 0, lease_id = nextval('aoer_queue_lease'),"
            " worker_id = gen_random_uuid() WHERE kind = 'recompute'"
        )
        quick = "SELECT ids FROM queue_claim($1, 10, $2, '{recompute,other}', 1, true)"
        waiting = asyncio.ensure_future(pair[1].fetch(quick, uuid4(), p.MINUTE))
        await p.blocked(pair[0])
    assert await waiting == []


async def test_a_snapshot_from_before_the_claim_is_no_ground_to_claim_on(
    db: Database, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(1))
    async with pair[0].transaction(isolation="repeatable_read"):
        with pytest.raises(asyncpg.FeatureNotSupportedError, match="READ COMMITTED"):
            await p.claim(pair[0], uuid4())


async def test_one_tenant_in_two_lanes_gets_one_slot_in_one_claim(
    db: Database, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one], priority=Priority.URGENT)
    await service.enqueue(db, actor, [one], kind="other", priority=Priority.LOW)
    assert len(await p.claim(pair[0], uuid4())) == 1
    assert len(await p.claim(pair[0], uuid4(), slots=2)) == 1


async def test_an_enqueue_while_the_tenant_runs_is_a_new_job(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one])
    (job,) = await p.claim(pair[0], uuid4())
    assert (await service.enqueue(db, actor, [one])).created == 1
    assert await p.claim(pair[1], uuid4()) == []
    # The job that runs now fails: its waiting twin stands for it, and there is still only one in the queue.
    (row,) = await p.fail(pair[0], [job])
    assert row["status"] == "cancelled"
    assert len(await p.claim(pair[1], uuid4())) == 1


async def test_release_keeps_the_place_and_the_attempts(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(3))
    jobs = await p.claim(pair[0], uuid4(), 2)
    await p.release(pair[0], jobs)
    rows = await eyes.fetch("SELECT status::text, retry_count, crash_count, slot FROM aoer_queue")
    assert {tuple(row) for row in rows} == {("queued", 0, 0, None)}
    assert {job[1] for job in await p.claim(pair[1], uuid4(), 2)} == {job[1] for job in jobs}


async def test_what_is_paused_is_not_claimed(db: Database, pair: Any, tenants: Tenants, actor: Actor) -> None:
    one, two = await tenants(2)
    await service.enqueue(db, actor, [one], priority=Priority.HIGH)
    await service.enqueue(db, actor, [two], priority=Priority.LOW)

    async def offered() -> set[Any]:
        async with pair[0].transaction():
            jobs = await p.claim(pair[0], uuid4())
            await p.release(pair[0], jobs)
            return {job[0] for job in jobs}

    for scope, key, left in (
        ("all", "", set()),
        ("lane", "high", {two}),
        ("tenant", str(two), {one}),
        ("kind", "recompute", set()),
    ):
        assert await controls.pause(db, actor, scope, key)
        assert not await controls.pause(db, actor, scope, key)
        assert await offered() == left, scope
        assert await controls.resume(db, actor, scope, key)
    assert await offered() == {one, two}


async def test_a_tenants_limit_lets_more_run_and_numbers_their_slots(
    db: Database, eyes: Any, pair: Any, tenants: Tenants, actor: Actor
) -> None:
    one, two = await tenants(2)
    await controls.limit(db, actor, one, 3)
    for tenant in (one, two):
        await service.enqueue(db, actor, [tenant] * 5, kind="other", dedupe_key=None)
    await p.claim(pair[0], uuid4(), 100)
    rows = await eyes.fetch("SELECT tenant_id, slot FROM aoer_queue WHERE status = 'running'")
    assert sorted((row["tenant_id"] == one, row["slot"]) for row in rows) == [
        (False, 0),
        (True, 0),
        (True, 1),
        (True, 2),
    ]
    assert await p.claim(pair[1], uuid4(), 100) == []
