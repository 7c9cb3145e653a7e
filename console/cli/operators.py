"""`aoer-console operators ...`: who may do what in which tenant."""

import argparse

from console.cli.context import Context
from console.domain.enums import Access
from console.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, does in (
        ("add", "let NAME in: makes the login role, or adopts the one that exists"),
        ("grant", "give an operator access in one more tenant, or other access"),
    ):
        adding = verbs.add_parser(verb, help=does)
        adding.add_argument("name", metavar="NAME", help="login role")
        _tenant(adding)
        levels = [str(level) for level in Access]
        adding.add_argument("--access", choices=levels, required=True, help="what NAME may do there")
        adding.set_defaults(handler=run_grant)
    revoke = verbs.add_parser("revoke", help="take the access in one tenant away")
    revoke.add_argument("name", metavar="NAME", help="login role")
    revoke.add_argument("--tenant", metavar="T", required=True, help="name, slug or id")
    revoke.set_defaults(handler=run_revoke)
    remove = verbs.add_parser("remove", help="take every access away; the login role itself is kept")
    remove.add_argument("name", metavar="NAME", help="login role")
    remove.set_defaults(handler=run_revoke, tenant=None)
    listing = verbs.add_parser("list", help="operators and their access")
    listing.add_argument("--operator", metavar="NAME", help="only this one's")
    listing.set_defaults(handler=run_list)


def _tenant(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--tenant", metavar="T", help="name, slug or id")
    where.add_argument("--all-tenants", action="store_true", help="every tenant, also those to come")


async def run_grant(args: argparse.Namespace, context: Context) -> int:
    """Handler of `operators add` and `operators grant`."""
    from console.governance import operators
    from console.tenancy import find_tenant

    async with context.database() as db:
        operators.checked_name(args.name)
        tenant = None if args.all_tenants else await find_tenant(db, args.tenant)
        access = Access(args.access)
        done = await operators.grant(db, context.actor(), args.name, access, tenant, create=args.verb == "add")
    context.out.record(
        {"operator": done.operator, "created": done.created, "groups": list(done.groups), "changed": done.changed}
    )
    if done.created:
        context.out.note(f"{done.operator} has no password yet: set one in psql with \\password {done.operator}")
    return 0


async def run_revoke(args: argparse.Namespace, context: Context) -> int:
    """Handler of `operators revoke` and `operators remove`."""
    from console.governance import operators
    from console.tenancy import find_tenant

    async with context.database() as db:
        if args.name == db.role:
            raise UsageError("you would lock yourself out", hint="connect as another admin to do that")
        tenant = None if args.tenant is None else await find_tenant(db, args.tenant)
        done = await operators.revoke(db, context.actor(), args.name, tenant)
    context.out.record({"operator": done.operator, "groups lost": list(done.groups), "changed": done.changed})
    return 0


async def run_list(args: argparse.Namespace, context: Context) -> int:
    """Handler of `operators list`."""
    from console.store.queries import queries

    async with context.database(read_only=True) as db:
        rows = await db.fetch(queries("governance")["operators"], args.operator)
    columns = ["operator", "tenant", "slug", "access", "granted_by", "since"]
    context.out.table(columns, [[row[c] for c in columns] for row in rows], empty="nobody has access yet")
    return 0
