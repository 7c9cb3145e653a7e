"""Traffic incidents and escalations; both are rows of the incidents pane."""

from console.actions.model import Action, Param, Scope, Tier
from console.actions.predicates import both, kind_is, status_in, status_not
from console.domain.enums import Access

_SERVICE = "console.actions.services.incidents"

ACTIONS = (
    Action(
        id="incident.resolve",
        title="Resolve",
        scope=Scope.INCIDENT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:resolve",
        cli=("incidents", "resolve"),
        key="r",
        inverse="incident.reopen",
        params=(Param("resolution", "what solved it", required=False),),
        predicate=status_not("resolved"),
        help="Close a traffic incident or an escalation.",
    ),
    Action(
        id="incident.investigate",
        title="Investigate",
        scope=Scope.INCIDENT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:investigate",
        cli=("incidents", "investigate"),
        key="i",
        inverse="incident.reopen",
        predicate=both(kind_is("escalation"), status_in("open")),
        help="Mark an escalation as being looked into.",
    ),
    Action(
        id="incident.reopen",
        title="Reopen",
        scope=Scope.INCIDENT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:reopen",
        cli=("incidents", "reopen"),
        key="o",
        inverse="incident.resolve",
        params=(Param("status", "the state to go back to", False, ("open", "investigating"), "open"),),
        predicate=status_not("open", "active"),
        help="Open a resolved incident again.",
    ),
)
