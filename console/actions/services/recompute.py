"""Queueing recomputes for tenants."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from console.actions.model import Outcome, Result, Scope, Target
from console.actions.services.rows import SQL, audit, chunks
from console.domain.actor import Actor

_log = logging.getLogger(__name__)
_CHUNK = 500


async def recompute(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Queue the tenants' recompute; a job that waits already is moved up instead of doubled."""
    outcomes: list[Outcome] = []
    for chunk in chunks(targets, _CHUNK):
        outcomes.extend(await _queue(db, actor, chunk, params.get("priority", "high")))
    if any(outcome.result is Result.DONE for outcome in outcomes):
        db.changed("queue", "work")
    return outcomes


async def recompute_all(db: Any, actor: Actor, _targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Queue every active tenant that this role sees; needs no target."""
    rows = await db.fetch(SQL["active_tenants"])
    every = [Target(Scope.TENANT, str(row["id"]), tenant_id=str(row["id"]), label=row["name"]) for row in rows]
    return await recompute(db, actor, every, params)


async def _queue(db: Any, actor: Actor, targets: Sequence[Target], priority: str) -> list[Outcome]:
    ids = [UUID(target.key) for target in targets]
    async with db.transaction(actor) as connection:
        known = {row["id"]: row["active"] for row in await connection.fetch(SQL["known_tenants"], ids)}
        wanted = sorted(tenant for tenant, active in known.items() if active)
        jobs = {r["tenant_id"]: r for r in await connection.fetch(SQL["recompute_tenants"], wanted, priority)}
        for tenant, job in jobs.items():
            after = {"job": job["id"], "priority": priority, "created": job["created"]}
            await audit(connection, tenant, "tenant.recompute", "tenant", str(tenant), None, after)
    for tenant in jobs:
        _log.info("[AOER] Queued recompute for tenant %s", tenant)
    return [_outcome(target, known.get(UUID(target.key)), jobs.get(UUID(target.key)), priority) for target in targets]


def _outcome(target: Target, active: bool | None, job: Mapping[str, Any] | None, priority: str) -> Outcome:
    if active is None:
        return Outcome(target, Result.GONE, "this tenant is gone, or this role may not see it")
    if not active:
        return Outcome(target, Result.REFUSED, "the tenant is not active")
    if job is None:
        return Outcome(target, Result.ALREADY, "a recompute waits already, at least as high")
    said = "queued" if job["created"] else "moved up"
    return Outcome(target, Result.DONE, f"{said} at {priority} priority", {"job": str(job["id"]), "priority": priority})
