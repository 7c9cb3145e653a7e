"""Keys that arrive together: each goes to the screen it was typed for."""

import asyncio

from textual.events import Key

from console.feed.model import Record, Section
from console.tui.app import ConsoleApp
from console.tui.dialogs.choose import Choose
from console.tui.dialogs.confirm import YesNo
from console.tui.screens.listing import ListScreen
from console.tui.widgets.field import Field, FilterField
from console.tui.widgets.live_table import LiveTable
from tests.tui.conftest import Make
from tests.tui.screen_text import settle

NAMES = {"\r": "enter", ":": "colon", "/": "slash", " ": "space", "\x1b": "escape"}


def burst(app: ConsoleApp, typed: str) -> None:
    """All of it at once, as a slow line delivers it."""
    for char in typed:
        app.post_message(Key(NAMES.get(char, char), char))


async def typed_out(app: ConsoleApp) -> None:
    """Until every key has had its effect."""
    for _ in range(2000):
        await asyncio.sleep(0.002)
        if app.keyboard._current is None and not app._message_queue.qsize():
            return
    raise AssertionError("keys are held for ever")


async def test_a_command_typed_at_once_presses_no_verb_of_the_list_in_front(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        burst(app, ":orders\r")
        await typed_out(app)
        await settle(pilot)
        assert isinstance(app.screen, ListScreen)
        assert app.screen.crumbs == "orders"
        assert actions.done == []
        assert app.acting.log == type(app.acting.log)(maxlen=500)


async def test_a_filter_typed_at_once_is_whole(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        burst(app, "/arrow\rj")
        await typed_out(app)
        await settle(pilot)
        assert app.screen.query_one(FilterField).value == "arrow"
        assert app.screen.query_one("#alerts", LiveTable).filter_text == "arrow"
        assert actions.done == []


async def test_an_answer_typed_ahead_reaches_the_question(make: Make) -> None:
    app, _, actions = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        burst(app, "xn")
        await typed_out(app)
        assert not isinstance(app.screen, YesNo)
        burst(app, "xy")
        await typed_out(app)
        await settle(pilot)
        assert [(verb, len(targets)) for verb, targets, _, _ in actions.done] == [("order.cancel", 1)]


async def test_keys_wait_for_a_question_that_is_still_being_read(make: Make) -> None:
    app, feed, actions = make()
    gate = asyncio.Event()

    async def slowly(_: str) -> Section[Record]:
        await gate.wait()
        return feed._list("candidates")

    feed.candidates = slowly  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        burst(app, "rann")
        for _ in range(20):
            await pilot.pause()
        assert app.acting.asking
        assert not isinstance(app.screen, Choose)
        gate.set()
        await typed_out(app)
        assert isinstance(app.screen, Choose)
        assert app.screen.query_one(Field).value == "ann"
        assert actions.done == []


async def test_what_was_typed_for_a_question_that_never_came_is_dropped(make: Make) -> None:
    app, feed, _ = make()
    gate = asyncio.Event()

    async def never(_: str) -> Section[Record]:
        await gate.wait()
        return Section()

    feed.candidates = never  # type: ignore[method-assign]
    app.keyboard.patience = 0.05
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        burst(app, "rt")
        await typed_out(app)
        assert app.acting.asking == 1
        assert not isinstance(app.screen, Choose)
        table = app.screen.query_one("#list", LiveTable)
        place = table.model.index
        burst(app, "j")
        await typed_out(app)
        assert table.model.index == place + 1, "the keys work on"
        gate.set()
