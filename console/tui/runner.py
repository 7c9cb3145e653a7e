"""Running the application on a terminal, or without one for a picture."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.errors import DatabaseUnavailable
from console.tui.picture import picture

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from console.tui.app import ConsoleApp

_PICTURE_SECONDS = 30.0
_SILENT_SECONDS = 0.7


def run(app: ConsoleApp, screenshot: str | None = None) -> int:
    """Run to the end and return the exit code. Services are stopped whatever happened."""
    if os.environ.get("NO_COLOR") == "":
        # An empty value means "not set" (no-color.org), which the framework reads the other way.
        del os.environ["NO_COLOR"]
    gc.disable()  # until the first paint; see Startup.begin
    return _loop(_picture(app, Path(screenshot)) if screenshot else _live(app))


def _loop(main: Any) -> int:
    try:
        import uvloop
    except ImportError:
        return int(asyncio.run(main))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return int(runner.run(main))


async def _live(app: ConsoleApp) -> int:
    try:
        await app.run_async(mouse=app.settings.ui.mouse)
    finally:
        await _stop(app)
    return app.return_code if app.return_code is not None else (app.return_value or 0)


async def _stop(app: ConsoleApp) -> None:
    """Stop the services; say so when that takes a while, since the screen is gone already."""
    stopping = asyncio.ensure_future(app.startup.stop())
    _, pending = await asyncio.wait({stopping}, timeout=_SILENT_SECONDS)
    if pending:
        print("aoer-console: finishing what is under way …", file=sys.stderr, flush=True)
    await stopping


async def _picture(app: ConsoleApp, path: Path) -> int:
    """Wait for the first snapshot with rows, then draw the screen as SVG at 200x50 (or COLUMNS x LINES)."""
    size = (int(os.environ.get("COLUMNS") or 200), int(os.environ.get("LINES") or 50))

    async def draw(pilot: Pilot[object]) -> None:
        try:
            async with asyncio.timeout(_PICTURE_SECONDS):
                await app.first_snapshot.wait()
        except TimeoutError:
            why = app.startup.problem or "the database has not answered"
            raise DatabaseUnavailable(f"no picture: {why}", hint="see aoer-console status") from None
        await pilot.pause(1.0)
        await asyncio.to_thread(path.write_text, picture(app), encoding="utf-8")
        app.exit(0)

    try:
        await app.run_async(headless=True, size=size, auto_pilot=draw)
    finally:
        await app.startup.stop()
    return app.return_value if app.return_value is not None else 1
