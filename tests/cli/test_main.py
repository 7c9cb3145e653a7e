"""The command line as a process: exit codes, messages, streams."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import console
from console.cli.parser import parse
from console.errors import UsageError


def aoer(*words: str, env: dict[str, str] | None = None, tmp: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program without the user's own settings."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AOER_")}
    if tmp is not None:
        clean |= {"HOME": str(tmp), "XDG_CONFIG_HOME": str(tmp), "XDG_STATE_HOME": str(tmp / "state")}
    return subprocess.run(
        [sys.executable, "-m", "console", *words],
        capture_output=True,
        text=True,
        env=clean | (env or {}),
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def test_version() -> None:
    done = aoer("--version")
    assert (done.returncode, done.stdout) == (0, f"aoer-console {console.__version__}\n")


def test_help_documents_every_exit_code_of_the_error_tree() -> None:
    from console import errors

    text = aoer("--help").stdout
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ConsoleError)]
    for code in {kind.exit_code for kind in kinds}:
        assert f" {code}  " in text, code


@pytest.mark.parametrize("words", [["--jsn"], ["statsu"], ["--profile"], ["--scheduler-only", "--no-scheduler"]])
def test_a_wrong_command_line_exits_2_with_a_hint_on_stderr(words: list[str]) -> None:
    done = aoer(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "\nhint: " in done.stderr


@pytest.mark.parametrize(
    ("option", "hint"),
    [("--tenant", "TENANT is given without --tenant"), ("--jsno", "did you mean '--json'?"), ("--xyz", "see ")],
)
def test_an_unknown_option_gets_the_hint_that_helps(option: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(["aoer", "show", option, "acme"])
    assert hint in refused.value.hint


def test_errors_are_an_object_on_stderr_with_json() -> None:
    done = aoer("--json", "--nope")
    assert done.stdout == ""
    assert json.loads(done.stderr)["error"]["exit_code"] == done.returncode == 2


def test_bare_call_without_a_terminal_says_what_to_do() -> None:
    done = aoer()
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--scheduler-only" in done.stderr


def test_demo_needs_a_terminal_too(tmp_path: Path) -> None:
    done = aoer("demo", "--data-dir", str(tmp_path), tmp=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "this is not one" in done.stderr


def test_wrong_setting_exits_3(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[queue]\nbatch = 0\n")
    done = aoer("--scheduler-only", "--config", str(file), tmp=tmp_path)
    assert done.returncode == 3
    assert f"{file}:2:1" in done.stderr
