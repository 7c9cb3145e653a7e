"""The command line in front: exit codes, streams, JSON, help."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg

from console.importer.catalogue import KINDS, kind
from tests.waiting import until

GOOD = "tenant,date,aeo\nAcme,2026-01-05,1\n"
BAD = "tenant,date,aeo\nAcme,2026-01-05,1\nAcme,2026-01-06,[bold]no\n"


def console(dsn: str, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "console", "import", *words, "--dsn", dsn]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def test_standard_input_and_json(dsn: str) -> None:
    done = console(dsn, "signals", "-", "--json", stdin=GOOD.encode())
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["inserted"], document["applied"], document["file"]) == (1, True, "standard input")


def test_rejected_rows_exit_with_8_and_are_named(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(BAD)
    done = console(dsn, "signals", str(file))
    assert done.returncode == 8
    assert f"{file}:3: aeo '[bold]no': not a number" in done.stderr.decode()
    assert "nothing applied: 1 of 2 rows rejected" in done.stdout.decode()
    rejects = tmp_path / "rejects.csv"
    skipped = console(dsn, "signals", str(file), "--on-error", "skip", "--rejects", str(rejects), "--json")
    assert skipped.returncode == 8
    document = json.loads(skipped.stdout)
    assert (document["inserted"], document["rejected"], document["applied"]) == (1, 1, True)
    assert document["rejects"] == [{"line": 3, "column": "aeo", "value": "[bold]no", "reason": "not a number"}]
    assert rejects.read_text().splitlines()[1].endswith("3,aeo,[bold]no,not a number")


def test_a_wrong_header_says_what_to_write(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("tenant,datum,aeo\n")
    done = console(dsn, "signals", str(file))
    assert done.returncode == 8
    assert "did you mean 'date'?" in done.stderr.decode()


def test_help_describes_every_column_without_a_database() -> None:
    for name in KINDS:
        done = console("postgresql:///nowhere", name, "--help")
        assert done.returncode == 0
        text = done.stdout.decode()
        for column in kind(name).columns:
            assert f"  {column.name}" in text
            assert column.meaning in text
            assert column.type.label in text
        assert "8  rows of an input file were rejected" in text


def test_an_interrupt_while_input_is_awaited_ends_at_once_and_applies_nothing(dsn: str) -> None:
    command = [sys.executable, "-m", "console", "import", "signals", "-", "--dsn", dsn]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(GOOD.encode())
        process.stdin.flush()
        _wait_for_session(dsn)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert process.stderr.read() == b"error: interrupted\n"
    assert asyncio.run(_ask(dsn, "SELECT count(*) FROM aiv_raw_signals")) == 0


def _wait_for_session(dsn: str) -> None:
    """Until the import holds its own connection, that is: waits for more input."""
    own = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%/import'"
    )

    async def seen() -> None:
        await until(lambda: _ask(dsn, own))

    asyncio.run(seen())


async def _ask(dsn: str, sql: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()
