"""flock-ed files: the kernel gives the lock back however its holder dies, kill -9 included."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.errors import ServerStartError

_POLL_SECONDS = 0.01


class FileLock:
    """One lock on one file, through a descriptor of its own (so that two in one process exclude each other too)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(path, flags, 0o600)

    def try_lock(self, *, shared: bool = False) -> bool:
        """Take the lock, or turn a held one into the other kind, if that is possible at once."""
        try:
            fcntl.flock(self._file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def lock(self, *, timeout: float, shared: bool = False) -> None:
        """Take the lock within `timeout` seconds. Raises ServerStartError when someone else keeps it."""
        deadline = time.monotonic() + timeout
        while not self.try_lock(shared=shared):
            if time.monotonic() > deadline:
                raise ServerStartError(
                    f"another process has held {self.path} for {timeout:.0f} s",
                    hint="see which one with: fuser -v " + str(self.path),
                )
            time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """Give the lock back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def held(path: Path, *, timeout: float) -> Iterator[None]:
    """Hold `path` exclusively during the block."""
    lock = FileLock(path)
    try:
        lock.lock(timeout=timeout)
        yield
    finally:
        lock.close()
