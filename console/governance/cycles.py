"""Governance on its own: seal the record, apply retention, watch the partitions."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from console.config.settings import Settings
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("governance")
_log = logging.getLogger(__name__)
KEEP_VIOLATIONS = timedelta(days=7)
KEEP_AGGREGATES = timedelta(days=400)
KEEP_RESOLVED_ALERTS = timedelta(days=365)
COUNT_AT_ONCE = 50_000
COUNT_ROUNDS = 20
LEAST_AHEAD = 2


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


async def remove_old(db: Database) -> list[Mapping[str, Any]]:
    """Drop what is past its retention, one partition a transaction; ends early at a busy table."""
    removed: list[Mapping[str, Any]] = []
    while rows := await db.fetch(_SQL["retention"], False):
        removed += [dict(row) for row in rows]
        if any(row["outcome"] == "busy" for row in rows):
            break
    return removed


async def retention(db: Database, _settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """Drop partitions past their retention and old rate limit rows; say where too few partitions lie ahead."""
    outcomes = [row["outcome"] for row in await remove_old(db)]
    await db.execute(_SQL["prune_buckets"])
    pruned = await db.execute(_SQL["prune_violations"], KEEP_VIOLATIONS)
    await db.execute(_SQL["prune_aggregates"], KEEP_AGGREGATES)
    await db.execute(_SQL["prune_audit_alerts"], KEEP_RESOLVED_ALERTS)
    few = [row["parent"] for row in await db.fetch(_SQL["partitions_ahead"]) if row["ahead"] < LEAST_AHEAD]
    for parent in few:
        _log.error("fewer than %d partitions lie ahead of %s: the maintenance cycle does not run", LEAST_AHEAD, parent)
    return {
        "removed": outcomes.count("removed"),
        "busy": outcomes.count("busy"),
        "violations": int(pruned.rpartition(" ")[2]),
        "few_ahead": few,
    }
