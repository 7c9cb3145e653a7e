"""`--scheduler-only` under systemd and signals, as processes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

pytestmark = pytest.mark.e2e


async def start(dsn: str, *words: str, **env: str) -> asyncio.subprocess.Process:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AOER_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "console", "--scheduler-only", "--dsn", dsn, *words),
        stderr=subprocess.PIPE,
        env={**clean, **env},
    )


async def line(process: asyncio.subprocess.Process, text: str) -> None:
    """Read the log up to a line with `text`."""
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while text not in (read := (await process.stderr.readline()).decode()):
            assert read, f"ended before it said {text!r}"


async def test_it_tells_systemd_when_it_serves_and_when_it_stops(dsn: str, tmp_path: Path) -> None:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    heard.setblocking(False)
    loop = asyncio.get_running_loop()

    async def told(state: bytes) -> None:
        async with asyncio.timeout(60):
            while state not in await loop.sock_recv(heard, 4096):
                pass

    process = await start(dsn, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="300000")
    await told(b"READY=1")
    await told(b"WATCHDOG=1")
    process.send_signal(signal.SIGTERM)
    await told(b"STOPPING=1")
    async with asyncio.timeout(60):  # nobody reads the socket any more: it fills up, and that must not matter
        assert (await process.communicate(), process.returncode)[1] == 0
    heard.close()


async def test_a_second_signal_ends_a_drain(dsn: str, owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    tenant = await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ('T', 't') RETURNING id")
    await owner.execute("SELECT update_aoer_summary($1)", tenant)
    process = await start(dsn, AOER_SCHEDULER_DRAIN_SECONDS="600", AOER_DATABASE_STATEMENT_TIMEOUT_MS="600000")
    await line(process, "ready")
    # The job cannot finish while its tenant's maintenance table lock is held, so neither can the drain.
    async with owner.transaction():
        await owner.execute("LOCK TABLE metrics_events IN ACCESS EXCLUSIVE MODE")
        await owner.execute("LOCK TABLE aoer_failures IN ACCESS EXCLUSIVE MODE")
        other = await asyncpg.connect(owner_dsn)
        await other.execute("SELECT queue_tenant_recompute($1)", tenant)
        async with asyncio.timeout(60):
            while await other.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'running'") == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        await line(process, "draining for at most")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            assert await process.wait() == 130
    await other.close()
    await owner.close()


@pytest.mark.parametrize(
    ("dsn_of", "code", "says"),
    [
        (lambda dsn: "postgresql://nobody@127.0.0.1:1/none", 4, "cannot be reached"),
        (lambda dsn: dsn.replace("/t_", "/no_such_"), 4, ""),
    ],
)
async def test_a_start_that_cannot_succeed_is_one_line_and_a_code(
    dsn: str, dsn_of: Callable[[str], str], code: int, says: str
) -> None:
    process = await start(dsn_of(dsn))
    _, stderr = await asyncio.wait_for(process.communicate(), 60)
    lines: list[Any] = [text for text in stderr.decode().splitlines() if not text.startswith("hint:")]
    assert process.returncode == code
    assert len(lines) == 1, lines
    assert says in lines[0]


async def test_a_taken_metrics_port_is_a_clear_error(dsn: str) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    process = await start(dsn, "--metrics-port", str(port))
    _, stderr = await asyncio.wait_for(process.communicate(), 60)
    taken.close()
    assert process.returncode == 3
    assert f"127.0.0.1:{port}" in stderr.decode()
