"""Look at the screens without a database: `python -m tests.tui.harness [--shot FILE WIDTH HEIGHT [KEY ...]]`."""

import asyncio
import sys
from pathlib import Path

from console.config.settings import Settings, override
from console.tui.app import ConsoleApp, build_keys
from console.tui.picture import picture
from console.tui.runner import run
from tests.tui import sample
from tests.tui.fakes import FakeServices


def build(theme: str = "dark", environment: str = "staging") -> ConsoleApp:
    settings = override(Settings(), {"ui.theme": theme})
    services = FakeServices()
    services.feed.publish(sample.overview(environment=environment))
    services.feed.lists.update(sample.lists())
    return ConsoleApp(services, settings, build_keys(settings))


async def shot(path: str, width: int, height: int, keys: list[str]) -> None:
    given = dict(word.split("=") for word in keys if "=" in word)
    keys = [word for word in keys if "=" not in word]
    app = build(**given)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
        await pilot.pause(0.3)
        svg = picture(app)
    await asyncio.to_thread(Path(path).write_text, svg, encoding="utf-8")


if __name__ == "__main__":
    if "--shot" in sys.argv:
        _, _, target, wide, high, *pressed = sys.argv
        asyncio.run(shot(target, int(wide), int(high), pressed))
    else:
        sys.exit(run(build()))
