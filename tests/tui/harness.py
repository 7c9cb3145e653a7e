"""Look at the screens without a database: `python -m tests.tui.harness [--shot FILE WIDTH HEIGHT [KEY ...]]`."""

import asyncio
import sys
from pathlib import Path

from console.config.settings import Settings, override
from console.tui.app import ConsoleApp, build_keys
from console.tui.runner import run
from tests.tui import sample
from tests.tui.fakes import FakeServices, records


def build(theme: str = "dark", environment: str = "staging") -> ConsoleApp:
    settings = override(Settings(), {"ui.theme": theme})
    services = FakeServices()
    services.feed.publish(sample.overview(environment=environment))
    services.feed.lists["jobs"] = records(
        *({"key": f"j{i}", "tenant": sample.BRANDS[i % 24], "status": ("queued", "running", "failed")[i % 3],
           "priority": ("urgent", "high", "medium", "low")[i % 4], "retry_count": i % 4, "created_at": sample.NOW}
          for i in range(40))
    )  # fmt: skip
    services.feed.lists["orders"] = records(
        *({"key": f"o{i:03}", "reference": f"ORD-{4100 + i}", "status": ("pending", "assigned", "out_for_delivery")[i % 3],
           "priority": ("high", "low")[i % 2], "driver": None if i % 3 == 0 else "Mira K.", "promised_at": sample.NOW,
           "tenant": sample.BRANDS[i % 24], "notes": "ring twice"}
          for i in range(60))
    )  # fmt: skip
    services.feed.lists["candidates"] = records(
        *({"key": f"d{i}", "name": n, "distance_km": 1.2 + i, "load": i, "status": "available", "fits": i != 3,
           "reason": "vehicle too small" if i == 3 else ""} for i, n in enumerate(("Mira K.", "Tomas B.", "Ana L.", "Joe P.")))
    )  # fmt: skip
    return ConsoleApp(services, settings, build_keys(settings))


async def shot(path: str, width: int, height: int, keys: list[str]) -> None:
    theme = "dark"
    if keys and keys[0].startswith("theme="):
        theme = keys.pop(0).split("=")[1]
    app = build(theme)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
        await pilot.pause(0.3)
        svg = app.export_screenshot(title="aoer-console")
    Path(path).write_text(svg.replace("Fira Code", "DejaVu Sans Mono"), encoding="utf-8")


if __name__ == "__main__":
    if "--shot" in sys.argv:
        _, _, target, wide, high, *pressed = sys.argv
        asyncio.run(shot(target, int(wide), int(high), pressed))
    else:
        sys.exit(run(build()))
