"""What the audit record costs an UPDATE-heavy load with durable commits: with its triggers and without, in turns."""

import asyncio
from statistics import median

import asyncpg

from tests.bench.governance.prepare import EVERYWHERE, Load, Row, governed, pgbench
from tests.bench.queue.prepare import Place

ORDERS = 20_000
UPDATE = f"""\\set n random(1, {ORDERS})
UPDATE orders SET notes = 'n' || :n, priority = CASE priority WHEN 'low' THEN 'high' ELSE 'low' END
 WHERE tenant_id = '{{tenant}}' AND reference = 'R' || :n;
"""
SWITCH = "ALTER TABLE orders {switch} TRIGGER audit_update"


async def measure(place: Place, seconds: float, rounds: int) -> list[Row]:
    """Four sessions change one order a transaction."""
    async with governed(place, "record", 1) as name:
        owner = await asyncpg.connect(place.dsn(name))
        tenant = await owner.fetchval("SELECT id FROM tenants")
        await owner.execute(
            "INSERT INTO orders (tenant_id, reference) SELECT $1, 'R' || n FROM generate_series(1, $2::integer) n",
            tenant,
            ORDERS,
        )
        await owner.execute("VACUUM ANALYZE orders")
        found: dict[str, list[Load]] = {"ENABLE": [], "DISABLE": []}
        for _ in range(rounds):
            for switch, loads in found.items():
                await owner.execute(SWITCH.format(switch=switch))
                script = UPDATE.format(tenant=tenant)
                dsn = place.dsn(name, EVERYWHERE)
                loads.append(await asyncio.to_thread(pgbench, dsn, script, clients=4, seconds=seconds))
        await owner.close()
    cost = median(1 - on.rate / off.rate for on, off in zip(found["ENABLE"], found["DISABLE"], strict=True))
    told = " / ".join(f"{median(load.rate for load in loads):,.0f}" for loads in found.values())
    told += " updates/s with and without; 4 clients, fsync on"
    return [Row("audit: share of throughput that it costs", told, f"{cost:.1%}", "<= 15 %", cost <= 0.15)]
