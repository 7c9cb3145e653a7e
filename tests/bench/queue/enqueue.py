"""Bulk enqueue against a plain COPY into the same table, with its indexes and its foreign key."""

import time
from statistics import median
from uuid import UUID, uuid4

import asyncpg

from tests.bench.queue.prepare import ROLE, Place, database, judged

Row = tuple[str, str, str]


async def measure(place: Place, jobs: int, rounds: int) -> list[Row]:
    """Both, in turns."""
    ours: list[float] = []
    copy: list[float] = []
    async with database(place, "bulk", jobs) as name:
        owner = await asyncpg.connect(place.dsn(name))
        console = await asyncpg.connect(place.dsn(name, ROLE), server_settings={"jit": "off"})
        tenants = [row["id"] for row in await owner.fetch("SELECT id FROM tenants")]
        for _ in range(rounds):
            await owner.execute("TRUNCATE aoer_queue")
            ours.append(len(tenants) / await _enqueue(console, tenants))
            await owner.execute("TRUNCATE aoer_queue")
            copy.append(len(tenants) / await _copy(owner, tenants))
        await console.close()
        await owner.close()
    ratio = median(a / b for a, b in zip(ours, copy, strict=True))
    bar = judged(f"ours / COPY = {ratio:.2f}, bar 0.8", ratio >= 0.8 or median(ours) >= 80_000)
    return [("bulk enqueue", f"{median(ours):,.0f} jobs/s; COPY {median(copy):,.0f} rows/s", bar)]


async def _enqueue(connection: asyncpg.Connection, tenants: list[UUID]) -> float:
    begun = time.perf_counter()
    for start in range(0, len(tenants), 10_000):
        await connection.fetchrow("SELECT count(*) FROM queue_enqueue($1, 'low')", tenants[start : start + 10_000])
    return time.perf_counter() - begun


async def _copy(connection: asyncpg.Connection, tenants: list[UUID]) -> float:
    begun = time.perf_counter()
    rows = [(tenant, uuid4(), "recompute", "low") for tenant in tenants]
    await connection.copy_records_to_table("aoer_queue", records=rows, columns=("tenant_id", "id", "kind", "priority"))
    return time.perf_counter() - begun
