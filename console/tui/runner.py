"""Running the application on a terminal, or without one for a picture."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from console import loop
from console.errors import ConsoleError, DatabaseUnavailable, UsageError
from console.tui.collector import YOUNG
from console.tui.picture import picture
from console.tui.screens.base import ConsoleScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from console.tui.app import ConsoleApp

_PICTURE_SECONDS = 30.0
_SILENT_SECONDS = 0.7
_TURN_SECONDS = 0.001
"""How long another thread may keep the interpreter to itself while a key waits; the default is five times as much."""


def run(app: ConsoleApp, screenshot: str | None = None) -> int:
    """Run to the end and return the exit code. Services are stopped whatever happened."""
    if os.environ.get("NO_COLOR") == "":
        # An empty value means "not set" (no-color.org), which the framework reads the other way.
        del os.environ["NO_COLOR"]
    sys.setswitchinterval(_TURN_SECONDS)
    gc.set_threshold(*YOUNG)
    gc.disable()  # until the first paint; see Collector.begin
    return loop.run(_picture(app, Path(screenshot)) if screenshot else _live(app))


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
    """Wait for rows, then draw the screen as SVG at 200x50 (or COLUMNS x LINES). The first failure ends it."""
    size = (int(os.environ.get("COLUMNS") or 200), int(os.environ.get("LINES") or 50))
    problem: ConsoleError | None = None

    async def draw(pilot: Pilot[object]) -> None:
        # The framework prints the traceback of what is raised in here: it is raised after the end instead.
        nonlocal problem
        try:
            await _ready(app)
            await pilot.pause(1.0)
            await _write(path, picture(app))
        except ConsoleError as error:
            problem = error
        app.exit(0)

    try:
        await app.run_async(headless=True, size=size, auto_pilot=draw)
    finally:
        await app.startup.stop()
    if problem is not None:
        raise problem
    return app.return_value if app.return_value is not None else 1


async def _ready(app: ConsoleApp) -> None:
    """The first snapshot is there and the screen has read its rows.

    Raises:
        ConsoleError: the services did not come up, or not in time.
    """
    waits = [asyncio.ensure_future(event.wait()) for event in (app.first_snapshot, app.startup.failed)]
    done, pending = await asyncio.wait(waits, timeout=_PICTURE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    if app.startup.failure is not None and not app.first_snapshot.is_set():
        raise app.startup.failure
    if not done:
        hint = "see aoer-console status"
        raise DatabaseUnavailable(f"no picture: nothing was read in {_PICTURE_SECONDS:g} seconds", hint=hint)
    if isinstance(app.screen, ConsoleScreen):
        app.screen.reread()
        await app.rest()


async def _write(path: Path, text: str) -> None:
    try:
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="choose another file") from None
