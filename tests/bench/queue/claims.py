"""The claim under what makes queues slow: many finished rows, and a transaction that pins old row versions."""

import time
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg

from console.queue.housekeeping import EPOCH_CLAIMS
from console.store.queries import queries
from tests.bench.queue.prepare import ROLE, Place, database, judged

Row = tuple[str, str, str]
SQL = queries("queue")
BATCH = 200
MARKS: dict[Any, Any] = {}
"""Where the last claim of a connection stopped."""


async def measure(place: Place, jobs: int, finished: int, seconds: float) -> list[Row]:
    """p50 of a claim of 200 on an empty history, behind `finished` rows, and beside a pinned snapshot for `seconds`."""
    async with database(place, "claims", jobs) as name:
        owner = await asyncpg.connect(place.dsn(name))
        console = await asyncpg.connect(place.dsn(name, ROLE), server_settings={"jit": "off"})
        plain = await _drained(owner, console)
        await owner.execute(
            "INSERT INTO aoer_queue (tenant_id, status, completed_at) SELECT t.id, 'completed', now()"
            " FROM tenants t, generate_series(1, $1::integer) LIMIT $2",
            finished // jobs + 1,
            finished,
        )
        await owner.execute("ANALYZE aoer_queue")
        behind = await _drained(owner, console)
        await owner.execute("TRUNCATE aoer_queue")
        free = await _pinned(place.dsn(name), owner, console, seconds, pin=False)
        pinned = await _pinned(place.dsn(name), owner, console, seconds, pin=True)
        await console.close()
        await owner.close()
    return [
        (
            f"claim of {BATCH} behind {finished:,} finished rows",
            _told(behind),
            _ratio(behind, plain, 1.5),
        ),
        (f"claim of {BATCH} beside a pin of {seconds:g} s", _told(pinned), _ratio(pinned, free, 2.0)),
    ]


async def measure_takes(place: Place, jobs: int, seconds: float) -> list[Row]:
    """The same pin beside the usual way: claim, rating and acknowledgement in one statement, all of it measured."""
    async with database(place, "takes", jobs) as name:
        owner = await asyncpg.connect(place.dsn(name))
        console = await asyncpg.connect(place.dsn(name, ROLE), server_settings={"jit": "off"})
        free = await _pinned(place.dsn(name), owner, console, seconds, pin=False, quick=True)
        await owner.execute("TRUNCATE aoer_queue, aoer_history, metrics_events")
        pinned = await _pinned(place.dsn(name), owner, console, seconds, pin=True, quick=True)
        await console.close()
        await owner.close()
    return [(f"take and rate {BATCH} beside a pin of {seconds:g} s", _told(pinned), _ratio(pinned, free, 2.0))]


def _ratio(times: list[float], usual: list[float], bar: float) -> str:
    found = median(times) / median(usual)
    return judged(f"x{found:.2f}, bar {bar:g}", found <= bar)


def _told(times: list[float]) -> str:
    return f"p50 {median(times):.1f} ms, p99 {sorted(times)[int(len(times) * 0.99)]:.1f} ms"


async def _drained(owner: Any, console: Any) -> list[float]:
    await owner.execute("SELECT count(*) FROM queue_enqueue(array(SELECT id FROM tenants), 'low')")
    times: list[float] = []
    while await _step(console, times):
        pass
    return times[1:]


async def _pinned(dsn: str, owner: Any, console: Any, seconds: float, *, pin: bool, quick: bool = False) -> list[float]:
    """Queue and drain again and again; with `pin` beside an open snapshot, which keeps every dead version alive.

    As a worker does, a new epoch of claims is begun every second.
    """
    idler = await asyncpg.connect(dsn)
    if pin:
        await idler.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tenants")
    times: list[float] = []
    epoch = time.perf_counter()
    end = epoch + seconds
    while time.perf_counter() < end:
        await owner.execute("SELECT count(*) FROM queue_enqueue(array(SELECT id FROM tenants LIMIT 5000), 'low')")
        while await _step(console, times, quick):
            if time.perf_counter() - epoch > 1:
                epoch = time.perf_counter()
                await console.fetch(SQL["next_epoch"], EPOCH_CLAIMS)
    await idler.close()
    return times[len(times) // 2 :]


async def _step(console: Any, times: list[float], quick: bool = False) -> bool:
    """One claim as a worker makes it, put on record, and its acknowledgement."""
    begun = time.perf_counter()
    args = (uuid4(), BATCH, timedelta(minutes=5), ["recompute"], 1, quick, timedelta(0), MARKS.get(console))
    rows = await console.fetch(SQL["take"], *args)
    took = (time.perf_counter() - begun) * 1000
    MARKS[console] = rows[-1]["mark"] if rows else None
    if not rows:
        return False
    times.append(took)
    if quick:
        return True
    row = rows[0]
    await console.fetch(SQL["complete"], row["tenants"], row["ids"], [row["lease_id"]] * len(row["ids"]))
    return True
