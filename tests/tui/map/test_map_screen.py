"""The map in the terminal: keys, selection, live changes, sizes, text that would like to be markup."""

from dataclasses import replace
from typing import Any

import pytest

from console.errors import PermissionDenied
from console.feed.places import MapDetail
from console.tui.map.view import MapView
from console.tui.screens.details import DriverScreen, OrderScreen
from console.tui.screens.map import MapScreen
from tests.tui.conftest import Make
from tests.tui.hostile import CORPUS
from tests.tui.map.town import at, driver, incident, order, town
from tests.tui.screen_text import lines, settle, text


async def open_map(app: Any, pilot: Any) -> MapView:
    await settle(pilot)
    await pilot.press("m")
    await settle(pilot)
    assert isinstance(app.screen, MapScreen)
    return app.screen.map


async def again(app: Any, feed: Any, pilot: Any, detail: MapDetail) -> None:
    feed.map, feed.changes = detail, feed.changes + 1
    app.screen.reread()
    await settle(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (200, 50)])
async def test_the_map_shows_the_town_and_says_what_is_selected(make: Make, size: tuple[int, int]) -> None:
    app, feed, _ = make()
    feed.map = town()
    async with app.run_test(size=size) as pilot:
        await open_map(app, pilot)
        shown = text(app)
        for word in ("4 drivers", "2 waiting", "1 incident", "Driver 1", "↑N", "km", "◇", "m back"[:1]):
            assert word in shown, word
        assert ("Stops in order" in shown) is (size[0] >= 120)
        assert "bike" in shown


async def test_tab_selects_enter_opens_m_comes_back(make: Make) -> None:
    app, feed, _ = make()
    feed.map = town()
    feed.lists["drivers"] = replace(feed.lists["drivers"], rows=(replace(feed.lists["drivers"].rows[0], key="d2"),))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await open_map(app, pilot)
        await pilot.press("tab")
        await settle(pilot)
        assert view.selected is not None
        assert view.selected.key == "d2"
        assert "▾2" in text(app)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, DriverScreen)
        await pilot.press("m")
        await settle(pilot)
        assert isinstance(app.screen, MapScreen)
        await pilot.press("shift+tab", "shift+tab")
        assert view.selected.key == "d4"
        await pilot.press("m")
        await settle(pilot)
        assert not isinstance(app.screen, MapScreen)


async def test_brackets_change_what_is_selected_and_verbs_follow(make: Make) -> None:
    app, feed, actions = make()
    feed.map = town()
    feed.lists["orders"] = replace(feed.lists["orders"], rows=(replace(feed.lists["orders"].rows[0], key="o1"),))
    async with app.run_test(size=(120, 30)) as pilot:
        view = await open_map(app, pilot)
        assert "o take off duty" in text(app)
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert (view.kind, view.selected and view.selected.key) == ("order", "o1")
        assert "t prioritise" in text(app)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, OrderScreen)
        await pilot.press("escape", "right_square_bracket", "r")
        await settle(pilot)
        assert [(done[0], done[1][0].key) for done in actions.done] == [("incident.resolve", "i1")]
        await pilot.press("left_square_bracket", "left_square_bracket", "o")
        await settle(pilot)
        assert actions.done[-1][0] == "driver.offline"
        assert actions.done[-1][1][0].key == "d1"


async def test_pan_zoom_and_fit(make: Make) -> None:
    app, feed, _ = make()
    feed.map = town()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await open_map(app, pilot)
        start = view.view
        place = view.selected and view.selected.at
        assert place is not None
        await pilot.press("plus")
        assert view.view.scale == pytest.approx(start.scale / 1.5)
        assert view.view.cell(place) == pytest.approx(start.cell(place), abs=1.0)
        await pilot.press("l", "j")
        assert view.view.lon > start.lon - 1
        await pilot.press(*["right"] * 12)
        await settle(pilot)
        assert "outside" in text(app)
        assert "●" not in "".join(lines(app)[2:-2])
        await pilot.press("0")
        await settle(pilot)
        assert (view.view.lat, view.view.lon) == pytest.approx((start.lat, start.lon))
        assert "outside" not in text(app)
        await pilot.press("minus", "minus", "f")
        await settle(pilot)
        assert view.view.scale < start.scale


async def test_changes_arrive_by_themselves_and_repaint_little(make: Make) -> None:
    app, feed, _ = make()
    feed.map = town()
    async with app.run_test(size=(120, 30)) as pilot:
        view = await open_map(app, pilot)
        painted: list[int] = []
        plain_refresh = view.refresh
        view.refresh = lambda *regions, **k: (painted.extend(r.y for r in regions), plain_refresh(*regions, **k))[1]  # type: ignore[assignment,func-returns-value]
        moved = (driver(1, at=at(1.0, 1.6), version=2), *town().drivers[1:])
        feed.map, feed.changes = town(drivers=moved), feed.changes + 1
        app.screen._look()
        await settle(pilot)
        assert view.scene is not None
        assert view.scene.drivers[0].version == 2
        assert 0 < len(painted) <= 4, "only the lines of the driver's old and new place"
        asked = len(feed.asked_places)
        app.screen._look()
        assert len(feed.asked_places) == asked, "nothing was written, nothing is read"


async def test_the_view_stays_put_after_the_operator_moved_it_and_follows_before(make: Make) -> None:
    app, feed, _ = make()
    feed.map = town()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await open_map(app, pilot)
        far = town(drivers=(driver(1, at=at(30, 30), version=2), *town().drivers[1:]))
        await again(app, feed, pilot, far)
        assert view.view.holds(at(30, 30))
        await pilot.press("plus", "plus")
        kept = view.view
        await again(app, feed, pilot, town(drivers=(driver(1, at=at(-60, 0), version=3), *town().drivers[1:])))
        assert view.view == kept
        assert "outside" in text(app)


async def test_a_selection_that_leaves_hands_over(make: Make) -> None:
    app, feed, _ = make()
    feed.map = town()
    async with app.run_test(size=(120, 30)) as pilot:
        view = await open_map(app, pilot)
        await again(app, feed, pilot, town(drivers=town().drivers[1:]))
        assert view.selected is not None
        assert view.selected.key == "d2"
        await again(app, feed, pilot, town(drivers=()))
        assert view.selected is None
        assert "Nothing is selected." in text(app)


async def test_the_filter_line_narrows_and_asks_the_database_for_the_tenant(make: Make) -> None:
    app, feed, _ = make()
    feed.map = town(drivers=(*town().drivers, driver(7, tenant="Other", name="Zed")))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await open_map(app, pilot)
        await pilot.press("slash", *"ten:harb", "enter")
        await settle(pilot)
        assert feed.asked_places[-1] == "harb"
        assert view.scene is not None
        assert [d.key for d in view.scene.drivers] == ["d1", "d2", "d3", "d4"]
        assert "/ten:harb" in text(app)
        await pilot.press("slash", *" zzzz", "enter")
        await settle(pilot)
        assert "Nothing here passes the filter" in text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "5 drivers" in text(app)


async def test_an_empty_map_and_a_refused_one_say_why(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_map(app, pilot)
        assert "aoer-console import drivers" in text(app)
        await pilot.press("plus", "tab", "enter", "right_square_bracket", "up", "0", "f")
        assert app.is_running
        feed.map = PermissionDenied("permission denied for table drivers")
        await pilot.press("m", "m")
        await settle(pilot)
        assert "permission denied for table drivers" in text(app)


async def test_m_on_a_row_goes_to_that_row(make: Make) -> None:
    app, feed, _ = make()
    carried = order(1, key="o001", status="assigned", driver_id="d2")
    feed.map = town(orders=(order(5), carried))
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        app.go("orders")
        await settle(pilot)
        await pilot.press("down", "m")
        await settle(pilot)
        assert isinstance(app.screen, MapScreen)
        assert (app.screen.map.kind, app.screen.map.selected) == ("order", carried)
        await pilot.press("m", "down", "m")
        await settle(pilot)
        assert "This order is not on the map" in text(app)


async def test_hostile_names_are_only_letters(make: Make) -> None:
    app, feed, actions = make()
    names = list(CORPUS)
    feed.map = MapDetail(
        tuple(driver(i, name=w, vehicle_type=w, tenant=w) for i, w in enumerate(names)),
        tuple(order(i, reference=w, pickup_name=w, dropoff_name=w) for i, w in enumerate(names)),
        tuple(incident(i, description=w) for i, w in enumerate(names)),
    )
    async with app.run_test(size=(120, 30)) as pilot:
        view = await open_map(app, pilot)
        for _ in range(3):
            for _ in names:
                view.step(1)
                app.screen.show_selection()
                shown = "".join(lines(app))
                assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066" for c in shown)
            await pilot.press("right_square_bracket")
        await settle(pilot)
        assert app.is_running
        assert actions.done == []


async def test_a_click_selects_the_nearest_and_a_second_one_opens(make: Make) -> None:
    app, feed, _ = make()
    feed.map = town()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await open_map(app, pilot)
        wanted = next(order for order in town().orders if order.key == "o2")
        assert wanted.at is not None
        column, row = view.view.cell(wanted.at)
        await pilot.click(MapView, offset=(int(column), int(row) + 1))
        await settle(pilot)
        assert (view.kind, view.selected and view.selected.key) == ("order", "o2")


async def test_leaving_frees_the_map(make: Make) -> None:
    import gc
    import weakref

    app, feed, _ = make()
    feed.map = town()
    async with app.run_test(size=(80, 24)) as pilot:
        view = weakref.ref(await open_map(app, pilot))
        await pilot.press("m")
        await settle(pilot)
        await pilot.press("j", "k")
        await settle(pilot)
        gc.collect()
        assert view() is None
