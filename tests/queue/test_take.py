"""Recomputes that are claimed, rated and completed by one statement, beside those that must be on record first."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.errors import ConsoleError
from console.queue import controls, service
from console.queue.takes import Takes
from console.queue.tally import Tally
from console.store.database import Database
from tests.queue import protocol as p
from tests.queue.conftest import Tenants

KINDS = ["recompute", "report"]


@pytest.fixture
async def console(dsn: str) -> AsyncIterator[Any]:
    """A worker's connection."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def take(connection: Any, limit: int = 10, slots: int = 1) -> tuple[set[Any], set[Any]]:
    """(tenants rated, tenants claimed)."""
    rows = await connection.fetch(p.SQL["take"], uuid4(), limit, p.MINUTE, KINDS, slots, True, timedelta(0), None)
    done, claimed = ([t for row in rows if row["rated"] is what for t in row["tenants"]] for what in (True, False))
    assert len(done) + len(claimed) <= limit
    return set(done), set(claimed)


async def test_it_is_done_under_a_lease_with_its_times_on_record(
    db: Database, eyes: Any, console: Any, tenants: Tenants, actor: Actor
) -> None:
    ids = await tenants(3)
    await service.enqueue(db, actor, ids)
    assert await take(console, limit=2) == (set(sorted(ids)[:2]), set())
    rows = await eyes.fetch("SELECT * FROM aoer_queue WHERE status = 'completed'")
    assert len(rows) == 2
    for row in rows:
        assert row["lease_id"] is not None
        assert row["worker_id"] is not None
        assert row["scheduled_at"] <= row["started_at"] <= row["completed_at"]
        assert row["version"] == 2
    assert await eyes.fetchval("SELECT count(*) FROM aoer_summary") == 2


async def test_what_failed_before_and_other_kinds_are_put_on_record_first(
    db: Database, eyes: Any, console: Any, tenants: Tenants, actor: Actor
) -> None:
    plain, failed, crashed, report, keyed = await tenants(5)
    await service.enqueue(db, actor, [plain, failed, crashed])
    await service.enqueue(db, actor, [report], kind="report")
    await service.enqueue(db, actor, [keyed], dedupe_key="again")
    await eyes.execute("UPDATE aoer_queue SET retry_count = 1 WHERE tenant_id = $1", failed)
    await eyes.execute("UPDATE aoer_queue SET crash_count = 1 WHERE tenant_id = $1", crashed)
    assert await take(console) == ({plain}, {failed, crashed, report, keyed})
    assert await eyes.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'running'") == 4


async def test_nothing_is_rated_beside_a_running_job_of_its_tenant(
    db: Database, eyes: Any, console: Any, tenants: Tenants, actor: Actor
) -> None:
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one])
    (job,) = await p.claim(console, uuid4())
    await service.enqueue(db, actor, [one])
    assert await take(console) == (set(), set())
    assert await p.rate(console, job) == 1
    assert await take(console) == ({one}, set())


async def test_two_takers_share_nothing_and_do_not_wait(
    dsn: str, db: Database, eyes: Any, console: Any, tenants: Tenants, actor: Actor
) -> None:
    ids = set(await tenants(6))
    await service.enqueue(db, actor, list(ids))
    other = await asyncpg.connect(dsn, server_settings={"lock_timeout": "100ms"})
    transaction = console.transaction()
    await transaction.start()
    first, _ = await take(console, limit=4)
    second, _ = await take(other, limit=4)
    assert (len(first), len(second), first | second) == (4, 2, ids)
    await transaction.rollback()  # as when its server dies: nothing happened, and nobody owes an attempt
    assert await take(other) == (first, set())
    assert await eyes.fetchval("SELECT count(*) FROM metrics_events") == 6
    assert await eyes.fetchval("SELECT sum(retry_count + crash_count) FROM aoer_queue") == 0
    await other.close()


@pytest.mark.parametrize("scope", ["all", "lane", "tenant", "kind"])
async def test_pauses_hold_it_back(db: Database, console: Any, tenants: Tenants, actor: Actor, scope: str) -> None:
    (one,) = await tenants(1)
    await service.enqueue(db, actor, [one])
    key = {"all": "", "lane": "medium", "tenant": str(one), "kind": "recompute"}[scope]
    await controls.pause(db, actor, scope, key)
    assert await take(console) == (set(), set())
    await controls.resume(db, actor, scope, key)
    assert await take(console) == ({one}, set())


async def test_after_a_failure_attempts_are_put_on_record(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    await service.enqueue(db, actor, await tenants(2))
    await eyes.execute("ALTER TABLE aoer_summary ADD CONSTRAINT poison CHECK (aoer_score IS NULL)")
    takes = Takes(db, settings, uuid4(), KINDS, Tally())
    with pytest.raises(ConsoleError):
        await takes.take()
    assert await eyes.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'queued'") == 2
    taken = await takes.take()
    assert (taken.rated, len(taken)) == (0, 2)
    assert await eyes.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'running'") == 2


async def test_a_claim_goes_on_where_the_last_one_stopped_but_finds_what_waits_ahead(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    ids = sorted(await tenants(6))
    await service.enqueue(db, actor, ids)
    await eyes.execute("UPDATE aoer_queue SET turn = 2147483647 WHERE tenant_id = $1", ids[0])

    async def go_on(mark: Any, limit: int) -> tuple[list[Any], Any]:
        args = (uuid4(), limit, p.MINUTE, KINDS, 1, True, timedelta(0), mark)
        (row,) = await db.fetch(p.SQL["take"], *args)
        return sorted(row["tenants"]), row["mark"]

    first, mark = await go_on(None, 2)
    assert first == ids[1:3]
    assert mark[:2] == ["medium", "0"]
    await eyes.execute("UPDATE aoer_queue SET turn = 0 WHERE tenant_id = $1", ids[0])  # admitted, ahead of the mark
    second, mark = await go_on(mark, 1)
    assert second == [ids[3]]
    stale = [*mark[:4], str(await eyes.fetchval("SELECT now() - interval '2 seconds'"))]
    assert (await go_on(stale, 1))[0] == [ids[0]]
    await eyes.execute("UPDATE aoer_queue SET status = 'queued', completed_at = NULL WHERE tenant_id = $1", ids[1])
    rest, mark = await go_on(mark, 4)  # not enough behind it
    assert rest == [ids[1], *ids[4:]]
    assert mark is None


async def test_a_lost_answer_does_not_give_back_what_another_loop_is_just_given(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.enqueue(db, actor, await tenants(2), kind="report")
    takes = Takes(db, override(settings, {"queue.batch": 1}), uuid4(), KINDS, Tally())
    asked, go_on, fetch = asyncio.Event(), asyncio.Event(), takes._fetch

    async def slowly() -> list[Any]:
        rows = await fetch()  # the server has given the job, the answer is still on its way
        asked.set()
        await go_on.wait()
        return rows

    monkeypatch.setattr(takes, "_fetch", slowly)
    first = asyncio.create_task(takes.take())
    await asked.wait()
    monkeypatch.setattr(takes, "_fetch", fetch)
    takes._doubt = True  # a third loop's claim was cut off
    second = asyncio.create_task(takes.take())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not second.done()
    go_on.set()
    found = {claim.ids[0] for taken in await asyncio.gather(first, second) for claim in taken.claims}
    assert len(found) == 2
    assert await eyes.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'running'") == 2
