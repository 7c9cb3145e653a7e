"""Row level security beside a tenant filter written by hand: the same reads of a million rows, in turns."""

import time
from statistics import median
from typing import Any

import asyncpg

from tests.bench.governance.prepare import MEMBER, Row, governed
from tests.bench.queue.prepare import Place

TENANTS = 100
READS = {
    "one order by its id": "SELECT * FROM orders WHERE id = $2 AND {mine}",
    "200 open orders, most urgent first": "SELECT id, promised_at FROM orders"
    " WHERE status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery')"
    " AND $2::uuid IS NOT NULL AND {mine} ORDER BY promised_at LIMIT 200",
    "1,000 assignments of some days": "SELECT count(*), avg(total_score) FROM assignment_logs"
    " WHERE assigned_at > now() - interval '3 days' AND $2::uuid IS NOT NULL AND {mine}",
    "all open alerts": "SELECT id, message FROM dispatch_alerts WHERE status <> 'resolved'"
    " AND $2::uuid IS NOT NULL AND {mine}",
}
LOADS = (
    "INSERT INTO drivers (tenant_id, reference, name) SELECT id, 'd', 'd' FROM tenants",
    "INSERT INTO orders (tenant_id, reference, status, promised_at, driver_id)"
    " SELECT t.id, n::text, CASE WHEN n % 20 = 0 THEN 'pending' ELSE 'delivered' END,"
    " now() + n * interval '1 second', d.id"
    " FROM generate_series(1, $1::integer) n, tenants t JOIN drivers d ON d.tenant_id = t.id",
    "INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type, total_score, assigned_at)"
    " SELECT o.tenant_id, o.id, o.driver_id, 'MANUAL', 50, now() - o.reference::integer * interval '270 seconds'"
    " FROM orders o WHERE $1::integer > 0",
    "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message, status, resolved_at)"
    " SELECT t.id, 'SLA_BREACH', 'high', 'm', CASE WHEN n % 50 = 0 THEN 'open' ELSE 'resolved' END,"
    " CASE WHEN n % 50 <> 0 THEN now() END FROM generate_series(1, $1::integer) n, tenants t",
)


async def fill(owner: asyncpg.Connection, rows: int) -> None:
    """`rows` rows in each of three tables, spread over the tenants; without the triggers, which others measure."""
    await owner.execute("SET session_replication_role = replica")
    for statement in LOADS:
        await owner.execute(statement, *((rows // TENANTS,) if "$1" in statement else ()))
    await owner.execute("SET session_replication_role = origin")
    await owner.execute("VACUUM ANALYZE")


async def measure(place: Place, rows: int, repeats: int) -> list[Row]:
    """A member's session without any filter, beside a superuser's with `tenant_id = $1`."""
    async with governed(place, "policies", TENANTS) as name:
        owner = await asyncpg.connect(place.dsn(name))
        await fill(owner, rows)
        tenant = await owner.fetchval("SELECT id FROM tenants WHERE slug = 't-1'")
        order = await owner.fetchval("SELECT id FROM orders WHERE tenant_id = $1 AND reference = '77'", tenant)
        member = await asyncpg.connect(place.dsn(name, MEMBER))
        found = []
        for what, text in READS.items():
            # Both are told the tenant, as the console's own statements about one tenant do; only one of them needs it.
            by_hand = await owner.prepare(text.format(mine="tenant_id = $1"))
            policed = await member.prepare(text.format(mine="tenant_id = $1"))
            open_ = await member.prepare(text.format(mine="$1::uuid IS NOT NULL"))
            found += await _compare(what, by_hand, policed, open_, (tenant, order), repeats)
        await owner.close()
        await member.close()
    return found


async def _compare(what: str, by_hand: Any, policed: Any, open_: Any, args: tuple[Any, ...], repeats: int) -> list[Row]:
    taken: dict[str, list[float]] = {"by hand": [], "policy": [], "policy alone": []}
    ways = dict(zip(taken, (by_hand, policed, open_), strict=True))
    for turn in range(repeats + 5):
        for way, statement in ways.items():
            began = time.perf_counter()
            await statement.fetch(*args)
            if turn >= 5:
                taken[way].append((time.perf_counter() - began) * 1000)
    base = median(taken["by hand"])
    rows = []
    for way in ("policy", "policy alone"):
        ratio = median(taken[way]) / base
        told = f"{median(taken[way]):.3f} ms beside {base:.3f} ms"
        plan = "\n".join(str(row) for row in await ways[way].explain(*args))
        index = "index" if "Seq Scan" not in plan else "SEQ SCAN"
        rows.append(Row(f"{way}: {what}", f"{told}; {index}", f"{ratio:.2f}x", "<= 1.1x", ratio <= 1.1))
    return rows
