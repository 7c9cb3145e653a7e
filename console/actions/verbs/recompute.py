"""Tenants and their recompute jobs."""

from console.actions.model import Action, Param, Scope, Tier
from console.actions.predicates import status_in
from console.domain.enums import Access, Priority
from console.domain.limits import ENQUEUE

_PRIORITY = Param(
    "priority", "lane of the job", required=False, choices=tuple(p.value for p in Priority), default=Priority.HIGH.value
)

ACTIONS = (
    Action(
        id="tenant.recompute",
        title="Recompute",
        scope=Scope.TENANT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service="console.actions.services.recompute:recompute",
        cli=("tenants", "recompute"),
        key="r",
        params=(_PRIORITY,),
        limit=ENQUEUE,
        help="Queue a recompute of this tenant's rating; one that is queued already is moved up, not doubled.",
    ),
    Action(
        id="tenant.recompute_all",
        title="Recompute all",
        scope=Scope.GLOBAL,
        tier=Tier.BULK,
        permission=Access.ADMIN,
        service="console.actions.services.recompute:recompute_all",
        cli=("tenants", "recompute-all"),
        key="A",
        params=(Param("priority", _PRIORITY.help, False, _PRIORITY.choices, Priority.LOW.value),),
        help="Queue a recompute of every active tenant.",
    ),
    Action(
        id="job.retry",
        title="Retry",
        scope=Scope.JOB,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service="console.actions.services.jobs:retry",
        cli=("queue", "retry"),
        key="r",
        predicate=status_in("failed", "quarantined", "cancelled"),
        limit=ENQUEUE,
        help="Queue a failed, quarantined or cancelled job again, now.",
    ),
    Action(
        id="job.cancel",
        title="Cancel",
        scope=Scope.JOB,
        tier=Tier.IRREVERSIBLE,
        permission=Access.OPERATOR,
        service="console.actions.services.jobs:cancel",
        cli=("queue", "cancel"),
        key="x",
        predicate=status_in("queued", "running"),
        help="Cancel a job that has not finished; a worker that runs it finds its lease gone and drops the result.",
    ),
)
