"""Doing a verb: role, predicate, then its service. The terminal and the command line both come through here."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, cast

from console.actions.model import Action, DryRun, Outcome, Result, Service, Target
from console.domain.actor import Actor
from console.domain.enums import Access
from console.errors import UsageError


def service_of(action: Action) -> Service:
    """Import the verb's service ("package.module:function")."""
    module, _, name = action.service.partition(":")
    return cast(Service, getattr(import_module(module), name))


def checked_params(action: Action, params: Mapping[str, str]) -> dict[str, str]:
    """Fill in defaults; raises UsageError for a missing, unknown or misspelt one."""
    known = {param.name: param for param in action.params}
    for name in params:
        if name not in known:
            raise UsageError(f"{action.id} takes no {name!r}", hint=f"it takes: {', '.join(known) or 'nothing'}")
    values: dict[str, str] = {}
    for name, param in known.items():
        value = params.get(name, param.default)
        if value is None:
            if param.required:
                raise UsageError(f"{action.id} needs {name}", hint=param.help)
            continue
        if isinstance(param.choices, tuple) and value not in param.choices:
            raise UsageError(f"{name} cannot be {value!r}", hint=f"one of: {', '.join(param.choices)}")
        values[name] = value
    return values


def reason_not(action: Action, target: Target | None, access: Access, read_only: bool = False) -> str | None:
    """Why `action` cannot be done now, or None. Looks at the frozen row only; the service looks again."""
    if read_only:
        return "this session is read-only"
    if not access.allows(action.permission):
        return f"needs the role of {action.permission}; yours is {access}"
    return action.predicate(target) if target is not None else None


async def perform(
    db: Any, action: Action, targets: Sequence[Target], params: Mapping[str, str], actor: Actor
) -> list[Outcome]:
    """Do `action` to `targets`: one outcome each, in order, re-read after the commit.

    `db` is a `console.store.database.Database`. Raises PermissionDenied when the role may not, UsageError for
    wrong parameters; whatever concerns single rows is an outcome, never an exception.
    """
    raise NotImplementedError


async def dry_run(db: Any, action: Action, targets: Sequence[Target], params: Mapping[str, str]) -> DryRun:
    """Count what `perform` would do to `targets`, without writing."""
    raise NotImplementedError


__all__ = ["Result", "checked_params", "dry_run", "perform", "reason_not", "service_of"]
