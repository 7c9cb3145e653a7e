"""Governance on its own: seal the record, apply retention, watch the partitions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import ConsoleError
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
    """Seal what was written since the last time."""
    done = await db.fetchrow(_SQL["audit_seal"])
    return dict(done) if done else {}


async def watch(db: Database, _settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """Raise alerts from the record, then count it by hour; both may be asked again at any time."""
    alerts = await db.fetchrow(_SQL["audit_raise_alerts"])
    assert alerts is not None
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
