"""How long a lone job waits for an idle worker in another process, told by the database's clock."""

import asyncio
import os
import signal
import sys
import time

import asyncpg

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.queue import service
from console.store.database import Database
from tests.bench.queue.prepare import ROLE, Place, database, judged

Row = tuple[str, str, str]


def quantile(values: list[float], part: float) -> float:
    """By rank."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def measure(place: Place, samples: int) -> list[Row]:
    """Enqueue one job at a time, at quiet moments; the commit latency of the same server beside it."""
    async with database(place, "pickup", samples) as name:
        env = {**os.environ, "AOER_LOG_LEVEL": "error", "AOER_QUEUE_CONCURRENCY": "1"}
        command = [sys.executable, "-m", "console", "--scheduler-only", "--dsn", place.dsn(name, ROLE)]
        worker = await asyncio.create_subprocess_exec(*command, env=env)
        try:
            return await _samples(place.dsn(name, ROLE), place.dsn(name))
        finally:
            worker.send_signal(signal.SIGTERM)
            await worker.wait()


async def _samples(dsn: str, owner_dsn: str) -> list[Row]:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("CREATE TABLE commits (n integer)")
    while not await owner.fetchval("SELECT count(*) FROM queue_workers WHERE role = 'scheduler'"):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    tenants = [row["id"] for row in await owner.fetch("SELECT id FROM tenants")]
    commits: list[float] = []
    waits: list[float] = []
    async with Database.open(override(Settings(), {"database.dsn": dsn}), application="bench") as db:
        for tenant in tenants:
            begun = time.perf_counter()
            await owner.execute("INSERT INTO commits VALUES (1)")
            commits.append((time.perf_counter() - begun) * 1000)
            sent = await owner.fetchval("SELECT clock_timestamp()")
            await service.enqueue(db, Actor(Origin.SCHEDULER), [tenant])
            done = "SELECT started_at FROM aoer_queue WHERE tenant_id = $1 AND started_at IS NOT NULL"
            while (started := await owner.fetchval(done, tenant)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            waits.append((started - sent).total_seconds() * 1000)
            await asyncio.sleep(0.03)
    await owner.close()
    limit = 2 * 1.3 * quantile(commits, 0.5)
    p50, p99 = quantile(waits, 0.5), quantile(waits, 0.99)
    bar = judged(f"bar 10/30 ms or 2.6 commits = {limit:.1f}", p50 <= limit or (p50 <= 10 and p99 <= 30))
    told = f"p50 {quantile(waits, 0.5):.1f} ms, p99 {quantile(waits, 0.99):.1f} ms"
    commit = f"commit p50 {quantile(commits, 0.5):.1f} ms, p99 {quantile(commits, 0.99):.1f} ms"
    return [("pickup, from before the enqueue to the claim", f"{told}; {commit}", bar)]
