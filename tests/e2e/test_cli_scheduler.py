"""`--scheduler-only` as a process: never imports textual, does the work, drains on SIGTERM and exits 0."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from tests.waiting import until

pytestmark = pytest.mark.e2e


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A directory whose `textual` raises: whoever imports it fails loudly."""
    (tmp_path / "textual").mkdir()
    (tmp_path / "textual" / "__init__.py").write_text("raise RuntimeError('textual was imported')\n")
    return tmp_path


@contextmanager
def scheduler(dsn: str, trap: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("AOER_")}
    env |= {"AOER_DSN": dsn, "HOME": str(trap), "XDG_CONFIG_HOME": str(trap), "XDG_STATE_HOME": str(trap)}
    env["PYTHONPATH"] = os.pathsep.join([str(trap), env.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "console", "--scheduler-only", *words]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_works_off_the_queue_without_textual_and_drains_on_sigterm(dsn: str, owner_dsn: str, trap: Path) -> None:
    connection = await asyncpg.connect(owner_dsn)
    tenant = await connection.fetchval("INSERT INTO tenants (slug, name) VALUES ('north', 'North') RETURNING id")
    await connection.execute(
        "INSERT INTO aoer_queue (tenant_id, priority, dedupe_key)"
        " SELECT $1, 'urgent', 'k' || n FROM generate_series(1, 3) n",
        tenant,
    )
    with scheduler(dsn, trap) as process:
        left = "SELECT NOT EXISTS (SELECT FROM aoer_queue WHERE status <> 'completed')"
        await until(lambda: connection.fetchval(left))
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
    await connection.close()
    assert process.returncode == 0, stderr
    assert "textual was imported" not in stderr
    assert stdout == ""
    assert "AOER Orchestrator worker active" in stderr
    assert f"[AOER] Completed recompute for {tenant}" in stderr


def test_a_server_that_is_not_there_is_an_error_with_a_hint(trap: Path) -> None:
    with scheduler("postgresql://nobody@127.0.0.1:1/x", trap) as process:
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "hint: " in stderr
    assert "Traceback" not in stderr
