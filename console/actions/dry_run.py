"""Counting what a verb would do, before anybody confirms it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from console.actions.model import Action, DryRun, Scope, Target
from console.actions.permissions import Standing, standing
from console.actions.run import checked_params, reason_not

_QUERIES = {Scope.ORDER: ("orders",), Scope.DRIVER: ("drivers",)}
_BOTH = {Scope.INCIDENT: ("traffic_incidents", "escalation_logs"), Scope.ALERT: ("dispatch_alerts", "audit_alerts")}
_KINDS = {
    "traffic_incidents": "traffic",
    "escalation_logs": "escalation",
    "dispatch_alerts": "dispatch",
    "audit_alerts": "audit",
}
_CHUNK = 500


async def dry_run(db: Any, action: Action, targets: Sequence[Target], params: Mapping[str, str]) -> DryRun:
    """Count eligible, already done, not applicable, locked and gone rows, by what the database holds now.

    Writes nothing: the locks that tell whether somebody else holds a row are taken in a transaction that is rolled
    back. Rows of other kinds are judged by their frozen state.
    """
    checked_params(action, params)
    if action.scope is Scope.GLOBAL:
        from console.actions.services.rows import SQL

        rows = await db.fetch(SQL["active_tenants"])
        return DryRun(tuple(Target(Scope.TENANT, str(r["id"]), label=r["name"]) for r in rows))
    names = (_QUERIES | _BOTH).get(action.scope)
    seen = _Count(action, await standing(db))
    for start in range(0, len(targets), _CHUNK):
        chunk = targets[start : start + _CHUNK]
        found, free = await _look(db, names, chunk) if names else ({t.key: dict(t.state) for t in chunk}, None)
        for target in chunk:
            seen.add(target, found.get(target.key.lower()), free is None or target.key.lower() in free)
    return seen.result()


class _Count:
    def __init__(self, action: Action, standing: Standing) -> None:
        self.action = action
        self.standing = standing
        self.eligible: list[Target] = []
        self.counts = {"already": 0, "refused": 0, "locked": 0, "gone": 0}

    def add(self, target: Target, state: Mapping[str, Any] | None, free: bool) -> None:
        if state is None:
            self.counts["gone"] += 1
            return
        now = Target(target.scope, target.key, target.version, target.tenant_id, target.label, state)
        reason = reason_not(self.action, now, self.standing)
        if reason is not None:
            self.counts["already" if reason.startswith("already ") else "refused"] += 1
        elif not free:
            self.counts["locked"] += 1
        else:
            self.eligible.append(target)

    def result(self) -> DryRun:
        return DryRun(tuple(self.eligible), **self.counts)


async def _look(
    db: Any, names: Sequence[str], targets: Sequence[Target]
) -> tuple[dict[str, dict[str, Any]], set[str] | None]:
    from console.actions.services.rows import SQL

    keys = [UUID(t.tenant_id) for t in targets], [UUID(t.key) for t in targets]
    found: dict[str, dict[str, Any]] = {}
    free: set[str] = set()
    async with db.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            for name in names:
                kind = {"kind": _KINDS.get(name)}
                found |= {str(r["id"]): {**r, **kind} for r in await connection.fetch(SQL[f"read_{name}"], *keys)}
                free |= {str(r["id"]) for r in await connection.fetch(SQL.named("free", rows=name), *keys)}
        finally:
            await transaction.rollback()
    return {key: {k: v for k, v in row.items() if not isinstance(v, datetime)} for key, row in found.items()}, free
