import os
import pwd
import socket
import stat
from pathlib import Path

import pytest

from console.errors import ServerStartError
from console.store.embedded import account, ensure_running
from console.store.embedded import layout as layouts
from console.store.embedded.account import Account, can_traverse, login_role
from console.store.embedded.binaries import choose, copy_for_others, installed
from console.store.embedded.layout import POINTER, SOCKET
from tests.store.embedded.conftest import options_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes(*paths: Path) -> dict[Path, int]:
    """Modes of these paths and of everything above them."""
    return {place: mode(place) for path in paths for place in (path, *path.parents)}


@as_root
def test_a_closed_data_directory_gets_a_pointer_and_nobodys_modes_change(tmp_path: Path, root_home: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = next(one.prefix for one in installed().values() if one.wheel)
    before = modes(closed, Path.home(), wheel, Path("/var/lib"))
    running = ensure_running(options_for(closed))
    base = running.layout.base
    again = ensure_running(options_for(closed))
    assert again.layout == running.layout
    assert base.parent == root_home / "clusters"
    assert [entry.name for entry in closed.iterdir()] == [POINTER]
    assert mode(root_home / "clusters") == 0o755
    assert mode(running.layout.cluster) == 0o700
    again.release()
    running.release()
    assert modes(closed, Path.home(), wheel, Path("/var/lib")) == before


@as_root
def test_an_open_data_directory_is_used_itself(data_dir: Path, root_home: Path) -> None:
    running = ensure_running(options_for(data_dir))
    assert running.layout.base == data_dir
    assert not (data_dir / POINTER).exists()
    running.release()


@as_root
def test_the_copy_of_the_programs_can_be_run_by_others_and_is_made_once(root_home: Path) -> None:
    binaries = choose("auto", None)
    old = os.umask(0o077)
    try:
        copy = copy_for_others(binaries, root_home / "server")
    finally:
        os.umask(old)
    stranger = Account("stranger", 54321, 54321)
    assert can_traverse(stranger, copy.postgres.parent)
    assert mode(copy.postgres) == 0o755
    changed = copy.postgres.stat().st_ctime_ns
    assert copy_for_others(binaries, root_home / "server") == copy
    assert copy.postgres.stat().st_ctime_ns == changed
    assert len(list((root_home / "server").iterdir())) == 1


def test_traversal_is_decided_by_owner_then_group_then_others(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    place.chmod(0o701)
    for part in (tmp_path, *tmp_path.parents):
        if not mode(part) & 0o001:
            pytest.skip("the temporary directory is closed to others") if os.geteuid() else part.chmod(0o755)
    info = place.stat()
    assert can_traverse(Account("other", info.st_uid + 1, info.st_gid + 1), place / "not" / "yet")
    assert not can_traverse(Account("same group", info.st_uid + 1, info.st_gid), place)
    place.chmod(0o011)
    assert not can_traverse(Account("owner", info.st_uid, info.st_gid), place)


def test_a_deep_data_directory_gets_a_short_private_socket_directory(data_dir: Path) -> None:
    deep = data_dir / ("deep" * 12) / ("deeper" * 12)
    running = ensure_running(options_for(deep))
    path = running.layout.sockets / SOCKET
    assert len(os.fsencode(path)) <= 100
    assert mode(running.layout.sockets) == 0o700
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
    running.release()
    running.layout.sockets.rmdir()


def test_a_socket_directory_that_somebody_else_prepared_is_refused(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    trap.mkdir(mode=0o777)
    trap.chmod(0o777)
    monkeypatch.setattr(layouts.Layout, "sockets", property(lambda self: trap))
    with pytest.raises(ServerStartError, match="not a private directory"):
        ensure_running(options_for(data_dir))


def test_a_data_directory_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerStartError, match="data directory"):
        ensure_running(options_for(tmp_path / "file"))


def test_a_lock_that_cannot_be_opened_is_said(data_dir: Path) -> None:
    place = layouts.find(options_for(data_dir))
    place.users_lock.mkdir()
    with pytest.raises(ServerStartError, match=r"users\.lock"):
        ensure_running(options_for(data_dir))


@pytest.mark.parametrize(
    ("name", "role"),
    [("anna", "op_anna"), ("Anna.B-C", "op_anna_b_c"), ("svc$", "op_svc_"), ("x" * 80, "op_" + "x" * 50)],
)
def test_login_roles_are_plain_identifiers(name: str, role: str) -> None:
    assert login_role(Account(name, 1, 1)) == role


def test_without_an_account_the_command_to_make_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(account.pwd, "getpwnam", nobody)
    monkeypatch.setattr(account.shutil, "which", lambda name: None)
    with pytest.raises(ServerStartError, match="could not be created") as caught:
        account.server_account()
    assert "useradd --system aoer-console" in caught.value.hint
