"""How long after a commit by somebody else a change is in the snapshot, and what watching costs.

    python tests/bench/bench_feed.py [DSN] [--writes 200] [--tenants 200]

An outside connection commits `UPDATE aoer_summary` at random moments (no notification); the clock runs from the return
of COMMIT to the callback that carries the new value. Then the same for commits that notify, and the share of one core
that this process and its backend use while nothing changes. Without a DSN it starts an embedded server of its own.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg

from console.config.settings import Settings, override
from console.feed.feed import Feed
from console.feed.model import Overview
from console.store.database import Database
from console.store.embedded import ensure_running
from console.store.migrate import migrate


@contextlib.contextmanager
def server() -> Iterator[str]:
    """DSN of a superuser on a throw-away embedded server."""
    home = Path(tempfile.mkdtemp(prefix="aoer-bench-", dir="/var/tmp"))
    home.chmod(0o755)
    (home / "conf").mkdir(mode=0o755)
    hba = home / "conf" / "bench_hba.conf"
    hba.write_text("local all all trust\n")
    (home / "conf" / "local.conf").write_text(f"hba_file = '{hba}'\n")
    running = ensure_running(override(Settings(), {"embedded.data_dir": str(home)}))
    try:
        yield f"postgresql://postgres@/postgres?host={running.target.host}&port={running.target.port}"
    finally:
        running.release()
        shutil.rmtree(home, ignore_errors=True)


async def fill(connection: Any, tenants: int) -> list[Any]:
    """Tenants with a month of history, alerts, orders and jobs."""
    await migrate(connection)
    await connection.execute("DELETE FROM aoer_summary; DELETE FROM aoer_queue;")
    await connection.execute(
        "INSERT INTO tenants (name, slug) SELECT 'T' || i, 'bench-' || i FROM generate_series(1, $1::int) i"
        " ON CONFLICT DO NOTHING",
        tenants,
    )
    ids = [r["id"] for r in await connection.fetch("SELECT id FROM tenants ORDER BY name LIMIT $1", tenants)]
    await connection.execute(
        "INSERT INTO aoer_summary (tenant_id, aoer_score, visibility_risk, status)"
        " SELECT t, 40 + random() * 50, random(), 'calibrated' FROM unnest($1::uuid[]) t",
        ids,
    )
    await connection.execute(
        "SELECT ensure_partitions('aoer_history', (now() - interval '40 days')::date, now()::date)"
    )
    await connection.execute(
        "INSERT INTO aoer_history (tenant_id, as_of, score, risk, status)"
        " SELECT t, now() - make_interval(hours => 6 * i), 60, .3, 'calibrated' FROM unnest($1::uuid[]) t,"
        " generate_series(0, 119) i",
        ids,
    )
    await connection.execute(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
        " SELECT t, 'SLA_BREACH', 'high', 'late' FROM unnest($1::uuid[]) t, generate_series(1, 5)",
        ids,
    )
    await connection.execute(
        "INSERT INTO aoer_queue (tenant_id, dedupe_key)"
        " SELECT t, NULL FROM unnest($1::uuid[]) t, generate_series(1, 25)",
        ids,
    )
    await connection.execute("ANALYZE")
    return ids


OTHERS = (
    "UPDATE aoer_summary SET aoer_score = 50 + random() WHERE tenant_id = $1",
    "UPDATE dispatch_alerts SET occurrences = occurrences + 1 WHERE tenant_id = $1",
)


class Watch:
    """Remembers when each score of the watched tenant first showed."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.wanted: float | None = None
        self.shown = asyncio.Event()
        self.at = 0.0

    def __call__(self, overview: Overview) -> None:
        for tile in overview.tiles.rows:
            if tile.key == self.tenant and tile.score == self.wanted:
                self.at = time.perf_counter()
                self.shown.set()


async def latencies(
    feed: Feed, db: Database, outside: Any, tenant: Any, writes: int, *, notify: bool = False, rest: bool = False
) -> list[float]:
    """Milliseconds from the return of COMMIT to the callback, for each write."""
    watch = Watch(str(tenant))
    stop = feed.subscribe(watch)
    found = []
    for i in range(writes):
        await asyncio.sleep(random.uniform(0.0, 0.3) + (6.0 if i % 25 == 24 and rest else 0.0))
        watch.shown.clear()
        watch.wanted = round(40 + (i % 500) / 10 + (0.05 if notify else 0), 2)
        await outside.execute(
            "UPDATE aoer_summary SET aoer_score = $2, visibility_risk = 1 WHERE tenant_id = $1", tenant, watch.wanted
        )
        committed = time.perf_counter()
        if notify:
            db.changed("summary")
        await asyncio.wait_for(watch.shown.wait(), 10)
        found.append(max(0.0, watch.at - committed) * 1000)
    stop()
    return found


def report(title: str, values: list[float]) -> None:
    """p50, p99 and the worst."""
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{title}: n={len(values)} p50={statistics.median(values):.1f} ms p99={p99:.1f} ms max={ordered[-1]:.1f} ms")


def cpu(pids: list[int]) -> float:
    """CPU seconds of these processes so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    spent = 0.0
    for pid in pids:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += (int(words[11]) + int(words[12])) / ticks
    return spent


async def idle(feed: Feed, outside: Any, seconds: float) -> None:
    """Cost of watching while nothing changes."""
    await asyncio.sleep(6)
    backends = await outside.fetch("SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%/feed'")
    pids = [os.getpid(), *(r["pid"] for r in backends)]
    calls = 0
    fetch = feed._source.fetch

    async def counted(name: str, *args: Any) -> list[Any]:
        nonlocal calls
        calls += 1
        return await fetch(name, *args)

    feed._source.fetch = counted  # type: ignore[method-assign]
    before, started = [cpu([pid]) for pid in pids], time.perf_counter()
    await asyncio.sleep(seconds)
    spent = time.perf_counter() - started
    shares = [(cpu([pid]) - b) / spent * 100 for pid, b in zip(pids, before, strict=True)]
    print(
        f"idle: {shares[0]:.1f} % of a core here, {sum(shares[1:]):.1f} % in the backend, {calls / spent:.1f} queries/s"
    )


async def busy(dsn: str, ids: list[Any], stop: asyncio.Event) -> int:
    """Others who commit some two hundred times a second, to all tables that panes show."""
    connection = await asyncpg.connect(dsn)
    done = 0
    while not stop.is_set():
        for statement in OTHERS:
            await connection.execute(statement, ids[done // 2 % 50 + 1])
            done += 1
        await asyncio.sleep(0.01)
    await connection.close()
    return done


async def main(dsn: str, writes: int, tenants: int, seconds: float) -> None:
    outside = await asyncpg.connect(dsn)
    ids = await fill(outside, tenants)
    settings = override(Settings(), {"database.dsn": dsn})
    async with Database.open(settings, application="bench") as db:
        feed = Feed(db, settings)
        await feed.start()
        print(f"{tenants} tenants, {5 * tenants} alerts, {25 * tenants} jobs")
        await idle(feed, outside, seconds)
        report("outside UPDATE, no notification", await latencies(feed, db, outside, ids[0], writes, rest=True))
        report("commit of our own, notified", await latencies(feed, db, outside, ids[0], writes, notify=True))
        stop, started = asyncio.Event(), time.perf_counter()
        others = asyncio.create_task(busy(dsn, ids, stop))
        before = cpu([os.getpid()])
        values = await latencies(feed, db, outside, ids[0], writes)
        spent = time.perf_counter() - started
        share = (cpu([os.getpid()]) - before) / spent * 100
        stop.set()
        report(f"outside UPDATE beside {await others / spent:.0f} commits/s ({share:.0f} % of a core here)", values)
        await feed.stop()
    await outside.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsn", nargs="?")
    parser.add_argument("--writes", type=int, default=200)
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--idle-seconds", type=float, default=15.0)
    given = parser.parse_args()
    with contextlib.nullcontext(given.dsn) if given.dsn else server() as address:
        asyncio.run(main(address, given.writes, given.tenants, given.idle_seconds))
