"""A throw-away migrated database for benchmarks of the engines, and towns of any size in it."""

import asyncio
import contextlib
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from console.config.settings import Settings, override
from console.store.database import Database

CENTRE = (48.14, 11.57)


def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="aoer-bench-", dir="/var/tmp"))
    home.chmod(0o755)
    return home


@contextlib.asynccontextmanager
async def database() -> AsyncIterator[tuple[Database, Settings, Any]]:
    """(as the console's role, settings, a superuser's connection) on an embedded server of its own."""
    home = _home()
    settings = override(Settings(), {"embedded.data_dir": str(home / "data")})
    try:
        async with Database.open(settings, application="bench") as db:
            from console.store.readiness import admin

            async with admin(settings) as outside:
                yield db, settings, outside.connection
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


async def town(outside: asyncpg.Connection, *, drivers: int, orders: int, seed: int = 1) -> Any:
    """A tenant with drivers at random places and orders that wait."""
    name = f"town-{seed}-{drivers}-{orders}"
    tenant = await outside.fetchval("INSERT INTO tenants (name, slug) VALUES ($1, $1) RETURNING id", name)
    dice = random.Random(seed)
    spot = lambda: (CENTRE[0] + dice.uniform(-0.05, 0.05), CENTRE[1] + dice.uniform(-0.08, 0.08))  # noqa: E731
    crew = [(tenant, f"d{i}", f"Driver {i}", *spot()) for i in range(drivers)]
    await outside.executemany(
        "INSERT INTO drivers (tenant_id, reference, name, vehicle_type, status, lat, lon, position_at)"
        " VALUES ($1, $2, $3, 'car', 'available', $4, $5, now())", crew,
    )  # fmt: skip
    rows = [(tenant, f"o{i}", *spot(), *spot(), dice.uniform(60, 180)) for i in range(orders)]
    await outside.executemany(
        "INSERT INTO orders (tenant_id, reference, pickup_lat, pickup_lon, dropoff_lat, dropoff_lon, ready_at,"
        " promised_at, last_event_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, now(), now() + make_interval(mins => $7::int), now())", rows,
    )  # fmt: skip
    await outside.execute("ANALYZE orders, drivers")
    return tenant


def table(columns: list[str], rows: list[list[Any]]) -> None:
    """Print rows under columns."""
    cells = [columns, *([f"{c:.2f}" if isinstance(c, float) else str(c) for c in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


@dataclass(frozen=True, slots=True)
class Check:
    """One measure against its goal; `most` False: the goal is the least allowed, not the most."""

    what: str
    found: float
    goal: float
    most: bool = True

    @property
    def passed(self) -> bool:
        """Whether the goal is met."""
        return self.found <= self.goal if self.most else self.found >= self.goal


def verdict(checks: Sequence[Check]) -> int:
    """Print pass or fail of every check; the exit code."""
    rows = [
        [c.what, c.found, ("<= " if c.most else ">= ") + f"{c.goal:g}", "pass" if c.passed else "FAIL"] for c in checks
    ]
    table(["measure", "found", "goal", ""], rows)
    return 0 if all(check.passed for check in checks) else 1
