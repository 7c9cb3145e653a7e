"""`aoer-console queue ...`: the recompute queue."""

import argparse
from typing import TYPE_CHECKING
from uuid import UUID

from console.cli.context import Context
from console.errors import Conflict, UsageError

if TYPE_CHECKING:
    from console.queue.service import Change
    from console.store.database import Database

LANES = ("urgent", "high", "medium", "low")
STATES = ("pending", "processing", "completed", "failed", "cancelled", "quarantined")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("add", help="queue recomputes; a tenant that waits already is moved up, not doubled")
    who = add.add_mutually_exclusive_group(required=True)
    who.add_argument("--tenant", action="append", metavar="T", help="name, slug or id; may be given several times")
    who.add_argument("--all", action="store_true", help="every active tenant")
    add.add_argument("--priority", choices=LANES, default="medium", help="lane (default: medium)")
    add.add_argument("--force", action="store_true", help="compute even where nothing changed in aoer.cache_seconds")
    add.set_defaults(handler=run_add)
    show = verbs.add_parser("status", help="counts, lanes, rates, workers")
    show.set_defaults(handler=run_status)
    listing = verbs.add_parser("list", help="jobs: running, waiting, recently ended")
    listing.add_argument("--status", action="append", choices=STATES, help="only these; may be given several times")
    listing.add_argument("--tenant", metavar="T", help="only this tenant's")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    listing.set_defaults(handler=run_list)
    _changes(verbs)
    drain = verbs.add_parser("drain", help="work off everything that is due, in this process, then end")
    drain.add_argument("--timeout", type=float, metavar="SECONDS", help="end after this long in any case")
    drain.set_defaults(handler=run_drain)
    _holds(verbs)


def _changes(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for verb, states, does in (
        ("retry", ("failed", "quarantined", "cancelled"), "queue ended jobs again"),
        ("cancel", ("pending", "processing"), "cancel waiting jobs, and ask the workers of running ones to stop"),
    ):
        parser = verbs.add_parser(verb, help=does)
        parser.add_argument("jobs", nargs="*", metavar="JOB", help="job ids (see: queue list)")
        parser.add_argument("--status", action="append", choices=states, help="instead of ids: every job in this state")
        parser.add_argument("--tenant", metavar="T", help="with --status: only this tenant's")
        parser.set_defaults(handler=run_change)


def _holds(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for verb, does in (
        ("pause", "claim nothing more of it; what runs is finished"),
        ("resume", "the reverse of pause"),
    ):
        parser = verbs.add_parser(verb, help=does)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--lane", choices=LANES, help="only this lane")
        what.add_argument("--tenant", metavar="T", help="only this tenant")
        what.add_argument("--kind", metavar="KIND", help="only this kind of job")
        parser.set_defaults(handler=run_hold)
    parser = verbs.add_parser("limit", help="how many jobs of a tenant may run at once")
    parser.add_argument("--tenant", metavar="T", required=True, help="name, slug or id")
    parser.add_argument("slots", type=int, nargs="?", help="1 to 1000; nothing returns to queue.tenant_slots")
    parser.set_defaults(handler=run_limit)


async def run_add(args: argparse.Namespace, context: Context) -> int:
    """Handler of `queue add`."""
    from console.domain.enums import Priority
    from console.domain.limits import ENQUEUE
    from console.governance.limits import take
    from console.queue import service
    from console.tenancy import find_tenants

    async with context.database() as db:
        actor, lane = context.actor(), Priority(args.priority)
        payload = {"force": True} if args.force else {}
        tenants = [] if args.all else await find_tenants(db, args.tenant)
        await take(db, ENQUEUE)
        if args.all:
            done = await service.enqueue_all(db, actor, priority=lane, payload=payload)
        else:
            done = await service.enqueue(db, actor, tenants, priority=lane, payload=payload)
    context.out.record({"queued": done.created, "raised": done.raised, "waiting already": done.already})
    return 0


async def run_status(_: argparse.Namespace, context: Context) -> int:
    """Handler of `queue status`."""
    from console.queue import service

    async with context.database() as db:
        found = await service.status(db)
    if context.out.is_json:
        context.out.json(found)
        return 0
    context.out.record(found["counts"])
    for title, part in (
        ("lanes", "lanes"),
        ("last 15 minutes", "rates"),
        ("workers", "workers"),
        ("held back", "controls"),
    ):
        if found[part]:
            columns = [name for name in found[part][0] if name not in {"kinds", "metadata"}]
            context.out.table(columns, [[row[name] for name in columns] for row in found[part]], title=title)
    return 0


async def run_list(args: argparse.Namespace, context: Context) -> int:
    """Handler of `queue list`."""
    from console.domain.jobs import from_outside
    from console.queue import service

    async with context.database() as db:
        tenant = await _tenant(db, args.tenant)
        states = [from_outside(word).value for word in args.status] if args.status else None
        rows = await service.list_jobs(db, statuses=states, tenant=tenant, limit=args.limit)
    columns = [
        "id",
        "tenant",
        "kind",
        "priority",
        "status",
        "retry_count",
        "scheduled_at",
        "completed_at",
        "error_message",
    ]
    context.out.table(
        columns, [[row[name] for name in columns] for row in rows], empty="no such job; see: queue add --help"
    )
    return 0


async def run_change(args: argparse.Namespace, context: Context) -> int:
    """Handler of `queue retry` and `queue cancel`."""
    from console.domain.jobs import from_outside
    from console.domain.limits import BULK
    from console.governance.limits import take
    from console.queue import service

    if bool(args.jobs) == bool(args.status):
        raise UsageError("name jobs, or a state with --status", hint=f"see: aoer-console queue {args.verb} --help")
    async with context.database() as db:
        actor = context.actor()
        if args.status or len(args.jobs) > 1:
            await take(db, BULK)
        if args.status:
            states = [from_outside(word).value for word in args.status]
            changed = await service.change_by_status(db, actor, args.verb, states, await _tenant(db, args.tenant))
        else:
            ids = [_job_id(word) for word in args.jobs]
            verb = service.retry if args.verb == "retry" else service.cancel
            changed = await verb(db, actor, ids)
            if len(changed) < len(set(ids)):
                _report(context, changed)
                raise Conflict(
                    f"{len(set(ids)) - len(changed)} of {len(set(ids))} jobs are unknown or not in a state for that",
                    hint="see: aoer-console queue list",
                )
    _report(context, changed)
    return 0


def _report(context: Context, changed: "list[Change]") -> None:
    rows = [[change.id, change.tenant, change.status] for change in changed]
    context.out.table(["id", "tenant", "status"], rows, empty="no job was changed")


async def run_drain(args: argparse.Namespace, context: Context) -> int:
    """Handler of `queue drain`."""
    from console.queue.drain import drain

    async with context.database() as db:
        done = await drain(db, context.settings, limit_seconds=args.timeout)
    context.out.record({"completed": done.completed, "empty": done.empty})
    return 0


async def run_hold(args: argparse.Namespace, context: Context) -> int:
    """Handler of `queue pause` and `queue resume`."""
    from console.queue import controls

    async with context.database() as db:
        scope, key = "all", ""
        if args.lane:
            scope, key = "lane", args.lane
        elif args.kind:
            scope, key = "kind", args.kind
        elif args.tenant:
            scope, key = "tenant", str(await _tenant(db, args.tenant))
        verb = controls.pause if args.verb == "pause" else controls.resume
        changed = await verb(db, context.actor(), scope, key)
    context.out.record({"scope": scope, "name": key, "paused": args.verb == "pause", "changed": changed})
    return 0


async def run_limit(args: argparse.Namespace, context: Context) -> int:
    """Handler of `queue limit`."""
    from console.queue import controls

    if args.slots is not None and not 1 <= args.slots <= 1000:
        raise UsageError("slots are 1 to 1000")
    async with context.database() as db:
        tenant = await _tenant(db, args.tenant)
        assert tenant is not None
        changed = await controls.limit(db, context.actor(), tenant, args.slots)
    context.out.record({"tenant": tenant, "slots": args.slots, "changed": changed})
    return 0


async def _tenant(db: "Database", word: str | None) -> UUID | None:
    from console.tenancy import find_tenant

    return await find_tenant(db, word) if word else None


def _job_id(word: str) -> UUID:
    try:
        return UUID(word)
    except ValueError:
        raise UsageError(f"{word!r} is not a job id", hint="see: aoer-console queue list") from None
