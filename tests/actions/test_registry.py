"""What every entry of the registry must satisfy."""

import pytest

from console.actions.model import Access, Action, Scope, Target, Tier
from console.actions.registry import RESERVED_KEYS, all_actions, by_id, for_noun
from console.errors import UsageError

EVERY = all_actions()
ONLY_ADDS = {"tenant.recompute", "job.retry", "alert.note", "engine.run_now", "incident.report"}


def test_ids_and_command_line_verbs_are_unique() -> None:
    assert len({a.id for a in EVERY}) == len(EVERY)
    assert len({a.cli for a in EVERY}) == len(EVERY)


@pytest.mark.parametrize("scope", list(Scope))
def test_keys_are_unique_in_each_scope_together_with_the_global_ones(scope: Scope) -> None:
    keys = [a.key for a in EVERY if a.scope in {scope, Scope.GLOBAL} and a.key]
    assert len(keys) == len(set(keys)), keys


@pytest.mark.parametrize("action", EVERY, ids=lambda a: a.id)
def test_a_key_is_one_visible_character_that_the_terminal_does_not_keep(action: Action) -> None:
    if action.key is not None:
        assert len(action.key) == 1 and action.key.isprintable() and action.key not in RESERVED_KEYS


@pytest.mark.parametrize("action", EVERY, ids=lambda a: a.id)
def test_what_reverses_exists_in_the_same_scope_and_nothing_irreversible_claims_an_inverse(action: Action) -> None:
    if action.inverse is not None:
        assert by_id(action.inverse).scope is action.scope
    if action.tier is Tier.REVERSIBLE and action.inverse is None:
        assert action.id in ONLY_ADDS
    if action.tier is not Tier.REVERSIBLE:
        assert action.inverse is None


@pytest.mark.parametrize("action", EVERY, ids=lambda a: a.id)
def test_every_verb_writes_so_no_viewer_may_do_it_and_it_says_what_it_does(action: Action) -> None:
    assert action.permission is not Access.VIEWER
    assert action.help and action.title and action in for_noun(action.cli[0])


def test_what_only_undo_uses_is_found_by_its_id_and_offered_nowhere() -> None:
    inverses = {by_id(a.inverse) for a in EVERY if a.inverse}
    hidden = inverses - set(EVERY)
    assert {a.id for a in hidden} == {"alert.restore"}
    assert all(a.key is None for a in hidden) and all(a.key for a in EVERY)


def test_an_unknown_verb_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        by_id("alert.acknowlege")
    assert "alert.acknowledge" in caught.value.hint


@pytest.mark.parametrize(
    ("action_id", "state", "fits"),
    [
        ("alert.acknowledge", {"status": "open"}, True),
        ("alert.acknowledge", {"status": "resolved"}, False),
        ("alert.reopen", {"status": "open"}, False),
        ("job.retry", {"status": "running"}, False),
        ("job.cancel", {"status": "running"}, True),
        ("order.reassign", {"status": "picked_up"}, False),
        ("incident.investigate", {"kind": "traffic", "status": "open"}, False),
        ("incident.investigate", {"kind": "escalation", "status": "open"}, True),
        ("engine.start", {"desired": "running"}, False),
        ("engine.start", {"desired": "stopped"}, True),
    ],
)
def test_predicates_answer_with_a_reason(action_id: str, state: dict[str, str], fits: bool) -> None:
    action = by_id(action_id)
    reason = action.predicate(Target(action.scope, "k", state=state))
    assert (reason is None) is fits
    if reason is not None:
        assert str(next(iter(state.values()))).replace("_", " ") in reason
