"""What is kept for how long, and how it goes.

Partitions past their retention are detached concurrently: no reader or writer waits. That needs the owner of the tables
and cannot run in a transaction, so it is done over a connection of its own, on the embedded server as its superuser,
elsewhere as a role that may become aoer_owner. A role that may not falls back to a short lock on the table.
An interrupted removal is finished by the next run, from wherever it stopped.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg

from console.config.settings import Settings
from console.domain.actor import Actor
from console.errors import Conflict
from console.store.database import Database
from console.store.queries import queries
from console.store.readiness import admin_connection
from console.store.translate import translated

_SQL = queries("governance")
KEEP_VIOLATIONS = timedelta(days=7)
KEEP_AGGREGATES = timedelta(days=400)
KEEP_RESOLVED_ALERTS = timedelta(days=365)
LOCK_WAIT = "2s"
"""How long a removal waits for transactions that use the table; then it is left to the next run."""


async def planned(db: Database, settings: Settings) -> list[dict[str, Any]]:
    """What the next runs would do, changing nothing: {what, detail, outcome} for partitions to make, partitions to
    remove and rows to delete; the latter also with 0 rows, so that every period is seen."""
    aoer = settings.aoer
    periods = (aoer.keep_signals_days, aoer.keep_failures_days, KEEP_VIOLATIONS, KEEP_AGGREGATES, KEEP_RESOLVED_ALERTS)
    lines = [
        _line(row["parent"], row["partition"], "would be made") for row in await db.fetch(_SQL["missing_partitions"])
    ]
    lines += [
        _line(
            row["parent"], row["partition"], "would be removed" if row["state"] == "attached" else f"is {row['state']}"
        )
        for row in await db.fetch(_SQL["retention_plan"])
    ]
    for row in await db.fetch(_SQL["old_rows"], *periods):
        lines.append(_line(row["what"], f"older than {row['keep'].days} days", f"{row['rows']} rows would be deleted"))
    return lines


def _line(what: str, detail: str, outcome: str) -> dict[str, Any]:
    return {"what": what, "detail": detail, "outcome": outcome}


async def remove_old(db: Database, actor: Actor) -> list[dict[str, Any]]:
    """Remove every partition past its retention: {parent, partition, ends, outcome} each; an audit row for those gone.

    `outcome` is "removed", "busy" (locked by somebody, as it was), "detaching" (begun; the next run finishes it) or
    "later" (a table can have one partition on its way out at a time, and that one waits).
    """
    plan = [dict(row) for row in await db.fetch(_SQL["retention_plan"])]
    if not plan:
        return []
    stuck: set[str] = set()
    async with _owner(db) as connection:
        for row in plan:
            if row["parent"] in stuck:
                row["outcome"] = "later"
                continue
            row["outcome"] = await (_remove(db, connection, row) if connection else _remove_at_once(db, row))
            if row["outcome"] == "removed":
                await _record(db, actor, row)
            else:
                stuck.add(row["parent"])
    return plan


@asynccontextmanager
async def _owner(db: Database) -> AsyncIterator[asyncpg.Connection | None]:
    """An autocommit connection as the owner of the tables; None where this role may not become it."""
    async with admin_connection(db.target, db.settings) as connection:
        try:
            await connection.execute(_SQL["become_owner"])
            await connection.fetchval(_SQL["limit_lock_wait"], LOCK_WAIT)
        except asyncpg.InsufficientPrivilegeError:
            yield None
            return
        yield connection


async def _remove(db: Database, connection: asyncpg.Connection, row: Mapping[str, Any]) -> str:
    names = {"parent": row["parent"], "partition": row["partition"]}
    try:
        with translated():
            if row["state"] == "attached":
                await db.fetchval(_SQL["retention_prepare"], row["partition"])
                await connection.execute(_SQL.named("detach", **names))
            elif row["state"] == "detaching":
                await connection.execute(_SQL.named("finalize", **names))
            await connection.execute(_SQL.named("drop_detached", partition=row["partition"]))
    except Conflict:
        left = [now["state"] for now in await db.fetch(_SQL["retention_plan"]) if now["partition"] == row["partition"]]
        return "busy" if left == ["attached"] else "detaching"
    return "removed"


async def _remove_at_once(db: Database, row: Mapping[str, Any]) -> str:
    return str(await db.fetchval(_SQL["retention_remove"], row["partition"]))


async def _record(db: Database, actor: Actor, row: Mapping[str, Any]) -> None:
    span = {name: row[name] for name in ("parent", "starts", "ends")}
    async with db.transaction(actor) as connection:
        await connection.execute(
            _SQL["audit_write"], None, "retention", "partition", row["partition"], span, None, "done"
        )
