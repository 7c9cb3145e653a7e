"""A summary of the last minutes is served as it stands, unless anything that it rests on has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Priority
from console.queue import service
from console.queue.drain import drain
from console.store.database import Database
from tests.queue import protocol as p
from tests.queue.conftest import Tenants

CACHE = timedelta(minutes=5)
Run = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
def run(db: Database, settings: Settings, eyes: Any, actor: Actor) -> Run:
    """run(tenants, ...) -> `cached` of each event written by queueing and draining them; one event a completed job."""

    async def work(tenants: list[UUID], cache: float = 300, **options: Any) -> list[Any]:
        await eyes.execute("TRUNCATE metrics_events, aoer_queue")
        await service.enqueue(db, actor, tenants, **options)
        await drain(db, override(settings, {"aoer.cache_seconds": cache}))
        jobs = await eyes.fetch("SELECT id FROM aoer_queue WHERE status = 'completed' ORDER BY tenant_id")
        events = await eyes.fetch(
            "SELECT event_data->>'job_id' AS job, event_data ? 'cached' AS cached FROM metrics_events"
            " ORDER BY tenant_id"
        )
        assert [event["job"] for event in events] == [str(job["id"]) for job in jobs]
        return [event["cached"] for event in events]

    return work


async def test_a_second_run_within_the_time_serves_what_stands(run: Run, eyes: Any, tenants: Tenants) -> None:
    ids = await tenants(3)
    assert await run(ids) == [False] * 3
    before = await eyes.fetch("SELECT tenant_id, version, last_updated FROM aoer_summary ORDER BY tenant_id")
    assert await run(ids) == [True] * 3
    assert await eyes.fetch("SELECT tenant_id, version, last_updated FROM aoer_summary ORDER BY tenant_id") == before
    assert await eyes.fetchval("SELECT count(*) FROM aoer_history") == 3  # nothing was computed
    await eyes.execute("UPDATE aoer_summary SET last_updated = now() - interval '301 seconds'")
    assert await run(ids) == [False] * 3
    assert await run(ids, cache=0) == [False] * 3


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE aiv_raw_signals SET aeo = 20",
        "DELETE FROM aiv_raw_signals",
        "INSERT INTO aiv_raw_signals (tenant_id, date, aeo) SELECT id, now()::date - 9, 1 FROM tenants",
        'UPDATE tenants SET settings = \'{"rating": "calibrated"}\'',
        "UPDATE tenants SET time_zone = 'Pacific/Kiritimati'",
        "INSERT INTO aoer_model (tenant_id, model_version, role) SELECT id, 'x', 'champion' FROM tenants",
    ],
)
async def test_what_changed_is_computed_again(run: Run, eyes: Any, tenants: Tenants, change: str) -> None:
    changed, same = sorted(await tenants(2))
    await run([changed, same])
    where = {"UPDATE tenants": "WHERE id", "INSERT": "WHERE id"}
    key = next((clause for start, clause in where.items() if change.startswith(start)), "WHERE tenant_id")
    await eyes.execute(f"{change} {key} = '{changed}'")
    assert await run([changed, same]) == [False, True]


async def test_people_in_a_hurry_get_a_fresh_one(run: Run, eyes: Any, tenants: Tenants) -> None:
    ids = await tenants(1)
    await run(ids)
    assert await run(ids, priority=Priority.URGENT) == [False]
    assert await run(ids, payload={"force": True}) == [False]
    assert await run(ids) == [True]


async def test_force_survives_the_merging_with_a_waiting_job(
    db: Database, settings: Settings, run: Run, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    ids = await tenants(1)
    await run(ids)
    await eyes.execute("TRUNCATE metrics_events, aoer_queue")
    await service.enqueue(db, actor, ids)
    await service.enqueue(db, actor, ids, payload={"force": True})
    await service.enqueue(db, actor, ids, priority=Priority.HIGH)
    await drain(db, settings)
    assert await eyes.fetchval("SELECT count(*) FROM metrics_events WHERE NOT event_data ? 'cached'") == 1


async def test_a_signal_committed_between_check_and_completion_is_not_lost(
    dsn: str, db: Database, run: Run, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    """The importer queues in its own transaction: its job waits behind the one that ends, and sees the new reading."""
    (one,) = await tenants(1)
    await run([one])
    await service.enqueue(db, actor, [one])
    worker, importer = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    taking, importing = worker.transaction(), importer.transaction()
    await importing.start()
    await importer.execute("UPDATE aiv_raw_signals SET aeo = 20, geo = 20, ugc = 20 WHERE tenant_id = $1", one)
    await taking.start()
    taken = await take(worker)
    assert [row["rated"] for row in taken] == [True]
    queued = asyncio.ensure_future(importer.fetchval("SELECT queue_tenant_recompute($1)", one))  # meets the locked row
    await p.blocked(eyes)
    await taking.commit()
    job = await queued
    await importing.commit()
    assert [row["rated"] for row in await take(worker)] == [True]
    event = await eyes.fetchrow(
        "SELECT event_data ? 'cached' AS cached, event_data->>'job_id' AS job FROM metrics_events"
        " ORDER BY created_at DESC"
    )
    assert (event["cached"], event["job"]) == (False, str(job))
    assert float(await eyes.fetchval("SELECT aoer_score FROM aoer_summary")) == 20.0
    await worker.close()
    await importer.close()


async def take(connection: Any) -> list[Any]:
    rows: list[Any] = await connection.fetch(p.SQL["take"], uuid4(), 10, p.MINUTE, ["recompute"], 1, True, CACHE, None)
    return rows
