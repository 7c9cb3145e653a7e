"""A durable server of its own for one benchmark run, and databases for each contestant."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import asyncpg

from console.config.settings import Settings, override
from console.store.embedded import ensure_running
from console.store.embedded.layout import find
from console.store.embedded.process import read_pid_file
from console.store.migrate import migrate

ROLE = "bench_console"
CONF = "max_connections = 200\nmax_wal_size = '4GB'\nshared_buffers = '256MB'\nhba_file = '{hba}'\n"


class Place:
    """Where the server is; `dsn` for the superuser or the console's login role."""

    def __init__(self, host: str, postmaster: int) -> None:
        self.host = host
        self._postmaster = postmaster

    def cpu(self) -> float:
        """Seconds of CPU that the server and all its sessions, present and past, have used (Linux)."""
        ticks = sum(_ticks(self._postmaster)[:4])
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children").read_text().split()
        return (ticks + sum(sum(_ticks(int(child))[:2]) for child in children)) / os.sysconf("SC_CLK_TCK")

    def dsn(self, database: str, role: str = "postgres") -> str:
        """Of a database, for a role."""
        return f"postgresql://{role}@/{database}?host={quote(self.host)}"


def _ticks(pid: int) -> list[int]:
    """utime, stime, cutime, cstime of a process; zeros when it is gone."""
    try:
        return [int(n) for n in Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[11:15]]
    except OSError:
        return [0, 0, 0, 0]


@contextlib.contextmanager
def server(version: str, parent: str | None = None, conf: str = CONF) -> Iterator[Place]:
    """An embedded server with fsync and synchronous commits as in production, thrown away afterwards.

    Its files go below `parent`, which other accounts must be able to reach (default: /var/tmp).
    """
    usual = "/var/tmp" if Path("/var/tmp").is_dir() else None
    directory = Path(tempfile.mkdtemp(prefix="aoer-bench-", dir=parent or usual))
    directory.chmod(0o755)
    (directory / "conf").mkdir(mode=0o755)
    hba = directory / "conf" / "bench_hba.conf"
    hba.write_text("local all all trust\n")
    (directory / "conf" / "local.conf").write_text(conf.format(hba=hba))
    settings = override(Settings(), {"embedded.data_dir": str(directory), "embedded.version": version})
    running = ensure_running(settings)
    try:
        file = read_pid_file(find(settings))
        assert file is not None
        yield Place(str(running.target.host), file.pid)
    finally:
        running.release()
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.asynccontextmanager
async def database(place: Place, name: str, tenants: int = 0) -> AsyncIterator[str]:
    """A fresh database; with `tenants` a migrated one with so many tenants of five signals. Yields its name."""
    admin = await asyncpg.connect(place.dsn("postgres"))
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.execute(f'CREATE DATABASE "{name}"')
    try:
        if tenants:
            await _fill(admin, place, name, tenants)
        yield name
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


async def _fill(admin: asyncpg.Connection, place: Place, name: str, tenants: int) -> None:
    connection = await asyncpg.connect(place.dsn(name))
    try:
        await migrate(connection)
        if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", ROLE):
            await admin.execute(f"CREATE ROLE {ROLE} LOGIN")
        await admin.execute(f"GRANT aoer_admin, aoer_worker TO {ROLE}")
        await connection.execute(
            "INSERT INTO tenants (name, slug) SELECT 'T' || n, 't-' || n FROM generate_series(1, $1::integer) n",
            tenants,
        )
        await connection.execute(
            "INSERT INTO aiv_raw_signals (tenant_id, date, seo, aeo, geo, ugc, geolocal)"
            " SELECT t.id, current_date - d, 60 + d, 70 + d, 80 - d, 75, 66 FROM tenants t, generate_series(0, 4) d"
        )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def queue_all(place: Place, name: str) -> int:
    """Queue every tenant once, in a table that holds nothing else; returns how many."""
    connection = await asyncpg.connect(place.dsn(name))
    try:
        await connection.execute("TRUNCATE aoer_queue, aoer_history, metrics_events")
        # Another moment of the newest reading for everybody, so that no summary can be served from the cache.
        await connection.execute("UPDATE aiv_raw_signals SET sample_size = 1 WHERE date = current_date")
        await connection.execute("VACUUM ANALYZE aoer_summary, aiv_raw_signals")
        return int(
            await connection.fetchval("SELECT count(*) FROM queue_enqueue(array(SELECT id FROM tenants), 'low')")
        )
    finally:
        await connection.close()


def judged(ratio: str, ok: bool) -> str:
    """A ratio with what its bar says of it."""
    return f"{ratio:<34} {'pass' if ok else 'SHORT'}"


def child(module: str, *args: object) -> "subprocess.Popen[str]":
    """A contestant in a process of its own; it prints one JSON object."""
    command = [sys.executable, "-m", f"tests.bench.queue.{module}", *map(str, args)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
