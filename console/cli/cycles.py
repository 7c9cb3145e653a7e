"""`aoer-console cycles ...`: what the scheduler runs."""

import argparse

from console.cli.context import Context
from console.errors import NotFound


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("list", help="every cycle, its state, last and next run").set_defaults(handler=run_list)
    runs = verbs.add_parser("runs", help="the latest runs")
    runs.add_argument("cycle", nargs="?", metavar="CYCLE", help="only this one's")
    runs.add_argument("--limit", type=int, default=20, metavar="N", help="rows (default: 20)")
    runs.add_argument("--skipped", action="store_true", help="ticks that were left out as well")
    runs.set_defaults(handler=run_runs)
    now = verbs.add_parser("run", help="run a cycle now, in this process, paused or not")
    now.add_argument("cycle", metavar="CYCLE")
    now.set_defaults(handler=run_now)
    for verb, does in (("enable", "let its ticks run again"), ("disable", "leave its ticks out, on every machine")):
        wish = verbs.add_parser(verb, help=does)
        wish.add_argument("cycles", nargs="+", metavar="CYCLE")
        wish.set_defaults(handler=run_wish)


async def run_list(_: argparse.Namespace, context: Context) -> int:
    """Handler of `cycles list`."""
    from console.scheduler import desired

    async with context.database() as db:
        rows = await desired.cycles(db, context.settings)
    columns = [
        "cycle",
        "schedule",
        "desired",
        "state",
        "last_outcome",
        "last_run_at",
        "last_seconds",
        "next_run_at",
        "message",
    ]
    context.out.table(columns, [[row[name] for name in columns] for row in rows])
    return 0


async def run_runs(args: argparse.Namespace, context: Context) -> int:
    """Handler of `cycles runs`."""
    from console.scheduler import desired

    async with context.database() as db:
        rows = await desired.runs(db, args.cycle, limit=args.limit, skipped=args.skipped)
    columns = ["cycle", "tick", "outcome", "started_at", "seconds", "stats", "error"]
    context.out.table(columns, [[row[name] for name in columns] for row in rows], empty="no cycle has run yet")
    return 0


async def run_now(args: argparse.Namespace, context: Context) -> int:
    """Handler of `cycles run`."""
    from console.scheduler import desired

    async with context.database() as db:
        ended = await desired.run_now(db, context.settings, args.cycle)
    context.out.record(
        {
            "cycle": args.cycle,
            "outcome": ended.outcome,
            "seconds": ended.seconds,
            **(ended.stats or {}),
            "error": ended.error,
        }
    )
    return 0 if ended.outcome == "done" else 1


async def run_wish(args: argparse.Namespace, context: Context) -> int:
    """Handler of `cycles enable` and `cycles disable`."""
    from console.scheduler import desired

    async with context.database() as db:
        known = {row["cycle"] for row in await desired.cycles(db, context.settings)}
        for name in args.cycles:
            if name not in known:
                raise NotFound(f"no cycle is called {name!r}", hint=f"known: {', '.join(sorted(known))}")
        wish = "enabled" if args.verb == "enable" else "paused"
        changed = await desired.desire(db, context.actor(), args.cycles, wish)
    context.out.table(["cycle", "desired", "changed"], [[name, wish, name in changed] for name in args.cycles])
    return 0
