"""`import`: read rows of tenants, signals, queries, drivers or orders from CSV."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from console.cli.context import Context
from console.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

    from console.importer.report import Result

KINDS = {
    "tenants": "who is rated and delivered for",
    "signals": "visibility signals and outcomes by tenant and day",
    "queries": "watched queries by tenant and week",
    "drivers": "drivers of one tenant",
    "orders": "delivery orders of one tenant",
}

RULES = """\
The file is CSV in UTF-8, plain or gzip, with a header; columns in any order, separated by comma, semicolon or tab.
- reads standard input. Rows are matched to stored ones by their key: new ones are inserted, differing ones updated,
equal ones left untouched. Columns that the file does not have keep what is stored. An empty cell is 'not known',
never zero. A key that is in the file twice is rejected at its second line.

--on-error abort (the default) applies nothing if any row is rejected; --on-error skip applies the good rows.
Either way the exit code is 8 when rows were rejected, also after the good ones have landed. A file that cannot be
read at all (unknown column, damaged compression) exits with 8 too and applies nothing. --dry-run does everything,
then takes it back."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Verbs of `import`: one for each kind of file."""
    verbs = parser.add_subparsers(metavar="KIND", dest="kind")
    for name in KINDS:
        about = KINDS[name]
        verb = verbs.add_parser(
            name, help=about, description=f"Import {name}: {about}.\n\n{RULES}", epilog=_epilog(name)
        )
        verb.add_argument("file", metavar="FILE", help="path of the file, or - for standard input")
        verb.add_argument("--tenant", metavar="NAME", help="name, slug or id of the tenant whose rows they are")
        verb.add_argument("--dry-run", action="store_true", help="check everything and change nothing")
        verb.add_argument(
            "--on-error", choices=("abort", "skip"), default="abort", help="what rejected rows mean for the rest"
        )
        verb.add_argument("--rejects", metavar="FILE", help="write every rejected row with its reason to this CSV file")
        verb.add_argument("--show", metavar="N", type=int, default=20, help="rejected rows to print (default 20)")
        verb.add_argument("--time-zone", metavar="ZONE", help="zone of times without an offset, such as Europe/Rome")
        verb.add_argument(
            "--ignore-column", metavar="NAME", action="append", default=[], help="skip a column of the file"
        )
        verb.add_argument(
            "--future-days", metavar="N", type=int, default=1, help="accept readings up to N days ahead (default 1)"
        )
        verb.add_argument("--enqueue", action="store_true", help="queue a recompute of the tenants whose rows changed")
        verb.set_defaults(handler=import_file)


async def import_file(args: argparse.Namespace, context: Context) -> int:
    """Import, print what became of the rows, and return 0, or 8 when any was rejected."""
    from console.errors import InputRejected
    from console.importer.request import Request
    from console.importer.service import run_import

    request = Request(
        args.kind,
        args.file,
        tenant=args.tenant,
        dry_run=args.dry_run,
        abort=args.on_error == "abort",
        enqueue=args.enqueue,
        zone=_zone(args.time_zone),
        future_days=args.future_days,
        show_rejects=max(args.show, 0),
        ignored=tuple(args.ignore_column),
    )
    with ExitStack() as open_files:
        sink = open_files.enter_context(_writable(args.rejects)) if args.rejects else None
        async with context.database() as db:
            with context.out.progress(f"importing {args.kind}, bytes", _size(args.file)) as progress:
                result = await run_import(db, request, context.actor(), progress=progress, sink=sink)
    show(context, result, args.rejects)
    return InputRejected.exit_code if result.rejected else 0


def _zone(name: str | None) -> "tzinfo | None":
    if name is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(f"no time zone {name!r}", hint="give an IANA name such as Europe/Rome") from None


def _size(name: str) -> int | None:
    return Path(name).stat().st_size if Path(name).is_file() else None


def _writable(name: str) -> TextIO:
    try:
        return Path(name).open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}", hint="give another path to --rejects") from None


def _epilog(name: str) -> str:
    """The columns of a kind: name, type, whether required, meaning, example."""
    from console.cli.parser import EXIT_CODES
    from console.importer.catalogue import kind

    chosen = kind(name)
    width = max(len(column.name) for column in chosen.columns)
    lines = [f"columns of {name} (* must be there and filled), known by {', '.join(chosen.key)}:"]
    for column in chosen.columns:
        lines.append(f"  {column.name:<{width}}{'*' if column.required else ' '} {column.meaning}")
        lines.append(f"  {'':<{width}}  {column.type.label}; example: {column.example}")
    return "\n".join([*lines, "", chosen.notes, "", EXIT_CODES])


def show(context: Context, result: "Result", rejects_file: str | None) -> None:
    """Counts and the first rejected rows; with --json the whole result as one object."""
    out = context.out
    if out.is_json:
        out.json(result.document())
        return
    for fault in result.document()["rejects"]:
        where = f"{result.file}:{fault['line']}: "
        what = f"{fault['column']} {fault['value']!r}: " if fault["column"] else ""
        out.note(where + what + fault["reason"])
    if result.rejected:
        shown = len({fault.line for fault in result.rejects})
        rest = f"; the first {shown} are shown above" if shown < result.rejected else ""
        file = f"; all are in {rejects_file}" if rejects_file else "; --rejects FILE writes all of them" if rest else ""
        out.note(f"{_many(result.rejected, 'row')} rejected{rest}{file}")
    if result.tenants_created:
        names = ", ".join(result.tenants_created[:10]) + (", ..." if len(result.tenants_created) > 10 else "")
        made = "created" if result.applied else "would be created"
        out.note(f"{_many(len(result.tenants_created), 'tenant')} {made}: {names}")
    out.line(_summary(result))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _summary(result: "Result") -> str:
    counts = f"{result.inserted:,} inserted, {result.updated:,} updated, {result.unchanged:,} unchanged"
    speed = f"{_many(result.read, 'row')} in {result.seconds:.1f} s"
    if result.applied:
        queued = f"; {_many(result.queued, 'recompute')} queued" if result.queued else ""
        return f"{result.kind}: {counts}, {result.rejected:,} rejected ({speed}){queued}"
    if result.dry_run:
        return f"dry run, nothing changed: would be {counts}, {result.rejected:,} rejected ({speed})"
    rows = f"{result.rejected:,} of {_many(result.read, 'row')} rejected"
    return f"nothing applied: {rows}; correct them or give --on-error skip"
