"""A key press while all engines run in the same process: milliseconds to the answer on a real pseudo-terminal.

    python -m tests.bench.bench_tui_engines [--drivers 500] [--orders 2000] [--keys 150] [--idle]

A server of its own, a town that lives in a process of its own, and the console with its scheduler and worker inside, at
the pace of the demo. Keys go to the list of drivers (answer: the new "n/500" of the title) and to the map (answer: the
whole canvas moved). `--idle` leaves engines and town out: the same screens with nothing to do, for comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from console.cli.demo import PACE
from tests.bench.bench_tui_pty import Terminal, percentile

SIZE = (40, 140)


class Console(Terminal):
    """The program itself, on one of its screens."""

    def __init__(self, home: Path, screen: str, *, scheduler: bool) -> None:
        super().__init__(0.0)
        self.words = ["-m", "console", "--screen", screen, *([] if scheduler else ["--no-scheduler"])]
        self.home = home

    def open(self) -> float:
        """Start it; seconds until rows are there."""
        started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ |= environment(self.home) | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execv(sys.executable, [sys.executable, *self.words])
        ioctl(self.fd, TIOCSWINSZ, pack("HHHH", *SIZE, 0, 0))
        self.until(b"live", 60)
        return time.perf_counter() - started


def environment(home: Path) -> dict[str, str]:
    """Where the data is, and the demo's pace."""
    pace = {f"AOER_{name.replace('.', '_').upper()}": str(value) for name, value in PACE.items()}
    return {**os.environ, **pace, "AOER_DATA_DIR": str(home)}


async def town(drivers: int, orders: int, engines: bool) -> None:
    """The world's process: it places everything, then lets it live until it is ended."""
    from console.automation.world.city import City
    from console.automation.world.live import World, live
    from console.config import load
    from console.store.database import Database

    settings = load().settings
    async with Database.open(settings, application="bench-town") as db:
        city = City(3, drivers=drivers, rate=20.0, speed=1.0, tag="B", radius_km=8.0)
        world = World(db, city, tenant="Bench", tag="bench", speed=1.0, road_factor=settings.automation.road_factor)
        await world.begin()
        await world._place([city._order() for _ in range(orders)])
        if not engines:
            await db.execute("UPDATE engine_control SET desired_state = 'stopped'")
        print("ready", flush=True)
        if engines:
            await live(world, city, clock=time.monotonic)
        await asyncio.sleep(3600)


def told(title: str, spent: list[float], share: float) -> None:
    """One line of the result."""
    values = sorted(spent)
    print(
        f"{title:<28} p50 {statistics.median(values):6.1f} ms   p95 {percentile(values, 0.95):6.1f} ms"
        f"   max {values[-1]:6.1f} ms   {share:5.1%} of a core"
    )


def drivers_list(home: Path, scheduler: bool, drivers: int, keys: int) -> None:
    """Moving down a list."""
    terminal = Console(home, "drivers", scheduler=scheduler)
    terminal.open()
    rows = min(drivers, 500)
    terminal.until(f"1/{rows}".encode(), 30)
    terminal.watch(12.0 if scheduler else 3.0)
    spent, cpu, started = [], terminal.cpu(), time.perf_counter()
    for place in range(2, keys + 2):
        spent.append(terminal.press(b"j", f"{place}/{rows}".encode()) * 1000)
        terminal.watch(0.04 + 0.03 * (place % 7))
    told("list of drivers", spent, (terminal.cpu() - cpu) / (time.perf_counter() - started))
    terminal.close()


def map_pan(home: Path, scheduler: bool, keys: int) -> None:
    """Panning the map to and fro."""
    terminal = Console(home, "map", scheduler=scheduler)
    terminal.open()
    terminal.until(b"Due first", 30)
    terminal.watch(12.0 if scheduler else 3.0)
    spent, cpu, started = [], terminal.cpu(), time.perf_counter()
    for place in range(keys):
        terminal.seen.clear()
        pressed = time.perf_counter()
        os.write(terminal.fd, b"l" if place // 5 % 2 else b"h")
        while len(terminal.seen) < 3000:
            terminal.read(1.0)
        spent.append((time.perf_counter() - pressed) * 1000)
        terminal.watch(0.04 + 0.03 * (place % 7))
    told("map, panning", spent, (terminal.cpu() - cpu) / (time.perf_counter() - started))
    terminal.close()


def main(drivers: int, orders: int, keys: int, idle: bool) -> None:
    home = Path(tempfile.mkdtemp(prefix="aoer-engines-", dir="/var/tmp"))
    home.chmod(0o755)
    words = [sys.executable, "-m", "tests.bench.bench_tui_engines", "--town", "--drivers", str(drivers)]
    words += ["--orders", str(orders), *(["--idle"] if idle else [])]
    world = subprocess.Popen(words, env=environment(home), stdout=subprocess.PIPE)
    try:
        assert world.stdout is not None
        if world.stdout.readline() != b"ready\n":
            raise SystemExit("the town did not come up")
        print(f"{drivers} drivers, {orders} orders, engines {'stopped' if idle else 'running in the terminal'}")
        drivers_list(home, not idle, drivers, keys)
        map_pan(home, not idle, keys)
    finally:
        world.terminate()
        world.wait()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drivers", type=int, default=500)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--keys", type=int, default=150)
    parser.add_argument("--idle", action="store_true")
    parser.add_argument("--town", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.town:
        asyncio.run(town(given.drivers, given.orders, not given.idle))
    else:
        main(given.drivers, given.orders, given.keys, given.idle)
