"""Every verb that only reads: one JSON document with --json, plain lines without, also on an empty database."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli.main import run
from console.cli.parser import build

READS = {
    "list",
    "status",
    "runs",
    "show",
    "stats",
    "path",
    "keys",
    "default",
    "validate",
    "verify",
    "dashboard",
    "coverage",
}


def readers(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Command paths that read and need no argument."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from readers(child, (*path, name))
            return
    needs = any(action.required for action in parser._actions if action.dest != "help")
    if path and path[-1] in READS and not needs:
        yield path


FOUND = sorted(readers(build("*")))


def test_there_are_many() -> None:
    assert len(FOUND) > 12


@pytest.mark.parametrize("words", FOUND, ids=" ".join)
def test_one_document_and_no_surprise(words: tuple[str, ...], dsn: str, capfd: pytest.CaptureFixture[str]) -> None:
    code = run([*words, "--dsn", dsn, "--json"])
    stdout, stderr = capfd.readouterr()
    assert code in {0, 9, 10}, stderr
    json.loads(stdout)
    assert run([*words, "--dsn", dsn]) == code
    stdout, stderr = capfd.readouterr()
    assert stdout or stderr
    assert "Traceback" not in stderr
    assert not stdout.lstrip().startswith(("{", "[{"))


def test_none_of_them_ever_imports_textual(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "textual").mkdir()
    (tmp_path / "textual" / "__init__.py").write_text("raise RuntimeError('textual was imported')\n")
    probe = (
        "import json, sys\n"
        "from console.cli.main import run\n"
        "codes = [run([*words, '--dsn', sys.argv[2], '--json']) for words in json.loads(sys.argv[1])]\n"
        "print('CODES', *codes, 'textual' in sys.modules, file=sys.stderr)\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", probe, json.dumps(FOUND), dsn],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("CODES")]
    *codes, imported = line.split()[1:]
    assert len(codes) == len(FOUND)
    assert set(codes) <= {"0", "9", "10"}, done.stderr
    assert imported == "False"
