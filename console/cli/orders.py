"""`aoer-console orders ...`: made from the action registry, and an order's whole life."""

import argparse
from typing import Any

from console.cli.actions_cli import add_arguments as add_registry
from console.cli.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The registry's verbs and `history`."""
    verbs = add_registry("orders", parser)
    history = verbs.add_parser("history", help="one order's life from every log that names it, oldest first")
    history.add_argument("order", metavar="ORDER", help="reference or id")
    history.add_argument("--tenant", metavar="NAME", help="the order's tenant, where several have such an order")
    history.add_argument("--limit", type=int, default=1_000, metavar="N", help="rows at most (default: %(default)s)")
    history.set_defaults(handler=run_history)


async def run_history(args: argparse.Namespace, context: Context) -> int:
    """Handler of history."""
    from console.automation.dispatch.verbs import find_order
    from console.automation.history import order_life

    async with context.database(read_only=True) as db:
        order = await find_order(db, args.order, args.tenant)
        rows = await order_life(db, order["tenant_id"], order["id"], max(1, args.limit))
    if context.out.is_json:
        context.out.json({"order": order["reference"], "id": order["id"], "status": order["status"], "rows": rows})
        return 0
    columns = ["at", "log", "what", "actor", "driver", "words", "details"]
    context.out.table(columns, [[*(row[name] for name in columns[:-1]), _told(row["details"])] for row in rows])
    return 0


def _told(details: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in details.items()) if isinstance(details, dict) else ""
