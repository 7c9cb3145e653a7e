"""Nouns made from the action registry: list and show rows, and every verb of the terminal, with the same checks."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from console.actions.model import Action, DryRun, Outcome, Param, Result, Scope, Target, Tier
from console.actions.permissions import NEEDS_ROLE
from console.actions.registry import for_noun
from console.cli.context import Context
from console.cli.rows import ROWS, Rows, fields_of, rows_of
from console.errors import Conflict, NotAvailable, NotFound, PermissionDenied, UsageError
from console.feed.details import Lookup

if TYPE_CHECKING:
    from console.feed.readers import Readers

MANY = 100_000
_OUTCOMES = ("id", "what", "result", "message")
_CODES: dict[Result, int] = {
    Result.CONFLICT: Conflict.exit_code,
    Result.REFUSED: Conflict.exit_code,
    Result.GONE: NotFound.exit_code,
    Result.NOT_AVAILABLE: NotAvailable.exit_code,
}


def noun(name: str) -> "Callable[[argparse.ArgumentParser], argparse._SubParsersAction[argparse.ArgumentParser]]":
    """The `add_arguments` of a noun."""
    return partial(add_arguments, name)


def add_arguments(name: str, parser: argparse.ArgumentParser) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """list, show and the registry's verbs of a noun; returns the place where a noun may add verbs of its own."""
    rows = ROWS[name]
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help=f"{rows.what}s, the most pressing first")
    _filters(listing, rows)
    listing.add_argument("--all", action="store_true", help="also those that are over")
    listing.add_argument("--find", default="", metavar="WORDS", help="every word occurs somewhere in the row")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    listing.set_defaults(handler=partial(run_list, rows))
    show = verbs.add_parser("show", help=f"one {rows.what} with what belongs to it")
    show.add_argument("row", metavar=rows.what.upper(), help=_naming(rows))
    show.set_defaults(handler=partial(run_show, rows))
    for action in for_noun(name):
        if action.key is not None:
            verb = verbs.add_parser(action.cli[1], help=action.help, description=action.help)
            _verb(verb, action, rows_of(action.scope) or rows)
    return verbs


def _verb(parser: argparse.ArgumentParser, action: Action, rows: Rows) -> None:
    if action.scope is not Scope.GLOBAL:
        parser.add_argument("rows", nargs="*", metavar=rows.what.upper(), help=_naming(rows))
        parser.add_argument(
            "--matching",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help=f"instead of naming rows: all that match ({', '.join(rows.filters)}); needs --expect and --reason",
        )
    parser.add_argument("--expect", type=int, metavar="N", help="for many rows: refuse unless exactly N are eligible")
    parser.add_argument("--dry-run", action="store_true", help="count what would happen; write nothing")
    for param in action.params:
        choices = param.choices if isinstance(param.choices, tuple) else None
        parser.add_argument(f"--{param.name}", choices=choices, default=None, help=_param_help(param))
    parser.set_defaults(handler=partial(run_verb, action, rows))


def _filters(parser: argparse.ArgumentParser, rows: Rows) -> None:
    for name in rows.filters:
        words = "one or several words separated by commas; ! in front excludes"
        parser.add_argument(f"--{name.replace('_', '-')}", dest=f"by_{name}", metavar="WORDS", help=words)


def _naming(rows: Rows) -> str:
    return " or ".join(("id (its beginning is enough)", *rows.names))


def _param_help(param: Param) -> str:
    if param.choices == "drivers":
        return f"{param.help}: name, reference or id; without it the best candidate"
    return param.help + (f" (default: {param.default})" if param.default else "")


async def run_list(rows: Rows, args: argparse.Namespace, context: Context) -> int:
    """Handler of `list`."""
    given = {name: getattr(args, f"by_{name}") for name in rows.filters if getattr(args, f"by_{name}")}
    usual = {} if args.all else {name: value for name, value in rows.usual.items() if name not in given}
    async with context.database(read_only=True) as db:
        section = await rows.list(_readers(db), Lookup(args.find, usual | given, max(1, args.limit)))
    if context.out.is_json:
        context.out.json(
            {"total": section.total, "rows": [{"version": r.row_version, **r.cells} for r in section.rows]}
        )
        return 0
    context.out.table(rows.columns, [[r.cells.get(c) for c in rows.columns] for r in section.rows], empty=rows.empty)
    if section.total > len(section.rows):
        context.out.note(f"{len(section.rows)} of {section.total}; --limit shows more")
    return 0


async def run_show(rows: Rows, args: argparse.Namespace, context: Context) -> int:
    """Handler of `show`."""
    async with context.database(read_only=True) as db:
        readers = _readers(db)
        row = await rows.find(readers, args.row)
        detail = await rows.show(readers, row.key)
    if context.out.is_json:
        context.out.json(detail)
        return 0
    context.out.record(detail.record.cells)
    for name in detail.__slots__:
        part = getattr(detail, name)
        listed = getattr(part, "rows", None)
        if listed:
            columns = [c for c in listed[0].cells if not c.endswith("_id") and c not in {"before", "after"}]
            context.out.line("")
            context.out.line(name)
            context.out.table(columns, [[r.cells.get(c) for c in columns] for r in listed])
        elif getattr(part, "error", None):
            context.out.note(f"{name}: {part.error}")
    return 0


async def run_verb(action: Action, rows: Rows, args: argparse.Namespace, context: Context) -> int:
    """Handler of every verb of the registry."""
    from console.actions.dry_run import dry_run
    from console.actions.run import perform

    given = {param.name: value for param in action.params if (value := getattr(args, param.name)) is not None}
    async with context.database() as db:
        readers = _readers(db)
        targets = await _targets(readers, action, rows, args)
        params = await _resolved(readers, action, given, targets)
        many = action.tier is Tier.BULK or bool(getattr(args, "matching", None))
        if args.dry_run or many:
            counts = await dry_run(db, action, targets, params)
            if args.dry_run:
                return _counted(counts, context)
            _confirmed(counts, args.expect, context.actor().reason)
            targets = [] if action.scope is Scope.GLOBAL else list(counts.eligible)
        outcomes = await perform(db, action, targets, params, context.actor())
    return _told(outcomes, context)


async def _targets(readers: "Readers", action: Action, rows: Rows, args: argparse.Namespace) -> list[Target]:
    if action.scope is Scope.GLOBAL:
        return []
    if bool(args.rows) == bool(args.matching):
        raise UsageError(f"name the {rows.what}s, or choose them with --matching", hint="see --help")
    if args.rows:
        found = [rows.target(await rows.find(readers, word)) for word in args.rows]
        return list({target.key: target for target in found}.values())
    section = await rows.list(readers, Lookup("", rows.usual | fields_of(args.matching, rows.filters), MANY))
    return [rows.target(row) for row in section.rows]


async def _resolved(
    readers: "Readers", action: Action, given: dict[str, str], targets: Sequence[Target]
) -> dict[str, str]:
    """Names of drivers as ids; without one the best candidate of the only order."""
    for param in action.params:
        if param.choices != "drivers" or not targets:
            continue
        if param.name in given:
            driver = await ROWS["drivers"].find(readers, given[param.name], targets[0].tenant_id)
            given[param.name] = driver.key
        elif len(targets) == 1:
            best = next(iter((await readers.candidates(targets[0].key)).rows), None)
            if best is None or not best.cells["fits"]:
                raise Conflict("no driver can take this order now", hint="see: aoer-console drivers list")
            given[param.name] = best.key
    return given


def _confirmed(counts: DryRun, expect: int | None, reason: str) -> None:
    """What the terminal asks in a dialog: the typed count and a reason."""
    if not reason:
        raise UsageError("a verb on many rows needs a reason", hint="add --reason TEXT")
    if expect is None:
        raise UsageError(f"a verb on many rows needs the count: {counts.describe()}", hint="add --expect N")
    if expect != len(counts.eligible):
        raise Conflict(f"expected {expect}, found {counts.describe()}", hint="nothing was changed; count again")


def _counted(counts: DryRun, context: Context) -> int:
    found = {"eligible": len(counts.eligible), "already": counts.already, "refused": counts.refused}
    context.out.record({**found, "locked": counts.locked, "gone": counts.gone})
    return 0


def _told(outcomes: Sequence[Outcome], context: Context) -> int:
    if context.out.is_json:
        rows: list[dict[str, Any]] = [
            {"id": o.target.key, "what": o.target.label, "result": o.result, "message": o.message, "after": o.after}
            for o in outcomes
        ]
        context.out.json(rows)
    else:
        lines = [[o.target.key, o.target.label, o.result.value, o.message] for o in outcomes]
        context.out.table(_OUTCOMES, lines, empty="nothing to do")
    return exit_code(outcomes)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 when every row is what was asked for; else that of the first row which is not."""
    failed = next((o for o in outcomes if o.result in _CODES), None)
    if failed is None:
        return 0
    return PermissionDenied.exit_code if failed.message.startswith(NEEDS_ROLE) else _CODES[failed.result]


def _readers(db: Any) -> "Readers":
    from console.feed.readers import Readers

    return Readers(db)
