"""Dispatch alerts: open, acknowledged, snoozed, resolved, reopened."""

from console.actions.model import Action, Param, Scope, Tier
from console.actions.predicates import status_in, status_not
from console.domain.enums import Access

_SERVICE = "console.actions.services.alerts"
_MINUTES = Param("minutes", "for how long, in minutes", required=False, default="30")

ACTIONS = (
    Action(
        id="alert.acknowledge",
        title="Acknowledge",
        scope=Scope.ALERT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:acknowledge",
        cli=("alerts", "ack"),
        key="a",
        inverse="alert.restore",
        params=(_MINUTES,),
        predicate=status_not("resolved"),
        help="Say that somebody is on it. It opens again by itself when the time is over without a resolution.",
    ),
    Action(
        id="alert.resolve",
        title="Resolve",
        scope=Scope.ALERT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:resolve",
        cli=("alerts", "resolve"),
        key="r",
        inverse="alert.restore",
        params=(Param("resolution", "what solved it", required=False),),
        predicate=status_not("resolved"),
        help="Close the alert; a new occurrence of the same fingerprint opens a new one.",
    ),
    Action(
        id="alert.reopen",
        title="Reopen",
        scope=Scope.ALERT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:reopen",
        cli=("alerts", "reopen"),
        key="o",
        inverse="alert.restore",
        predicate=status_not("open"),
        help="Put the alert back to open, whatever it was.",
    ),
    Action(
        id="alert.snooze",
        title="Snooze",
        scope=Scope.ALERT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:snooze",
        cli=("alerts", "snooze"),
        key="w",
        inverse="alert.restore",
        params=(_MINUTES,),
        predicate=status_in("open", "acknowledged", "snoozed"),
        help="Hide the alert until the time is over; then it is open again.",
    ),
    Action(
        id="alert.assign",
        title="Assign",
        scope=Scope.ALERT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:assign",
        cli=("alerts", "assign"),
        key="t",
        inverse="alert.restore",
        params=(Param("assignee", "who looks after it; empty for nobody", required=False, default=""),),
        predicate=status_not("resolved"),
        help="Name the person who looks after the alert.",
    ),
    Action(
        id="alert.note",
        title="Note",
        scope=Scope.ALERT,
        tier=Tier.REVERSIBLE,
        permission=Access.OPERATOR,
        service=f"{_SERVICE}:note",
        cli=("alerts", "note"),
        key="n",
        params=(Param("text", "the note"),),
        help="Add a note to the alert's timeline.",
    ),
)

RESTORE = Action(
    id="alert.restore",
    title="Restore",
    scope=Scope.ALERT,
    tier=Tier.REVERSIBLE,
    permission=Access.OPERATOR,
    service=f"{_SERVICE}:restore",
    cli=("alerts", "restore"),
    params=(Param("state", "the state to put back, as JSON; written by undo"),),
    help="Put an alert back to the state it had before a verb; undo uses it.",
)
"""Not for people: undo is its key."""
