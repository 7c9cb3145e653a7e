import asyncio
import os
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from console.config.settings import Settings
from console.errors import ConfigError, ServerStartError
from console.store.database import Database
from console.store.embedded import ensure_running, process, server_state, stop_server
from console.store.embedded.binaries import installed
from console.store.embedded.layout import Layout
from console.store.embedded.process import is_postmaster
from console.store.link import Link
from tests.store.embedded.conftest import Console, Options
from tests.waiting import until

ROOT = os.geteuid() == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def ask(settings: Settings, *questions: str) -> list[object]:
    async with Database.open(settings, application="test") as db:
        return [await db.fetchval(question) for question in questions]


async def test_first_start_migrates_and_admits_a_login_role_over_a_private_socket_only(
    first: Options, data_dir: Path
) -> None:
    shutil.rmtree(data_dir)
    show = [f"SHOW {name}" for name in ("listen_addresses", "fsync", "full_page_writes", "synchronous_commit")]
    rights = "(rolsuper, rolcreaterole, rolcreatedb, rolbypassrls)"
    role = f"SELECT {rights} = (false, false, false, false) FROM pg_roles WHERE rolname = session_user"
    member = "SELECT pg_has_role(session_user, 'aoer_admin', 'MEMBER')"
    encoding = "SELECT datcollate || ' ' || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'aoer'"
    files = "SELECT count(*) > 0 FROM schema_migrations"
    found = await ask(first(), *show, role, member, encoding, files)
    assert found == ["", "on", "on", "on", True, True, "C UTF8", True]
    layout = server_state(first()).layout
    for private in (layout.cluster, layout.sockets, layout.log):
        assert mode(private) == 0o700
        assert private.stat().st_uid == layout.owner.uid
    if not ROOT:
        assert mode(data_dir) == 0o700
    else:
        assert layout.owner.uid != 0


async def test_the_superuser_is_not_for_other_accounts(options: Options) -> None:
    running = ensure_running(options())
    rules = (running.layout.conf / "pg_hba.conf").read_text().split()
    assert rules == ["local", "all", "all", "peer", "map=aoer"]
    names = {line.split()[1].strip('"') for line in (running.layout.conf / "pg_ident.conf").read_text().splitlines()}
    assert names == {running.layout.owner.name, "root" if ROOT else running.layout.owner.name}
    running.release()


def test_the_last_one_to_leave_stops_it(options: Options) -> None:
    first = ensure_running(options())
    second = ensure_running(options())
    pid = server_state(options()).pid
    first.release()
    first.release()
    assert server_state(options()).pid == pid
    second.release()
    assert not server_state(options()).up


def test_stop_never_leaves_it_running(options: Options) -> None:
    ensure_running(options(embedded__stop="never")).release()
    assert server_state(options()).up
    assert stop_server(options())
    assert not stop_server(options())


def test_it_is_out_of_reach_of_the_consoles_terminal(options: Options) -> None:
    running = ensure_running(options())
    pid = server_state(options()).pid
    assert pid is not None
    assert os.getsid(pid) == pid != os.getsid(0)
    running.release()


def test_many_first_starts_at_once_make_one_server(
    console: Callable[[Path], Console], first: Options, data_dir: Path
) -> None:
    consoles = [console(data_dir) for _ in range(3)]
    assert len({one.ready() for one in consoles}) == 1
    for one in consoles:
        assert server_state(first()).up
        one.leave()
    assert not server_state(first()).up


def test_a_killed_console_keeps_nobody_out_and_the_next_one_stops_the_server(
    console: Callable[[Path], Console], options: Options, used_dir: Path
) -> None:
    victim, other = console(used_dir), console(used_dir)
    since = victim.ready()
    assert other.ready() == since
    victim.kill()
    ours = ensure_running(options())
    other.kill()
    last = console(used_dir)
    assert last.ready() == since
    ours.release()
    last.leave()
    assert not server_state(options()).up


def _kill_postmaster(settings: Settings) -> int:
    pid = server_state(settings).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while _runs(pid):
        pass
    return pid


async def test_a_killed_server_is_started_again_under_a_running_console(options: Options) -> None:
    async with Database.open(options(database__reconnect_max_seconds=0.2), application="test") as db:
        states: list[Link] = []
        db.on_state(lambda state: states.append(state.link))
        await db.execute("CREATE TEMP TABLE gone ()")
        killed = _kill_postmaster(options())

        async def back() -> bool:
            try:
                return await db.fetchval("SELECT 1") == 1 and Link.LOST in states
            except Exception:
                return False

        await until(back)
        assert server_state(options()).pid not in {None, killed}
        assert states[0] is states[-1] is Link.READY


def test_a_socket_that_only_queues_its_clients_is_no_server(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    running = ensure_running(options())
    place = running.layout
    _kill_postmaster(options())
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.05)
    (place.sockets / process.SOCKET).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as held:
        held.bind(str(place.sockets / process.SOCKET))
        held.listen()
        (place.sockets / process.SOCKET).chmod(0o777)
        assert not process.is_up(place)
    running.forget()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")
async def test_a_busy_backend_that_outlives_its_server_is_ended_first(options: Options) -> None:
    settings = options()
    running = ensure_running(settings)
    client = await asyncpg.connect(**running.target.arguments())
    backend = await client.fetchval("SELECT pg_backend_pid()")
    server = server_state(settings).pid
    os.kill(backend, signal.SIGSTOP)  # a stopped process cannot notice that its server died
    _kill_postmaster(settings)
    again = ensure_running(settings)
    assert server_state(settings).up
    assert server_state(settings).pid != server
    assert not _runs(backend)
    client.terminate()
    running.forget()
    again.release()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_stale_pid_file_naming_a_living_stranger_does_not_stop_a_start(options: Options) -> None:
    running = ensure_running(options())
    _kill_postmaster(options())
    pid_file = running.layout.cluster / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert not is_postmaster(running.layout, stranger.pid)
        again = ensure_running(options())
        assert server_state(options()).up
        assert stranger.poll() is None
        running.forget()
        again.release()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("told", [True, False], ids=["has its file", "has no file yet"])
def test_a_server_that_is_just_starting_for_somebody_who_was_killed_is_used(
    told: bool, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def killed(layout: Layout, child: "subprocess.Popen[bytes]", _said: Path) -> None:
        started.append(child.pid)
        while told and process.read_pid_file(layout) is None:
            pass
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(process, "_wait_ready", killed)
        with pytest.raises(KeyboardInterrupt):
            ensure_running(options())
    running = ensure_running(options())
    if told:
        assert server_state(options()).pid == started[0]
    assert server_state(options()).up
    running.release()
    while process._cluster_processes(running.layout):  # without its file either may have won; the other one leaves
        pass


def test_a_killed_initdb_is_cleared_away(first: Options, data_dir: Path) -> None:
    half = data_dir / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    ensure_running(first()).release()
    assert not half.exists()


@pytest.mark.skipif(len(installed()) < 2, reason="needs two versions of Postgres")
def test_an_existing_cluster_keeps_its_version(first: Options) -> None:
    oldest = min(installed())
    ensure_running(first(embedded__version=str(oldest))).release()
    ensure_running(first(embedded__version="auto")).release()
    assert server_state(first()).major == oldest


def test_a_version_that_is_not_installed_is_a_wrong_setting(first: Options) -> None:
    with pytest.raises(ConfigError, match="not installed"):
        ensure_running(first(embedded__version="17" if 17 not in installed() else "99"))


def test_a_cluster_of_a_version_that_is_not_installed_says_so(first: Options, data_dir: Path) -> None:
    (data_dir / "cluster").mkdir()
    (data_dir / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerStartError, match="made by Postgres 9"):
        ensure_running(first())


def test_a_server_that_cannot_start_says_why(options: Options) -> None:
    running = ensure_running(options())
    running.release()
    extra = running.layout.conf / "local.conf"
    before = extra.read_text()
    extra.write_text("max_connections = 'many'\n")
    with pytest.raises(ServerStartError, match=r"max_connections|FATAL"):
        ensure_running(options())
    extra.write_text(before)
    ensure_running(options()).release()


async def test_the_body_runs_before_the_server_answers_when_asked_to(options: Options) -> None:
    async with Database.open(options(), application="test", wait=False) as db:
        assert db.state.link is Link.CONNECTING
        await asyncio.wait_for(db.wait_ready(), 60)
        assert await db.fetchval("SELECT 1") == 1
    assert not server_state(options()).up
