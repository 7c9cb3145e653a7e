"""What the map costs: a pan (everything drawn anew), a tick in which every driver moved, reading the places.

    python -m tests.bench.bench_map [--drivers 5000] [--orders 2000]

Milliseconds of one thread on a widget in a terminal without a screen; a key press has 20 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from console.config.settings import Settings
from console.feed.places import DriverPlace, MapDetail, OrderPlace, PlaceReader
from console.tui.app import ConsoleApp, build_keys
from console.tui.map.scene import Scene
from console.tui.screens.map import MapScreen
from tests.tui.fakes import FakeServices
from tests.tui.map.town import at, driver, incident, order
from tests.tui.sample import NOW

ROUNDS = 30


def fleet(drivers: int, orders: int, rng: random.Random) -> MapDetail:
    """A big town; one driver in three has an order."""
    spot = lambda: at(rng.gauss(0, 8), rng.gauss(0, 8))  # noqa: E731
    states = ("available", "busy", "busy", "offline", "on_break")
    crew = tuple(
        driver(i, at=spot(), status=rng.choice(states), position_at=NOW - timedelta(minutes=rng.random() * 20))
        for i in range(drivers)
    )
    load = tuple(
        order(i, pickup=spot(), dropoff=spot(), status="assigned" if i % 2 else "pending", driver_id=f"d{i}")
        for i in range(orders)
    )
    return MapDetail(crew, load, tuple(incident(i, at=spot()) for i in range(20)), (drivers, orders, 20))


def moved(detail: MapDetail, rng: random.Random) -> MapDetail:
    """Everybody drove on a little."""
    crew = tuple(
        replace(d, version=d.version + 1, at=(d.at[0] + rng.gauss(0, 1e-4), d.at[1] + rng.gauss(0, 1e-4)))
        for d in detail.drivers
        if d.at
    )
    return replace(detail, drivers=crew)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000


def told(title: str, values: list[float]) -> None:
    """Median and worst."""
    print(f"{title:<44} p50 {statistics.median(values):6.1f} ms   max {max(values):6.1f} ms")


async def screen(size: tuple[int, int], detail: MapDetail, rng: random.Random) -> None:
    """Pans and ticks at one size."""
    services = FakeServices()
    services.feed.map = detail
    settings = Settings()
    app = ConsoleApp(services, settings, build_keys(settings))
    async with app.run_test(size=size) as pilot:
        while app.feed is None:
            await pilot.pause()
        shown = MapScreen()
        await app.push_screen(shown)
        while shown.map.scene is None:
            await pilot.pause()
        view = shown.map

        def draw() -> None:
            for y in range(view.size.height):
                view.render_line(y)

        def pan() -> None:
            view.action_pan(1, 0)
            draw()

        def step() -> None:
            view.step(1)

        ticks = [moved(detail, rng) for _ in range(5)]
        name = f"{size[0]}x{size[1]}"
        pan()
        told(f"{name} pan: all cells", [timed(pan) for _ in range(ROUNDS)])
        told(f"{name} next driver: cells that differ", [timed(step) for _ in range(ROUNDS)])
        tick = [timed(lambda d=d: view.show_scene(Scene(d))) for d in ticks * 3]  # type: ignore[misc]
        told(f"{name} every driver moved: cells that differ", tick)


def rows(detail: MapDetail) -> list[dict[str, Any]]:
    """As the driver of the database gives them."""

    def row(kind: str, place: DriverPlace | OrderPlace) -> dict[str, Any]:
        where = place.at or (None, None)
        own = {"id": place.key, "tenant_id": 1, "version": place.version, "tenant": place.tenant}
        if isinstance(place, DriverPlace):
            own |= {"label": place.name, "status": place.status, "what": "bike", "amount": 4, "at": place.position_at}
        else:
            own |= {"label": place.reference, "status": place.status, "what": "high", "amount": 1, "at": NOW}
        rest = {"to_lat": 1.0, "to_lon": 1.0, "place": "x", "to_place": "y", "due_at": NOW, "eta_at": NOW}
        ends = {"driver_id": None, "leg": None, "total": 9}
        return {"kind": kind, **own, "lat": where[0], "lon": where[1], **rest, **ends}

    return [row("driver", d) for d in detail.drivers] + [row("order", o) for o in detail.orders]


async def longest_turn(reader: PlaceReader, found: list[dict[str, Any]]) -> tuple[float, float]:
    """(all, the longest stretch without a turn for others) in ms."""
    longest, since = 0.0, time.thread_time()

    async def turn() -> None:
        nonlocal longest, since
        longest = max(longest, time.thread_time() - since)
        since = time.thread_time()

    started = since
    await reader.build(found, turn)
    await turn()
    return (time.thread_time() - started) * 1000, longest * 1000


async def main(drivers: int, orders: int) -> None:
    rng = random.Random(1)
    detail = fleet(drivers, orders, rng)
    print(f"{drivers} drivers, {orders} orders, 20 incidents")
    for size in ((80, 24), (200, 50)):
        await screen(size, detail, rng)
    reader = PlaceReader()
    await longest_turn(reader, rows(detail))
    for title, next_one in (("nothing changed", detail), ("every driver moved", moved(detail, rng))):
        whole, longest = await longest_turn(reader, rows(next_one))
        print(f"rows to places, {title:<28} {whole:6.1f} ms, at most {longest:.1f} ms at a stretch")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drivers", type=int, default=5000)
    parser.add_argument("--orders", type=int, default=2000)
    given = parser.parse_args()
    asyncio.run(main(given.drivers, given.orders))
