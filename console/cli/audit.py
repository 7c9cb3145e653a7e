"""`aoer-console audit ...`: who did what, when and why; sealed so that changes show."""

import argparse
import csv
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.context import Context
from console.errors import ConsoleError, UsageError

if TYPE_CHECKING:
    from console.governance.record import Filter
    from console.store.database import Database

_LIST = ("at", "role", "tenant", "action", "object_type", "object_id", "reason", "outcome", "before", "after")
_EXPORT = (
    *("at", "role", "os_user", "tenant", "action", "object_type", "object_id", "before", "after"),
    *("reason", "origin", "outcome", "client", "application", "request_id", "id"),
)


class RecordAltered(ConsoleError):
    """Rows of the audit record do not fit their seals."""

    exit_code = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="the latest acts")
    _filters(listing)
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    listing.set_defaults(handler=run_list)
    export = verbs.add_parser("export", help="everything that matches, as CSV or JSON lines on stdout")
    _filters(export)
    export.add_argument("--format", choices=("csv", "json"), default="csv", help="default: csv")
    export.set_defaults(handler=run_export)
    logins = verbs.add_parser("logins", help="who logged in lately, from where, and who was refused")
    logins.add_argument("--days", type=int, default=7, metavar="N", help="how far back (default: 7, at most 30)")
    logins.set_defaults(handler=run_logins)
    totals = verbs.add_parser("totals", help="acts by hour, type and severity")
    totals.add_argument("--hours", type=int, default=24, metavar="N", help="how far back (default: 24)")
    totals.add_argument("--tenant", metavar="T", help="name, slug or id")
    totals.add_argument("--severity", choices=("info", "warning", "error", "critical"), help="only these")
    totals.set_defaults(handler=run_totals)
    rules = verbs.add_parser("rules", help="what raises an alert; see them with: alerts list")
    rules.set_defaults(handler=run_rules)
    sealing = verbs.add_parser("seal", help="seal what is new; prints the heads: keep them elsewhere")
    sealing.set_defaults(handler=run_seal)
    verify = verbs.add_parser("verify", help="find changed, removed or inserted rows (exit code 10)")
    verify.add_argument("--heads", type=Path, metavar="FILE", help="heads from an earlier `audit seal --json`")
    verify.set_defaults(handler=run_verify)


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", metavar="T", help="name, slug or id")
    parser.add_argument("--action", metavar="A", help="such as alert.acknowledge, or only alert")
    parser.add_argument("--who", metavar="NAME", help="database role or operating system user")
    parser.add_argument("--object", metavar="X", help="id or type of what was acted on")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="ISO 8601, such as 2026-05-01T08:00Z")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="before this time")
    parser.add_argument("--outcome", metavar="WORD", help="done, refused, conflict ...")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from error


async def _filter(db: "Database", args: argparse.Namespace) -> "Filter":
    from console.governance.record import Filter
    from console.tenancy import find_tenant

    tenant = await find_tenant(db, args.tenant) if args.tenant else None
    return Filter(tenant, args.action, args.who, args.object, args.since, args.until, args.outcome)


async def run_list(args: argparse.Namespace, context: Context) -> int:
    """Handler of `audit list`."""
    from console.governance.record import entries

    async with context.database(read_only=True) as db:
        rows = [row async for row in entries(db, await _filter(db, args), max(1, args.limit))]
    if context.out.is_json:
        context.out.json(rows)
    else:
        context.out.table(_LIST, [[row[c] for c in _LIST] for row in rows], empty="no act matches")
    return 0


async def run_export(args: argparse.Namespace, context: Context) -> int:
    """Handler of `audit export`. Asks the rate limit of action `export` first."""
    from console.cli.output import encode
    from console.domain.limits import EXPORT
    from console.governance.limits import take
    from console.governance.record import entries

    async with context.database() as db:
        wanted = await _filter(db, args)
        await take(db, EXPORT)
        writer = csv.writer(sys.stdout)
        if args.format == "csv":
            writer.writerow(_EXPORT)
        async for row in entries(db, wanted):
            if args.format == "json":
                sys.stdout.write(json.dumps(json.loads(encode(row)), ensure_ascii=False) + "\n")
            else:
                writer.writerow([_cell(row[column]) for column in _EXPORT])
    return 0


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    # A spreadsheet must not take an operator's note for a formula.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


async def run_logins(args: argparse.Namespace, context: Context) -> int:
    """Handler of `audit logins`."""
    from console.store.queries import queries

    columns = ["role", "os_user", "application", "client", "origin", "last_login", "logins", "last_failure", "failures"]
    async with context.database(read_only=True) as db:
        rows = await db.fetch(queries("governance")["recent_logins"], args.days, 200)
    context.out.table(columns, [[row[c] for c in columns] for row in rows], empty="nobody has logged in")
    return 0


async def run_totals(args: argparse.Namespace, context: Context) -> int:
    """Handler of `audit totals`."""
    from console.store.queries import queries
    from console.tenancy import find_tenant

    columns = ["hour", "tenant", "event_type", "severity", "count", "unique_users"]
    async with context.database(read_only=True) as db:
        tenant = await find_tenant(db, args.tenant) if args.tenant else None
        rows = await db.fetch(queries("governance")["audit_totals"], args.hours, tenant, args.severity, 1000)
    context.out.table(columns, [[row[c] for c in columns] for row in rows], empty="nothing is counted yet")
    return 0


async def run_rules(_: argparse.Namespace, context: Context) -> int:
    """Handler of `audit rules`."""
    from console.store.queries import queries

    columns = ["name", "event_type", "threshold", "window_seconds", "severity", "title", "enabled"]
    async with context.database(read_only=True) as db:
        rows = await db.fetch(queries("governance")["audit_rules"])
    context.out.table(columns, [[row[c] for c in columns] for row in rows])
    return 0


async def run_seal(_: argparse.Namespace, context: Context) -> int:
    """Handler of `audit seal`."""
    from console.governance.record import heads, seal

    async with context.database() as db:
        rows, blocks, findings = await seal(db, context.actor("audit seal"))
        ends = await heads(db)
    if context.out.is_json:
        context.out.json({"rows": rows, "blocks": blocks, "heads": ends, "findings": findings})
    else:
        columns = ("tenant", "seq", "hash", "sealed_at")
        context.out.table(columns, [[end[c] or "(installation)" for c in columns] for end in ends])
        context.out.note(f"{rows} rows sealed in {blocks} blocks")
    if findings:
        ids = ", ".join(str(row["row_id"]) for row in findings[:10])
        raise RecordAltered(
            f"{len(findings)} rows were altered before they were sealed: {ids}", hint="see: audit verify"
        )
    return 0


async def run_verify(args: argparse.Namespace, context: Context) -> int:
    """Handler of `audit verify`."""
    from console.governance.events import threat
    from console.governance.record import verify

    heads = None
    if args.heads is not None:
        try:
            heads = json.loads(args.heads.read_text())
        except (OSError, ValueError) as error:
            raise UsageError(f"{args.heads}: {error}", hint="make one with: audit seal --json > FILE") from error
    async with context.database() as db:
        findings = await verify(db, heads)
        await threat(db, context.actor("audit verify"), findings)
    columns = ["tenant", "seq", "row_id", "finding"]
    lines = [[row[c] for c in columns] for row in findings]
    context.out.table(columns, lines, empty="the record is as it was sealed")
    if findings:
        hint = "keep this output and compare with a backup"
        raise RecordAltered(f"{len(findings)} findings in the audit record", hint=hint)
    return 0
