"""Start the server or join the one that runs; leave it, and stop it with the last who leaves."""

import atexit
import logging
import threading
from dataclasses import dataclass, field

from console.errors import ServerStartError
from console.store.embedded import cluster, layout, process
from console.store.embedded.account import current, login_role
from console.store.embedded.binaries import Binaries, choose, copy_for_others
from console.store.embedded.layout import Layout
from console.store.embedded.locks import FileLock, held
from console.store.ports import StoreSettings
from console.store.target import Target

_log = logging.getLogger(__name__)
_LOCK_SECONDS = 120.0
_live: "set[Running]" = set()
_guard = threading.Lock()


@dataclass(eq=False, slots=True)
class Running:
    """A share in the running server. `release` it; at the latest the end of the process does."""

    target: Target
    layout: Layout
    stop: str
    _share: FileLock | None = field(repr=False, default=None)

    def release(self) -> None:
        """Leave. With stop = "last" the server is stopped when nobody else uses it. May be called twice."""
        share = self._take_share()
        if share is None:
            return
        if self.stop != "last":
            share.close()
            return
        try:
            with held(self.layout.start_lock, timeout=_LOCK_SECONDS):
                # Whoever comes now either waits for the start lock or holds a share already.
                if share.try_lock():
                    process.stop(self.layout)
        except FileNotFoundError:
            _log.warning("the data directory %s was removed while its server ran", self.layout.chosen)
        finally:
            share.close()

    def forget(self) -> None:
        """Leave without stopping anything: another share of this process has taken over."""
        share = self._take_share()
        if share is not None:
            share.close()

    def _take_share(self) -> FileLock | None:
        with _guard:
            share, self._share = self._share, None
            _live.discard(self)
        return share


def ensure_running(settings: StoreSettings) -> Running:
    """Start the embedded server, or join it. Blocks (first start: seconds); call it in a thread.

    Raises ServerStartError with what the server said, ConfigError for a version that is not installed.
    """
    place = layout.find(settings)
    try:
        share = FileLock(place.users_lock)
    except OSError as error:
        raise _cannot(error) from error
    try:
        # Shared with other users; exclusive only for the moment in which the last one stops the server.
        share.lock(shared=True, timeout=_LOCK_SECONDS)
        if not process.is_up(place):
            with held(place.start_lock, timeout=_LOCK_SECONDS):
                if not process.settles(place):
                    _start(place, settings.embedded.version)
    except OSError as error:
        share.close()
        raise _cannot(error) from error
    except BaseException:
        share.close()
        raise
    running = Running(_target(place), place, settings.embedded.stop, share)
    with _guard:
        _live.add(running)
    return running


def _cannot(error: OSError) -> ServerStartError:
    return ServerStartError(f"the embedded server cannot be started: {error}", hint="use another --data-dir")


def _start(place: Layout, version: str) -> None:
    major = place.major()
    binaries = choose(version, major)
    if place.as_root:
        binaries = _copy(place, binaries)
    if major is None:
        cluster.create(place, binaries)
    cluster.configure(place, binaries)
    process.start(place, binaries)
    if major is None:
        cluster.flush(place, binaries)


def _copy(place: Layout, binaries: Binaries) -> Binaries:
    """Next to the default place; beside the data where that cannot be written (a read-only root file system)."""
    try:
        return copy_for_others(binaries, layout.ROOT_HOME / "server")
    except OSError:
        return copy_for_others(binaries, place.base / "server")


def _target(place: Layout) -> Target:
    return Target(
        host=str(place.sockets),
        user=login_role(current()),
        database=cluster.DATABASE,
        owner=cluster.SUPERUSER,
    )


def stop_server(settings: StoreSettings) -> bool:
    """Stop the server whoever uses it (consoles reconnect, which starts it again); False when none ran."""
    place = layout.find(settings)
    with held(place.start_lock, timeout=_LOCK_SECONDS):
        return process.stop(place)


@dataclass(frozen=True, slots=True)
class ServerState:
    """What `db path` shows."""

    layout: Layout
    target: Target
    major: int | None
    up: bool
    pid: int | None


def server_state(settings: StoreSettings) -> ServerState:
    """Whether the server runs and where, without starting it."""
    place = layout.find(settings)
    up = process.is_up(place)
    found = process.read_pid_file(place) if up else None
    return ServerState(place, _target(place), place.major(), up, found.pid if found else None)


def _leave_all() -> None:
    for running in list(_live):
        running.release()


atexit.register(_leave_all)
