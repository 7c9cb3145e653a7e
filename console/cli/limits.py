"""`aoer-console limits ...`: rate limits."""

import argparse

from console.cli.context import Context
from console.domain.limits import SCOPES, STRATEGIES
from console.store.queries import queries

_COLUMNS = ("name", "scope", "strategy", "action", "limit_count", "window_seconds", "burst", "priority", "enabled")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("list", help="every rule, the most pressing first").set_defaults(handler=run_list)
    _rule(verbs.add_parser("set", help="make or replace a rule"))
    refused = verbs.add_parser("violations", help="who was refused, and how often")
    refused.add_argument("--hours", type=int, default=24, metavar="N", help="how far back (default: 24)")
    refused.add_argument("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    refused.set_defaults(handler=run_violations)
    check = verbs.add_parser(
        "check", help="take from the buckets of ACTION and tell what remains (exit code 75: refused)"
    )
    check.add_argument("action", metavar="ACTION")
    check.add_argument("--cost", type=float, default=1.0, metavar="N", help="how much to take (default: 1)")
    check.add_argument("--key", action="append", default=[], metavar="SCOPE=KEY", help="tenant=, api_key= or resource=")
    check.set_defaults(handler=run_check)


def _rule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="RULE", help="lower case, such as user.default or action.export")
    parser.add_argument("--scope", choices=SCOPES, required=True, help="what is counted apart")
    parser.add_argument("--strategy", choices=STRATEGIES, default="token_bucket", help="default: token_bucket")
    parser.add_argument("--action", metavar="A", help="only for this action (default: every action)")
    parser.add_argument("--limit", type=int, required=True, metavar="N", help="requests in a window")
    parser.add_argument("--window", type=int, required=True, metavar="SECONDS", help="length of the window")
    parser.add_argument("--burst", type=int, default=0, metavar="N", help="more at once (default: 0)")
    parser.add_argument("--priority", type=int, default=100, metavar="N", help="of several, the lowest is named")
    parser.add_argument("--disabled", action="store_true", help="keep the rule, do not apply it")
    parser.set_defaults(handler=run_set)


async def run_list(_: argparse.Namespace, context: Context) -> int:
    """Handler of `limits list`."""
    from console.governance.limits import rules

    columns = [*_COLUMNS, "source", "violated_keys"]
    async with context.database(read_only=True) as db:
        rows = await rules(db)
    context.out.table(columns, [[row[c] for c in columns] for row in rows], empty="no rule: nothing is limited")
    return 0


async def run_set(args: argparse.Namespace, context: Context) -> int:
    """Handler of `limits set`."""
    from console.governance.limits import Rule, put_rule

    rule = Rule(
        name=args.name,
        scope=args.scope,
        limit=args.limit,
        window=args.window,
        strategy=args.strategy,
        action=args.action,
        burst=args.burst,
        priority=args.priority,
        enabled=not args.disabled,
    )
    async with context.database() as db:
        row = await put_rule(db, context.actor(), rule)
    context.out.record({name: row[name] for name in _COLUMNS})
    return 0


async def run_violations(args: argparse.Namespace, context: Context) -> int:
    """Handler of `limits violations`."""
    columns = ["rule", "key", "refused", "first_at", "last_at"]
    async with context.database(read_only=True) as db:
        rows = await db.fetch(queries("governance")["violations"], args.hours, args.limit)
    context.out.table(columns, [[row[c] for c in columns] for row in rows], empty="nobody was refused")
    return 0


async def run_check(args: argparse.Namespace, context: Context) -> int:
    """Handler of `limits check`."""
    from console.errors import RateLimited, UsageError
    from console.governance.limits import ask

    keys = dict(pair.partition("=")[::2] for pair in args.key)
    if not all(keys.values()):
        raise UsageError("--key is SCOPE=KEY", hint="for example --key api_key=abc")
    async with context.database() as db:
        answer = await ask(db, args.action, cost=args.cost, keys=keys)
    context.out.record(dict(answer))
    return 0 if answer["allowed"] else RateLimited.exit_code
