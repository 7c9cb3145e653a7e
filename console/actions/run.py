"""Doing a verb: role, predicate, then its service. The terminal and the command line both come through here."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, cast
from uuid import UUID

from console.actions.model import Action, Outcome, Result, Scope, Service, Target, Tier
from console.actions.permissions import NEEDS_ROLE, Standing, standing
from console.actions.registry import by_id
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import PermissionDenied, UsageError
from console.governance.events import denied

_log = logging.getLogger(__name__)


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


def reason_not(action: Action, target: Target | None, standing: Standing) -> str | None:
    """Why `action` cannot be done now, or None. Looks at the frozen row only; the service looks again."""
    if standing.read_only:
        return "this session is read-only"
    if not standing.access.allows(action.permission):
        return f"{NEEDS_ROLE} of {action.permission}; yours is {standing.access}"
    if action.scope is Scope.ENGINE and not standing.everywhere:
        return f"{NEEDS_ROLE} of {action.permission} for all tenants, whom an engine serves alike; yours is of some"
    if target is None:
        return None
    access = standing.within(target.tenant_id)
    if access is None or not access.allows(action.permission):
        yours = "you are no member" if access is None else f"there you are {access}"
        return f"{NEEDS_ROLE} of {action.permission} in this tenant; {yours}"
    return action.predicate(target)


def require(action: Action, standing: Standing) -> None:
    """Raise PermissionDenied unless this session may do `action` at all."""
    reason = reason_not(action, None, standing)
    if reason is not None:
        raise PermissionDenied(
            f"{action.title.lower()}: {reason}", hint="ask an admin for the role, or connect as one who has it"
        )


async def perform(
    db: Any, action: Action, targets: Sequence[Target], params: Mapping[str, str], actor: Actor
) -> list[Outcome]:
    """Do `action` to `targets`: one outcome each, in order, re-read after the commit.

    `db` is a `console.store.database.Database`. A global verb takes no targets and answers for the rows it found.
    Raises PermissionDenied when the role may not, UsageError for wrong parameters, RateLimited for too many requests;
    whatever concerns single rows is an outcome, never an exception.
    """
    values = checked_params(action, params)
    wrong = next((t for t in targets if t.scope is not action.scope), None)
    if wrong is not None:
        raise UsageError(f"{action.id} does not apply to a {wrong.scope}")
    if action.tier is Tier.BULK and not actor.reason:
        raise UsageError(f"{action.title.lower()} needs a reason", hint="say why; it is kept with the audit record")
    mine = await standing(db)
    try:
        require(action, mine)
        return await _allowed(db, action, targets, values, actor, mine)
    except PermissionDenied as error:
        await denied(db, actor, action.id, error)
        raise


async def _allowed(
    db: Any, action: Action, targets: Sequence[Target], values: Mapping[str, str], actor: Actor, mine: Standing
) -> list[Outcome]:
    service = service_of(action)
    if action.scope is Scope.GLOBAL:
        await _ask_limits(db, action, 0, actor)
        return await service(db, actor, [], values)
    once = {target.key: target for target in targets}.values()
    refused = [outcome for target in once if (outcome := _refusal(action, target, mine)) is not None]
    await _record_refusals(db, actor, action, refused, mine)
    known = {outcome.target.key for outcome in refused}
    rest = [target for target in once if target.key not in known]
    if rest:
        await _ask_limits(db, action, len(rest), actor)
    answers = [*refused, *(await service(db, actor, rest, values) if rest else [])]
    found = {outcome.target.key: outcome for outcome in answers}
    outcomes = [found[target.key] for target in targets]
    _log.info("%s by %s: %s", action.id, actor.os_user, summary(outcomes))
    return outcomes


async def _ask_limits(db: Any, action: Action, rows: int, actor: Actor) -> None:
    """Raise RateLimited where too much is asked. The machine's own work is never limited."""
    asked = action.asks(rows)
    if asked is not None and actor.origin is not Origin.SCHEDULER:
        from console.governance.limits import take

        await take(db, asked)


def _refusal(action: Action, target: Target, mine: Standing) -> Outcome | None:
    reason = reason_not(action, target, mine)
    if reason is None:
        return None
    return Outcome(target, Result.ALREADY if reason.startswith("already ") else Result.REFUSED, reason)


async def _record_refusals(db: Any, actor: Actor, action: Action, refused: Sequence[Outcome], mine: Standing) -> None:
    """One row in the audit record for each tenant in which the role is not allowed to do this."""
    tenants: dict[str, list[Outcome]] = {}
    for outcome in refused:
        if outcome.message.startswith(NEEDS_ROLE):
            tenants.setdefault(outcome.target.tenant_id, []).append(outcome)
    for tenant, outcomes in tenants.items():
        # Of a tenant that is not theirs people do not write the record; it is recorded that they tried.
        place = UUID(tenant) if tenant and mine.within(tenant) is not None else None
        error = PermissionDenied(outcomes[0].message)
        await denied(db, actor, action.id, error, tenant=place, rows=len(outcomes))


async def undo(db: Any, action: Action, outcomes: Sequence[Outcome], actor: Actor) -> list[Outcome]:
    """Apply the inverse of `action` to the rows that were done, guarded by the versions they had right after.

    Raises UsageError for a verb without an inverse.
    """
    if action.inverse is None:
        raise UsageError(f"{action.title.lower()} cannot be undone", hint="see the help screen for its opposite")
    answers: list[Outcome] = []
    for outcome in outcomes:
        if outcome.result is not Result.DONE:
            continue
        params = dict(outcome.undo)
        inverse = by_id(params.pop("action", action.inverse))
        target = replace(outcome.target, version=int(outcome.after.get("version", 0)), state={})
        answers.extend(await perform(db, inverse, [target], params, actor))
    return answers


def summary(outcomes: Sequence[Outcome]) -> str:
    """`3 done, 1 conflict`: counts in the order of `Result`."""
    counts = [(result, sum(1 for o in outcomes if o.result is result)) for result in Result]
    return ", ".join(f"{n} {result.replace('_', ' ')}" for result, n in counts if n) or "nothing to do"
