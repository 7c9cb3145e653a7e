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
from tests.bench.engines.place import Check, database, table, town, verdict


def maths() -> float:
    """Milliseconds of one assignment of 500 x 300."""
    values = np.random.default_rng(1).random((500, 300))
    times = []
    for _ in range(20):
        began = time.perf_counter()
        assign(values)
        times.append(1000.0 * (time.perf_counter() - began))
    return statistics.median(times)


async def measured() -> list[Check]:
    """Run."""
    quick = maths()
    rows: list[list[Any]] = [["assignment maths, 500 x 300", quick, "", 10.0]]
    checks = [Check("assignment maths, ms", quick, 10.0)]
    async with database() as (db, settings, outside):
        times, given = [], Counter[str]()
        for seed in range(6):
            tenant = await town(outside, drivers=300, orders=500, seed=seed)
            began = time.perf_counter()
            given = await dispatch_tenant(db, settings, tenant, 12, 500, {})
            times.append(1000.0 * (time.perf_counter() - began))
        whole = statistics.median(times[1:])
        told = f"{given['assigned']} told, {given['held']} planned"
        rows.append(["round, 500 orders x 300 drivers", whole, told, 300.0])
        checks.append(Check("round, 500 x 300, ms", whole, 300.0))
        big = await town(outside, drivers=300, orders=50_000, seed=99)
        bounds = settings.automation.round_seconds, 30.0, 30.0
        works = (
            ("round, 50,000 open orders", lambda: dispatch_tenant(db, settings, big, 12, 500, {})),
            ("escalation, 50,000 open orders", lambda: escalate_tenant(db, settings, big, 12)),
            ("batching, 50,000 open orders", lambda: batch_all(db, settings, big)),
        )
        for (name, work), bound in zip(works, (1000.0 * seconds for seconds in bounds), strict=True):
            began = time.perf_counter()
            did = await work()
            spent = 1000.0 * (time.perf_counter() - began)
            rows.append([name, spent, " ".join(f"{k} {v}" for k, v in did.items()), bound])
            checks.append(Check(f"{name}, ms", spent, bound))
    table(["what", "ms", "did", "goal ms"], rows)
    return checks


if __name__ == "__main__":
    raise SystemExit(verdict(asyncio.run(measured())))
