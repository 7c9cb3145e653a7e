"""`aoer-console dispatch ...`: what auto-dispatch decided, what it would decide, and answers to offers."""

import argparse
from typing import Any

from console.cli.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    log = verbs.add_parser("log", help="decisions with scores, reasons and alternatives, newest first")
    log.add_argument("order", nargs="?", metavar="ORDER", help="only this order's (reference or id)")
    log.add_argument("--limit", type=int, default=20, metavar="N", help="rows at most")
    log.set_defaults(handler=run_log)
    explain = verbs.add_parser("explain", help="score every driver for one order; writes nothing")
    explain.add_argument("order", metavar="ORDER")
    explain.add_argument("--tenant", metavar="NAME", help="the order's tenant, where several have such an order")
    explain.add_argument("--limit", type=int, default=10, metavar="N", help="rows at most")
    explain.set_defaults(handler=run_explain)
    force = verbs.add_parser("force", help="give an order to the best or a named driver although rules object")
    force.add_argument("order", metavar="ORDER")
    force.add_argument("--driver", metavar="DRIVER", help="name, reference or id; without it the best candidate")
    force.add_argument("--tenant", metavar="NAME", help="the order's tenant, where several have such an order")
    force.set_defaults(handler=run_force)
    undo = verbs.add_parser("undo", help="take back a round's assignments that nobody touched since")
    undo.add_argument("round", metavar="ROUND", help="as the log shows it")
    undo.set_defaults(handler=run_undo)
    offers = verbs.add_parser("offers", help="orders offered to drivers")
    offers.add_argument("--limit", type=int, default=20, metavar="N", help="rows at most")
    offers.set_defaults(handler=run_offers)
    for verb, does in (("accept", "a driver takes the offered order"), ("decline", "a driver does not")):
        answer = verbs.add_parser(verb, help=does)
        answer.add_argument("order", metavar="ORDER")
        answer.add_argument("driver", metavar="DRIVER")
        answer.add_argument("--tenant", metavar="NAME", help="the order's tenant, where several have such an order")
        answer.set_defaults(handler=run_answer)


async def run_log(args: argparse.Namespace, context: Context) -> int:
    """Handler of log."""
    from console.domain.text import as_id

    query, which = ("decisions", ()) if args.order is None else ("decisions_of_order", (args.order, as_id(args.order)))
    await _listed(context, query, args.limit, *which, empty="nothing was assigned yet")
    return 0


async def run_offers(args: argparse.Namespace, context: Context) -> int:
    """Handler of offers."""
    await _listed(context, "offers", args.limit, empty="nothing was offered; see automation.offers in config show")
    return 0


async def _listed(context: Context, query: str, *parameters: Any, empty: str) -> None:
    from console.store.queries import queries

    async with context.database(read_only=True) as db:
        rows = [dict(row) for row in await db.fetch(queries("dispatch")[query], *parameters)]
    columns = list(rows[0]) if rows else ["order"]
    context.out.table(columns, [[row[name] for name in columns] for row in rows], empty=empty)


async def run_explain(args: argparse.Namespace, context: Context) -> int:
    """Handler of explain."""
    from console.automation.dispatch.verbs import explain, find_order

    async with context.database(read_only=True) as db:
        order = await find_order(db, args.order, args.tenant)
        rows = await explain(db, context.settings, order)
    columns = [
        "driver",
        "eligible",
        "total",
        "distance",
        "time",
        "load",
        "priority",
        "km",
        "arrival",
        "delivery",
        "why_not",
    ]
    context.out.table(
        columns, [[row[name] for name in columns] for row in rows[: args.limit]], empty="no driver is on duty"
    )
    return 0


async def run_force(args: argparse.Namespace, context: Context) -> int:
    """Handler of force."""
    from console.automation.dispatch.verbs import find_order, force

    async with context.database() as db:
        order = await find_order(db, args.order, args.tenant)
        context.out.record(await force(db, context.settings, context.actor(), order, args.driver))
    return 0


async def run_undo(args: argparse.Namespace, context: Context) -> int:
    """Handler of undo."""
    from console.automation.dispatch.verbs import undo_round

    async with context.database() as db:
        context.out.record(await undo_round(db, context.actor(), args.round))
    return 0


async def run_answer(args: argparse.Namespace, context: Context) -> int:
    """Handler of accept and decline."""
    from console.automation.dispatch.verbs import answer_offer, find_order

    async with context.database() as db:
        order = await find_order(db, args.order, args.tenant)
        accepts = args.verb == "accept"
        context.out.record(await answer_offer(db, context.actor(), order, args.driver, accepts=accepts))
    return 0
