"""Rate limits: what a check by three rules costs, beside the cheapest statement, and whether a race is exact."""

import asyncio
from statistics import median

import asyncpg

from tests.bench.governance.prepare import EVERYWHERE, Load, Row, governed, pgbench
from tests.bench.queue.prepare import Place

CLIENTS = 16
# pgbench takes `:word` for a variable of its own: a blank behind every colon.
RULE = (
    '{"name": "action.enqueue", "scope": "user", "strategy": "token_bucket", "action": "enqueue",'
    ' "limit_count": 1000000000, "window_seconds": 1, "burst": 0, "priority": 50, "enabled": true}'
)
CHECK = f"SELECT allowed FROM check_rate_limit('enqueue', '{{}}', 1, '{RULE}');\n"
UPSERT = (
    "INSERT INTO one_upsert AS b (key, level) VALUES ('k', 1e9) ON CONFLICT (key) DO UPDATE SET level = b.level - 1"
    " RETURNING level;\n"
)
TABLE = "CREATE UNLOGGED TABLE one_upsert (key text PRIMARY KEY, level float8) WITH (fillfactor = 30)"
NOTHING = "SELECT 1;\n"
LOADS = (
    *(("check", CHECK, 0), ("upsert", UPSERT, 0), ("select 1", NOTHING, 0)),
    *(("check, 1,000/s", CHECK, 1000), ("upsert, 1,000/s", UPSERT, 1000), ("select 1, 1,000/s", NOTHING, 1000)),
)
"""What, and how many a second are asked for (0: as many as there can be, so that sessions wait for a processor)."""


async def measure(place: Place, seconds: float, rounds: int) -> list[Row]:
    """Three rules a check (global, user, action), all on hot buckets: every client is the same user."""
    async with governed(place, "limits", 1) as name:
        owner = await asyncpg.connect(place.dsn(name))
        await owner.execute("UPDATE rate_limit_rules SET limit_count = 1000000000, window_seconds = 1")
        await owner.execute(TABLE)
        await owner.execute(f"GRANT ALL ON one_upsert TO {EVERYWHERE}")
        dsn = place.dsn(name, EVERYWHERE)
        found: dict[str, list[Load]] = {}
        for _ in range(rounds):
            for what, text, rate in LOADS:
                load = await asyncio.to_thread(pgbench, dsn, text, clients=CLIENTS, seconds=seconds, at_rate=rate)
                found.setdefault(what, []).append(load)
        rows = [await _race(owner, place, name)]
        await owner.close()
    for what, loads in found.items():
        p99, middle = median(load.p99 for load in loads), median(load.middle for load in loads)
        told = f"{median(load.rate for load in loads):,.0f}/s, p50 {middle:.2f} ms; {CLIENTS} clients, one user"
        bar = what.startswith("check")
        held = p99 <= 3 if bar else None
        rows.append(Row(f"limits: {what}, p99", told, f"{p99:.2f} ms", "<= 3 ms" if bar else "", held))
    ratio = median(a.rate / b.rate for a, b in zip(found["check"], found["upsert"], strict=True))
    return [*rows, Row("limits: three rules / a bare upsert on one row", "throughput", f"{ratio:.2f}", "", None)]


async def _race(owner: asyncpg.Connection, place: Place, name: str) -> Row:
    await owner.execute("UPDATE rate_limit_rules SET enabled = false")
    await owner.execute(
        "INSERT INTO rate_limit_rules (name, scope, action, limit_count, window_seconds)"
        " VALUES ('race', 'action', 'race', 100, 86400)"
    )
    takers = [await asyncpg.connect(place.dsn(name, EVERYWHERE)) for _ in range(50)]

    async def twenty(taker: asyncpg.Connection) -> int:
        return sum([await taker.fetchval("SELECT allowed FROM check_rate_limit('race')") for _ in range(20)])

    got = sum(await asyncio.gather(*(twenty(taker) for taker in takers)))
    for taker in takers:
        await taker.close()
    return Row("limits: 1,000 takers of a bucket of 100 get", "50 sessions at once", str(got), "= 100", got == 100)
