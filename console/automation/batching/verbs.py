"""What people do with batches: look, cancel, split."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from console.domain.actor import Actor
from console.domain.text import as_id
from console.errors import Conflict, NotFound
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("batching")
_DISPATCH = queries("dispatch")


async def show(db: Database, key: str) -> tuple[Any, list[Any]]:
    """A batch by number or id with its orders in delivery order. Raises NotFound."""
    async with db.transaction(None) as connection:
        batch = await _locked(connection, key)
        return batch, list(await connection.fetch(_SQL["batch_orders"], batch["tenant_id"], batch["id"]))


async def cancel(db: Database, actor: Actor, key: str) -> dict[str, Any]:
    """Dissolve a batch nobody has picked up: its orders are dispatched one by one again."""
    return await split(db, actor, key, None)


async def split(db: Database, actor: Actor, key: str, references: Sequence[str] | None) -> dict[str, Any]:
    """Take orders out of a batch (None: all). Raises Conflict when one of them is under way."""
    async with db.transaction(actor) as connection:
        batch = await _locked(connection, key)
        if batch["status"] in ("completed", "failed", "cancelled"):
            raise Conflict(f"batch {batch['batch_number']} is {batch['status']}")
        orders = await connection.fetch(_SQL["batch_orders"], batch["tenant_id"], batch["id"])
        leaving = _chosen(orders, references)
        for row in leaving:
            if row["status"] not in ("pending", "assigned"):
                raise Conflict(
                    f"order {row['reference']} is {row['status']}", hint="only orders not picked up can leave"
                )
        ids = [row["id"] for row in leaving]
        stays = [row["id"] for row in orders if row["id"] not in set(ids)]
        if len(stays) == 1:
            ids, stays = [*ids, *stays], []
        left = actor.reason or "taken out of the batch"
        await connection.execute(_SQL["leave_batch"], batch["tenant_id"], ids, batch["id"], actor.os_user, left)
        row = await connection.fetchrow(_SQL["shrink_batch"], batch["tenant_id"], batch["id"], stays)
        before, after = {"orders": len(orders)}, {"orders": len(stays), "status": row["status"]}
        verb = "batch.cancel" if references is None else "batch.split"
        await connection.execute(
            _DISPATCH["audit"], batch["tenant_id"], verb, "batch", str(batch["id"]), before, after, "done"
        )
    db.changed("orders", "batches")
    return {"batch": batch["batch_number"], "left": len(ids), "stays": len(stays), "status": row["status"]}


def _chosen(orders: Sequence[Any], references: Sequence[str] | None) -> list[Any]:
    if references is None:
        return list(orders)
    named = {name: row for row in orders for name in (row["reference"], str(row["id"]))}
    missing = [name for name in references if name not in named]
    if missing:
        raise NotFound(f"not in this batch: {', '.join(missing)}")
    return [named[name] for name in references]


async def _locked(connection: asyncpg.Connection, key: str) -> Any:
    batch = await connection.fetchrow(_SQL["lock_batch"], key, as_id(key))
    if batch is None:
        raise NotFound(f"there is no batch {key!r}", hint="list them with: aoer-console batches list")
    return batch
