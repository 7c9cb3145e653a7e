"""Governance on its own: seal the record, apply retention, watch the partitions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import ConsoleError
from console.governance import record
from console.governance.retention import KEEP_AGGREGATES, KEEP_RESOLVED_ALERTS, KEEP_VIOLATIONS, remove_old
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("governance")
COUNT_AT_ONCE = 50_000
COUNT_ROUNDS = 20
LEAST_AHEAD = 2


class PartitionsRunOut(ConsoleError):
    """Soon rows will have nowhere to go."""


async def seal(db: Database, _settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """Seal what was written since the last time. Rows that were altered before are a threat, which raises an alert."""
    rows, blocks, found = await record.seal(db, Actor(Origin.SCHEDULER))
    return {"rows_sealed": rows, "blocks": blocks, "findings": len(found)}


async def watch(db: Database, _settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """Raise alerts from the record and tell the sinks, then count it by hour; both may be asked again at any time."""
    async with db.transaction(None) as connection:
        alerts = await connection.fetchrow(_SQL["audit_raise_alerts"])
        if alerts["raised"]:
            await connection.execute(_SQL["tell_of_audit_alerts"])
    if alerts["raised"] or alerts["counted"]:
        db.changed("alerts")
    rows = 0
    for _ in range(COUNT_ROUNDS):
        done = await db.fetchrow(_SQL["audit_aggregate"], COUNT_AT_ONCE)
        assert done is not None
        rows += done["rows_read"]
        if not done["more"]:
            break
    return {"raised": alerts["raised"], "rows": rows}


async def retention(db: Database, _settings: Settings, tick: datetime) -> Mapping[str, Any]:
    """Remove what is past its retention. Raises PartitionsRunOut at the end when too few partitions lie ahead."""
    outcomes = [row["outcome"] for row in await remove_old(db, Actor(Origin.SCHEDULER, f"retention of {tick}"))]
    await db.execute(_SQL["prune_buckets"])
    pruned = await db.execute(_SQL["prune_violations"], KEEP_VIOLATIONS)
    await db.execute(_SQL["prune_aggregates"], KEEP_AGGREGATES)
    await db.execute(_SQL["prune_audit_alerts"], KEEP_RESOLVED_ALERTS)
    few = [row["parent"] for row in await db.fetch(_SQL["partitions_ahead"]) if row["ahead"] < LEAST_AHEAD]
    if few:
        # A failed cycle is what people look at: status, engines pane, the event system.error.
        raise PartitionsRunOut(
            f"fewer than {LEAST_AHEAD} partitions lie ahead of {', '.join(few)}",
            hint="the maintenance cycle does not run; make them with: aoer-console partitions maintain",
        )
    return {
        "removed": outcomes.count("removed"),
        "unfinished": len(outcomes) - outcomes.count("removed"),
        "violations": int(pruned.rpartition(" ")[2]),
    }
