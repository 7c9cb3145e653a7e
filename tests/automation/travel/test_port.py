"""Every engine takes its minutes from the travel source: a server that knows a river changes what they decide."""

import asyncio
import time

import httpx
import pytest

from console.automation.batching.cycle import batch_all
from console.automation.dispatch.cycle import dispatch_all
from console.automation.escalation.cycle import escalate_all
from console.automation.travel import source as sources
from console.automation.travel.circle import GreatCircle, distances_km, square_km
from console.automation.travel.model import Town as Places
from console.automation.travel.osrm import Memory, Osrm
from console.config.settings import Settings, override
from console.store.database import Database
from tests.automation.conftest import Town
from tests.automation.travel.test_travel import Server, osrm

URL = "http://river.test"


def test_the_quick_table_is_the_great_circle_s() -> None:
    points = [(48.1 + 0.01 * i, 11.5 - 0.02 * i) for i in range(150)] + [(48.1, 11.5), (52.5, 13.4)]
    assert square_km(points) == pytest.approx(distances_km(points, points), abs=2e-3, rel=2e-5)


class River:
    """Between the banks (east and west of the centre) there is one far bridge: 40 minutes; else two."""

    def __init__(self) -> None:
        self.asked = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        path = request.url.path.rsplit("/", 1)[1]
        east = [float(pair.split(",")[0]) > 11.57 for pair in path.split(";")]
        sources_, targets = (
            [int(x) for x in request.url.params[name].split(";")] for name in ("sources", "destinations")
        )
        rows = [[120.0 if east[a] == east[b] else 2400.0 for b in targets] for a in sources_]
        return httpx.Response(200, json={"code": "Ok", "durations": rows})


@pytest.fixture
def river(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[River, Settings]:
    server = River()

    def told(_settings: Settings, speeds: object) -> Osrm:
        client = httpx.AsyncClient(transport=httpx.MockTransport(server.answer))
        return Osrm(URL, GreatCircle(speeds), client, memory=memory)  # type: ignore[arg-type]

    memory = Memory()
    for room in ("dispatch.round", "batching.cycle", "escalation.acts"):
        monkeypatch.setattr(f"console.automation.{room}.travel_source", told)
    return server, settings


async def test_dispatch_does_not_send_the_near_driver_across_the_river(
    db: Database, river: tuple[River, Settings], town: Town
) -> None:
    server, settings = river
    await town.driver("near, other bank", -0.3)
    far = await town.driver("far, same bank", 3.0)
    order = await town.order("o1", (0.5, 0.0), (1.0, 1.0))
    await dispatch_all(db, settings)
    row = await town.row("orders", order)
    assert row["driver_id"] == far
    assert server.asked > 0
    assert (row["eta_at"] - row["assigned_at"]).total_seconds() / 60 == pytest.approx(2 + 1 + 1 + 2 + 1, abs=0.1)


async def test_batches_do_not_cross_the_river(db: Database, river: tuple[River, Settings], town: Town) -> None:
    _, settings = river
    await town.order("east", (1.0, 0.0), (0.4, 0.3), promise=35.0)
    await town.order("west", (1.0, 0.0), (-0.4, 0.3), promise=35.0)
    assert (await batch_all(db, settings)).get("batches", 0) == 0
    await town.order("east too", (1.0, 0.0), (0.5, 0.3), promise=35.0)
    assert (await batch_all(db, settings))["batches"] == 1
    rows = {row["reference"]: row["batch_id"] for row in await town.rows("orders")}
    assert rows["west"] is None
    assert rows["east"] == rows["east too"] is not None


async def test_escalation_moves_a_late_order_to_who_is_there_sooner_by_road(
    db: Database, river: tuple[River, Settings], town: Town
) -> None:
    _, settings = river
    slow = await town.driver("slow", 15.0)
    await town.driver("near, other bank", -0.2)
    quick = await town.driver("same bank", 4.0)
    order = await town.order("o1", (0.5, 0.0), (1.0, 0.0), promise=20.0, status="assigned", driver_id=slow)
    await town.outside.execute("UPDATE orders SET eta_at = now() + interval '55 minutes' WHERE id = $1", order)
    assert (await escalate_all(db, settings))["reassigned"] == 1
    assert (await town.row("orders", order))["driver_id"] == quick


async def test_a_town_is_exact_where_it_matters_and_in_proportion_elsewhere() -> None:
    points = [(48.10, 11.50), (48.10, 11.60), (48.20, 11.60), (48.15, 11.70)]
    km, circle = square_km(points), GreatCircle()
    source = osrm(Server(600.0).answer)
    found = await source.town(Places(points, km, [0], [1], [[1, 2]]), "car", 12)
    assert found[0, 1] == pytest.approx(10.0, abs=0.1)
    assert found[1, 2] == pytest.approx(10.0, abs=0.1)
    plain = await circle.town(Places(points, km, [0], [1], [[1, 2]]), "car", 12)
    assert found[0, 3] / plain[0, 3] == pytest.approx(found[2, 3] / plain[2, 3])
    legs = await source.paths([points[:3], points[1:2]], "car", 12)
    assert legs == [[found[0, 1], found[1, 2]], []]


async def test_many_slow_answers_are_bounded_together() -> None:
    """Each request is within its own limit; all of them together must still be within the bound."""

    async def slow(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    client = httpx.AsyncClient(transport=httpx.MockTransport(slow))
    source = Osrm(URL, GreatCircle(), client, timeout=1e6, bound=0.05, batch=2)
    points = [(48.0 + 0.01 * i, 11.0) for i in range(30)]
    assert await source.minutes(points, "car", 12) == await GreatCircle().minutes(points, "car", 12)
    asked = source.asked
    await source.minutes(points, "car", 12)
    assert source.asked == asked


async def test_a_hanging_server_does_not_hold_a_round(db: Database, settings: Settings, town: Town) -> None:
    """A real server that takes every connection and never answers: the round commits by the great circle."""
    gone: list[asyncio.StreamWriter] = []

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone.append(writer)

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    hanging = override(settings, {"automation.osrm_url": url})
    client = httpx.AsyncClient(trust_env=False)
    memory = Memory()
    quick = Osrm(url, GreatCircle(), client, memory=memory, timeout=0.05, bound=0.1)
    await quick.minutes([(48.1, 11.5), (48.2, 11.5)], "car", 12)
    sources._SERVERS[url] = (asyncio.get_running_loop(), client, memory)
    await town.driver("ann")
    order = await town.order("o1")
    began = time.monotonic()
    await dispatch_all(db, hanging)
    assert (await town.row("orders", order))["status"] == "assigned"
    assert memory.silent_until > began
    assert len(gone) == 1
    for writer in gone:
        writer.close()
    server.close()
    await client.aclose()
    del sources._SERVERS[url]
