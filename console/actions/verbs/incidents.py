"""Traffic incidents and escalations; both are rows of the incidents pane."""

from console.actions.model import Action, Param, Scope, Tier
from console.actions.predicates import both, kind_is, status_in, status_not
from console.domain.enums import Access, TrafficSeverity

_SERVICE = "console.actions.services.incidents"

ACTIONS = (
    Action(
        id="incident.report",
        title="Report incident",
        scope=Scope.TENANT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:report",
        cli=("incidents", "report"),
        key="i",
        params=(
            Param("latitude", "degrees, -90 to 90"),
            Param("longitude", "degrees, -180 to 180"),
            Param("type", "what it is", True, ("accident", "construction", "congestion", "weather", "road_closure")),
            Param("severity", "how much it slows", False, tuple(s.value for s in TrafficSeverity), "MEDIUM"),
            Param("radius", "metres around it that are affected", False, default="500"),
            Param("description", "for people", required=False, default=""),
        ),
        help="Report a traffic incident; routing slows or closes the roads around it.",
    ),
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
