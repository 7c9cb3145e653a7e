"""From a key to an outcome: frozen rows, questions by danger, undo, reasons."""

from dataclasses import replace
from pathlib import Path

from textual.widgets import Input

from console.actions.model import Outcome, Result
from console.domain.enums import Access
from console.errors import RateLimited
from console.feed.model import Section
from console.tui.dialogs.choose import Choose
from console.tui.dialogs.confirm import Ask, TypedCount, YesNo
from console.tui.dialogs.outcomes import OutcomeList
from console.tui.widgets.live_table import LiveTable
from tests.tui import sample
from tests.tui.conftest import Make
from tests.tui.screen_text import settle, text


async def test_a_reversible_verb_goes_ahead_and_z_takes_it_back(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert [(a, [t.key for t in ts], r) for a, ts, _, r in actions.done] == [("alert.acknowledge", ["a000"], "")]
        assert "z undoes it" in text(app)
        await pilot.press("z")
        await settle(pilot)
        assert actions.undone == ["alert.acknowledge"]
        await pilot.press("z")
        await settle(pilot)
        assert "nothing to undo" in text(app)
        assert len(actions.undone) == 1


async def test_a_verb_that_does_not_apply_says_why_and_does_nothing(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("o")
        await settle(pilot)
        assert actions.done == []
        assert "Reopen:" in text(app)


async def test_roles_and_read_only_are_told_not_tried(make: Make) -> None:
    app, _, actions = make()
    actions.access = Access.VIEWER
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "(a acknowledge)" in text(app)
        await pilot.press("a")
        await settle(pilot)
        assert "needs the role of operator" in text(app)
        actions.access, actions.read_only = Access.ADMIN, True
        await pilot.press("a")
        await settle(pilot)
        assert "read-only" in text(app)
        assert actions.done == []


async def test_a_key_of_another_kind_of_row_says_where_it_belongs(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert "does nothing here" in text(app)
        assert "order" in text(app)
        assert actions.done == []


async def test_the_dialog_acts_on_the_rows_of_the_key_press(make: Make) -> None:
    """Rows change order, version and existence behind the dialog; the targets stay what the operator saw."""
    app, feed, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("5")
        sessions = app.screen.query_one("#generation", LiveTable)
        seen = sessions.model.current
        assert seen is not None
        await pilot.press("down")
        seen = sessions.model.current
        assert seen is not None
        await pilot.press("r")
        await settle(pilot)
        assert isinstance(app.screen, YesNo)
        changed = tuple(replace(row, version=5, row_version=5) for row in feed.overview.generation.rows[::-1])
        feed.publish(generation=Section(changed, len(changed), sample.NOW))
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, YesNo)
        assert actions.done == []
        await pilot.press("y")
        await settle(pilot)
        (action_id, targets, _, _) = actions.done[0]
        assert action_id == "session.rerun"
        assert [(t.key, t.version) for t in targets] == [(seen.key, seen.row_version)]


async def test_n_and_escape_do_nothing(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for answer in ("n", "escape"):
            await pilot.press("5", "down", "r") if answer == "n" else await pilot.press("r")
            await settle(pilot)
            assert isinstance(app.screen, YesNo)
            await pilot.press(answer)
            await settle(pilot)
        assert actions.done == []


async def test_several_tenants_need_the_typed_count_and_a_reason(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("space", "space", "a")
        await settle(pilot)
        assert isinstance(app.screen, TypedCount)
        await pilot.press("3", "enter")
        await settle(pilot)
        assert "nothing has been done" in text(app)
        await pilot.press("backspace", "2", "enter")
        await pilot.press("enter")
        await settle(pilot)
        assert "A reason is needed" in text(app)
        await pilot.press(*"storm", "enter")
        await settle(pilot)
        (_, targets, _, reason) = actions.done[0]
        assert [t.key for t in targets] == ["a000", "a005"]
        assert reason == "storm"
        alerts = app.screen.query_one("#alerts", LiveTable)
        assert alerts.model.marks == set()


async def test_rows_that_went_wrong_are_listed_one_by_one(make: Make) -> None:
    app, _, actions = make()
    actions.results = {"a005": Result.GONE}
    actions.messages = {"a005": "somebody deleted it"}
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("space", "space", "a")
        await settle(pilot)
        await pilot.press("2", "enter", *"why", "enter")
        await settle(pilot)
        assert isinstance(app.screen, OutcomeList)
        assert "somebody deleted it" in text(app)
        await pilot.press("enter")
        assert not isinstance(app.screen, OutcomeList)


async def test_a_missing_parameter_is_asked_for(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert isinstance(app.screen, Ask)
        await pilot.press("enter")
        assert isinstance(app.screen, Ask)
        await pilot.press(*"called", "enter")
        await settle(pilot)
        assert actions.done[0][2] == {"text": "called"}


async def test_reassign_offers_ranked_drivers_with_a_filter(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"orders", "enter")
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert isinstance(app.screen, Choose)
        assert "Mira K." in text(app)
        await pilot.press(*"joe", "enter")
        await settle(pilot)
        assert isinstance(app.screen, Choose)
        assert "vehicle too small" in text(app)
        await pilot.press(*(["backspace"] * 3), *"tomas", "enter")
        await settle(pilot)
        (action_id, targets, params, _) = actions.done[0]
        assert (action_id, targets[0].key, params) == ("order.reassign", "o000", {"driver": "d1"})


async def test_verbs_typed_with_parameters(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"alerts snooze minutes=15", "enter")
        await settle(pilot)
        assert actions.done[0][0] == "alert.snooze"
        assert actions.done[0][2] == {"minutes": "15"}


async def test_the_command_log_remembers(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        await pilot.press("L")
        await settle(pilot)
        assert "Acknowledge: No driver can reach order ORD-4100" in text(app)


async def test_a_rate_limit_says_when_to_try_again(make: Make, tmp_path: Path) -> None:
    app, _, actions = make()
    limited = RateLimited("too many requests for enqueue (rule action.enqueue)", retry_after=41.2)

    async def refuse(*_: object) -> list[Outcome]:
        raise limited

    actions.perform = refuse  # type: ignore[method-assign, assignment]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert "try again in 42 s" in text(app)
        actions.limited = RateLimited("too many requests for export (rule action.export)", retry_after=7)
        await pilot.press("e")
        await settle(pilot)
        assert isinstance(app.screen, Ask)
        app.screen.query_one(Input).value = str(tmp_path / "alerts.csv")
        await pilot.press("enter")
        await settle(pilot)
        assert "try again in 7 s" in text(app)
        assert actions.asked == ["export"]
        assert not (tmp_path / "alerts.csv").exists()


async def test_a_reason_can_be_given_with_any_verb(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press(".", "r")
        await settle(pilot)
        assert isinstance(app.screen, Ask)
        app.screen.query_one(Input).value = "van is back"
        await pilot.press("enter")
        await settle(pilot)
        assert [(verb, reason) for verb, _, _, reason in actions.done] == [("alert.resolve", "van is back")]
        await pilot.press("a")
        await settle(pilot)
        assert actions.done[-1][3] == "", "it is asked once"
        await pilot.press(".", "a", "escape")
        await settle(pilot)
        assert len(actions.done) == 2, "no reason, no change"
        await pilot.press(".", ".", "a")
        await settle(pilot)
        assert len(actions.done) == 3, "said twice: not asked"


async def test_help_promises_undo_only_where_there_is_one(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 50)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await pilot.press("question_mark")
        await settle(pilot)
        shown = " ".join(text(app).split())
        assert "moved up, not doubled. (at once; operator)" in shown
        await pilot.press("escape", "3", "question_mark")
        await settle(pilot)
        assert "(at once, z undoes it; operator)" in " ".join(text(app).split())
