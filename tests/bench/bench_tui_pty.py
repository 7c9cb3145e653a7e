"""What the operator feels, on a real pseudo-terminal: key press to screen, CPU, bytes to the terminal, first paint.

    python -m tests.bench.bench_tui_pty

Five panes of 200 rows each, 20 of which change in every tick. A key moves the cursor; its answer is recognised by the
new "n/200" in the pane's title, so other repaints in between do not count. Goals: p95 <= 20 ms, < 10 % of a core and
< 40 KiB/s at 10 ticks a second.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from dataclasses import dataclass, field

WIDTH, HEIGHT = 160, 50
KEYS = 100
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Terminal:
    """A child on a pty, and everything it has written."""

    hertz: float
    pid: int = 0
    fd: int = 0
    seen: bytearray = field(default_factory=bytearray)

    def open(self) -> float:
        """Start it; seconds until the first pane title."""
        started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execv(sys.executable, [sys.executable, "-m", "tests.bench.tui_load", str(self.hertz)])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        self.until(b"Ratings", 20)
        return time.perf_counter() - started

    def read(self, seconds: float) -> bool:
        """Take what is there within `seconds`."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if ready:
            self.seen += os.read(self.fd, 65536)
        return bool(ready)

    def until(self, what: bytes, seconds: float) -> None:
        """Read until `what` has been written."""
        end = time.perf_counter() + seconds
        while what not in self.seen:
            if not self.read(max(0.0, end - time.perf_counter())):
                raise TimeoutError(f"{what!r} was not written")

    def press(self, key: bytes, answer: bytes) -> float:
        """Seconds from the key to its answer."""
        self.seen.clear()
        started = time.perf_counter()
        os.write(self.fd, key)
        self.until(answer, 10)
        return time.perf_counter() - started

    def watch(self, seconds: float) -> tuple[float, float]:
        """(share of a core, KiB a second) while nobody touches anything."""
        self.seen.clear()
        cpu, started = self.cpu(), time.perf_counter()
        while time.perf_counter() - started < seconds:
            self.read(0.1)
        spent = time.perf_counter() - started
        return (self.cpu() - cpu) / spent, len(self.seen) / 1024 / spent

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a pseudo-file
            parts = file.read().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / _TICKS

    def memory(self) -> float:
        """MiB resident."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:  # noqa: PTH123 - a pseudo-file
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def close(self) -> int:
        """End it as `kill` does; its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        end = time.perf_counter() + 10
        while time.perf_counter() < end:
            try:
                self.read(0.05)
            except OSError:
                break
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    print(" ticks/s  first paint  key p50    p95    max    CPU   KiB/s  RSS MiB    ms/key exit")
    for hertz in (0.0, 4.0, 10.0):
        terminal = Terminal(hertz)
        paint = terminal.open()
        terminal.watch(1.5)
        terminal.press(b"j", b"m2/200")
        spent = []
        before = terminal.cpu()
        for place in range(3, KEYS + 3):
            spent.append(terminal.press(b"j", f"m{place}/200".encode()) * 1000)
            terminal.read(0.013 * (place % 7))
        each = (terminal.cpu() - before) / KEYS * 1000
        cpu, rate = terminal.watch(8.0)
        print(
            f"{hertz:>8.0f} {paint * 1000:>9.0f} ms {percentile(spent, 0.5):>5.1f} ms {percentile(spent, 0.95):>6.1f}"
            f" {max(spent):>6.1f} {cpu:>6.1%} {rate:>7.1f} {terminal.memory():>8.0f} {each:>9.1f} {terminal.close()}"
        )


if __name__ == "__main__":
    main()
