"""A million signal rows through the importer against a plain COPY into the same indexed table.

    python -m tests.bench.bench_import [ROWS] [ROUNDS]

AOER_BENCH_DSN names an empty scratch database, as superuser; without it an embedded server is started for the run.
Both sides run in turn, so that a busy machine slows both; what counts is the ratio of the medians.
"""

import asyncio
import csv
import io
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.importer.request import Request
from console.importer.service import run_import
from console.store.database import Database
from console.store.migrate import migrate

SIGNALS = ("seo", "aeo", "geo", "ugc", "geolocal", "observed_aiv")
COLUMNS = ("tenant", "date", *SIGNALS, "observed_rar", "sample_size", "source")
DAYS = 1000


def write_rows(file: Path, rows: int) -> None:
    """Rows of a thousand days a tenant, as a panel export has them."""
    rng = random.Random(7)
    days = [(date(2024, 1, 1) + timedelta(days=n)).isoformat() for n in range(DAYS)]
    with file.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for n in range(rows):
            values = [round(rng.uniform(0, 100), 3) for _ in range(6)]
            writer.writerow((f"tenant-{n // DAYS:04d}", days[n % DAYS], *values, "", 48, "bench"))


async def copy_plainly(connection: asyncpg.Connection, file: Path) -> float:
    """Seconds of COPY with the tenants' ids already in the file."""
    ids = {row["name"]: str(row["id"]) for row in await connection.fetch("SELECT name, id FROM tenants")}
    payload = io.BytesIO()
    with file.open() as lines:
        next(lines)
        for line in lines:
            tenant, _, rest = line.partition(",")
            payload.write(f"{ids[tenant]},{rest}".encode())
    payload.seek(0)
    await empty(connection)
    began = time.perf_counter()
    await connection.copy_to_table("aiv_raw_signals", source=payload, columns=["tenant_id", *COLUMNS[1:]], format="csv")
    return time.perf_counter() - began


async def empty(connection: asyncpg.Connection) -> None:
    """The same start for both sides."""
    await connection.execute("TRUNCATE aiv_raw_signals")
    await connection.execute("CHECKPOINT")


def scratch() -> Path:
    """A directory that the server's own account can enter."""
    directory = Path(tempfile.mkdtemp(prefix="aoer-bench-", dir="/var/tmp"))
    directory.chmod(0o755)
    return directory


@asynccontextmanager
async def server() -> AsyncIterator[str]:
    """DSN of a superuser on a migrated database."""
    dsn = os.environ.get("AOER_BENCH_DSN")
    directory = scratch()
    running = None
    if dsn is None:
        from console.store.embedded import ensure_running

        running = ensure_running(override(Settings(), {"embedded.data_dir": str(directory)}))
        target = running.target
        dsn = f"postgresql://postgres@/postgres?host={target.host}&port={target.port}"
    try:
        connection = await asyncpg.connect(dsn)
        await migrate(connection)
        await connection.close()
        yield dsn
    finally:
        if running is not None:
            running.release()
        shutil.rmtree(directory, ignore_errors=True)


async def main(rows: int, rounds: int) -> None:
    """Print rows a second of both sides and the ratio."""
    file = Path(tempfile.mkdtemp()) / "signals.csv"
    write_rows(file, rows)
    copied: list[float] = []
    imported: list[float] = []
    again: list[float] = []
    async with server() as dsn:
        settings = override(Settings(), {"database.dsn": dsn})
        connection = await asyncpg.connect(dsn)
        async with Database.open(settings, application="bench") as db:
            request, actor = Request("signals", str(file), future_days=36500), Actor(Origin.COMMAND_LINE)
            for turn in range(rounds + 1):
                await empty(connection)
                result = await run_import(db, request, actor)
                assert (result.inserted, result.rejected) == (rows, 0), result
                if turn:  # the first round makes the tenants and fills caches
                    imported.append(result.seconds)
                    again.append((await run_import(db, request, actor)).seconds)
                    copied.append(await copy_plainly(connection, file))
        await connection.close()
    shutil.rmtree(file.parent)
    plain = statistics.median(copied)
    for label, times in (("plain COPY", copied), ("import", imported), ("same file again", again)):
        middle = statistics.median(times)
        sys.stdout.write(
            f"{label:<16} {rows / middle:10,.0f} rows/s   {plain / middle:5.2f} x plain COPY   "
            f"({', '.join(f'{taken:.1f}' for taken in times)} s)\n"
        )


if __name__ == "__main__":
    asyncio.run(main(*(int(word) for word in [*sys.argv[1:], "1000000", "3"][:2])))
