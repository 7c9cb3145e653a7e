"""`routes`: solve routing problems from files, improve drivers' routes, look at what was changed."""

import argparse
import time
from pathlib import Path

from console.cli.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    solve = verbs.add_parser("solve", help="solve a pickup-delivery tour (TSPPDLIB) or a Li & Lim fleet problem")
    solve.add_argument("file", type=Path, metavar="FILE")
    solve.add_argument("--format", choices=("tsppd", "lilim"), help="default: by the looks of the file")
    budget = solve.add_mutually_exclusive_group()
    budget.add_argument("--seconds", type=_positive, metavar="S", help="search for this long")
    budget.add_argument("--iterations", type=_count, metavar="N", help="search so often: repeatable by seed")
    solve.add_argument("--seed", type=int, default=1, metavar="N", help="repeatable: same seed, same tour")
    solve.set_defaults(handler=run_solve)
    optimise = verbs.add_parser("optimise", help="improve the route of one driver, or of all, now")
    optimise.add_argument("driver", nargs="?", metavar="DRIVER", help="name, reference or id")
    optimise.add_argument("--force", action="store_true", help="change it for any gain, not only a large one")
    optimise.set_defaults(handler=run_optimise)
    history = verbs.add_parser("history", help="routes before and after, newest first")
    history.add_argument("driver", nargs="?", metavar="DRIVER")
    history.add_argument("--limit", type=int, default=20, metavar="N", help="rows at most")
    history.set_defaults(handler=run_history)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 86400")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return value


def run_solve(args: argparse.Namespace, context: Context) -> int:
    """Solve one file and print cost and routes; 1 when no feasible routes were found."""
    from console.automation.routing.formats import read_problem
    from console.automation.routing.search import Budget
    from console.automation.routing.solve import solve_problem

    started = time.perf_counter()
    problem = read_problem(args.file, args.format)
    default = 2000 if problem.kind == "tsppd" else 5000
    iterations = args.iterations or (None if args.seconds else default)
    left = None if args.seconds is None else max(0.0, args.seconds - (time.perf_counter() - started))
    solved = solve_problem(problem, Budget(iterations, left), args.seed)
    seconds = round(time.perf_counter() - started, 3)
    if context.out.is_json:
        document = {"cost": solved.cost, "vehicles": solved.vehicles, "routes": solved.routes, "seconds": seconds}
        context.out.json(document | {"method": solved.method, "feasible": solved.feasible})
    else:
        rows = [[number, len(stops), " ".join(map(str, stops))] for number, stops in enumerate(solved.routes, start=1)]
        context.out.table(["vehicle", "stops", "route"], rows)
        context.out.note(f"cost {solved.cost:g}, {solved.vehicles} vehicles, {solved.method}, {seconds:g} s")
    return 0 if solved.feasible else 1


async def run_optimise(args: argparse.Namespace, context: Context) -> int:
    """Handler of optimise."""
    from console.automation.routing.cycle import optimise_all
    from console.automation.routing.verbs import optimise_driver

    async with context.database() as db:
        if args.driver is None:
            stats = await optimise_all(db, context.settings)
        else:
            stats = await optimise_driver(db, context.settings, args.driver, force=args.force)
    context.out.record({"drivers": 0, "executed": 0, **stats})
    return 0


async def run_history(args: argparse.Namespace, context: Context) -> int:
    """Handler of history."""
    from console.automation.routing.verbs import driver_named
    from console.store.queries import queries

    async with context.database(read_only=True) as db:
        driver = None if args.driver is None else (await driver_named(db, args.driver))["id"]
        rows = [dict(row) for row in await db.fetch(queries("routing")["history"], driver, args.limit)]
    columns = list(rows[0]) if rows else ["driver"]
    listed = [[round(row[c], 1) if isinstance(row[c], float) else row[c] for c in columns] for row in rows]
    context.out.table(columns, listed, empty="no route was looked at yet")
    return 0
