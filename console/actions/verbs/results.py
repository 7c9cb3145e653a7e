"""Results generation."""

from console.actions.model import Action, Scope, Tier
from console.actions.predicates import status_not
from console.domain.enums import Access

ACTIONS = (
    Action(
        id="session.rerun",
        title="Rerun",
        scope=Scope.SESSION,
        tier=Tier.IRREVERSIBLE,
        permission=Access.OPERATOR,
        service="console.actions.services.results:rerun",
        cli=("sessions", "rerun"),
        key="r",
        predicate=status_not("processing"),
        help="Generate the results of this session again; earlier versions are kept.",
    ),
)
