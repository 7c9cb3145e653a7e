"""Servers of their own, for tests that break them."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.config.settings import Settings, override
from console.store.database import Database
from console.store.embedded import cluster, layout, stop_server

Options = Callable[..., Settings]
TOP = Path(__file__).resolve().parents[3]
OUTSIDE = "/var/tmp" if Path("/var/tmp").is_dir() else None
"""Not below pytest's own directories: as root these are closed to the account that runs the server."""


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty directory that also the account that runs the server can enter; whatever runs in it is ended."""
    top = Path(tempfile.mkdtemp(prefix="aoer-embedded-", dir=OUTSIDE))
    top.chmod(0o755)
    directory = top / "data"
    _hurry(directory)
    monkeypatch.setattr(cluster, "flush", lambda *_: None)
    yield directory
    _end(directory)
    shutil.rmtree(top, ignore_errors=True)


def _hurry(directory: Path) -> None:
    """Nobody waits for the disk in tests; one test removes this and looks at what everybody else gets."""
    conf = directory / "conf"
    conf.mkdir(parents=True)
    for part in (directory, conf):
        part.chmod(0o755)
    (conf / "local.conf").write_text("fsync = off\n")


def _end(directory: Path) -> None:
    try:
        stop_server(options_for(directory))
    except Exception:
        pid_file = directory / "cluster" / "postmaster.pid"
        if pid_file.exists():
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)


def options_for(directory: Path, **values: object) -> Settings:
    """Settings for an embedded server there; AOER_TEST_PG chooses its version."""
    version = os.environ.get("AOER_TEST_PG", "auto")
    given = {"embedded.data_dir": str(directory), "embedded.version": version}
    return override(Settings(), given | {name.replace("__", "."): value for name, value in values.items()})


@pytest.fixture
def first(data_dir: Path) -> Options:
    """first(embedded__stop="never", ...) -> Settings for a server that has never run."""
    return lambda **values: options_for(data_dir, **values)


@pytest.fixture(scope="session")
def seed() -> Iterator[Path]:
    """A data directory that was used once: making one anew takes a second."""
    top = Path(tempfile.mkdtemp(prefix="aoer-seed-", dir=OUTSIDE))
    top.chmod(0o755)
    _hurry(top / "data")

    async def use() -> None:
        async with Database.open(options_for(top / "data"), application="test"):
            pass

    asyncio.run(use())
    yield top / "data"
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture
def used_dir(seed: Path) -> Iterator[Path]:
    """A data directory that was used before; nothing runs in it. Leave it as good as it was."""
    yield seed
    _end(seed)


@pytest.fixture
def options(used_dir: Path) -> Options:
    """options(embedded__stop="never", ...) -> Settings for a server that ran before."""
    return lambda **values: options_for(used_dir, **values)


@pytest.fixture
def root_home(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of /var/lib/aoer-console."""
    home = data_dir.parent / "home"
    monkeypatch.setattr(layout, "ROOT_HOME", home)
    return home


class Console:
    """Another process that uses the embedded server until it is told to leave, or is killed."""

    def __init__(self, directory: Path) -> None:
        script = f"""
import asyncio, sys
from console.store.database import Database
from tests.store.embedded.conftest import options_for
from pathlib import Path

async def main():
    async with Database.open(options_for(Path({str(directory)!r})), application="test") as db:
        print(await db.fetchval("SELECT pg_postmaster_start_time()"), flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""
        self.process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> str:
        """Wait until it is connected; when its server was started."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line, self.process.communicate()[1]
        return line

    def leave(self) -> None:
        _, said = self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0, said

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def console() -> Iterator[Callable[[Path], Console]]:
    """console(directory) -> another process at the server there."""
    started: list[Console] = []

    def start(directory: Path) -> Console:
        started.append(Console(directory))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()
