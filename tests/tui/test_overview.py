"""The overview: five panes at every size, live rows, the operator's place in them."""

from dataclasses import replace

import pytest

from console.feed.details import Connection
from console.feed.model import Overview, Section
from console.tui.screens.layout import PANES, arrange
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import LiveView
from tests.tui import sample
from tests.tui.conftest import Make
from tests.tui.screen_text import lines, settle, text

SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize("size", [*SIZES, (140, 30), (64, 18), (300, 90)])
def test_panes_neither_overlap_nor_leave_the_body(size: tuple[int, int]) -> None:
    width, height = size
    boxes = arrange(width, height)
    cells = [
        (x, y)
        for box in boxes.values()
        for x in range(box.x, box.x + box.width)
        for y in range(box.y, box.y + box.height)
    ]
    assert set(boxes) == set(PANES)
    assert len(cells) == len(set(cells))
    assert all(0 <= x < width and 0 <= y < height for x, y in cells)
    assert min(box.height for box in boxes.values()) >= 4


def test_zoom_and_tiny_terminals_show_fewer_panes() -> None:
    assert set(arrange(80, 22, "queue")) == {"queue"}
    assert set(arrange(50, 20)) == {"ratings", "alerts"}
    assert set(arrange(80, 8)) == {"alerts"}


@pytest.mark.parametrize("size", SIZES)
async def test_everything_of_the_design_is_on_the_screen(make: Make, size: tuple[int, int]) -> None:
    app, _, _ = make()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        shown = text(app)
        for word in ("Queue", "Ratings", "Alerts", "Incidents", "Generation", "staging", "operator", "leads", "live"):
            assert word in shown, word
        for word in ("critical", "Riverside Cars", "dispatch", "urgent", "64%", "acknowledge", "? help"):
            assert word in shown, word
        assert all(len(line) == size[0] or "日" in line for line in lines(app))


async def test_first_paint_does_not_wait_for_the_database(make: Make) -> None:
    app, _, _ = make()
    app.startup.services.gate = __import__("asyncio").Event()  # type: ignore[attr-defined]
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        shown = text(app)
        assert shown.count("connecting…") == 5
        assert "1 Queue" in shown
        app.startup.services.gate.set()  # type: ignore[attr-defined]
        await settle(pilot)
        assert "connecting…" not in text(app)


async def test_an_empty_database_says_what_to_do(make: Make) -> None:
    header = sample.overview().header
    app, _, _ = make(Overview(now=sample.NOW, header=header))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        shown = text(app)
        assert "aoer-console import tenants FILE" in shown
        assert "No active alerts" in shown
        assert "The queue is empty" in shown


async def test_a_pane_without_privilege_says_so_and_the_others_go_on(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        feed.publish(alerts=Section(error="permission denied for table dispatch_alerts"))
        await settle(pilot)
        shown = text(app)
        assert "✗ permission denied for table dispatch_alerts" in shown
        assert "Riverside Cars" in shown


async def test_the_cursor_follows_its_alert_when_rows_are_reordered(make: Make) -> None:
    app, feed, _ = make(ui__freeze_seconds=0.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        alerts = app.screen.query_one("#alerts", LiveTable)
        await pilot.press("down", "down")
        key = alerts.model.cursor
        rows = feed.overview.alerts.rows
        feed.publish(alerts=Section(rows[::-1], len(rows), sample.NOW))
        await settle(pilot)
        assert alerts.model.cursor == key
        assert alerts.model.index == len(rows) - 3
        cursor_line = next(
            line for line in lines(app) if line.startswith("▌") and "▌" in line[:1] and "Alerts" not in line
        )
        assert cursor_line


async def test_while_the_cursor_moves_new_rows_wait_and_are_counted(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        alerts = app.screen.query_one("#alerts", LiveTable)
        before = list(alerts.model.order)
        await pilot.press("down")
        fresh = replace(feed.overview.alerts.rows[0], key="new", version=9)
        feed.publish(alerts=Section((fresh, *feed.overview.alerts.rows), 15, sample.NOW))
        await settle(pilot)
        assert alerts.model.order == before
        assert "1 new" in text(app)


async def test_one_changed_row_repaints_one_line(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(pilot)
        alerts = app.screen.query_one("#alerts", LiveTable)
        painted: list[int] = []
        original = alerts.refresh_item
        alerts.refresh_item = lambda index: (painted.append(index), original(index))[1]  # type: ignore[method-assign]
        rows = list(feed.overview.alerts.rows)
        rows[4] = replace(rows[4], version=2, message="changed by somebody else")
        feed.publish(alerts=Section(tuple(rows), len(rows), sample.NOW))
        await settle(pilot)
        assert painted == [4]
        assert "changed by somebody else" in text(app)


async def test_numbers_focus_panes_and_a_second_press_zooms(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        assert app.focused is not None and app.focused.id == "ratings"
        await pilot.press("2")
        await settle(pilot)
        assert app.focused.size.height > 15
        assert "Alerts" not in text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "Alerts" in text(app)
        await pilot.press("tab")
        assert app.focused is not None and app.focused.id == "alerts"


async def test_filter_line_filters_names_errors_and_clears(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        alerts = app.screen.query_one("#alerts", LiveTable)
        everything = len(alerts.model)
        await pilot.press("slash", *"severity:low", "enter")
        await settle(pilot)
        assert 0 < len(alerts.model) < everything
        assert all(row.severity == "low" for row in alerts.model.visible())
        assert "/severity:low" in text(app)
        assert app.focused is alerts
        await pilot.press("escape")
        assert len(alerts.model) == everything
        await pilot.press("slash", *"colour:x")
        await settle(pilot)
        assert "no column 'colour' here" in text(app)


async def test_sorting_by_a_column_and_back(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        alerts = app.screen.query_one("#alerts", LiveTable)
        natural = list(alerts.model.order)
        await pilot.press("greater_than_sign")
        assert alerts.sort_column == "severity"
        await pilot.press("equals_sign")
        assert alerts.model.visible()[0].severity == "low"
        assert "▾" in text(app)
        await pilot.press("less_than_sign")
        assert alerts.sort_column is None
        assert alerts.model.order == natural


async def test_connection_loss_is_said_with_the_age_of_what_is_shown(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        feed.connection = Connection("reconnecting", "server closed the connection")
        feed.seconds = 75.0
        app._tick()
        await settle(pilot)
        shown = text(app)
        assert "reconnecting" in shown
        assert "connection lost, trying again; what you see is 1 m old" in shown
        assert "1 m old" in next(line for line in lines(app) if "Alerts" in line)
        feed.connection, feed.seconds = Connection("live"), 0.0
        app._tick()
        await settle(pilot)
        assert "reconnecting" not in text(app)


async def test_a_failed_start_is_explained_and_tried_again(make: Make) -> None:
    from console.errors import MigrationError

    app, _, _ = make()
    app.startup.services.errors.append(  # type: ignore[attr-defined]
        MigrationError("the schema is not at this program's version", hint="run aoer-console db migrate")
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app._tick()
        await settle(pilot)
        assert "run aoer-console db migrate" in text(app)
        await pilot.press("R")
        await settle(pilot)
        app._tick()
        await settle(pilot)
        assert "Riverside Cars" in text(app)
        assert "db migrate" not in text(app)


async def test_production_is_unmistakable_and_badges_are_words(make: Make) -> None:
    overview = sample.overview(environment="production")
    assert overview.header is not None
    app, _, _ = make(replace(overview, header=replace(overview.header, demo=True, read_only=True)))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "production" in lines(app)[0]
        assert "DEMO" in text(app)
        assert "READ-ONLY" in text(app)
        assert app.screen.has_class("-production")


async def test_pause_interval_and_theme_keys(make: Make) -> None:
    app, feed, _ = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("p")
        assert feed.paused
        assert "paused" in text(app)
        await pilot.press("p", "left_parenthesis")
        assert not feed.paused
        assert feed.period == 5.0
        before = app.theme
        await pilot.press("T")
        assert app.theme != before
        assert feed.refreshed == 0
        await pilot.press("R")
        assert feed.refreshed == 1


@pytest.mark.parametrize("size", SIZES)
async def test_resizing_keeps_the_place(make: Make, size: tuple[int, int]) -> None:
    app, _, _ = make()
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(pilot)
        await pilot.press("2", "down", "right")
        ratings = app.screen.query_one("#ratings", LiveView)
        key = ratings.model.cursor
        await pilot.resize_terminal(*size)
        await settle(pilot)
        assert ratings.model.cursor == key
        row = ratings.model.current
        assert row is not None
        assert row.tenant[:8] in text(app)


@pytest.mark.parametrize(
    ("changed", "title", "advice"),
    [
        ({"workers": 0}, "▲ no worker", "--scheduler-only"),
        ({"paused": True}, "‖ paused", "queue resume"),
        ({"workers": 0, "lanes": ()}, "0 waiting", "0 workers"),
    ],
)
async def test_a_queue_that_does_not_move_says_why(
    make: Make, changed: dict[str, object], title: str, advice: str
) -> None:
    shown = sample.overview()
    app, _, _ = make(replace(shown, queue=replace(shown.queue, **changed)))  # type: ignore[arg-type]
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(pilot)
        assert title in text(app)
        assert advice in text(app)
