"""Alerts of the engines: raised once for each trouble, told to sinks, settled when the cause is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from console.automation.escalation.steps import Standing
from console.store.queries import queries

_SQL = queries("alerts")


@dataclass(frozen=True, slots=True)
class Alert:
    """A trouble to raise. `kind` is an alert_type, `fingerprint` names the trouble."""

    kind: str
    severity: str
    message: str
    fingerprint: str
    order_id: UUID | None = None
    description: str | None = None


async def raise_alerts(connection: asyncpg.Connection, tenant: UUID, engine: str, alerts: Sequence[Alert]) -> int:
    """Open, count or worsen alerts, and queue a message for those that are new. Returns how many are new."""
    if not alerts:
        return 0
    columns = [
        [alert.order_id for alert in alerts],
        [alert.kind for alert in alerts],
        [alert.severity for alert in alerts],
        [alert.message for alert in alerts],
        [alert.description for alert in alerts],
        [alert.fingerprint for alert in alerts],
    ]
    rows = await connection.fetch(_SQL["raise"], tenant, *columns, engine)
    fresh = [row for row in rows if row["fresh"]]
    await _tell(connection, tenant, "alert.opened", fresh)
    return len(fresh)


async def settle_alerts(
    connection: asyncpg.Connection, tenant: UUID, fingerprints: Iterable[str], who: str, why: str
) -> int:
    """Resolve alerts whose cause is gone. Returns how many were open."""
    names = sorted(set(fingerprints))
    if not names:
        return 0
    rows = await connection.fetch(_SQL["settle"], tenant, names, who, why)
    await _tell(connection, tenant, "alert.resolved", rows)
    return len(rows)


async def reopen_alerts(connection: asyncpg.Connection, tenant: UUID, fingerprints: Iterable[str]) -> int:
    """Open acknowledged alerts again whose acknowledgement is too old."""
    names = sorted(set(fingerprints))
    return len(await connection.fetch(_SQL["reopen"], tenant, names)) if names else 0


async def standing_alerts(connection: asyncpg.Connection, tenant: UUID, engine: str) -> Mapping[str, Standing]:
    """Unresolved alerts of an engine by fingerprint."""
    rows = await connection.fetch(_SQL["standing"], tenant, engine)
    return {
        row["fingerprint"]: Standing(row["status"], row["severity"], row["seen_minutes"], row["acknowledged_minutes"])
        for row in rows
    }


async def _tell(connection: asyncpg.Connection, tenant: UUID, event: str, rows: Sequence[Any]) -> None:
    if not rows:
        return
    bodies = [{name: str(value) for name, value in dict(row).items() if value is not None} for row in rows]
    keys = [row["fingerprint"] for row in rows]
    await connection.execute(_SQL["queue_webhook"], tenant, [event] * len(rows), keys, bodies)
