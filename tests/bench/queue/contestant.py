"""One contestant in its own process: `python -m tests.bench.queue.contestant NAME DSN JOBS`. Prints seconds and CPU."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

BATCH, LOOPS = 400, 2


def cpu() -> float:
    """Seconds of CPU this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measured(work: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """Wall and CPU seconds of `work`, begun when all contestants of this run are ready."""
    print("ready", flush=True)
    sys.stdin.readline()
    before, begun = cpu(), time.perf_counter()
    await work()
    return {"seconds": time.perf_counter() - begun, "cpu": cpu() - before}


async def ours(dsn: str, _jobs: int, loops: int = LOOPS) -> dict[str, float]:
    """The worker as it ships: heartbeat, counters, log lines (to a file), notifications."""
    from console.config.settings import Settings, override
    from console.queue.drain import drain
    from console.scheduler import logs
    from console.store.database import Database

    settings = override(Settings(), {"database.dsn": dsn, "queue.batch": BATCH, "queue.concurrency": loops})
    with open("/dev/null", "w") as sink:  # noqa: ASYNC230, PTH123 (a device)
        logs.set_up("text", "info", sink)
        async with Database.open(settings, application="bench") as db:
            return await measured(lambda: drain(db, settings))


async def ours_one_loop(dsn: str, jobs: int) -> dict[str, float]:
    """The same with one batch at a time: what leaves room for a second process on two cores."""
    return await ours(dsn, jobs, 1)


async def by_hand(dsn: str, _jobs: int) -> dict[str, float]:
    """The same writes in the shortest asyncpg loop: claim, complete with rating; no log, heartbeat or retry."""
    import asyncpg

    claim = """
        WITH picked AS MATERIALIZED (
          SELECT tenant_id, id FROM aoer_queue WHERE status = 'queued' AND scheduled_at <= now()
           ORDER BY priority, turn, scheduled_at, tenant_id LIMIT 400 FOR UPDATE SKIP LOCKED)
        UPDATE aoer_queue q SET status = 'running', slot = 0, lease_id = nextval('aoer_queue_lease'), worker_id = $1,
               started_at = now(), deadline_at = now() + $2::interval, version = q.version + 1, updated_at = now()
          FROM picked p WHERE q.tenant_id = p.tenant_id AND q.id = p.id
        RETURNING q.tenant_id, q.id, q.lease_id"""
    complete = """
        WITH done AS (
          UPDATE aoer_queue q SET status = 'completed', completed_at = now(), slot = NULL, version = q.version + 1,
                 updated_at = now()
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS k (tenant_id, id, lease_id)
           WHERE q.tenant_id = k.tenant_id AND q.id = k.id AND q.lease_id = k.lease_id AND q.status = 'running'
          RETURNING q.tenant_id, q.id)
        SELECT count(*)
          FROM aoer_recompute((SELECT array_agg(tenant_id) FROM done), (SELECT array_agg(id) FROM done))"""
    worker, limit = uuid4(), timedelta(seconds=60)

    async def loop(connection: asyncpg.Connection) -> None:
        while rows := await connection.fetch(claim, worker, limit):
            columns = ([row[n] for row in rows] for n in range(3))
            await connection.fetchval(complete, *columns)

    options = {"jit": "off"}
    connections = [await asyncpg.connect(dsn, server_settings=options) for _ in range(LOOPS)]
    found = await measured(lambda: asyncio.gather(*map(loop, connections)))
    for connection in connections:
        await connection.close()
    return found


async def pgqueuer(dsn: str, jobs: int, batch: int = BATCH) -> dict[str, float]:
    """pgqueuer with jobs that do nothing, and batches as large as ours."""
    import asyncpg
    from pgqueuer import PgQueuer
    from pgqueuer.db import AsyncpgPoolDriver
    from pgqueuer.queries import Queries
    from pgqueuer.types import QueueExecutionMode

    async with asyncpg.create_pool(dsn, min_size=4, max_size=8) as pool:
        driver = AsyncpgPoolDriver(pool)
        store = Queries(driver)
        await store.install()
        await store.enqueue(["noop"] * jobs, [None] * jobs, [0] * jobs)
        await pool.execute("VACUUM ANALYZE pgqueuer")
        app = PgQueuer(driver)

        @app.entrypoint("noop")
        async def noop(job: Any) -> None:
            """Nothing."""

        return await measured(lambda: app.qm.run(batch_size=batch, mode=QueueExecutionMode.drain))


async def pgqueuer_default(dsn: str, jobs: int) -> dict[str, float]:
    """The same with its default batch of 10."""
    return await pgqueuer(dsn, jobs, 10)


async def procrastinate(dsn: str, jobs: int) -> dict[str, float]:
    """procrastinate with jobs that do nothing."""
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=dsn, min_size=4, max_size=12))

    @app.task(name="noop")
    async def noop(n: int) -> None:
        """Nothing."""

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await noop.batch_defer_async(*({"n": n} for n in range(jobs)))
        return await measured(lambda: app.run_worker_async(wait=False, concurrency=10, install_signal_handlers=False))


async def oban(dsn: str, jobs: int) -> dict[str, float]:
    """oban-py with jobs that do nothing."""
    from oban import Oban, worker
    from oban.schema import install
    from psycopg_pool import AsyncConnectionPool

    left = jobs
    done = asyncio.Event()

    @worker(queue="default")
    class Noop:
        """Nothing."""

        async def process(self, _job: Any) -> None:
            """Count down."""
            nonlocal left
            left -= 1
            if left == 0:
                done.set()

    async with AsyncConnectionPool(dsn, min_size=4, max_size=12, open=False) as pool:
        await install(pool)
        client = Oban(pool=pool)
        for start in range(0, jobs, 2000):
            await client.enqueue_many([Noop.new({"n": n}) for n in range(start, min(start + 2000, jobs))])
        server = Oban(pool=pool, name="bench", queues={"default": BATCH})

        async def work() -> None:
            async with server:
                await done.wait()

        return await measured(work)


CONTESTANTS = {f.__name__: f for f in (ours, ours_one_loop, by_hand, pgqueuer, pgqueuer_default, procrastinate, oban)}


def main() -> None:
    """Run the contestant named on the command line."""
    name, dsn, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    import uvloop

    print(json.dumps(uvloop.run(CONTESTANTS[name](dsn, jobs))))


if __name__ == "__main__":
    main()
