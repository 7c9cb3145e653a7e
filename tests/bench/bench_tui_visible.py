"""From somebody's COMMIT to the operator's eye: milliseconds until the new value has been written to the terminal.

    python -m tests.bench.bench_tui_visible DSN-of-a-superuser DSN-of-the-console

The writer is a plain connection that knows nothing of the console and notifies nobody.
"""

from __future__ import annotations

import asyncio
import os
import pty
import sys
import termios
import time
from fcntl import ioctl
from select import select
from struct import pack

import asyncpg

ROUNDS = 40


def read(fd: int, seconds: float) -> bytes:
    ready, _, _ = select([fd], [], [], seconds)
    return os.read(fd, 65536) if ready else b""


async def main(owner: str, console: str) -> None:
    writer = await asyncpg.connect(owner)
    tenant = await writer.fetchval("SELECT tenant_id FROM aoer_summary WHERE aoer_score IS NOT NULL LIMIT 1")
    await writer.execute("UPDATE aoer_summary SET visibility_risk = 0.99 WHERE tenant_id = $1", tenant)
    pid, fd = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execv(sys.executable, [sys.executable, "-m", "console", "--dsn", console, "--no-scheduler"])
    ioctl(fd, termios.TIOCSWINSZ, pack("HHHH", 40, 120, 0, 0))
    started = time.perf_counter()
    while time.perf_counter() - started < 5:
        read(fd, 0.2)
    spent = []
    for place in range(ROUNDS):
        # All letters change in every round, so that a repaint of differing cells writes the whole number.
        score = f"{(13.5, 86.2)[place % 2] + (place // 2 % 5) * 1.1:.1f}"
        await writer.execute(
            "UPDATE aoer_summary SET aoer_score = $2::numeric WHERE tenant_id = $1", tenant, float(score)
        )
        began = time.perf_counter()
        seen = b""
        while score.encode() not in seen and time.perf_counter() - began < 10:
            seen += read(fd, 0.5)
        spent.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.11 * (place % 5))
    os.write(fd, b"q")
    spent.sort()
    half, most = spent[len(spent) // 2], spent[int(len(spent) * 0.95)]
    print(f"commit to terminal: p50 {half:.0f} ms, p95 {most:.0f} ms, max {spent[-1]:.0f} ms")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
