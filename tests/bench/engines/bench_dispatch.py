"""Dispatch rounds on a database: python -m tests.bench.engines.bench_dispatch

500 orders x 300 drivers from the first read to the commit, the assignment maths alone, and rounds with 50,000 open
orders; medians of several rounds, each on a fresh town.
"""

import asyncio
import statistics
import time
from collections import Counter
from typing import Any

import numpy as np

from console.automation.batching.cycle import batch_all
from console.automation.dispatch.cycle import dispatch_tenant
from console.automation.dispatch.matching import assign
from console.automation.escalation.cycle import escalate_tenant
from tests.bench.engines.place import database, table, town


def maths() -> float:
    """Milliseconds of one assignment of 500 x 300."""
    values = np.random.default_rng(1).random((500, 300))
    times = []
    for _ in range(20):
        began = time.perf_counter()
        assign(values)
        times.append(1000.0 * (time.perf_counter() - began))
    return statistics.median(times)


async def main() -> None:
    """Run."""
    rows: list[list[Any]] = [["assignment maths, 500 x 300", maths(), "", 10.0]]
    async with database() as (db, settings, outside):
        times, given = [], Counter[str]()
        for seed in range(6):
            tenant = await town(outside, drivers=300, orders=500, seed=seed)
            began = time.perf_counter()
            given = await dispatch_tenant(db, settings, tenant, 12, 500, {})
            times.append(1000.0 * (time.perf_counter() - began))
        rows.append(
            ["round, 500 orders x 300 drivers", statistics.median(times[1:]), f"{given['assigned']} given", 300.0]
        )
        big = await town(outside, drivers=300, orders=50_000, seed=99)
        for name, work in (
            ("round, 50,000 open orders", lambda: dispatch_tenant(db, settings, big, 12, 500, {})),
            ("escalation, 50,000 open orders", lambda: escalate_tenant(db, settings, big, 12)),
            ("batching, 50,000 open orders", lambda: batch_all(db, settings, big)),
        ):
            began = time.perf_counter()
            told = await work()
            rows.append(
                [name, 1000.0 * (time.perf_counter() - began), " ".join(f"{k} {v}" for k, v in told.items()), ""]
            )
    table(["what", "ms", "did", "goal ms"], rows)


if __name__ == "__main__":
    asyncio.run(main())
