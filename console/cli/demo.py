"""`aoer-console demo`: a generated city in a database of its own, to watch the engines work."""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli.context import Context
from console.cli.main import wait
from console.cli.terminal import need_a_terminal
from console.errors import Conflict

if TYPE_CHECKING:
    from console.config import Settings

CITY = "Demo City"
PACE: Mapping[str, Any] = {
    "ui.environment": "DEMO",
    "automation.dispatch_seconds": 5,
    "automation.routing_seconds": 30,
    "automation.traffic_seconds": 10,
    "automation.batching_seconds": 20,
    "automation.escalation_seconds": 10,
    "automation.stuck_minutes": 8,
    "automation.silent_minutes": 2,
    "automation.reassign_gain_minutes": 3,
}
"""The demo lives faster than life, so the engines look more often."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the noun; it has no verbs."""
    parser.description = (
        "An invented town to watch: drivers, orders, jams, breakdowns, and the ratings of its kitchens. In a "
        "database of its own, labelled DEMO."
    )
    parser.add_argument("--drivers", type=_count, default=22, metavar="N", help="drivers on duty (default: 22)")
    parser.add_argument("--rate", type=_rate, default=6.0, metavar="R", help="orders a minute (default: 6)")
    parser.add_argument("--speed", type=_rate, default=6.0, metavar="S", help="times faster than life (default: 6)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="same seed, same city (default: 1)")
    parser.add_argument("--minutes", type=_rate, default=None, metavar="M", help="end after so long (default: never)")
    parser.add_argument("--headless", action="store_true", help="no terminal: run city and engines, tell how it goes")
    parser.set_defaults(handler=run_demo)


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 1000")
    return value


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1000")
    return value


def demo_settings(settings: "Settings") -> "Settings":
    """The person's settings with a data directory of the demo's own. With a DSN that database is the demo's."""
    from console.config.paths import data_dir
    from console.config.settings import override

    changes = dict(PACE)
    if settings.database.dsn is None:
        changes["embedded.data_dir"] = str(Path(data_dir(settings)) / "demo")
    return override(settings, changes)


def run_demo(args: argparse.Namespace, context: Context) -> Any:
    """The city in a process of its own and the terminal in this one; with --headless only the city."""
    settings = demo_settings(context.settings)
    if args.headless or context.out.is_json:
        return run_city(args, context, settings)
    need_a_terminal()
    if settings.database.dsn is not None:
        wait(_refuse_real_data(settings))
    return _with_terminal(args, context, settings)


async def _refuse_real_data(settings: "Settings") -> int:
    """The city starts engines and fills tables: not where somebody else's tenants are."""
    from console.cli.demo_brands import BRANDS
    from console.store.database import Database
    from console.store.queries import queries

    async with Database.open(settings, application="demo") as db:
        others = await db.fetchval(queries("demo")["other_tenants"], [CITY, *BRANDS])
    if others:
        raise Conflict(
            f"the database holds {others} tenants that are not the demo's; the demo starts engines and invents orders",
            hint="leave --dsn out (and AOER_DSN), or name an empty database",
        )
    return 0


def _with_terminal(args: argparse.Namespace, context: Context, settings: "Settings") -> int:
    from importlib import import_module

    from console.cli.terminal import log_to_file
    from console.cli.terminal_services import TerminalServices
    from console.config.paths import data_dir

    log_to_file(settings)
    words = [sys.executable, "-m", "console", "demo", "--headless", "--drivers", str(args.drivers)]
    words += ["--rate", str(args.rate), "--speed", str(args.speed), "--seed", str(args.seed)]
    # The same database, told through the environment: a password on a command line could be read by everybody.
    told = context.settings.database.dsn
    where = {"AOER_DSN": told} if told else {"AOER_DATA_DIR": str(data_dir(context.settings))}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, env=os.environ | where, stdin=quiet, stdout=quiet, stderr=quiet) as city:
        try:
            # By name: nothing headless may import the terminal.
            run_app = import_module("console.tui.app").run_app
            code: int = run_app(TerminalServices(settings, scheduler=False), settings)
            return code
        finally:
            city.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                city.wait(10)


def _tag(number: int) -> str:
    """Four letters and digits: short enough to be read in a narrow column."""
    digits = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "".join(digits[number // len(digits) ** place % len(digits)] for place in (3, 2, 1, 0))


async def run_city(args: argparse.Namespace, context: Context, settings: "Settings") -> int:
    """City and engines in this process, until the time is over or somebody interrupts."""
    import asyncio
    import signal

    from console.automation.world.city import City
    from console.automation.world.live import Outcome, World, live
    from console.cli.demo_brands import Ratings
    from console.scheduler.embedded import Scheduler
    from console.store.database import Database

    if settings.database.dsn is not None:
        await _refuse_real_data(settings)
    # Every start has orders of its own; the drivers are the same people.
    tag = _tag(int(time.time()))
    city = City(args.seed, drivers=args.drivers, rate=args.rate, speed=args.speed, tag=tag)

    def told(outcome: Outcome, elapsed: float) -> None:
        context.out.note(
            f"{elapsed:.1f} min: {outcome.waiting} waiting, {outcome.under_way} under way, "
            f"{outcome.delivered} delivered, {outcome.late} late"
        )

    async with Database.open(settings, application="demo") as db:
        road = settings.automation.road_factor
        world = World(db, city, tenant=CITY, tag=f"demo-{tag}", speed=args.speed, road_factor=road)
        town = await world.begin()
        ratings = Ratings(db, args.seed, CITY)
        await ratings.begin(town)
        scheduler = Scheduler(db, settings)
        await scheduler.start()
        drift = asyncio.ensure_future(ratings.run())
        run = asyncio.ensure_future(live(world, city, until=args.minutes, clock=time.monotonic, told=told))
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, run.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await run
        drift.cancel()
        await asyncio.wait([drift])
        outcome = await world.outcome()
        await scheduler.stop(5.0)
    context.out.record({name: getattr(outcome, name) for name in Outcome.__slots__})
    return 0
