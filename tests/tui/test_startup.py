"""Coming up, ringing, going down."""

from dataclasses import replace

import pytest

from console.errors import DatabaseUnavailable
from console.feed.model import Section
from tests.tui.conftest import Make
from tests.tui.screen_text import settle, text


async def test_the_bell_rings_once_for_a_new_critical_alert_while_nobody_looks(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, feed, _ = make()
    rung: list[int] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(app, "bell", lambda: rung.append(1))
        rows = feed.overview.alerts.rows
        fresh = replace(rows[0], key="new", severity="critical", version=9)
        app.startup.focused = False
        feed.publish(alerts=Section((fresh, *rows), 15, rows[0].created_at))
        await settle(pilot)
        assert rung == [1]
        feed.publish(alerts=Section((replace(fresh, version=10), *rows), 15, rows[0].created_at))
        await settle(pilot)
        assert rung == [1]
        app.startup.focused = True
        feed.publish(alerts=Section((replace(fresh, key="newer"), fresh, *rows), 16, rows[0].created_at))
        await settle(pilot)
        assert rung == [1]


async def test_an_unreachable_server_is_tried_again_by_itself(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.tui.startup._RETRY_SECONDS", (0.0,))
    app, _, _ = make()
    app.startup.services.errors += [DatabaseUnavailable("nobody answers")] * 3  # type: ignore[attr-defined]
    async with app.run_test(size=(80, 24)) as pilot:
        while app.feed is None:
            await pilot.pause()
        await settle(pilot)
        assert "Riverside Cars" in text(app)
        assert app.startup.problem == ""


async def test_stopping_stops_the_services_also_while_they_are_starting(make: Make) -> None:
    import asyncio

    app, _, _ = make()
    services = app.startup.services
    services.gate = asyncio.Event()  # type: ignore[attr-defined]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await app.startup.stop()
        assert services.stopped == 1  # type: ignore[attr-defined]


async def test_a_crash_in_the_background_is_told_not_fatal(make: Make) -> None:
    app, _, _ = make()

    async def broken() -> None:
        raise ZeroDivisionError("[/x] by zero")

    async with app.run_test(size=(120, 24)) as pilot:
        await settle(pilot)
        app.background(broken(), "Counting")
        await settle(pilot)
        assert "Counting failed unexpectedly: ZeroDivisionError: [/x] by zero" in text(app)
        assert app.is_running
