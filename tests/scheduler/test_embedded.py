"""The scheduler inside a process."""

import asyncio
from typing import Any

import pytest

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.errors import DatabaseUnavailable
from console.queue import service
from console.scheduler import embedded
from console.scheduler.embedded import Scheduler
from console.scheduler.metrics import Metrics
from console.store.database import Database
from console.store.queries import queries
from tests.queue.conftest import Tenants
from tests.waiting import until


async def ask(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return int(head.split(" ")[1]), body


async def test_it_works_jobs_declares_cycles_leads_and_says_goodbye(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    scheduler = Scheduler(db, settings)
    await scheduler.start()
    await scheduler.ready()
    await service.enqueue(db, actor, await tenants(3))
    await until(lambda: eyes.fetchval("SELECT count(*) = 3 FROM aoer_queue WHERE status = 'completed'"))
    await until(lambda: eyes.fetchval("SELECT count(*) = 1 FROM scheduler_leases WHERE expires_at > now()"))
    cycles = {row["cycle"]: row for row in await eyes.fetch("SELECT * FROM cycle_state")}
    assert {"recompute", "maintenance", "queue_care", "feed_heartbeat"} <= set(cycles)
    assert cycles["recompute"]["schedule"] == "cron 0 */6 * * *"
    assert all(row["next_run_at"] is not None for row in cycles.values())
    assert await scheduler.stop(5)
    states = await eyes.fetch("SELECT role, state FROM queue_workers ORDER BY role")
    assert [tuple(row) for row in states] == [("scheduler", "stopped"), ("worker", "stopped")]
    assert await eyes.fetchval("SELECT expires_at <= now() FROM scheduler_leases")


async def test_an_enqueue_wakes_an_idle_worker_long_before_it_would_poll(
    db: Database, settings: Settings, eyes: Any, tenants: Tenants, actor: Actor
) -> None:
    scheduler = Scheduler(db, override(settings, {"queue.poll_seconds": 3600}))
    await scheduler.start()
    await scheduler.ready()
    await until(lambda: asyncio.sleep(0, scheduler._listener.hears))
    await service.enqueue(db, actor, await tenants(1))
    await until(lambda: eyes.fetchval("SELECT count(*) = 1 FROM aoer_queue WHERE status = 'completed'"))
    await scheduler.stop(5)


async def test_a_database_that_goes_away_as_it_begins_does_not_end_it(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_really, gone = Database.fetchval, ["once", "twice"]

    async def fetchval(self: Database, sql: str, *args: Any) -> Any:
        if sql == queries("scheduler")["ran"] and gone:
            gone.pop()
            raise DatabaseUnavailable("gone for a moment")
        return await ask_really(self, sql, *args)

    monkeypatch.setattr(Database, "fetchval", fetchval)
    monkeypatch.setattr(embedded, "RETRY_SECONDS", 0.01)
    # Whatever the time is, a tick of each minute was missed.
    scheduler = Scheduler(db, override(settings, {"scheduler.recompute_cron": "* * * * *"}), work=False)
    await scheduler.start()
    await scheduler.ready()
    missed = "SELECT count(*) > 0 FROM cycle_runs WHERE cycle = 'recompute'"
    await until(lambda: db.fetchval(missed))
    assert gone == []
    await scheduler.stop(5)


async def test_metrics_tell_readiness_and_depths(
    db: Database, settings: Settings, tenants: Tenants, actor: Actor
) -> None:
    scheduler = Scheduler(db, settings, work=False)
    metrics = Metrics(db, scheduler)
    await metrics.start("127.0.0.1", 0)
    assert await ask(metrics.port, "/healthz") == (200, "ok\n")
    assert (await ask(metrics.port, "/readyz"))[0] == 503
    await scheduler.start()
    await scheduler.ready()
    assert (await ask(metrics.port, "/readyz"))[0] == 200
    await service.enqueue(db, actor, await tenants(2))
    code, page = await ask(metrics.port, "/metrics")
    assert code == 200
    assert 'aoer_queue_jobs{lane="medium",status="queued"} 2\n' in page
    assert "# TYPE aoer_cycle_runs_total counter\n" in page
    assert page.count("# TYPE aoer_queue_jobs gauge") == 1
    assert (await ask(metrics.port, "/nothing"))[0] == 404
    assert (await ask(metrics.port, "/metrics", "POST"))[0] == 405
    await metrics.stop()
    await scheduler.stop(1)
