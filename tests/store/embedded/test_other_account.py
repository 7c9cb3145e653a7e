"""As an account that is not root, whoever runs the tests."""

import asyncio
import gc
import os
import pwd
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.config.settings import Settings
from console.store.database import Database
from console.store.embedded import binaries, ensure_running, server_state
from console.store.embedded.account import current, login_role
from tests.store.embedded.conftest import OUTSIDE, options_for

STRANGER = "nobody"


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory of an account that is not root."""
    with tempfile.TemporaryDirectory(prefix="aoer-user-", dir=OUTSIDE) as name:
        place = Path(name)
        place.chmod(0o755)
        if os.geteuid() == 0:
            entry = pwd.getpwnam(STRANGER)
            os.chown(place, entry.pw_uid, entry.pw_gid)
        yield place


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Server programs that the stranger can run too: the environment we are installed in may be closed to it."""
    with tempfile.TemporaryDirectory(prefix="aoer-programs-", dir=OUTSIDE) as name:
        Path(name).chmod(0o755)
        one = binaries.choose(options_for(Path(name)).embedded.version, None)
        copies = {one.major: binaries.copy_for_others(one, Path(name))}
        monkeypatch.setattr(binaries, "installed", lambda: copies)
        yield


def as_stranger(work: Callable[[], None]) -> None:
    """Run `work` as another account when we are root: in a fork, as the interpreter may be out of that one's reach."""
    if os.geteuid() != 0:
        work()
        return
    entry = pwd.getpwnam(STRANGER)
    child = os.fork()
    if child == 0:
        code = 1
        # The session's connections are open here too: collecting one of them would say goodbye to the server for all.
        gc.disable()
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.usefixtures("programs")
def test_everything_is_below_the_users_directory_and_closed_to_others(home: Path, used_dir: Path) -> None:
    theirs = options_for(home / "share" / "aoer-console")

    async def use(settings: Settings) -> None:
        async with Database.open(settings, application="test") as db:
            assert db.role == login_role(current())
            assert await db.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = session_user") is False

    def work() -> None:
        asyncio.run(use(theirs))
        running = ensure_running(theirs)
        state = server_state(theirs)
        assert state.pid is not None
        assert Path(f"/proc/{state.pid}").stat().st_uid == os.geteuid()
        for place in (home / "share", running.layout.base, running.layout.conf, *running.layout.base.iterdir()):
            assert place.stat().st_uid == os.geteuid()
            assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0, place
        running.release()
        assert not server_state(theirs).up

    asyncio.run(use(options_for(used_dir)))  # imports now what the stranger may not be able to read
    as_stranger(work)


def test_the_directory_of_somebody_else_is_left_alone(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs two accounts")
    data = home / "data"
    data.mkdir(mode=0o755)
    (data / "cluster").mkdir(mode=0o700)  # root's

    def work() -> None:
        with pytest.raises(Exception, match="belongs to root"):
            ensure_running(options_for(data))

    as_stranger(work)
