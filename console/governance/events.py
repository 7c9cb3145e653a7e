"""Events that alerts are raised from, written where they happen: refused acts, threats to the record, failing machines.

Each is a row of its own, in a transaction of its own: what it is about has failed. Recording never fails its caller.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import ConsoleError, PermissionDenied
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("governance")
_log = logging.getLogger(__name__)
NO_TENANT = UUID(int=0)
"""Findings of `audit_verify` and alerts that concern the whole installation bear it."""
NAMED = 10


async def denied(
    db: Database, actor: Actor, what: str, error: PermissionDenied, *, tenant: UUID | None = None, rows: int = 0
) -> None:
    """`access.denied`: `what` (a verb) was refused. `tenant` only where the role is a member of it."""
    if error.recorded or db.read_only:
        return
    error.recorded = True
    detail: dict[str, Any] = {"reason": error.message[:500]}
    await _write(db, actor, tenant, "access.denied", "verb", what, detail | ({"rows": rows} if rows else {}), "refused")


async def threat(db: Database, actor: Actor, findings: Sequence[Mapping[str, Any]]) -> None:
    """`security.threat_detected`, one row a tenant: the record does not fit its seals."""
    if db.read_only:
        return
    tenants: dict[UUID, list[str]] = {}
    for row in findings:
        tenants.setdefault(row["tenant_id"], []).append(f"{row['finding']} ({row['row_id'] or row['seq']})")
    for tenant, words in tenants.items():
        detail = {"findings": len(words), "first": words[:NAMED]}
        place = None if tenant == NO_TENANT else tenant
        await _write(db, actor, place, "security.threat_detected", "audit_record", None, detail, "failed")


async def trouble(db: Database, kind: str, key: str, words: str) -> None:
    """`system.error`: a worker crashed. Cycles that fail are recorded by cycle_end()."""
    await _write(db, Actor(Origin.SCHEDULER), None, "system.error", kind, key, {"error": words[:500]}, "failed")


async def _write(
    db: Database,
    actor: Actor,
    tenant: UUID | None,
    action: str,
    kind: str,
    key: str | None,
    detail: Mapping[str, Any],
    outcome: str,
) -> None:
    try:
        async with db.transaction(actor) as connection:
            await connection.execute(_SQL["audit_write"], tenant, action, kind, key, None, detail, outcome)
    except ConsoleError as error:
        _log.warning("%s of %s could not be recorded: %s", action, key or kind, error)
