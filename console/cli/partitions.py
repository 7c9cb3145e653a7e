"""`aoer-console partitions ...`: what lies ahead, what is kept."""

import argparse
import re

from console.cli.context import Context
from console.errors import NotFound, UsageError
from console.store.queries import queries

_COLUMNS = ("parent", "partition", "starts", "ends", "rows_estimated", "bytes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("status", help="per table: partitions ahead, retention, alarm").set_defaults(handler=run_status)
    listing = verbs.add_parser("list", help="every partition with bounds and size")
    listing.add_argument("--table", metavar="T", help="only of this one")
    listing.set_defaults(handler=run_list)
    maintain = verbs.add_parser("maintain", help="make partitions ahead and drop those past their retention, now")
    maintain.add_argument("--dry-run", action="store_true", help="tell what would be done")
    maintain.set_defaults(handler=run_maintain)
    keep = verbs.add_parser("keep", help="set how long the rows of a table are kept")
    keep.add_argument("table", metavar="TABLE")
    keep.add_argument("span", metavar="SPAN", help="such as 90d, 13mon, 2y, or forever")
    keep.set_defaults(handler=run_keep)


async def run_status(_: argparse.Namespace, context: Context) -> int:
    """Handler of `partitions status`; exit code 10 when fewer than two lie ahead of some table."""
    async with context.database(read_only=True) as db:
        rows = await db.fetch(queries("governance")["partitions_ahead"])
    columns = ["parent", "period", "partitions", "ahead", "wanted", "retention", "alarm"]
    lines = [[*(row[c] for c in columns[:-1]), "fewer than 2 ahead" if row["ahead"] < 2 else ""] for row in rows]
    context.out.table(columns, lines)
    return 10 if any(line[-1] for line in lines) else 0


async def run_list(args: argparse.Namespace, context: Context) -> int:
    """Handler of `partitions list`."""
    async with context.database(read_only=True) as db:
        rows = await db.fetch(queries("governance")["partitions"], args.table)
    context.out.table(_COLUMNS, [[row[c] for c in _COLUMNS] for row in rows], empty="no such partitioned table")
    return 0


async def run_maintain(args: argparse.Namespace, context: Context) -> int:
    """Handler of `partitions maintain`."""
    from console.governance.retention import planned, remove_old

    text = queries("governance")
    columns = ("what", "detail", "outcome")
    async with context.database() as db:
        if args.dry_run:
            lines = [[row[c] for c in columns] for row in await planned(db, context.settings)]
        else:
            made = await db.fetch(text["missing_partitions"])
            await db.fetchval(queries("scheduler")["partitions"])
            gone = await remove_old(db, context.actor("partitions maintain"))
            lines = [[row["parent"], row["partition"], "made"] for row in made]
            lines += [[row["parent"], row["partition"], row["outcome"]] for row in gone]
    context.out.table(columns, lines, empty="nothing to do")
    return 0


async def run_keep(args: argparse.Namespace, context: Context) -> int:
    """Handler of `partitions keep`."""
    span = _span(args.span)
    async with context.database() as db, db.transaction(context.actor()) as connection:
        row = await connection.fetchrow(queries("governance")["set_retention"], args.table, span)
        if row is None:
            raise NotFound(f"{args.table} is not a partitioned table", hint="see: aoer-console partitions status")
        what = {"retention": span}
        await connection.execute(
            queries("governance")["audit_write"], None, "retention.set", "table", args.table, None, what, "done"
        )
    context.out.record(dict(row))
    return 0


def _span(text: str) -> str | None:
    if text == "forever":
        return None
    found = re.fullmatch(r"(\d{1,4})\s*(d|day|days|mon|month|months|y|year|years)", text.strip())
    if not found or int(found[1]) == 0:
        raise UsageError(f"{text!r} is not a span", hint="such as 90d, 13mon, 2y, or forever")
    unit = {"d": "days", "m": "months", "y": "years"}[found[2][0]]
    return f"{found[1]} {unit}"
