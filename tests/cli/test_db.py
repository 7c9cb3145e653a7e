"""`db ...` against real servers."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from console.cli.main import run
from tests.conftest import Server


def call(capsys: pytest.CaptureFixture[str], dsn: str, *words: str) -> tuple[int, Any]:
    """Exit code and the JSON document of `db ...`; the error as a document too."""
    code = run(["db", *words, "--dsn", dsn, "--json"])
    seen = capsys.readouterr()
    return code, json.loads(seen.out or seen.err)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AOER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_migrate_then_status_then_nothing_left(empty_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, before = call(capsys, empty_dsn, "status")
    assert (code, before["current"]) == (9, False)
    assert before["pending"][0].startswith("0001_base/0_prelude/")
    code, dry = call(capsys, empty_dsn, "migrate", "--dry-run")
    assert [row["file"] for row in dry] == before["pending"]
    code, done = call(capsys, empty_dsn, "migrate")
    assert (code, done["applied"]) == (0, before["pending"])
    code, after = call(capsys, empty_dsn, "status")
    assert (code, after["current"], after["pending"], after["unfinished"]) == (0, True, [], [])
    assert sum(row["applied"] for row in after["versions"]) == len(done["applied"])
    assert call(capsys, empty_dsn, "migrate")[1]["applied"] == []


def test_validate_names_what_differs(owner_dsn: str, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    code, sound = call(capsys, owner_dsn, "validate", "--against", "recorded")
    assert sound["drift"] == []
    assert code == (0 if not sound["unprotected"] else 9)

    async def break_it() -> None:
        connection = await asyncpg.connect(owner_dsn)
        await connection.execute("ALTER TABLE tenants ADD sneaked int")
        await connection.close()

    server.run(break_it())
    code, found = call(capsys, owner_dsn, "validate")
    assert (code, found["against"], found["sound"]) == (9, "scratch", False)
    assert [(one["kind"], one["object"], one["change"]) for one in found["drift"]] == [
        ("column", "public.tenants.sneaked", "unexpected")
    ]
    assert run(["db", "validate", "--dsn", owner_dsn]) == 9
    assert "public.tenants.sneaked" in capsys.readouterr().out


def test_a_read_only_session_does_not_migrate(empty_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "migrate", "--dsn", empty_dsn, "--read-only"]) == 5


def test_path_hides_the_password_and_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = call(capsys, "postgresql://u:secret@nowhere.invalid/d", "path")
    assert (code, found) == (0, {"server": "external", "url": "postgresql://u@nowhere.invalid/d"})


def test_another_server_is_not_ours_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "stop", "--dsn", "postgresql://u@h/d"]) == 69


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """Outside of pytest's directories, which as root are closed to the account that runs the server."""
    with tempfile.TemporaryDirectory(prefix="aoer-cli-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None) as top:
        Path(top).chmod(0o755)
        yield Path(top)


def test_the_embedded_servers_url_works_for_other_clients_and_stop_ends_it(open_dir: Path) -> None:
    """As its own processes: the first verb starts the server, which "never" leaves running for the next ones."""
    here = {**os.environ, "AOER_EMBEDDED_STOP": "never", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}

    def verb(*words: str) -> Any:
        command = [sys.executable, "-m", "console", "db", *words, "--data-dir", str(open_dir / "data"), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=here, timeout=120)
        return json.loads(done.stdout)

    try:
        assert verb("path")["running"] is False
        assert verb("migrate")["applied"]
        found = verb("path")
        assert found["running"] is True
        assert found["url"].startswith("postgresql://op_")
    finally:
        assert verb("stop") == {"stopped": True}
    assert verb("stop") == {"stopped": False}
