"""The wheel works by itself: built, installed into a new environment, run from another directory."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

import pytest

import console
from console.config import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def tool(*words: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=240, check=False)


def build_wheel(folder: Path) -> Path:
    """Build with the backend that is installed here, or with one that pip fetches; skip when neither can be had."""
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), str(CHECKOUT)]
    if importlib.util.find_spec("hatchling"):
        words.append("--no-build-isolation")
    done = tool(*words, cwd=folder)
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        offline = "Could not find a version" in done.stderr or "onnection" in done.stderr
        if offline:
            pytest.skip("no build backend here and no index to fetch one from")
        pytest.fail(done.stderr)
    return wheels[0]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of a new environment that sees this one's libraries, but our package only from the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = build_wheel(folder)
    home = folder / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    done = tool(
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel), cwd=folder
    )
    assert done.returncode == 0, done.stderr
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "python"


def run(python: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("AOER_", "PYTHON"))}
    return tool(
        str(python), "-m", "console", *words, cwd=cwd, env=env | {"HOME": str(cwd), "XDG_CONFIG_HOME": str(cwd)}
    )


def test_version_and_settings_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "--version", cwd=tmp_path).stdout == f"aoer-console {console.__version__}\n"
    paths = json.loads(run(installed, "config", "path", "--json", cwd=tmp_path).stdout)
    packaged = Path(paths["defaults"])
    assert packaged.is_relative_to(installed.parents[1])
    assert packaged.parts[-2:] == ("_files", "config.toml")
    shown = json.loads(run(installed, "config", "show", "--json", cwd=tmp_path).stdout)
    assert shown["settings"]["queue.batch"] == {"value": Settings().queue.batch, "origin": "default"}


def test_every_sql_file_travels_inside(installed: Path) -> None:
    files = next(installed.parents[1].rglob("console/_files"))
    here = {str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "sql").rglob("*.sql")}
    there = {str(file.relative_to(files)) for file in (files / "sql").rglob("*.sql")}
    assert there == here
    assert (files / "config.toml").read_text() == (CHECKOUT / "config.toml").read_text()


def test_a_database_of_its_own_is_made_from_the_files_inside(installed: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="aoer-wheel-", dir="/var/tmp"))
    folder.chmod(0o755)  # as root the server runs under an account of its own, which has to get in
    try:
        done = run(installed, "--data-dir", str(folder / "data"), "status", "--json", cwd=folder)
        found = json.loads(done.stdout)
        assert done.returncode == 0, found["findings"]
        assert found["database"]["embedded"]
        assert found["migrations"]["state"] == "current"
        assert found["migrations"]["applied"] == found["migrations"]["files"] > 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_every_noun_is_there(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "completion", "bash", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    from console.cli.nouns import available

    assert set(available()) <= set(json.loads(done.stdout)[""])
