"""The postmaster as a process: is it there, start it, stop it, clear away what a killed one left."""

import os
import signal
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from console.errors import ServerStartError
from console.store.embedded.binaries import Binaries
from console.store.embedded.cluster import environment, run_as
from console.store.embedded.layout import SOCKET, Layout

START_SECONDS = 60.0
STOP_SECONDS = 30.0
ANSWER_SECONDS = 2.0
_POLL_SECONDS = 0.005
_PROC = Path("/proc")
_ASK_FOR_TLS = struct.pack("!ii", 8, 80877103)  # SSLRequest: answered before anybody logs in, and leaves no log line
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class PidFile:
    """The lines of postmaster.pid that matter here."""

    pid: int
    ready: bool


def read_pid_file(layout: Layout) -> PidFile | None:
    """What the postmaster (or a killed one) wrote; None without a file or while it is being written."""
    try:
        lines = (layout.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        pid = abs(int(lines[0]))
    except (OSError, ValueError, IndexError):
        return None
    status = lines[7].strip() if len(lines) > 7 else ""
    return PidFile(pid, ready=status == "ready")


def is_postmaster(layout: Layout, pid: int) -> bool:
    """Whether `pid` lives and is a postmaster of this cluster, not a zombie or a stranger with a recycled number."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # not our account: the number was recycled
    if not (_PROC / "self" / "stat").exists():
        return _answers(layout) or _command(pid).endswith("postgres")
    return _working_directory(pid) == layout.cluster and _state(pid) not in {"Z", "X", ""}


def is_up(layout: Layout) -> bool:
    """Whether the server takes connections. Its process may be invisible: it can run in another container."""
    found = read_pid_file(layout)
    return found is not None and found.ready and _answers(layout)


def settles(layout: Layout) -> bool:
    """Wait for a server that is starting (on behalf of a process that was killed meanwhile) or stopping: is it up then?

    Raises ServerStartError when it does neither for START_SECONDS.
    """
    deadline = time.monotonic() + START_SECONDS
    while not is_up(layout):
        found = read_pid_file(layout)
        if found is None or not is_postmaster(layout, found.pid):
            return False
        if time.monotonic() > deadline:
            raise ServerStartError(
                f"the embedded server (process {found.pid}) has been starting or stopping for {START_SECONDS:.0f} s",
                hint=f"it may be recovering from a crash; see {layout.log}",
            )
        time.sleep(_POLL_SECONDS)
    return True


def start(layout: Layout, binaries: Binaries) -> None:
    """Start the postmaster and wait until it is ready. Call with the start lock held, when `settles` said no.

    It gets a session of its own: neither Ctrl+C in the console's terminal nor that terminal's end reaches it.
    """
    stale = _clear_away(layout)
    env = environment()
    if stale is not None:
        # Postgres refuses to start while the number in a stale postmaster.pid is in use by anybody: a zombie that its
        # container never reaps, or a newcomer. A number given here is skipped in that check; the check of the shared
        # memory, which protects the data from surviving backends, still takes place.
        env["PG_GRANDPARENT_PID"] = str(stale)
    said = layout.base / "startup.log"
    command = [
        str(binaries.postgres),
        "-D",
        str(layout.cluster),
        "-c",
        f"config_file={layout.conf / 'postgresql.conf'}",
    ]
    private = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(private, "wb") as output:
        child = subprocess.Popen(
            command,
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
            **run_as(layout.owner),  # type: ignore[call-overload]
        )
    for pid in [pid for pid, old in _children.items() if old.poll() is not None]:
        del _children[pid]
    _children[child.pid] = child
    _wait_ready(layout, child, said)


def _wait_ready(layout: Layout, child: "subprocess.Popen[bytes]", said: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        found = read_pid_file(layout)
        if found is not None and found.pid == child.pid and found.ready:
            return
        if child.poll() is not None:
            _children.pop(child.pid, None)
            if found is not None and settles(layout):
                # Spawned a moment before ours by a process that was killed then; it had not written its file yet.
                return
            raise ServerStartError(
                f"the embedded server ended at once: {_last_words(layout, said)}", hint=f"see {layout.log}"
            )
        if time.monotonic() > deadline:
            raise ServerStartError(
                f"the embedded server was not ready after {START_SECONDS:.0f} s: {_last_words(layout, said)}",
                hint=f"it may still be recovering; see {layout.log}",
            )
        time.sleep(_POLL_SECONDS)


def stop(layout: Layout) -> bool:
    """Stop the server: fast (clients are sent away, everything is flushed), after STOP_SECONDS at once.

    False when none ran. Raises ServerStartError when it survives both.
    """
    found = read_pid_file(layout)
    if found is None or not is_postmaster(layout, found.pid):
        return False
    for number, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0)):
        try:
            os.kill(found.pid, number)
        except ProcessLookupError:
            return True
        if wait_gone(layout, found.pid, patience):
            return True
    raise ServerStartError(f"the embedded server (process {found.pid}) does not stop", hint=f"kill -9 {found.pid}")


def wait_gone(layout: Layout, pid: int, patience: float) -> bool:
    """Wait until the postmaster has ended."""
    deadline = time.monotonic() + patience
    while is_postmaster(layout, pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    _children.pop(pid, None)
    return True


def _clear_away(layout: Layout) -> int | None:
    """End backends that outlived a killed server; the number of that server, if its file is still there."""
    found = read_pid_file(layout)
    if found is None:
        return None
    if _answers(layout):
        raise ServerStartError(
            f"a server that cannot be seen from here uses {layout.cluster}, and it is starting or stopping",
            hint="try again; is the directory shared with another container?",
        )
    _end_orphans(layout)
    # The socket has a lock file of its own, with the same trouble about recycled numbers; nobody listens there.
    (layout.sockets / f"{SOCKET}.lock").unlink(missing_ok=True)
    return found.pid


def _end_orphans(layout: Layout) -> None:
    """Backends notice their postmaster's death and leave; one in the middle of a long computation notices late."""
    deadline = time.monotonic() + 1.0
    while orphans := _cluster_processes(layout):
        if time.monotonic() > deadline:
            for pid in orphans:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        time.sleep(_POLL_SECONDS)
        if time.monotonic() > deadline + 5:
            return


def _cluster_processes(layout: Layout) -> list[int]:
    if not _PROC.is_dir():
        return []
    numbers = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]
    return [pid for pid in numbers if _working_directory(pid) == layout.cluster and _state(pid) not in {"Z", "X", ""}]


def _working_directory(pid: int) -> Path | None:
    """Every process of a server works in its cluster's directory."""
    try:
        return Path(str((_PROC / str(pid) / "cwd").readlink()).removesuffix(" (deleted)"))
    except OSError:
        return None


def _state(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _command(pid: int) -> str:
    done = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _answers(layout: Layout) -> bool:
    """Whether a server speaks at the socket. To connect is no proof: a child born as its server was killed holds the
    socket until it notices, and the kernel goes on queueing clients for it.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(str(layout.sockets / SOCKET))
            probe.sendall(_ASK_FOR_TLS)
            return probe.recv(1) != b""
        except OSError:
            return False


def _last_words(layout: Layout, said: Path) -> str:
    """The most telling line of what the server wrote before it ended; its log's writer may end a little later."""
    deadline = time.monotonic() + 1.0
    while not (words := _telling(layout, said)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return words or "it said nothing"


def _telling(layout: Layout, said: Path) -> str:
    files = [said]
    if layout.log.is_dir():
        files += sorted(layout.log.glob("postgresql-*.log"), key=lambda path: path.stat().st_mtime)[-1:]
    for path in reversed(files):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-50:]
        except OSError:
            continue
        telling = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "error while loading"))]
        if telling:
            return telling[-1].strip()
    return ""
