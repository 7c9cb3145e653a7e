"""What the audit record costs an UPDATE-heavy load with durable commits: beside no trigger and the least one, in turns.

The least trigger that could be called one, `floor`, writes both rows as JSON into a table without index, partitions
or digest. What share of throughput a record takes depends on what else an update waits for: how long the disk takes
to flush, how many sessions share a flush, how many rows a statement has. So other shapes are told beside the one with
the bar, and the flush time; the CPU of the server for a statement is the figure that depends on none of them.
"""

import asyncio
import re
import subprocess
from pathlib import Path
from statistics import median
from typing import NamedTuple

import asyncpg

from tests.bench.governance.prepare import EVERYWHERE, WARM, Load, Row, governed, pgbench, pgbench_program
from tests.bench.queue.prepare import Place

ORDERS = 20_000


class Shape(NamedTuple):
    """Sessions at once, and rows a statement; one statement a transaction."""

    clients: int
    rows: int

    def __str__(self) -> str:
        return f"{self.clients} clients, {self.rows} row{'s' if self.rows > 1 else ''} a statement"


BARRED = Shape(4, 1)
SHAPES = (BARRED, *(Shape(clients, rows) for rows in (1, 20) for clients in (2, 8, 16)))
# Sessions that meet on a row would wait for each other's flush, or lock each other out: each has orders of its own.
UPDATE = """\\set first :client_id * {share} + random(1, {share} - {rows})
UPDATE orders SET notes = 'n' || :first, priority = CASE priority WHEN 'low' THEN 'high' ELSE 'low' END
 WHERE tenant_id = '{tenant}' AND route_sequence >= :first AND route_sequence < :first + {rows};
"""
FLOOR = (
    "CREATE TABLE audit_floor (before jsonb, after jsonb)",
    "CREATE FUNCTION audit_floor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
    " INSERT INTO audit_floor SELECT to_jsonb(o), to_jsonb(n) FROM old_rows o JOIN new_rows n USING (tenant_id, id);"
    " RETURN NULL; END $$",
    "CREATE TRIGGER audit_floor AFTER UPDATE ON orders REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_floor()",
    "CREATE INDEX ON orders (tenant_id, route_sequence)",
)
WAYS = {"record": "audit_update", "floor": "audit_floor", "none": None}


async def measure(place: Place, seconds: float, rounds: int) -> list[Row]:
    """Every shape with the record, with the least trigger, and with none."""
    async with governed(place, "record", 1) as name:
        owner = await asyncpg.connect(place.dsn(name))
        tenant = await owner.fetchval("SELECT id FROM tenants")
        for text in FLOOR:
            await owner.execute(text)
        await owner.execute(
            "INSERT INTO orders (tenant_id, reference, route_sequence)"
            " SELECT $1, 'R' || n, n FROM generate_series(1, $2::integer) n",
            tenant,
            ORDERS,
        )
        await owner.execute("VACUUM ANALYZE orders")
        rows = [Row("audit: one flush of this disk", "pg_test_fsync, fdatasync", await flush_time(place), "", None)]
        for shape in SHAPES:
            found = await _taken_in_turns(place, name, owner, shape, tenant, seconds, rounds if shape is BARRED else 2)
            rows += _told(shape, found)
        await owner.close()
    return rows


async def _taken_in_turns(
    place: Place, name: str, owner: asyncpg.Connection, shape: Shape, tenant: str, seconds: float, rounds: int
) -> dict[str, list[tuple[Load, float]]]:
    script = UPDATE.format(tenant=tenant, rows=shape.rows, share=ORDERS // shape.clients)
    found: dict[str, list[tuple[Load, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, trigger in WAYS.items():
            for other in filter(None, WAYS.values()):
                await owner.execute(f"ALTER TABLE orders {'ENABLE' if other == trigger else 'DISABLE'} TRIGGER {other}")
            await owner.execute("VACUUM orders")
            dsn, before = place.dsn(name, EVERYWHERE), place.cpu()
            load = await asyncio.to_thread(pgbench, dsn, script, clients=shape.clients, seconds=seconds)
            found[way].append((load, (place.cpu() - before) / (load.rate * (seconds + WARM))))
    return found


def _told(shape: Shape, found: dict[str, list[tuple[Load, float]]]) -> list[Row]:
    rates = [f"{median(load.rate for load, _ in loads):,.0f}" for loads in found.values()]
    burnt = [f"{median(cpu for _, cpu in loads) * 1e6:,.0f}" for loads in found.values()]
    told = f"{' / '.join(rates)} statements/s, {' / '.join(burnt)} us CPU of the server; record, floor, none"
    rows = []
    for way in ("record", "floor"):
        cost = median(1 - a.rate / b.rate for (a, _), (b, _) in zip(found[way], found["none"], strict=True))
        bar = way == "record" and shape is BARRED
        held = cost <= 0.15 if bar else None
        rows.append(Row(f"audit: {way}, {shape}", told, f"{cost:.1%}", "<= 15 %" if bar else "", held))
    return rows


async def flush_time(place: Place) -> str:
    """Of 8 kB beside the server's files."""
    program = str(Path(pgbench_program()).with_name("pg_test_fsync"))
    file = str(Path(place.host).parent / "flush")
    done = await asyncio.to_thread(
        subprocess.run, [program, "-s", "1", "-f", file], capture_output=True, text=True, check=True
    )
    found = re.search(r"fdatasync\s+[\d.]+ ops/sec\s+(\d+) usecs", done.stdout)
    return f"{found[1]} us" if found else "unknown"
