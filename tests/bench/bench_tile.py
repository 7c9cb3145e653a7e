"""From somebody else's COMMIT to the changed characters on the terminal, through the real program in a real pty.

    python tests/bench/bench_tile.py [--writes 60]

Starts an embedded server in a directory of its own and the console on it; an outside connection (no notification)
updates one tenant's rating at random moments. The clock runs from the return of COMMIT until the emulated screen shows
the new score. The target is a p99 of 150 ms.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import pexpect
import pyte

SIZE = (40, 120)
WRITE = """
INSERT INTO aoer_summary AS s (tenant_id, aoer_score, visibility_risk, status)
SELECT id, $1, 1, 'calibrated' FROM tenants WHERE slug = 'bench'
ON CONFLICT (tenant_id) DO UPDATE SET aoer_score = excluded.aoer_score
"""


class Terminal:
    """The console in a pty, and what its screen shows."""

    def __init__(self, home: Path) -> None:
        self.screen = pyte.Screen(SIZE[1], SIZE[0])
        self._stream = pyte.ByteStream(self.screen)
        env = {**os.environ, "AOER_DATA_DIR": str(home), "TERM": "xterm-256color"}
        self.child = pexpect.spawn(sys.executable, ["-m", "console", "--no-scheduler"], env=env, dimensions=SIZE)

    def shows(self, text: str, seconds: float) -> bool:
        """Read what the program writes until `text` is on the screen or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(text in line for line in self.screen.display):
                return True
            with contextlib.suppress(pexpect.TIMEOUT):
                self._stream.feed(self.child.read_nonblocking(65536, timeout=0.002))
        return False

    def close(self) -> None:
        self.child.send("q")
        with contextlib.suppress(pexpect.TIMEOUT):
            self.child.expect(pexpect.EOF, timeout=10)
        self.child.close(force=True)


def measure(home: Path, writes: int) -> list[float]:
    """Milliseconds for each write."""
    terminal = Terminal(home)
    loop = asyncio.new_event_loop()
    try:
        if not terminal.shows("live", 60):
            raise SystemExit("the console did not come up:\n" + "\n".join(terminal.screen.display))
        outside: Any = loop.run_until_complete(
            asyncpg.connect(host=str(home / "run"), user="postgres", database="aoer")
        )
        loop.run_until_complete(outside.execute("INSERT INTO tenants (name, slug) VALUES ('Bench', 'bench')"))
        found = []
        for i in range(writes):
            terminal.shows("\0", random.uniform(0.2, 0.6))
            score = f"{60 + i % 300 / 10:.1f}"
            loop.run_until_complete(outside.execute(WRITE, float(score)))
            committed = time.perf_counter()
            if not terminal.shows(score, 5):
                raise SystemExit(f"{score} never showed:\n" + "\n".join(terminal.screen.display))
            found.append((time.perf_counter() - committed) * 1000)
        loop.run_until_complete(outside.close())
        return found
    finally:
        terminal.close()
        loop.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writes", type=int, default=60)
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="aoer-tile-", dir="/var/tmp"))
    directory.chmod(0o755)
    try:
        times = sorted(measure(directory, given.writes))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    print(f"commit to screen: n={len(times)} p50={statistics.median(times):.0f} ms p99={p99:.0f} ms of 150 ms allowed")
