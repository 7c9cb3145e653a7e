"""What a test sees: the characters on the screen, line by line."""

import asyncio
from typing import Any

from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen


def lines(app: App[object]) -> list[str]:
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    assert Region(0, 0, width, height).area
    return ["".join(segment.text for segment in strip) for strip in strips]


def text(app: App[object]) -> str:
    return "\n".join(lines(app))


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until everything that has been asked for has been painted; never for a stretch of time."""
    app = pilot.app
    for _ in range(400):
        await pilot.pause()
        if _quiet(app):
            await pilot.pause()
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the screen did not come to rest")


def _quiet(app: Any) -> bool:
    services = app.startup.services
    waiting = services.gate is not None and not services.gate.is_set()
    up = app.feed is not None or waiting or bool(app.startup.problem)
    busy = any(not task.done() for task in app._tasks) and not isinstance(app.screen, ModalScreen)
    timers = [getattr(app.screen, "_timer", None)]
    return (
        up
        and not app._waiting
        and not busy
        and not any(t is not None and t._task and not t._task.done() for t in timers)
    )
