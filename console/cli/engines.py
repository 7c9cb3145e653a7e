"""`aoer-console engines ...`: start, stop, watch the delivery engines."""

import argparse
from collections.abc import Sequence
from typing import Any

from console.cli.context import Context
from console.errors import NotFound

NAMES = ("auto_dispatch", "routing", "batching", "escalation")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, does in (
        ("start", "should run, on every machine"),
        ("stop", "should not run; the running round ends first"),
    ):
        wish = verbs.add_parser(verb, help=does)
        wish.add_argument("engines", nargs="+", metavar="ENGINE", help=f"of {', '.join(NAMES)}")
        wish.set_defaults(handler=run_wish)
        every = verbs.add_parser(f"{verb}-all", help=f"{verb} all four")
        every.set_defaults(handler=run_wish, engines=list(NAMES), verb=f"{verb}-all")
    status = verbs.add_parser("status", help="desired state, last round and its numbers")
    status.add_argument("engines", nargs="*", metavar="ENGINE")
    status.set_defaults(handler=run_status)
    verbs.add_parser("status-all", help="the same for all").set_defaults(handler=run_status, engines=[])
    stats = verbs.add_parser("stats", help="daily numbers of one engine")
    stats.add_argument("engine", metavar="ENGINE", help=f"of {', '.join(NAMES)}")
    stats.add_argument("--limit", type=int, default=14, metavar="N", help="rows (default: 14)")
    stats.set_defaults(handler=run_stats)
    now = verbs.add_parser("run-now", help="one round at once, in this process, whatever the desired state")
    now.add_argument("engines", nargs="+", metavar="ENGINE")
    now.set_defaults(handler=run_now)
    verbs.add_parser("dashboard", help="orders and engines at a glance").set_defaults(handler=run_dashboard)
    risk = verbs.add_parser("at-risk", help="open orders that will break their promise, worst first")
    risk.add_argument("--limit", type=int, default=50, metavar="N", help="rows at most")
    risk.set_defaults(handler=run_at_risk)


def known(names: Sequence[str]) -> list[str]:
    """Names with dashes as underscores. Raises NotFound for one that is no engine."""
    found = [name.replace("-", "_") for name in names]
    for name in found:
        if name not in NAMES:
            raise NotFound(f"no engine is called {name!r}", hint=f"known: {', '.join(NAMES)}")
    return found


async def run_wish(args: argparse.Namespace, context: Context) -> int:
    """Handler of start, stop, start-all, stop-all."""
    from console.actions.model import Scope, Target
    from console.actions.registry import by_id
    from console.actions.run import perform
    from console.cli.actions_cli import exit_code

    action = by_id("engine.start" if args.verb.startswith("start") else "engine.stop")
    targets = [Target(Scope.ENGINE, name, label=name) for name in known(args.engines)]
    async with context.database() as db:
        outcomes = await perform(db, action, targets, {}, context.actor())
    context.out.table(["engine", "result", "message"], [[o.target.key, o.result.value, o.message] for o in outcomes])
    return exit_code(outcomes)


async def run_status(args: argparse.Namespace, context: Context) -> int:
    """Handler of status and status-all."""
    from console.store.queries import queries

    wanted = known(args.engines)
    async with context.database(read_only=True) as db:
        rows = [dict(row) for row in await db.fetch(queries("engines")["status"], None)]
    rows = [row for row in rows if not wanted or row["engine"] in wanted]
    if context.out.is_json:
        context.out.json(rows)
        return 0
    columns = [
        "engine",
        "desired_state",
        "cycle",
        "last_outcome",
        "last_run_at",
        "last_seconds",
        "next_run_at",
        "stats",
    ]
    context.out.table(columns, [[_plain(row[name]) for name in columns] for row in rows])
    return 0


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{name} {number}" for name, number in value.items())
    return round(value, 3) if isinstance(value, float) else value


async def run_stats(args: argparse.Namespace, context: Context) -> int:
    """Handler of stats."""
    from console.automation.control import ENGINES
    from console.store.queries import queries

    wanted = known([args.engine])[0]
    name = next(engine.stats for engine in ENGINES if engine.name == wanted)
    async with context.database(read_only=True) as db:
        rows = [dict(row) for row in await db.fetch(queries("engines")[name], args.limit)]
    columns = list(rows[0]) if rows else ["date"]
    listed = [[_plain(row[column]) for column in columns] for row in rows]
    context.out.table(
        columns, listed, empty=f"{args.engine} has done nothing yet; start it with: engines start {args.engine}"
    )
    return 0


async def run_now(args: argparse.Namespace, context: Context) -> int:
    """Handler of run-now."""
    from console.actions.model import Scope, Target
    from console.actions.registry import by_id
    from console.actions.run import perform
    from console.cli.actions_cli import exit_code
    from console.scheduler import desired

    targets = [Target(Scope.ENGINE, name, label=name) for name in known(args.engines)]
    rows: list[list[Any]] = []
    async with context.database() as db:
        outcomes = await perform(db, by_id("engine.run_now"), targets, {}, context.actor())
        for outcome in outcomes:
            last = next(iter(await desired.runs(db, outcome.target.key, limit=1)), None)
            told = dict(last) if last is not None else {}
            rows.append([outcome.target.key, told.get("outcome"), told.get("stats"), told.get("error")])
    if not context.out.is_json:
        rows = [[_plain(value) for value in row] for row in rows]
    context.out.table(["engine", "outcome", "stats", "error"], rows)
    failed = any(row[1] in ("failed", "timeout") for row in rows)
    return 1 if failed else exit_code(outcomes)


async def run_dashboard(_: argparse.Namespace, context: Context) -> int:
    """Handler of dashboard."""
    from console.store.queries import queries

    sql = queries("engines")
    async with context.database(read_only=True) as db:
        orders = [dict(row) for row in await db.fetch(sql["dashboard"])]
        engines = [dict(row) for row in await db.fetch(sql["status"], None)]
    if context.out.is_json:
        context.out.json({"orders": orders, "engines": engines})
        return 0
    columns = ["tenant", "waiting", "assigned", "under_way", "late", "will_be_late"]
    context.out.table(columns, [[row[name] for name in columns] for row in orders], empty="no open orders")
    columns = ["engine", "desired_state", "last_outcome", "last_run_at"]
    context.out.table(columns, [[row[name] for name in columns] for row in engines])
    return 0


async def run_at_risk(args: argparse.Namespace, context: Context) -> int:
    """Handler of at-risk."""
    from console.automation.escalation.cycle import troubles_of
    from console.store.queries import queries

    rows: list[list[Any]] = []
    async with context.database(read_only=True) as db:
        for tenant in await db.fetch(queries("escalation")["tenants_open"]):
            for one in await troubles_of(db, context.settings, tenant["id"]):
                if one.kind == "SLA_RISK":
                    left, chance = round(one.breach or 0.0, 1), round(one.probability or 0.0, 3)
                    rows.append([one.row["reference"], one.severity, left, chance, one.row["driver"], one.reason])
    rows.sort(key=lambda row: row[2])
    columns = ["order", "severity", "minutes_left", "probability", "driver", "reason"]
    context.out.table(columns, rows[: args.limit], empty="no open order is at risk")
    return 0
