"""Which files the embedded server uses, and where.

    <base>/cluster/     Postgres' own directory (PGDATA); mode 0700, owned by the server's account
    <base>/run/         the Unix socket; mode 0700, same owner (elsewhere when the path would be too long for a socket)
    <base>/log/         the server's log, rotated; same owner
    <base>/conf/        postgresql.conf, pg_hba.conf, pg_ident.conf, written at every start; local.conf is yours
    <base>/start.lock   held while starting or stopping;   <base>/users.lock   held (shared) by everybody who uses it

<base> is the data directory, or as root possibly another one that its file `cluster-location` names. The configuration
is not inside the cluster so that, as root, nothing is ever written into a directory that a lesser account controls.
"""

import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from console.errors import ServerStartError
from console.store.embedded.account import Account, by_uid, can_traverse, current, server_account
from console.store.embedded.binaries import make_directory
from console.store.ports import StoreSettings

ROOT_HOME = Path("/var/lib/aoer-console")
POINTER = "cluster-location"
SOCKET = ".s.PGSQL.5432"
_SOCKET_LIMIT = 100
"""Bytes; the kernel's limit is 108 on Linux and 104 on macOS, its final zero included."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`chosen` is the data directory as configured; `owner` runs the server."""

    chosen: Path
    base: Path
    owner: Account
    as_root: bool

    @property
    def cluster(self) -> Path:
        return self.base / "cluster"

    @property
    def log(self) -> Path:
        return self.base / "log"

    @property
    def conf(self) -> Path:
        return self.base / "conf"

    @property
    def start_lock(self) -> Path:
        return self.base / "start.lock"

    @property
    def users_lock(self) -> Path:
        return self.base / "users.lock"

    @property
    def sockets(self) -> Path:
        """Directory of the socket: `run`, or a short one named after a hash of it."""
        near = self.base / "run"
        if len(os.fsencode(near / SOCKET)) <= _SOCKET_LIMIT and not set(str(near)) & set("',\"\\\n"):
            return near
        digest = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
        # Must come out alike in every process of the user, so no environment variable has a say in it.
        place = Path("/run" if self.as_root and can_traverse(self.owner, Path("/run")) else "/tmp")
        return place / f"aoer-console-{digest}"

    def major(self) -> int | None:
        """Version of an existing cluster; None when there is none yet."""
        try:
            return int((self.cluster / "PG_VERSION").read_text().strip())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise ServerStartError(
                f"{self.cluster} is no usable cluster: {error}", hint="choose another --data-dir"
            ) from error


def data_dir(settings: StoreSettings) -> Path:
    """The data directory: as configured, else as root /var/lib/aoer-console, else the user's."""
    if settings.embedded.data_dir:
        return Path(settings.embedded.data_dir).expanduser().resolve()
    if os.geteuid() == 0:
        return ROOT_HOME
    import platformdirs

    return Path(platformdirs.user_data_dir("aoer-console", appauthor=False)).resolve()


def find(settings: StoreSettings) -> Layout:
    """The layout for these settings. Creates the data directory (and as root perhaps a pointer in it), nothing else."""
    chosen = data_dir(settings)
    try:
        if os.geteuid() != 0:
            make_directory(chosen, 0o700)
            return _checked(Layout(chosen, chosen, current(), as_root=False))
        return _checked(_for_root(chosen))
    except OSError as error:
        raise ServerStartError(
            f"the data directory {chosen} cannot be used: {error.strerror or error}", hint="choose another --data-dir"
        ) from error


def _for_root(chosen: Path) -> Layout:
    pointer = chosen / POINTER
    if pointer.exists():
        base = Path(pointer.read_text(encoding="utf-8").strip())
        return Layout(chosen, base, _owner_of(base / "cluster") or server_account(), as_root=True)
    owner = _owner_of(chosen / "cluster") or server_account()
    if can_traverse(owner, chosen):
        make_directory(chosen, 0o755)
        return Layout(chosen, chosen, owner, as_root=True)
    make_directory(chosen, 0o700)
    base = _point_elsewhere(pointer)
    return Layout(chosen, base, owner, as_root=True)


def _owner_of(cluster: Path) -> Account | None:
    """Whoever made an existing cluster goes on running it."""
    try:
        info = cluster.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return by_uid(info.st_uid) if info.st_uid != 0 else None


def _point_elsewhere(pointer: Path) -> Path:
    """Write the pointer; when another process was quicker its choice counts.

    The name is drawn, not derived from the path: a directory that is deleted and made again starts empty.
    """
    base = ROOT_HOME / "clusters" / uuid.uuid4().hex[:16]
    draft = pointer.with_name(f"{POINTER}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    draft.write_text(f"{base}\n", encoding="utf-8")
    try:
        os.link(draft, pointer)
    except FileExistsError:
        base = Path(pointer.read_text(encoding="utf-8").strip())
    except OSError:  # a file system without hard links
        draft.replace(pointer)
    finally:
        draft.unlink(missing_ok=True)
    return base


def _checked(layout: Layout) -> Layout:
    make_directory(layout.base, 0o755 if layout.as_root else 0o700)
    if not layout.as_root and layout.cluster.exists() and layout.cluster.stat().st_uid != layout.owner.uid:
        owner = by_uid(layout.cluster.stat().st_uid).name
        raise ServerStartError(f"{layout.cluster} belongs to {owner}", hint="choose another --data-dir, or use --dsn")
    if layout.as_root and not can_traverse(layout.owner, layout.base):
        raise ServerStartError(
            f"{layout.owner.name}, the account that runs the server, cannot enter {layout.base}",
            hint=f"make its parents enterable (chmod o+x) or remove {layout.chosen / POINTER}",
        )
    return layout
