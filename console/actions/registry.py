"""The one list of operator verbs. Keys, footer, help, palette, command line and role checks are generated from it.

Keys are single visible characters, unique within a scope together with the global verbs, and never one that the
terminal keeps for itself (`RESERVED_KEYS`). A reversible verb names its inverse, or needs none because it only adds.
"""

from functools import cache

from console.actions.model import Action
from console.actions.verbs import alerts, engines, incidents, orders, recompute, results
from console.errors import UsageError

RESERVED_KEYS = frozenset("q?:/z +-=*ghjklGyecpvsRTL,.<>[]!0123456789")
"""Quit, help, command line, filter, undo, pause, marks, interval, moving, copy, export, columns, sort, theme, panes."""


@cache
def all_actions() -> tuple[Action, ...]:
    """Every verb that people choose, in display order."""
    return (
        *recompute.ACTIONS,
        *alerts.ACTIONS,
        *incidents.ACTIONS,
        *orders.ACTIONS,
        *results.ACTIONS,
        *engines.ACTIONS,
    )


@cache
def _index() -> dict[str, Action]:
    return {action.id: action for action in (*all_actions(), alerts.RESTORE)}


def by_id(action_id: str) -> Action:
    """The verb `action_id`, also one that only undo uses; raises UsageError naming the nearest one."""
    found = _index().get(action_id)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(action_id, _index(), n=1)
        raise UsageError(
            f"there is no action {action_id!r}", hint=f"did you mean {near[0]!r}?" if near else "see the help screen"
        )
    return found


@cache
def for_noun(noun: str) -> tuple[Action, ...]:
    """The verbs that the command line offers under `noun`."""
    return tuple(action for action in all_actions() if action.cli[0] == noun)
