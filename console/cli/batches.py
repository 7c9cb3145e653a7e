"""`aoer-console batches ...`: run batching now, look at batches, dissolve or split them."""

import argparse

from console.cli.context import Context

STATES = ("pending", "processing", "completed", "failed", "cancelled")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="batches, newest first")
    listing.add_argument("--status", choices=STATES, metavar="STATUS", help=f"of {', '.join(STATES)}")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="rows at most")
    listing.set_defaults(handler=run_list)
    verbs.add_parser("run", help="form batches now, whatever the engine's desired state").set_defaults(
        handler=run_batching
    )
    show = verbs.add_parser("show", help="a batch and its orders in delivery order")
    show.add_argument("batch", metavar="BATCH", help="number or id")
    show.set_defaults(handler=run_show)
    cancel = verbs.add_parser("cancel", help="dissolve a batch that nobody has picked up")
    cancel.add_argument("batch", metavar="BATCH")
    cancel.set_defaults(handler=run_cancel, orders=None)
    split = verbs.add_parser("split", help="take orders out of a batch")
    split.add_argument("batch", metavar="BATCH")
    split.add_argument("orders", nargs="+", metavar="ORDER")
    split.set_defaults(handler=run_cancel)


async def run_list(args: argparse.Namespace, context: Context) -> int:
    """Handler of list."""
    from console.store.queries import queries

    async with context.database(read_only=True) as db:
        rows = [dict(row) for row in await db.fetch(queries("batching")["batches"], args.status, args.limit)]
    columns = ["batch", "status", "service_type", "orders", "km", "minutes", "driver", "delivered", "created_at"]
    listed = [[round(row[c], 2) if isinstance(row[c], float) else row[c] for c in columns] for row in rows]
    context.out.table(columns, listed, empty="no batches; form some with: aoer-console batches run")
    return 0


async def run_batching(_: argparse.Namespace, context: Context) -> int:
    """Handler of run."""
    from console.automation.batching.cycle import batch_all

    async with context.database() as db:
        stats = await batch_all(db, context.settings)
    context.out.record({"batches": stats.get("batches", 0), "batched": stats.get("batched", 0), **stats})
    return 0


async def run_show(args: argparse.Namespace, context: Context) -> int:
    """Handler of show."""
    from console.automation.batching.verbs import show

    async with context.database() as db:
        batch, orders = await show(db, args.batch)
    rows = [dict(row) for row in orders]
    if context.out.is_json:
        context.out.json({"batch": dict(batch), "orders": rows})
        return 0
    context.out.record({name: batch[name] for name in ("batch_number", "status")})
    columns = ["route_sequence", "reference", "status", "dropoff_name", "promised_at", "eta_at"]
    context.out.table(columns, [[row[name] for name in columns] for row in rows], empty="it has no orders")
    return 0


async def run_cancel(args: argparse.Namespace, context: Context) -> int:
    """Handler of cancel and split."""
    from console.automation.batching.verbs import split

    async with context.database() as db:
        context.out.record(await split(db, context.actor(), args.batch, args.orders))
    return 0
