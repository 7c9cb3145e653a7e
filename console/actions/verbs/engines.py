"""Engines: the desired state lives in the database, so any console starts or stops what runs on a server."""

from console.actions.model import Action, Scope, Tier
from console.actions.predicates import desired_is_not
from console.domain.enums import Access

_SERVICE = "console.actions.services.engines"

ACTIONS = (
    Action(
        id="engine.start",
        title="Start",
        scope=Scope.ENGINE,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:start",
        cli=("engines", "start"),
        key="o",
        inverse="engine.stop",
        predicate=desired_is_not("running"),
        help="Set the engine's desired state to running.",
    ),
    Action(
        id="engine.stop",
        title="Stop",
        scope=Scope.ENGINE,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:stop",
        cli=("engines", "stop"),
        key="f",
        inverse="engine.start",
        predicate=desired_is_not("stopped"),
        help="Set the engine's desired state to stopped; the running round ends first.",
    ),
    Action(
        id="engine.run_now",
        title="Run now",
        scope=Scope.ENGINE,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:run_now",
        cli=("engines", "run-now"),
        key="n",
        help="Ask for one round as soon as a scheduler sees it.",
    ),
)
