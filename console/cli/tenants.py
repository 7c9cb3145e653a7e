"""`aoer-console tenants ...`: made from the action registry, and the verbs that make and edit tenants."""

import argparse

from console.cli.actions_cli import noun
from console.cli.context import Context

_registry = noun("tenants")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = _registry(parser)
    add = verbs.add_parser("add", help="make a tenant; you become its admin")
    add.add_argument("tenant", metavar="NAME")
    _columns(add)
    add.set_defaults(handler=run_add)
    edit = verbs.add_parser("edit", help="change what is given, leave the rest")
    edit.add_argument("tenant", metavar="TENANT", help="name, slug or id")
    edit.add_argument("--name", metavar="NAME", help="new name")
    _columns(edit)
    edit.set_defaults(handler=run_edit, active=None)
    for verb, does in (
        ("deactivate", "stop rating and dispatching it; deletes nothing"),
        ("activate", "the reverse"),
    ):
        switch = verbs.add_parser(verb, help=does)
        switch.add_argument("tenant", metavar="TENANT", help="name, slug or id")
        switch.set_defaults(handler=run_edit, active=verb == "activate")


def _columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--slug", metavar="S", help="short unique name")
    parser.add_argument("--domain", action="append", metavar="D", help="web domain; may be given several times")
    parser.add_argument("--brand-term", action="append", metavar="W", help="brand word; may be given several times")
    parser.add_argument("--time-zone", metavar="Z", help="IANA zone, such as Europe/Berlin")
    parser.add_argument("--revenue-unit", choices=("currency", "rate"), help="unit of observed_rar")


async def run_add(args: argparse.Namespace, context: Context) -> int:
    """Handler of `tenants add`."""
    from console.governance.tenants import Edit, add_tenant

    edit = Edit(None, args.slug, args.domain, args.brand_term, args.time_zone, args.revenue_unit)
    async with context.database() as db:
        context.out.record(await add_tenant(db, context.actor(), args.tenant, edit))
    return 0


async def run_edit(args: argparse.Namespace, context: Context) -> int:
    """Handler of `tenants edit`, `activate` and `deactivate`."""
    from console.governance.tenants import Edit, edit_tenant
    from console.tenancy import find_tenant

    edit = Edit(active=args.active)
    if args.verb == "edit":
        edit = Edit(args.name, args.slug, args.domain, args.brand_term, args.time_zone, args.revenue_unit)
    async with context.database() as db:
        context.out.record(await edit_tenant(db, context.actor(), await find_tenant(db, args.tenant), edit))
    return 0
