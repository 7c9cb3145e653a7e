"""Lists look as they were left; a damaged file changes nothing."""

from pathlib import Path

import pytest

from console.config.settings import Settings
from console.tui.app import ConsoleApp, build_keys
from console.tui.widgets.live_table import LiveTable
from tests.tui.fakes import FakeServices
from tests.tui.screen_text import settle


def app_with(file: Path) -> ConsoleApp:
    return ConsoleApp(FakeServices(), Settings(), build_keys(Settings()), file)


async def test_sort_and_columns_come_back(tmp_path: Path) -> None:
    file = tmp_path / "state" / "lists.json"
    app = app_with(file)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("greater_than_sign", "equals_sign")
        app.screen.query_one("#alerts", LiveTable).toggle_column("order")
        await settle(pilot)
    app = app_with(file)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        alerts = app.screen.query_one("#alerts", LiveTable)
        assert (alerts.sort_column, alerts.model.descending, alerts.hidden) == ("severity", True, {"order"})
        assert alerts.model.visible()[0].severity == "low"


USELESS = (
    b"",
    b"not json",
    b'{"OverviewScreen.alerts": 3}',
    b'{"OverviewScreen.alerts": {"sort": "gone", "hidden": ["x"]}}',
)


@pytest.mark.parametrize("content", USELESS)
async def test_a_file_of_no_use_is_ignored(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "lists.json"
    file.write_bytes(content)
    app = app_with(file)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        alerts = app.screen.query_one("#alerts", LiveTable)
        assert alerts.sort_column is None
        assert alerts.hidden == frozenset()
