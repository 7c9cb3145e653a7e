"""How long the embedded server takes: python -m tests.bench.bench_start

Prints seconds, and each as a ratio to a bare initdb on the same machine in the same run.
"""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from console.config.settings import Settings, override
from console.store.database import Database
from console.store.embedded import ensure_running
from console.store.embedded.account import current, server_account
from console.store.embedded.binaries import choose, copy_for_others
from console.store.embedded.cluster import environment, run_as
from console.store.migrate import migrate
from console.store.readiness import admin


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def bare_initdb(top: Path) -> float:
    """initdb alone, as the account that would run it."""
    import os

    owner = current() if os.geteuid() else server_account()
    binaries = choose("auto", None)
    binaries = binaries if os.geteuid() else copy_for_others(binaries, top / "copy")
    place = top / "bare"
    place.mkdir(mode=0o700)
    os.chown(place, owner.uid, owner.gid)
    began = time.perf_counter()
    command = [str(binaries.initdb), "-N", "-D", str(place), "-U", "postgres"]
    subprocess.run(command, check=True, capture_output=True, env=environment(), cwd="/", **run_as(owner))  # type: ignore[call-overload]
    return time.perf_counter() - began


async def measure(top: Path) -> dict[str, float]:
    settings: Settings = override(Settings(), {"embedded.data_dir": str(top / "data")})
    found: dict[str, float] = {}

    async def use() -> None:
        async with Database.open(settings, application="bench") as db:
            found["  of which until connected"] = time.perf_counter() - began
            await db.fetchval("SELECT 1")

    for name in ("first start, use, stop", "later start, use, stop"):
        began = time.perf_counter()
        found[name] = await timed(use)
        found[f"{name}: until connected"] = found.pop("  of which until connected")
    share = await asyncio.to_thread(ensure_running, settings)
    began = time.perf_counter()
    found["join a running server, use, leave"] = await timed(use)
    found.pop("  of which until connected")
    async with admin(settings) as server:
        found["migrate with nothing to do"] = await timed(lambda: migrate(server.connection))
    began = time.perf_counter()
    share.release()
    found["stop"] = time.perf_counter() - began
    return found


def main() -> None:
    top = Path(tempfile.mkdtemp(prefix="aoer-bench-", dir="/var/tmp"))
    top.chmod(0o755)
    try:
        base = bare_initdb(top)
        print(f"{'initdb alone':45} {base:7.3f} s")
        for name, seconds in asyncio.run(measure(top)).items():
            print(f"{name:45} {seconds:7.3f} s  {seconds / base:6.2f} x initdb")
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
