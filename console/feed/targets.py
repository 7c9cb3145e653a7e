"""From a row on the screen to the frozen target of an action."""

from dataclasses import fields
from typing import Any

from console.actions.model import Scope, Target
from console.feed.model import AlertRow, EngineRow, GenerationRow, IncidentRow, Record, Tile

Row = Tile | AlertRow | IncidentRow | GenerationRow | EngineRow | Record

_SCOPES: dict[type, Scope] = {
    Tile: Scope.TENANT,
    AlertRow: Scope.ALERT,
    IncidentRow: Scope.INCIDENT,
    GenerationRow: Scope.SESSION,
    EngineRow: Scope.ENGINE,
}
_LABELS = ("reference", "message", "description", "topic", "title", "name", "tenant")


def target_of(row: Row, scope: Scope | None = None) -> Target:
    """Freeze `row`: key, database version, tenant, a label for people and what predicates look at.

    `scope` must be given for a `Record`, whose list knows what it holds.
    """
    state = _cells(row)
    found = scope or _SCOPES.get(type(row))
    if found is None:
        raise ValueError("a Record needs the scope of its list")
    tenant = row.key if found is Scope.TENANT else str(state.get("tenant_id") or "")
    version = 0 if isinstance(row, EngineRow) else row.row_version
    return Target(scope=found, key=row.key, version=version, tenant_id=tenant, label=_label(found, state), state=state)


def _cells(row: Row) -> dict[str, Any]:
    if isinstance(row, Record):
        return {"tenant_id": row.tenant_id, **row.cells}
    return {f.name: getattr(row, f.name) for f in fields(row) if f.name not in {"history", "version"}}


def _label(scope: Scope, state: dict[str, Any]) -> str:
    names = {Scope.TENANT: ("tenant", "name"), Scope.DRIVER: ("name",), Scope.JOB: ("tenant",)}.get(scope, _LABELS)
    for name in names:
        if state.get(name):
            return str(state[name])[:60]
    return str(state.get("key") or scope.value)
