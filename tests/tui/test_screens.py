"""Lists, details, help, palette, export; and screens that go away when they are left."""

import csv
import gc
import json
import re
import weakref
from datetime import timedelta
from pathlib import Path

import pytest

from console.errors import DatabaseUnavailable, UsageError
from console.feed.details import Lookup
from console.feed.model import Record, Section
from console.tui.entries import entries_for, find, score
from console.tui.export import to_csv, to_json, write_new
from console.tui.picture import portable
from console.tui.screens.directory import names
from console.tui.screens.listing import ListScreen, server_lookup
from console.tui.screens.tenant import TenantScreen
from console.tui.widgets.deck import Deck
from console.tui.widgets.field import Field
from console.tui.widgets.live_table import LiveTable
from tests.tui.conftest import Make
from tests.tui.fakes import records
from tests.tui.sample import NOW
from tests.tui.screen_text import settle, text

SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_tenant_detail_explains_the_score(make: Make, size: tuple[int, int]) -> None:
    app, _, _ = make()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("2", "enter")
        await settle(pilot)
        assert isinstance(app.screen, TenantScreen)
        shown = text(app)
        for word in ("Riverside Cars", "History", "What the score is made of", "aeo", "−3.1", "r recompute"):
            assert word in shown, word
        assert any(0x2800 < ord(c) < 0x2900 for c in shown)
        await pilot.press("escape")
        await settle(pilot)
        assert "overview" in text(app)


async def test_a_tenant_without_rating_says_why(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2", "end", "enter")
        await settle(pilot)
        assert "no signals in the last 30 days" in text(app)
        assert "Why there is no rating" in text(app)


async def test_alert_detail_has_timeline_runbook_and_verbs(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        shown = text(app)
        for word in ("What to do", "Look for a driver within 20 km.", "Timeline", "maria", "a acknowledge"):
            assert word in shown, word
        await pilot.press("a")
        await settle(pilot)
        assert actions.done[0][0] == "alert.acknowledge"
        await pilot.press("tab", "right_square_bracket")
        await settle(pilot)
        assert app.screen.query_one(Deck).label == "Order"
        assert "r reassign" in text(app)


async def test_lane_opens_its_jobs_with_the_filter_set(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("1", "down", "enter")
        await settle(pilot)
        table = app.screen.query_one("#list", LiveTable)
        assert table.filter_text == "priority:high"
        assert {row.cells["priority"] for row in table.model.visible()} == {"high"}
        name, lookup = feed.lookups[-1]
        assert name == "jobs"
        assert lookup is not None and lookup.fields == {"priority": "high"}


@pytest.mark.parametrize("name", names())
async def test_every_screen_opens_and_says_something(make: Make, name: str) -> None:
    app, _, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.go(name)
        await settle(pilot)
        assert names()[name].split()[0].lower() in text(app).lower() or name == "log"
        await pilot.press("escape")


async def test_an_empty_list_says_what_to_do_and_an_error_why(make: Make) -> None:
    app, feed, _ = make()
    feed.lists["orders"] = Section()
    feed.lists["drivers"] = Section(error="permission denied for table drivers")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        assert "aoer-console import orders FILE" in text(app)
        app.go("drivers")
        await settle(pilot)
        assert "✗ permission denied for table drivers" in text(app)


def test_the_server_gets_what_it_can_filter_exactly() -> None:
    assert server_lookup("status:failed !priority:low", False).fields == {"status": "failed", "priority": "!low"}
    assert server_lookup("status:fail", False).fields == {}
    assert server_lookup("retry:>3 mira", False).text == ""
    assert server_lookup("mira", True).text == "mira"
    assert server_lookup("mira !x late a:b", True).text == "mira late"


async def test_star_marks_all_that_match_not_only_the_page(make: Make) -> None:
    app, feed, actions = make()
    every = [{"key": f"j{i}", "tenant": "x", "status": "failed", "tenant_id": "t1"} for i in range(30)]
    whole = records(*every)
    asked: list[int] = []

    async def jobs(lookup: Lookup | None = None) -> Section[Record]:
        asked.append(lookup.limit if lookup is not None else 0)
        return Section(whole.rows if asked[-1] > 500 else whole.rows[:10], 30)

    feed.jobs = jobs  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("jobs")
        await settle(pilot)
        table = app.screen.query_one("#list", LiveTable)
        assert "newest 10 of 30" in text(app)
        await pilot.press("asterisk")
        await settle(pilot)
        assert len(table.model.marks) == 30
        assert "30 matching rows are marked" in text(app)
        await pilot.press("r")
        await settle(pilot)
        assert "Retry: 30 rows" in text(app)
        assert actions.done == []


async def test_help_lists_every_verb_of_the_focused_rows(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 60)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        shown = text(app)
        for action in app.acting.actions_for("alert"):
            if action.key:
                assert action.id in shown
        assert "at once, z undoes it" in shown


async def test_palette_offers_every_verb_and_screen(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        offered = {entry.name for entry in entries_for(app, None)}
        assert set(names()) <= offered
        assert {" ".join(a.cli) for a in app.actions_list if not a.id.endswith(".restore")} <= offered
        await pilot.press("ctrl+p", *"light", "enter")
        await settle(pilot)
        assert app.theme == "aoer-light"
        await pilot.press("colon", *"nonsense", "enter")
        await settle(pilot)
        assert "no command 'nonsense'" in text(app)
        await pilot.press("escape", "colon", *"alerts sno", "tab")
        await settle(pilot)
        assert "alerts snooze " in text(app)


async def test_entries_are_found_by_whole_names_and_ranked(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        entries = tuple(entries_for(app, None))
        found = find(entries, "orders status:pending")
        assert found is not None
        assert (found[0].name, found[1]) == ("orders", "status:pending")
        found = find(entries, "alerts ack")
        assert found is not None and found[0].name == "alerts ack"
        assert find(entries, "nothing") is None
        exact, prefix = (next(e for e in entries if e.name == n) for n in ("audit", "alerts ack"))
        assert score(exact, "audit") > score(prefix, "a")
        assert score(exact, "zzz") == 0


async def test_rows_leave_as_csv_json_and_text(make: Make, tmp_path: Path) -> None:
    app, feed, _ = make()
    feed.lists["orders"] = records(
        {"key": "1", "reference": "=cmd()", "status": "pending", "note": "a,b\nc", "promised_at": NOW}
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        table = app.screen.query_one("#list", LiveTable)
        made = list(csv.DictReader(to_csv(table, table.model.visible()).splitlines()))
        assert made[0]["key"] == "1"
        assert made[0]["reference"] == "'=cmd()"
        assert made[0]["promised_at"] == NOW.isoformat()
        assert json.loads(to_json(table, table.model.visible()))[0]["note"] == "a,b\nc"
        target = tmp_path / "orders.csv"
        await pilot.press("e")
        await settle(pilot)
        app.screen.query_one(Field).value = str(target)
        await pilot.press("enter")
        await settle(pilot)
        assert target.exists()
        await pilot.press("y")
        await settle(pilot)
        assert "pending" in app.clipboard


async def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    await write_new(path, "one")
    with pytest.raises(UsageError, match="exists already"):
        await write_new(path, "two")
    assert path.read_text() == "one"


async def test_columns_can_be_hidden_but_not_the_last(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        await pilot.press(*"severity", "enter")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        table = app.screen.query_one("#alerts", LiveTable)
        assert "severity" in table.hidden
        for column in table.columns:
            if column.id not in table.hidden:
                table.toggle_column(column.id)
        assert len(table.placed) == 1


def test_pictures_put_words_and_signs_at_their_own_cells() -> None:
    """Renderers swallow blanks, and take signs from fonts of other widths."""
    svg = '<text class="r" x="12.2" y="5" textLength="36.6" clip-path="u">&#160;&#160;a&lt;b&#160;▶⠁──漢x</text>'
    places = re.findall(r'x="([\d.]+)" y="5" textLength="([\d.]+)"[^>]*>([^ ]+?)</text>', portable(svg))
    assert [(round(float(x) / 12.2), round(float(size) / 12.2), text) for x, size, text in places] == [
        (3, 3, "a&lt;b"),
        (7, 1, "▶"),
        (8, 1, "⠁"),
        (9, 2, "──"),
        (11, 2, "漢"),
        (13, 1, "x"),
    ]


async def test_screens_that_were_left_are_forgotten(make: Make) -> None:
    """Open and leave a detail screen fifty times: nothing of it stays alive."""
    app, _, _ = make()
    seen: list[weakref.ref[object]] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for _ in range(50):
            screen = TenantScreen("t000")
            seen.append(weakref.ref(screen))
            await app.push_screen(screen)
            await settle(pilot)
            await app.pop_screen()
            del screen
        for _ in range(200):  # timers of the screens that were left end one by one
            await settle(pilot)
            gc.collect()
            alive = sum(1 for ref in seen if ref() is not None)
            if alive <= 2:
                break
        assert alive <= 2


async def test_an_open_order_past_its_promise_reads_late(make: Make) -> None:
    app, feed, _ = make()
    past = {"promised_at": feed.overview.now - timedelta(minutes=7)}  # type: ignore[operator]
    feed.lists["orders"] = records(
        {"key": "a", "reference": "A", "status": "assigned", **past},
        {"key": "b", "reference": "B", "status": "delivered", **past},
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        shown = text(app).splitlines()
        assert "7 m late" in next(line for line in shown if " A " in line)
        assert "late" not in next(line for line in shown if " B " in line)


async def test_keys_that_do_nothing_here_are_not_offered(make: Make) -> None:
    app, feed, _ = make()
    feed.lists["sessions"] = records()
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        app.go("sessions")
        await settle(pilot)
        assert "enter open" not in text(app)
        assert "/ filter" in text(app)
        await pilot.press("question_mark")
        await settle(pilot)
        assert "/ filter" not in text(app).splitlines()[-1]


async def test_labels_never_touch_their_values(make: Make) -> None:
    app, feed, _ = make()
    feed.lists["orders"] = records(
        {"key": "o", "reference": "R", "completed_shipments_": 0, "a_very_long_name_indeed_it_is": 7, "skills": ()}
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        shown = text(app)
        assert "Completed shipments   0" in shown
        assert "… 7" in shown
        assert "Not set: skills" in shown


async def test_columns_widen_when_rows_need_it_and_keep_the_filter(make: Make) -> None:
    app, feed, _ = make()
    feed.lists["jobs"] = records({"key": "1", "tenant": "North", "status": "failed", "error_message": "x" * 60})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.go("jobs", "tenant:north")
        await settle(pilot)
        feed.lists["jobs"] = records(
            {"key": "1", "tenant": "North", "status": "quarantined", "error_message": "x" * 60}
        )
        await pilot.press("R")
        await settle(pilot)
        assert "⊗ quarantined" in text(app)
        assert app.screen.query_one("#list", LiveTable).filter_text == "tenant:north"


@pytest.mark.parametrize(("key", "crumbs"), [("7", "orders"), ("8", "drivers"), ("9", "audit log")])
async def test_lists_are_one_key_from_the_overview(make: Make, key: str, crumbs: str) -> None:
    app, _, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert app.screen.crumbs == crumbs  # type: ignore[attr-defined]


async def test_rows_that_were_read_stay_while_the_database_does_not_answer(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(120, 24)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        assert "ORD-4100" in text(app)

        async def lost(_: object = None) -> Section[Record]:
            raise DatabaseUnavailable("nobody answers", hint="wait")

        feed.orders = lost  # type: ignore[method-assign]
        await pilot.press("R")
        await settle(pilot)
        assert "ORD-4100" in text(app)
        assert "✗ nobody answers  wait" in text(app)


async def test_dialogs_are_of_use_in_a_very_low_terminal_and_survive_any_size(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        await pilot.press("colon")
        await settle(pilot)
        assert sum("alerts " in line for line in text(app).splitlines()) >= 3
        await pilot.press("escape")
        await pilot.press("asterisk", "a")
        await settle(pilot)
        for width, height in ((8, 3), (1, 1), (200, 60), (40, 10)):
            await pilot.resize_terminal(width, height)
            await settle(pilot)
        field = app.screen.query_one("#count", Field)
        assert 0 <= field.region.y < 10, "where one types can be seen"
        field.value = "14"
        await pilot.press("enter")
        app.screen.query_one("#reason", Field).value = "storm"
        await pilot.press("enter")
        await settle(pilot)
        assert len(actions.done) == 1


async def test_pages_of_a_detail_turn_from_anywhere_on_it(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        deck = app.screen.query_one(Deck)
        assert not deck.has_focus and deck.label == "Timeline"
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert deck.has_focus and deck.label == "Order"
        await pilot.press("right_square_bracket", "left_square_bracket", "left_square_bracket")
        await settle(pilot)
        assert deck.label == "Timeline", "one page a key"


async def test_a_list_is_read_again_only_when_somebody_wrote(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        screen, asked = app.screen, len(feed.lookups)
        assert isinstance(screen, ListScreen)
        screen._look()
        await settle(pilot)
        assert len(feed.lookups) == asked
        feed.changes += 1
        screen._look()
        await settle(pilot)
        assert len(feed.lookups) == asked + 1
        screen._read_at -= 11
        screen._look()
        await settle(pilot)
        assert len(feed.lookups) == asked + 2, "clocks change lists too"
