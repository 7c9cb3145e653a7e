"""`db`: the schema of the database, and the server that comes along."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from console.cli.context import Context
from console.errors import MigrationError, PermissionDenied

if TYPE_CHECKING:
    from console.store.migrate import Standing, Validation
    from console.store.target import Target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Verbs of `db`."""
    verbs = parser.add_subparsers(metavar="VERB", dest="verb")
    migrate = verbs.add_parser("migrate", help="bring the schema to the state of this program")
    migrate.add_argument("--dry-run", action="store_true", help="only list the files that would be applied")
    migrate.add_argument("--patience", type=float, default=60.0, metavar="SECONDS", help="how long to try for locks")
    migrate.set_defaults(handler=run_migrate)
    status = verbs.add_parser("status", help="which migrations are applied (exit code 9 when some are missing)")
    status.set_defaults(handler=run_status)
    validate = verbs.add_parser(
        "validate",
        help="compare every object with what the migrations make (exit code 9 on any difference)",
        description="Lists every object of the schema that is missing, unexpected or different. With CREATEDB a scratch"
        " database on the same server is migrated from nothing and compared with; otherwise the record that the last"
        " migration left. Also lists tables with tenants' rows that lack row security.",
    )
    validate.add_argument(
        "--against", choices=("auto", "scratch", "recorded"), default="auto", help="what to compare with"
    )
    validate.set_defaults(handler=run_validate)
    path = verbs.add_parser("path", help="where the database is, and the URL for psql")
    path.set_defaults(handler=run_path)
    stop = verbs.add_parser("stop", help="stop the server that comes along, whoever uses it")
    stop.set_defaults(handler=run_stop)


async def run_migrate(args: argparse.Namespace, context: Context) -> int:
    """Apply what is pending."""
    from console.store.migrate import discover, migrate, read_standing
    from console.store.readiness import admin, join_roles

    if context.settings.database.read_only and not args.dry_run:
        raise PermissionDenied("the session is read only", hint="start without --read-only")
    async with admin(context.settings) as server:
        if args.dry_run:
            standing = await read_standing(server.connection, discover())
            standing.refuse()
            context.out.table(("file",), [(file.name,) for file in standing.pending], empty="nothing to apply")
            return 0
        with context.out.progress("migrating") as advance:
            report = await migrate(server.connection, patience=args.patience, progress=lambda *_: advance(1))
        await join_roles(server.connection, server.target)
    files = [file.name for file in report.applied]
    if context.out.is_json:
        context.out.json({"applied": files, "seconds": round(report.seconds, 3)})
    elif files:
        context.out.line(f"applied {len(files)} files in {report.seconds:.2f} s, up to {files[-1].partition('/')[0]}")
    else:
        context.out.line("nothing to apply: the schema is current")
    return 0


async def run_status(_args: argparse.Namespace, context: Context) -> int:
    """Ledger against files."""
    from console.store.migrate import discover, read_standing
    from console.store.readiness import admin

    async with admin(context.settings) as server:
        standing = await read_standing(server.connection, discover())
        version = ".".join(str(part) for part in server.connection.get_server_version()[:2])
    if context.out.is_json:
        context.out.json({"server": str(server.target), "server_version": version, **_standing(standing)})
    else:
        context.out.line(f"{server.target}, Postgres {version}")
        context.out.table(_VERSION_COLUMNS, _versions(standing))
        for problem in _problems(standing):
            context.out.line(problem)
        context.out.line("the schema is current" if standing.current else "the schema is not current")
    return 0 if standing.current else MigrationError.exit_code


_VERSION_COLUMNS = ("version", "applied", "pending", "failed", "ms", "last applied", "by")


def _versions(standing: "Standing") -> list[tuple[Any, ...]]:
    """A row a version: counts of files, their time together, when the last one was applied and by whom."""
    rows: list[tuple[Any, ...]] = []
    records = standing.rows or ()
    for name in sorted({row.version for row in records} | {file.version for file in standing.pending}):
        done = [row for row in records if row.version == name and row.status == "applied"]
        last = max(done, key=lambda row: row.started_at, default=None)
        pending = sum(file.version == name for file in standing.pending)
        failed = sum(row.version == name for row in standing.unfinished)
        spent = sum(row.duration_ms or 0 for row in done)
        rows.append(
            (
                name,
                len(done),
                pending,
                failed,
                spent,
                last.started_at if last else None,
                last.applied_by if last else None,
            )
        )
    return rows


def _problems(standing: "Standing") -> Iterable[str]:
    for file in standing.changed:
        yield f"changed since it was applied: {file.name}"
    for name in standing.unknown:
        yield f"applied by a newer program: {name}"
    for row in standing.unfinished:
        how = "interrupted" if row.status == "running" else "failed"
        yield f"{how}: {row.name}: {row.error or 'no error recorded'}"


def _standing(standing: "Standing") -> dict[str, Any]:
    unfinished = [{"file": row.name, "status": row.status, "error": row.error} for row in standing.unfinished]
    keys = [column.replace(" ", "_") for column in _VERSION_COLUMNS]
    return {
        "current": standing.current,
        "versions": [dict(zip(keys, row, strict=True)) for row in _versions(standing)],
        "pending": [file.name for file in standing.pending],
        "changed": [file.name for file in standing.changed],
        "unknown": list(standing.unknown),
        "unfinished": unfinished,
    }


async def run_validate(args: argparse.Namespace, context: Context) -> int:
    """Drift."""
    from console.store.migrate import validate
    from console.store.readiness import admin

    async with admin(context.settings) as server:
        found = await validate(server.connection, server.connect, against=args.against)
    if context.out.is_json:
        context.out.json(_validation(found))
    else:
        columns = ("kind", "object", "difference", "expected", "found")
        drift = [(one.kind, one.identity, one.change, one.expected, one.found) for one in found.drift]
        context.out.table(columns, drift, empty="no object differs")
        for problem in _problems(found.standing):
            context.out.line(problem)
        for name in found.unprotected:
            context.out.line(f"no row security: {name}")
        context.out.note(_verdict(found))
    return 0 if found.sound else MigrationError.exit_code


def _validation(found: "Validation") -> dict[str, Any]:
    drift = [
        {"kind": one.kind, "object": one.identity, "change": one.change, "expected": one.expected, "found": one.found}
        for one in found.drift
    ]
    return {
        "sound": found.sound,
        "against": found.against,
        "drift": drift,
        "unprotected": list(found.unprotected),
        "migrations": _standing(found.standing),
    }


def _verdict(found: "Validation") -> str:
    source = "a scratch database" if found.against == "scratch" else "the record of the last migration"
    if found.sound:
        return f"compared with {source}: everything is as it should be"
    parts = [f"{len(found.drift)} objects differ from {source}"]
    if found.unprotected:
        parts.append(f"{len(found.unprotected)} tables lack row security")
    if not found.standing.current:
        parts.append("the migrations are not current")
    return "; ".join(parts)


def run_path(_args: argparse.Namespace, context: Context) -> int:
    """Where the database is; starts nothing."""
    from console.store.embedded import server_state
    from console.store.target import Target

    dsn = context.settings.database.dsn
    if dsn is not None:
        context.out.record({"server": "external", "url": Target(dsn=dsn).url()})
        return 0
    state = server_state(context.settings)
    context.out.record(
        {
            "server": "embedded",
            "running": state.up,
            "url": state.target.url(),
            "superuser_url": _superuser(state.target).url(),
            "postgres": state.major,
            "pid": state.pid,
            "data_dir": str(state.layout.chosen),
            "cluster": str(state.layout.cluster),
            "log": str(state.layout.log),
            "settings": str(state.layout.conf / "local.conf"),
            "account": state.layout.owner.name,
        }
    )
    return 0


def _superuser(target: "Target") -> "Target":
    from dataclasses import replace

    return replace(target, user=target.owner or target.user)


def run_stop(_args: argparse.Namespace, context: Context) -> int:
    """Stop the embedded server."""
    from console.errors import NotAvailable
    from console.store.embedded import stop_server

    if context.settings.database.dsn is not None:
        raise NotAvailable("that server is not the console's to stop", hint="leave --dsn out to stop the embedded one")
    stopped = stop_server(context.settings)
    if context.out.is_json:
        context.out.json({"stopped": stopped})
    else:
        context.out.line("stopped" if stopped else "no embedded server was running")
    return 0
