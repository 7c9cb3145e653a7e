"""The console on a made-up feed that changes 20 rows in each of five panes at a given rate; run by bench_tui_pty."""

import asyncio
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from console.config.settings import Settings
from console.feed.model import Section
from console.tui.app import ConsoleApp, build_keys
from console.tui.runner import run
from tests.tui import sample
from tests.tui.fakes import FakeActions, FakeFeed, FakeServices

ROWS = 200
CHANGED = 20


class BusyServices(FakeServices):
    """Publishes for ever once it has been started."""

    def __init__(self, hertz: float) -> None:
        rng = random.Random(1)
        big = sample.overview(tenants=ROWS, alerts=ROWS)
        incidents = tuple(sample.incident(i, rng) for i in range(ROWS))
        sessions = tuple(replace(sample.session(i % 20), key=f"s{i}") for i in range(ROWS))
        big = replace(big, incidents=Section(incidents, ROWS), generation=Section(sessions, ROWS))
        super().__init__(FakeFeed(big))
        self.hertz = hertz
        self.tick = 0
        self.task: asyncio.Task[None] | None = None

    async def start(self, say: Callable[[str], None]) -> tuple[FakeFeed, FakeActions]:
        if self.hertz:
            self.task = asyncio.get_running_loop().create_task(self._churn())
        return await super().start(say)

    async def _churn(self) -> None:
        rng = random.Random(2)
        while True:
            await asyncio.sleep(1 / self.hertz)
            self.tick += 1
            o = self.feed.overview
            lanes = tuple(replace(r, version=self.tick, queued=rng.randrange(2000)) for r in o.queue.lanes)
            depth = o.queue.depth_history
            if self.tick % max(1, int(self.hertz)) == 0:  # the feed samples the depth once a second
                depth = (*depth[1:], rng.randrange(2000))
            self.feed.publish(
                queue=replace(o.queue, lanes=lanes, depth_history=depth),
                tiles=self._change(o.tiles, rng, lambda r: {"score": rng.uniform(20, 90)}),
                alerts=self._change(
                    o.alerts, rng, lambda r: {"message": f"tick {self.tick}", "occurrences": self.tick}
                ),
                incidents=self._change(o.incidents, rng, lambda r: {"affected_orders": rng.randrange(30)}),
                generation=self._change(o.generation, rng, lambda r: {"percent": rng.uniform(0, 100)}),
            )

    def _change(self, section: Section[Any], rng: random.Random, new: Callable[[Any], dict[str, Any]]) -> Section[Any]:
        rows = list(section.rows)
        for i in rng.sample(range(len(rows)), CHANGED):
            rows[i] = replace(rows[i], version=self.tick, **new(rows[i]))
        return Section(tuple(rows), len(rows), section.at)


if __name__ == "__main__":
    settings = Settings()
    sys.exit(run(ConsoleApp(BusyServices(float(sys.argv[1])), settings, build_keys(settings))))
