"""Ten million rows a table: `python -m tests.bench.governance.big [--rows N]`; prints timings, bars and plans.

The tables behind the daily statistics (assignments, routes, batches, escalations) and the alerts are loaded by
set-based statements. Every read is the console's own, as a login role under row level security: one for all tenants
(the scheduler's and the local user's), and one that belongs to a single tenant. A plain view over the logs is the peer.
Needs about 4 GB of disk a million rows a table at its height.
"""

import argparse
import asyncio
import sys
import time
from statistics import median, quantiles

import asyncpg

from tests.bench.governance.prepare import EVERYWHERE, MEMBER, Row, governed, show
from tests.bench.queue.prepare import Place, server

TENANTS, DAYS, ACTIVE = 199, 100, 500
"""Rows are spread evenly over the tenants and the last days; one alert in so many is active."""
STEP = 1_000_000
CONF = """max_connections = 50
max_wal_size = '16GB'
shared_buffers = '1GB'
maintenance_work_mem = '1GB'
wal_level = minimal
max_wal_senders = 0
hba_file = '{hba}'
"""
_AT = "now() - (1 - n::float8 / {rows}) * interval '1 day' * {days}"
_ID = "(lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000000')::uuid"
LOADS = (
    "INSERT INTO drivers (tenant_id, reference, name) SELECT id, 'd', 'd' FROM tenants",
    "INSERT INTO orders (tenant_id, reference) SELECT id, 'o' FROM tenants",
    "INSERT INTO assignment_logs (tenant_id, id, order_id, driver_id, assignment_type, total_score, distance_score,"
    " time_score, load_score, priority_score, assigned_at)"
    " SELECT tenant_id, {id}, o, d, 'AUTO_ASSIGNED', n % 100, 1, 2, 3, 4, {at} FROM {spread}",
    "INSERT INTO route_optimizations (tenant_id, id, driver_id, distance_saved_km, time_saved_minutes, stops_reordered,"
    " improvement_percentage, status, optimized_at)"
    " SELECT tenant_id, {id}, d, 1.5, 2.5, 3, 12, 'completed', {at} FROM {spread}",
    "INSERT INTO order_batches (tenant_id, id, batch_number, order_count, total_distance_km, total_value, status,"
    " created_at) SELECT tenant_id, {id}, lpad(n::text, 8, '0'), 2 + n % 4, 3.5, 40, 'completed', {at} FROM {spread}",
    "INSERT INTO escalation_logs (tenant_id, id, escalation_type, severity, status, resolved_at, current_delay_minutes,"
    " escalated_at) SELECT tenant_id, {id}, 'SLA_RISK', 'high', 'resolved', now(), 4, {at} FROM {spread}",
    "INSERT INTO dispatch_alerts (tenant_id, id, alert_type, severity, message, status, resolved_at, created_at)"
    " SELECT tenant_id, {id}, 'SLA_BREACH', 'high', 'late', CASE WHEN n % {active} = 0 THEN 'open' ELSE 'resolved' END,"
    " CASE WHEN n % {active} <> 0 THEN now() END, {at} FROM {spread}",
)
TODAY = "SELECT * FROM {view} WHERE date = (now() AT TIME ZONE 'UTC')::date"
WEEK = "SELECT * FROM {view} WHERE date > (now() AT TIME ZONE 'UTC')::date - 7"
ACTIVE_ALERTS = "SELECT count(*) FROM dispatch_alerts WHERE status <> 'resolved'"
VIEWS = ("auto_dispatch_stats", "route_optimization_stats", "batch_performance_stats", "escalation_stats")
INSERTS = {
    "assignment": "INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type, total_score)"
    " SELECT o.tenant_id, o.id, d.id, 'MANUAL', 50 FROM orders o JOIN drivers d USING (tenant_id) LIMIT 1",
    "escalation": "INSERT INTO escalation_logs (tenant_id, escalation_type, severity)"
    " SELECT tenant_id, 'SLA_RISK', 'high' FROM orders LIMIT 1",
    "alert": "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
    " SELECT tenant_id, 'SLA_BREACH', 'high', 'late' FROM orders LIMIT 1",
}


async def load(owner: asyncpg.Connection, rows: int) -> None:
    """A million rows a statement, without foreign keys and the record, but with the triggers that keep the sums."""
    await _durable(owner, "off")
    for log in ("assignment_logs", "route_optimizations", "order_batches", "escalation_logs"):
        await owner.execute(f"ALTER TABLE {log} ENABLE ALWAYS TRIGGER daily_insert")
    await owner.execute("SET session_replication_role = replica")
    for text in LOADS[:2]:
        await owner.execute(text)
    await owner.execute(
        "CREATE TEMP TABLE places AS SELECT row_number() OVER () AS k, o.tenant_id, o.id AS o, d.id AS d"
        " FROM orders o JOIN drivers d USING (tenant_id)"
    )
    for text in LOADS[2:]:
        began = time.perf_counter()
        for first in range(0, rows, STEP):
            spread = f"generate_series({first + 1}, {min(first + STEP, rows)}) n JOIN places ON k = 1 + n % {TENANTS}"
            at = _AT.format(days=DAYS, rows=rows)
            await owner.execute(text.format(id=_ID, at=at, active=ACTIVE, spread=spread))
        print(f"      {text.split()[2]}: {rows:,} rows in {time.perf_counter() - began:.0f} s", flush=True)
    await owner.execute("SET session_replication_role = origin")
    began = time.perf_counter()
    added = await owner.fetchval("SELECT added FROM fold_daily_statistics()")
    print(f"      {added:,} rows of sums folded in {time.perf_counter() - began:.1f} s", flush=True)
    await owner.execute("VACUUM ANALYZE")
    await _durable(owner, "on")


async def _durable(owner: asyncpg.Connection, word: str) -> None:
    """What is loaded need not survive the machine; what is measured must."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await owner.execute(f"ALTER SYSTEM SET {setting} = {word}")
    await owner.execute("SELECT pg_reload_conf()")
    await owner.execute("CHECKPOINT")


async def timed(connection: asyncpg.Connection, sql: str, repeats: int) -> tuple[float, float]:
    """Median and worst, in ms, after two to warm up."""
    statement = await connection.prepare(sql)
    taken = []
    for turn in range(repeats + 2):
        began = time.perf_counter()
        await statement.fetch()
        if turn > 1:
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken), max(taken)


async def reads(place: Place, name: str, role: str, repeats: int, plans: dict[str, str]) -> list[Row]:
    """The promised reads, as one role."""
    connection = await asyncpg.connect(place.dsn(name, role))
    rows = []
    wanted = [(f"{view}, {when}", text.format(view=view), 100) for view in VIEWS for when, text in _WHEN]
    for what, sql, bar in [*wanted, ("active alerts, counted", ACTIVE_ALERTS, 50)]:
        middle, worst = await timed(connection, sql, repeats)
        found = f"median {middle:.1f} ms, {len(await connection.fetch(sql))} rows, as {role}"
        rows.append(Row(what, found, f"{worst:.1f} ms", f"<= {bar} ms", worst <= bar))
        lines = await connection.fetch("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + sql)
        plans[f"{role}: {what}"] = "\n".join(line[0] for line in lines)
    await connection.close()
    return rows


_WHEN = (("today", TODAY), ("7 days", WEEK))


async def inserts(place: Place, name: str, repeats: int) -> list[Row]:
    """One row a transaction with everything that hangs on it: keys, policies, sums, record."""
    connection = await asyncpg.connect(place.dsn(name, EVERYWHERE))
    rows = []
    for what, sql in INSERTS.items():
        taken = []
        statement = await connection.prepare(sql)
        for _ in range(repeats):
            began = time.perf_counter()
            await statement.fetch()
            taken.append((time.perf_counter() - began) * 1000)
        p99 = quantiles(taken, n=100)[98]
        told = f"median {median(taken):.1f} ms, {repeats} durable commits"
        rows.append(Row(f"insert of one {what}, p99", told, f"{p99:.1f} ms", "<= 10 ms", p99 <= 10))
    await connection.close()
    return rows


async def peers(place: Place, name: str) -> list[Row]:
    """The plain views, once: what the rollups are for."""
    connection = await asyncpg.connect(place.dsn(name, EVERYWHERE))
    rows = []
    for view in VIEWS[:1]:
        began = time.perf_counter()
        await connection.fetch(WEEK.format(view=f"{view}_plain"))
        taken = (time.perf_counter() - began) * 1000
        rows.append(Row(f"{view}, 7 days, plain view", "the peer", f"{taken:,.0f} ms", "", None))
    await connection.close()
    return rows


async def main() -> int:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.governance.big", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows a table")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--server", default="auto", help="major version of the embedded server")
    parser.add_argument("--data", metavar="DIR", help="where the server's files go for the time")
    parser.add_argument(
        "--plans", action="store_true", help="print every plan, not only the active alerts' and one view's"
    )
    args = parser.parse_args()
    with server(args.server, args.data, CONF) as place:
        async with governed(place, "big", TENANTS) as name:
            owner = await asyncpg.connect(place.dsn(name))
            await load(owner, args.rows)
            await owner.close()
            plans: dict[str, str] = {}
            rows = await reads(place, name, EVERYWHERE, args.repeats, plans)
            rows += await reads(place, name, MEMBER, args.repeats, plans)
            rows += await inserts(place, name, args.repeats * 10)
            rows += await reads(place, name, EVERYWHERE, 3, {})
            rows += await peers(place, name)
            for what, plan in plans.items():
                if args.plans or "alerts" in what or "auto_dispatch_stats, 7" in what:
                    print(f"\n{what}\n{plan}")
            print(f"\n{args.rows:,} rows a table, {TENANTS} tenants, {DAYS} days, one alert in {ACTIVE} active")
            return show(rows)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
