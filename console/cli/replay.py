"""`replay`: recorded days through the engines, in memory or into a live database."""

import argparse
import time
from pathlib import Path
from typing import Any

from console.cli.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    mdrp = verbs.add_parser("mdrp", help="run a meal delivery instance through the dispatch engine, in memory")
    mdrp.add_argument(
        "directory", type=Path, metavar="DIR", help="orders.txt, couriers.txt, restaurants.txt, parameters"
    )
    policies = "rolling (default), live (as the live engine, with its commit_minutes), matching or nearest"
    mdrp.add_argument("--policy", default="rolling", help=policies)
    mdrp.add_argument("--seed", type=int, default=1, metavar="N", help="repeatable: same seed, same solution")
    mdrp.add_argument("--out", type=Path, metavar="DIR", help="write the three solution_info files here")
    mdrp.add_argument("--check", action="store_true", help="replay the written files against the rules of the problem")
    mdrp.set_defaults(handler=run_mdrp)
    day = verbs.add_parser("day", help="play recorded orders and drivers into a live database, to be watched")
    day.add_argument("files", type=Path, nargs="+", metavar="FILE", help="CSV of orders and of drivers, as for import")
    day.add_argument("--speed", type=float, default=60.0, metavar="S", help="times faster than life (default: 60)")
    day.add_argument("--tenant", default="Replay", metavar="NAME", help="whose orders they become (default: Replay)")
    day.add_argument(
        "--promise", type=float, default=120.0, metavar="M", help="minutes promised where a row tells none"
    )
    day.add_argument("--minutes", type=float, metavar="M", help="end after so long (default: when all is delivered)")
    day.set_defaults(handler=run_day)


def run_mdrp(args: argparse.Namespace, context: Context) -> int:
    """Run one instance and print its measures."""
    from console.automation.replay.instance import read_instance
    from console.automation.replay.measures import measure
    from console.automation.replay.policies import policy
    from console.automation.replay.simulate import simulate
    from console.automation.replay.solution import write_solution
    from console.errors import UsageError

    if args.check and args.out is None:
        raise UsageError("--check needs --out", hint="name a directory for the solution files")
    instance = read_instance(args.directory)
    started = time.perf_counter()
    commit = context.settings.automation.commit_minutes
    day = simulate(instance, policy(args.policy, args.seed, commit))
    row: dict[str, Any] = {"instance": instance.name, "policy": args.policy, "seed": args.seed}
    row |= measure(instance, day).as_dict()
    row["seconds"] = round(time.perf_counter() - started, 3)
    if args.out is not None:
        row["files"] = [str(path) for path in write_solution(args.out, instance, day)]
    faults = _faults(args, instance)
    if faults is not None:
        row["faults"] = faults
    if context.out.is_json:
        context.out.json(row)
    else:
        context.out.table(["measure", "value"], [[name, value] for name, value in row.items()])
    return 1 if faults else 0


def _faults(args: argparse.Namespace, instance: Any) -> list[str] | None:
    if not args.check:
        return None
    from console.automation.replay.check import check_solution

    return check_solution(instance, args.out)


async def run_day(args: argparse.Namespace, context: Context) -> int:
    """Play a day: orders appear when they were ready, drivers do what the engines (run here too) tell them."""
    from console.automation.world.live import Outcome, World, live
    from console.automation.world.recorded import RecordedDay
    from console.errors import UsageError
    from console.scheduler.embedded import Scheduler

    if not 0.01 <= args.speed <= 1000:
        raise UsageError("--speed must be between 0.01 and 1000")
    tag = format(int(time.time()), "x")
    day = RecordedDay(args.files, speed=args.speed, promise_minutes=args.promise, tag=tag)

    for words in day.left_out:
        context.out.note(f"left out: {words}")

    def told(outcome: Outcome, elapsed: float) -> None:
        at = elapsed * args.speed / 60.0
        context.out.note(
            f"hour {at:.1f} of the day: {outcome.waiting} waiting, {outcome.under_way} under way, "
            f"{outcome.delivered} delivered, {outcome.late} late"
        )

    async with context.database() as db:
        road = context.settings.automation.road_factor
        world = World(db, day, tenant=args.tenant, tag=f"replay-{tag}", speed=args.speed, road_factor=road)
        await world.begin()
        scheduler = Scheduler(db, context.settings)
        await scheduler.start()
        try:
            outcome = await live(world, day, until=args.minutes, clock=time.monotonic, told=told)
        finally:
            await scheduler.stop(5.0)
    context.out.record({name: getattr(outcome, name) for name in Outcome.__slots__})
    return 0
