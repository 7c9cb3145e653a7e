"""Errors as processes show them: unexpected ones, interrupts, closed pipes, and flags anywhere."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.parser import build, first_word, parse
from console.errors import UsageError

BODY = """
import argparse, asyncio, os, signal, sys, types
from console.errors import Conflict
noun = types.ModuleType("console.cli.status")
def add_arguments(parser):
    verbs = parser.add_subparsers(dest="verb")
    for name in ("crash", "conflict", "grouped", "wait", "spin", "fine"):
        verb = verbs.add_parser(name)
        verb.set_defaults(handler=globals()[name])
def crash(args, context):
    raise ZeroDivisionError("by [bold]nothing[/]")
async def conflict(args, context):
    raise Conflict("order 7 changed meanwhile", hint="look at it again")
async def grouped(args, context):
    async with asyncio.TaskGroup() as group:
        group.create_task(conflict(args, context))
async def wait(args, context):
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.Event().wait()
def spin(args, context):
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
async def fine(args, context):
    context.out.json({"reason": context.actor().reason, "dsn": context.settings.database.dsn})
    return 0
noun.add_arguments = add_arguments
sys.modules["console.cli.status"] = noun
from console.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def run(*words: str, tmp: Path) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("AOER_")}
    env |= {"HOME": str(tmp), "XDG_CONFIG_HOME": str(tmp), "XDG_STATE_HOME": str(tmp)}
    return subprocess.run(
        [sys.executable, "-c", BODY, *words],
        capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip


def test_an_unexpected_error_is_one_line_and_a_log_file(tmp_path: Path) -> None:
    done = run("status", "crash", tmp=tmp_path)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first == "error: unexpected ZeroDivisionError: by [bold]nothing[/]"
    log = Path(second.removeprefix("hint: the traceback is in "))
    assert log.is_relative_to(tmp_path)
    assert "Traceback" in log.read_text()


def test_debug_shows_the_traceback_instead(tmp_path: Path) -> None:
    done = run("status", "crash", "--debug", tmp=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert not list(tmp_path.rglob("error.log"))


@pytest.mark.parametrize("verb", ["conflict", "grouped"])
def test_our_errors_keep_message_hint_and_code(verb: str, tmp_path: Path) -> None:
    done = run("status", verb, tmp=tmp_path)
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr == "error: order 7 changed meanwhile\nhint: look at it again\n"
    as_json = run("--json", "status", verb, tmp=tmp_path)
    assert json.loads(as_json.stderr)["error"] == {
        "type": "Conflict",
        "message": "order 7 changed meanwhile",
        "hint": "look at it again",
        "exit_code": 7,
    }


@pytest.mark.parametrize("verb", ["wait", "spin"])
def test_ctrl_c_ends_with_130_and_no_traceback(verb: str, tmp_path: Path) -> None:
    done = run("status", verb, tmp=tmp_path)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "--reason", "why", "--dsn", "postgresql://h/d", "status", "fine"],
        ["status", "fine", "--json", "--reason", "why", "--dsn", "postgresql://h/d"],
        ["--reason=why", "status", "--dsn", "postgresql://h/d", "fine", "--json"],
        ["--dsn", "postgresql://other/d", "status", "fine", "--json", "--reason", "why", "--dsn", "postgresql://h/d"],
    ],
)
def test_global_flags_go_anywhere_and_the_last_wins(words: list[str], tmp_path: Path) -> None:
    done = run(*words, tmp=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"reason": "why", "dsn": "postgresql://h/d"}


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    env = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    for words in (["config", "show"], ["--help"], ["completion", "bash"]):
        with subprocess.Popen(
            [sys.executable, "-m", "console", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b"", words
            assert process.wait(60) in {141, 0}
    assert signal.SIGPIPE + 128 == 141


def test_closed_streams_and_odd_encodings_do_not_matter(tmp_path: Path) -> None:
    env = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    env |= {"AOER_UI_ENVIRONMENT": "Zürich", "PYTHONIOENCODING": "ascii"}
    words = f"{sys.executable} -m console config show ui.environment"

    def shell(tail: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["sh", "-c", words + tail], env=env, capture_output=True, timeout=60, check=False)

    assert b"Z?rich" in shell("").stdout
    assert json.loads(shell(" --json").stdout)["settings"]["ui.environment"]["value"] == "Zürich"
    assert (shell(" >&-").returncode, shell(" >&-").stderr) == (0, b"")
    assert shell(" 2>&-").returncode == 0
    assert shell(" --nope 2>&-").returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told_and_not_taken_for_success(tmp_path: Path) -> None:
    env = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "console", "config", "show", "--json"],
            stdout=full, stderr=subprocess.PIPE, env=env, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_noun_is_found_behind_flags_with_values() -> None:
    assert first_word(["--dsn", "config", "--json", "status"]) == "status"
    assert first_word(["--dsn=x", "queue"]) == "queue"
    assert first_word(["--json"]) is None


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["confg"], "'config'"),
        (["config", "sohw"], "'show'"),
        (["config", "show", "--chnaged"], "'--changed'"),
        (["config"], "config --help"),
        (["config", "show", "--dsn"], "config show --help"),
        (["config", "frobnicate"], "one of: show"),
    ],
)
def test_mistakes_name_the_nearest_word(words: list[str], hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(words)
    assert hint in caught.value.hint


def test_help_may_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["help", "config", "show"])
    assert capsys.readouterr().out.startswith("usage: aoer-console config show")


def test_words_are_never_abbreviated() -> None:
    with pytest.raises(UsageError):
        parse(["config", "show", "--change"])


def test_flags_have_defaults_everywhere() -> None:
    args = parse(["config", "path"])
    assert (args.json, args.dsn, args.profile, args.read_only, args.reason, args.debug) == (
        False,
        None,
        None,
        False,
        None,
        False,
    )


def test_help_names_exit_codes_at_each_level(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["config"], ["config", "show"]):
        with pytest.raises(SystemExit):
            build("*").parse_args([*words, "-h"])
        assert "exit codes:" in capsys.readouterr().out
