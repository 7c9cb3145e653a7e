"""Whatever customers wrote neither acts nor crashes: in every pane, list, detail, dialog and notice."""

from dataclasses import replace
from typing import Any

import pytest

from console.actions.model import Result
from console.errors import Conflict
from console.feed.model import Overview, Record, Section
from console.tui.dialogs.base import Dialog
from tests.tui import sample
from tests.tui.conftest import Make
from tests.tui.fakes import FakeActions, records
from tests.tui.hostile import CORPUS
from tests.tui.screen_text import lines, settle, text

JOINED = " ".join(t for t in CORPUS if len(t) < 100)


def poisoned(words: tuple[str, ...]) -> Overview:
    """The sample with hostile text in every string a person or a program could have written."""
    overview = sample.overview()
    pick = lambda i: words[i % len(words)]  # noqa: E731

    def spoil(rows: tuple[Any, ...], *names: str) -> Section[Any]:
        fresh = tuple(replace(row, version=9, **dict.fromkeys(names, pick(i))) for i, row in enumerate(rows))
        return Section(fresh, len(fresh), sample.NOW)

    assert overview.header is not None
    return replace(
        overview,
        header=replace(overview.header, environment=pick(1), database=pick(2), leader=pick(3)),
        tiles=spoil(overview.tiles.rows, "tenant", "reason", "status", "grade", "risk_band"),
        alerts=spoil(overview.alerts.rows, "message", "tenant", "order", "assignee", "type", "severity", "status"),
        incidents=spoil(overview.incidents.rows, "description", "tenant", "type", "kind"),
        generation=spoil(overview.generation.rows, "topic", "tenant", "stage", "error"),
        engines=spoil(overview.engines.rows, "title", "state", "message"),
    )


def spoil_lists(feed: Any) -> None:
    for name, section in list(feed.lists.items()):
        fresh = tuple(
            Record(
                r.key,
                9,
                {k: CORPUS[i % len(CORPUS)] if isinstance(v, str) else v for k, v in r.cells.items()},
                1,
                r.tenant_id,
            )
            for i, r in enumerate(section.rows)
        )
        feed.lists[name] = Section(fresh, len(fresh), sample.NOW)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_panes_and_details(make: Make, size: tuple[int, int]) -> None:
    app, feed, actions = make(poisoned(CORPUS))
    spoil_lists(feed)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await _click_everywhere(pilot, app)
        for pane in "12345":
            await pilot.press(pane)
            await pilot.press("down", "space", "slash", *"[/x]", "escape", "escape", "escape")
            await pilot.press("enter")
            await settle(pilot)
            await pilot.press("right_square_bracket", "down", "question_mark", "escape", "escape")
            await settle(pilot)
        _assert_clean(app)
        assert actions.done == []
        assert app.is_running
        assert app.return_value is None


@pytest.mark.parametrize("name", ["jobs", "orders", "drivers", "audit", "engines", "log"])
async def test_lists(make: Make, name: str) -> None:
    app, feed, _ = make(poisoned(CORPUS))
    spoil_lists(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go(name)
        await settle(pilot)
        await pilot.press("end", "enter", "escape", "y", "c", "escape")
        await settle(pilot)
        _assert_clean(app)
        assert app.is_running


async def test_notices_and_dialogs(make: Make) -> None:
    app, _, actions = make(poisoned(CORPUS[:16]))
    assert isinstance(actions, FakeActions)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for words in CORPUS:
            app.say([(words, "text")])
            app.say_error(Conflict(words, hint=words))
            app.startup.problem = words
            app._tick()
            await settle(pilot)
            _assert_clean(app)
        app.startup.problem = ""
        await pilot.press("5")
        for row in app.overview.generation.rows:
            await pilot.press("r")
            await settle(pilot)
            if row.status == "processing":
                assert not isinstance(app.screen, Dialog)
                await pilot.press("down")
                continue
            assert isinstance(app.screen, Dialog), row
            _assert_clean(app)
            await _click_everywhere(pilot, app)
            await pilot.press("n", "down")
        assert actions.done == []
        actions.results = dict.fromkeys((r.key for r in app.overview.alerts.rows), Result.CONFLICT)
        actions.messages = dict.fromkeys((r.key for r in app.overview.alerts.rows), JOINED)
        await pilot.press("3", "n", *"x", "enter")
        await settle(pilot)
        _assert_clean(app)
        assert app.is_running


async def test_a_click_on_markup_is_only_a_click(make: Make) -> None:
    overview = sample.overview()
    rows = tuple(replace(r, message="[@click=app.leave_program]here[/]", version=3) for r in overview.alerts.rows)
    app, _, _ = make(replace(overview, alerts=Section(rows, len(rows), sample.NOW)))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "[@click=app.leave_program]here[/]" in text(app)
        place = next(y for y, line in enumerate(lines(app)) if "[@click=" in line)
        x = lines(app)[place].index("here")
        await pilot.click(offset=(x, place))
        await pilot.click(offset=(x, place), times=2)
        await settle(pilot)
        assert app.is_running
        assert app.return_value is None


async def _click_everywhere(pilot: Any, app: Any) -> None:
    width, height = app.size
    for y in range(1, height, 11):
        for x in range(2, width, 67):
            await pilot.click(offset=(x, y))


def _assert_clean(app: Any) -> None:
    for line in lines(app):
        assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066" for c in line), repr(line)


async def test_records_of_any_value(make: Make) -> None:
    app, feed, _ = make()
    feed.lists["orders"] = records(
        {"key": "x", "reference": {"[/": ["\x1b", None]}, "status": 5, "priority": None, "n": 1.5, "flag": True},
        {"key": "y", "reference": b"\x00", "status": None, "priority": 3, "n": None, "flag": "no"},
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign", "enter")
        await settle(pilot)
        _assert_clean(app)
        assert app.is_running
