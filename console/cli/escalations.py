"""`aoer-console escalations ...`: look at escalations, run the engine now, take care of them."""

import argparse

from console.cli.context import Context

TYPES = ("SLA_RISK", "STUCK_ORDER", "UNRESPONSIVE_DRIVER", "FAILED_DELIVERY")
SEVERITIES = ("low", "medium", "high", "critical")
STATES = ("open", "investigating", "resolved")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="escalations, newest first")
    listing.add_argument("--type", type=str.upper, choices=TYPES, metavar="TYPE", help=f"of {', '.join(TYPES)}")
    listing.add_argument("--severity", choices=SEVERITIES, metavar="SEVERITY", help="only this severity")
    listing.add_argument("--status", choices=STATES, metavar="STATUS", help="only this status")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="rows at most")
    listing.add_argument("--offset", type=int, default=0, metavar="N", help="leave out so many: the next page")
    listing.set_defaults(handler=run_list)
    verbs.add_parser("run", help="look for trouble now").set_defaults(handler=run_engine)
    for verb, does in (
        ("resolve", "the trouble is over"),
        ("investigate", "somebody looks into it"),
        ("reopen", "it is not"),
    ):
        act = verbs.add_parser(verb, help=does)
        act.add_argument("escalations", nargs="+", metavar="ID")
        act.add_argument("--resolution", metavar="TEXT", help="how it was solved")
        act.set_defaults(handler=run_verb)


async def run_list(args: argparse.Namespace, context: Context) -> int:
    """Handler of list."""
    from console.store.queries import queries

    filters = (args.type, args.severity, args.status, args.limit, args.offset)
    async with context.database(read_only=True) as db:
        rows = [dict(row) for row in await db.fetch(queries("escalation")["list"], *filters)]
    columns = ["escalated_at", "type", "severity", "status", "order", "driver", "minutes_to_breach", "reason", "id"]
    listed = [[round(row[c], 1) if isinstance(row[c], float) else row[c] for c in columns] for row in rows]
    context.out.table(columns, listed, empty="no escalations")
    return 0


async def run_engine(_: argparse.Namespace, context: Context) -> int:
    """Handler of run."""
    from console.automation.escalation.cycle import escalate_all

    async with context.database() as db:
        stats = await escalate_all(db, context.settings)
    context.out.record({"found": 0, "opened": 0, "resolved": 0, **stats})
    return 0


async def run_verb(args: argparse.Namespace, context: Context) -> int:
    """Handler of resolve, investigate, reopen: the terminal's verbs on incidents."""
    from console.actions.registry import by_id
    from console.actions.run import perform
    from console.cli.actions_cli import exit_code
    from console.cli.rows import ROWS
    from console.feed.readers import Readers

    action = by_id(f"incident.{args.verb}")
    wanted = {param.name for param in action.params}
    params = {"resolution": args.resolution} if args.resolution and "resolution" in wanted else {}
    async with context.database() as db:
        readers = Readers(db)
        targets = [ROWS["incidents"].target(await ROWS["incidents"].find(readers, key)) for key in args.escalations]
        outcomes = await perform(db, action, targets, params, context.actor())
    context.out.table(["id", "result", "message"], [[o.target.key, o.result.value, o.message] for o in outcomes])
    return exit_code(outcomes)
