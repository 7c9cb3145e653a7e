"""A server that may be crashed, real workers that may be killed, and the accounts that must balance afterwards."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from console.config.settings import Settings, override
from console.store.embedded import Running, ensure_running
from console.store.embedded.layout import find
from console.store.embedded.process import read_pid_file, wait_gone
from console.store.migrate import migrate

ROLE = "fault_console"
QUICK = {
    "AOER_QUEUE_LEASE_SECONDS": "2",
    "AOER_QUEUE_HEARTBEAT_SECONDS": "0.4",
    "AOER_QUEUE_POLL_SECONDS": "0.1",
    "AOER_QUEUE_BATCH": "10",
    "AOER_QUEUE_JOB_TIMEOUT_SECONDS": "20",
    "AOER_QUEUE_RESCUE_DELAY_SECONDS": "0.1",
    "AOER_QUEUE_BACKOFF_BASE_MINUTES": "0.002",
    "AOER_QUEUE_MAX_CRASHES": "8",
    "AOER_AOER_CACHE_SECONDS": "0",
    "AOER_SCHEDULER_HEARTBEAT_SECONDS": "0.5",
    "AOER_SCHEDULER_DRAIN_SECONDS": "5",
    "AOER_DATABASE_CONNECT_TIMEOUT_SECONDS": "2",
    "AOER_DATABASE_RECONNECT_MAX_SECONDS": "0.5",
    "AOER_DATABASE_STATEMENT_TIMEOUT_MS": "2000",
    "AOER_DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS": "2000",
}
WAVE = "SELECT count(*) FROM queue_enqueue(array(SELECT id FROM tenants), 'medium')"
JOURNAL = """
CREATE TABLE journal (n bigserial, job uuid, before text, after text, lease bigint, worker uuid,
                      at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION write_journal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO journal (job, before, after, lease, worker)
  VALUES (NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.status::text END, NEW.status::text, NEW.lease_id, NEW.worker_id);
  RETURN NULL;
END $$;
CREATE TRIGGER journal AFTER INSERT OR UPDATE OF status ON aoer_queue FOR EACH ROW EXECUTE FUNCTION write_journal();
"""


class Server:
    """An embedded server in `directory` whose commits survive a crash of the server (not of the machine)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "conf").mkdir(mode=0o755, exist_ok=True)
        hba = directory / "conf" / "fault_hba.conf"
        hba.write_text("local all all trust\n")
        lines = ["fsync = off", "synchronous_commit = on", f"hba_file = '{hba}'", "max_connections = 100"]
        (directory / "conf" / "local.conf").write_text("\n".join(lines) + "\n")
        self.settings = override(Settings(), {"embedded.data_dir": str(directory)})
        self.runnings: list[Running] = [ensure_running(self.settings)]
        self.database = ""
        self._databases = 0

    @property
    def host(self) -> str:
        return str(self.runnings[-1].target.host)

    def dsn(self, role: str = "postgres", database: str = "") -> str:
        return f"postgresql://{role}@/{database or self.database}?host={quote(self.host)}"

    def crash(self) -> None:
        """As `pg_ctl stop -m immediate`: no checkpoint, every session cut off."""
        place = find(self.settings)
        file = read_pid_file(place)
        assert file is not None
        os.kill(file.pid, signal.SIGQUIT)
        assert wait_gone(place, file.pid, 20)

    def start(self) -> None:
        self.runnings.append(ensure_running(self.settings))

    def stop(self) -> None:
        for running in self.runnings:
            running.release()

    async def prepare(self, tenants: int) -> None:
        """A fresh database with tenants, and a trigger that writes down every change of state of every job."""
        self._databases += 1
        self.database = f"faults_{self._databases}"
        admin = await asyncpg.connect(self.dsn(database="postgres"))
        await admin.execute(f"CREATE DATABASE {self.database}")
        owner = await asyncpg.connect(self.dsn())
        await migrate(owner)
        if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", ROLE):
            await admin.execute(f"CREATE ROLE {ROLE} LOGIN")
        await admin.execute(f"GRANT aoer_admin, aoer_worker TO {ROLE}")
        await admin.close()
        await owner.execute(JOURNAL)
        await owner.execute(
            "INSERT INTO tenants (name, slug) SELECT 'T' || n, 't-' || n FROM generate_series(1, $1::integer) n",
            tenants,
        )
        await owner.execute(
            "INSERT INTO aiv_raw_signals (tenant_id, date, aeo, geo, ugc)"
            " SELECT id, current_date, 70, 80, 90 FROM tenants"
        )
        await owner.close()


class Fleet:
    """Headless schedulers in processes of their own."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.processes: list[subprocess.Popen[bytes]] = []
        self.started = 0

    def start(self, *arguments: str, module: str = "console", **env: str) -> "subprocess.Popen[bytes]":
        """`aoer-console --scheduler-only` with quick settings."""
        self.started += 1
        with (self.logs / f"worker-{self.started}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, "--scheduler-only", *arguments],
                stderr=log,
                env={**os.environ, **QUICK, **env},
            )
        self.processes.append(process)
        return process

    def kill(self, process: "subprocess.Popen[bytes]", number: int = signal.SIGKILL) -> None:
        """Kill it for good."""
        process.send_signal(number)
        process.wait(30)
        self.processes.remove(process)

    def stop(self) -> list[int]:
        """SIGTERM to all; their exit codes. One that was started a moment ago must be able to hear it first."""
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            log = Path(f"/proc/{process.pid}/status")
            while process.poll() is None and log.exists() and not _hears(log.read_text(), signal.SIGTERM):
                pass
            process.terminate()
        codes = [process.wait(60) for process in self.processes]
        self.processes.clear()
        return codes

    @contextlib.contextmanager
    def ended(self) -> Iterator["Fleet"]:
        """Nothing survives the block."""
        try:
            yield self
        finally:
            for process in self.processes:
                process.kill()
                process.wait()


def _hears(status: str, number: int) -> bool:
    """Whether a process has a handler of its own for a signal, from its /proc/PID/status."""
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), "0")
    return bool(int(caught, 16) >> (number - 1) & 1)


class Load:
    """Queues all tenants again and again, in turns for the quick way and under a key that is claimed on record."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.waves = 0
        self._tried = 0

    async def wave(self) -> None:
        """One more wave; a lost connection leaves it either queued or not, the accounts are read from the rows."""
        self._tried += 1
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(self._server.dsn(), timeout=5)
            try:
                await connection.fetchval(
                    "SELECT count(*) FROM queue_enqueue(array(SELECT id FROM tenants), 'medium', 'recompute', $1)",
                    "" if self._tried % 2 else "kept",
                    timeout=10,
                )
                self.waves += 1
            finally:
                connection.terminate()

    async def during(self, seconds: float, every: float = 0.15) -> None:
        """Waves for a while."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            await self.wave()
            await asyncio.sleep(every)


async def eventually(check: Callable[[], Awaitable[Any]], patience: float = 60) -> None:
    """Ask now and then until the answer is yes; processes of their own cannot be waited for otherwise."""
    async with asyncio.timeout(patience):
        while not await check():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def answers(server: Server, question: Callable[[Any], Awaitable[Any]], patience: float = 60) -> None:
    """Ask the database until the answer is yes."""
    connection = await asyncpg.connect(server.dsn())
    try:
        await eventually(lambda: question(connection), patience)
    finally:
        await connection.close()


async def settle(server: Server, patience: float = 90) -> None:
    """Wait until no job waits or runs."""
    live = "SELECT count(*) FROM aoer_queue WHERE status IN ('queued', 'running')"
    await answers(server, lambda connection: connection.fetchval(f"SELECT ({live}) = 0"), patience)


async def balance(server: Server) -> dict[str, int]:
    """Check the accounts; returns counts by status, with `enqueued`, `lost attempts` and `claims` for the report."""
    connection = await asyncpg.connect(server.dsn())
    try:
        jobs = {row["id"]: row["status"] for row in await connection.fetch("SELECT id, status::text FROM v_aoer_jobs")}
        journal = await connection.fetch("SELECT job, before, after, lease FROM journal ORDER BY n")
        events = Counter(
            row["job"]
            for row in await connection.fetch(
                "SELECT (event_data->>'job_id')::uuid AS job FROM metrics_events WHERE event_type = 'aoer_recompute'"
            )
        )
        history = await connection.fetchval("SELECT count(*) FROM aoer_history")
        cached = await connection.fetchval("SELECT count(*) FROM metrics_events WHERE event_data ? 'cached'")
        lost = await connection.fetchval("SELECT count(*) FROM aoer_failures")
    finally:
        await connection.close()
    enqueued = {row["job"] for row in journal if row["before"] is None}
    assert set(jobs) == enqueued, "jobs vanished or appeared from nowhere"
    completed = {job for job, status in jobs.items() if status == "completed"}
    assert events == Counter(completed), "a completed run has not exactly one event"
    assert history + cached == len(completed)
    check_lives(journal)
    return {
        "enqueued": len(enqueued),
        **Counter(jobs.values()),
        "lost attempts": lost,
        "cached": cached,
        "claims": sum(row["after"] == "running" for row in journal),
    }


def check_lives(journal: list[Any]) -> None:
    """Each job is claimed by one worker at a time, under leases that only rise, and ends at most once per retry.

    Ordinary recomputes go from queued to completed in one transaction, under a new lease too.
    """
    state: dict[Any, str] = {}
    leases: dict[Any, int] = {}
    for row in journal:
        job, after = row["job"], row["after"]
        if row["before"] is None:
            state[job] = after
            continue
        assert state[job] == row["before"]
        if after == "running" or (row["before"], after) == ("queued", "completed"):
            assert row["before"] == "queued", "claimed while it ran or after its end"
            assert row["lease"] > leases.get(job, 0), "a lease was used twice"
            leases[job] = row["lease"]
        elif row["before"] == "running":
            assert row["lease"] == leases[job]
        state[job] = after
