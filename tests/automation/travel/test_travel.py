"""Travel times: great circle, incidents, a table service that answers, hangs and lies, learned factors."""

import asyncio
import json
import random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.automation.travel.circle import GreatCircle, distances_km, pairwise_km, usable
from console.automation.travel.incidents import Incident, share_inside, slowed, touched
from console.automation.travel.learn import Trip, learn_factors
from console.automation.travel.model import STOPS, Speeds
from console.automation.travel.osrm import Osrm

MUNICH, BERLIN = (48.1374, 11.5755), (52.52, 13.405)


def test_known_distance_and_symmetry() -> None:
    table = distances_km([MUNICH, BERLIN], [MUNICH, BERLIN])
    assert table[0, 1] == pytest.approx(504.2, abs=1.0)
    assert table[0, 1] == pytest.approx(table[1, 0])
    assert pairwise_km([MUNICH], [BERLIN])[0] == pytest.approx(table[0, 1])


@pytest.mark.parametrize(
    ("place", "good"),
    [
        ((0.0, 0.0), False),
        ((None, 3.0), False),
        ((91.0, 0.0), False),
        ((float("nan"), 1.0), False),
        ((0.0, 10.0), True),
    ],
)
def test_broken_positions_are_not_believed(place: tuple[float, float], good: bool) -> None:
    assert usable(*place) is good


def test_speed_depends_on_vehicle_hour_and_what_was_learned() -> None:
    plain = Speeds()
    assert plain.minutes_per_km("bike", 12) > plain.minutes_per_km("motorbike", 12)
    assert plain.minutes_per_km("car", 17) > plain.minutes_per_km("car", 12)
    learned = Speeds(learned={("car", 12): 1.5, ("car", -1): 1.1})
    assert learned.minutes_per_km("car", 12) == pytest.approx(1.5 * plain.minutes_per_km("car", 12))
    assert learned.minutes_per_km("car", 3) == pytest.approx(1.1 * plain.minutes_per_km("car", 3))


def test_time_at_stops_has_a_factor_of_its_own() -> None:
    quick = Speeds(learned={(STOPS, -1): 0.5})
    assert (Speeds().service, quick.service) == (2.0, 1.0)
    assert quick.minutes_per_km("car", 12) == Speeds().minutes_per_km("car", 12)


POINTS = [(48.10, 11.50), (48.10, 11.60), (48.20, 11.60)]


def incident(severity: str = "SEVERE", kind: str = "accident", lat: float = 48.10, lon: float = 11.55) -> Incident:
    return Incident("i1", lat, lon, 1.0, severity, kind)


def test_only_legs_through_the_circle_are_slower() -> None:
    flat = GreatCircle().table(POINTS, POINTS, "car", 12).tolist()
    slow = slowed(flat, POINTS, [incident()])
    assert slow[0][1] > 1.5 * flat[0][1]
    assert slow[1][0] == pytest.approx(slow[0][1])
    assert slow[1][2] == flat[1][2]
    assert share_inside(POINTS, incident())[0, 1] == pytest.approx(2.0 / 7.42, rel=0.02)


def test_worse_incidents_slow_more_and_closures_most() -> None:
    flat = GreatCircle().table(POINTS, POINTS, "car", 12).tolist()
    times = [slowed(flat, POINTS, [incident(s)])[0][1] for s in ("LOW", "MEDIUM", "HIGH", "SEVERE")]
    times.append(slowed(flat, POINTS, [incident("SEVERE", "road_closure")])[0][1])
    assert times == sorted(times)
    assert len(set(times)) == 5


def test_the_way_tells_what_it_touches() -> None:
    assert touched(POINTS, [incident()]) == ["i1"]
    assert touched(POINTS[1:], [incident()]) == []
    assert touched(POINTS[:1], [incident()]) == []


@given(seed=st.integers(0, 999))
def test_an_incident_never_makes_a_leg_faster(seed: int) -> None:
    dice = random.Random(seed)
    points = [(48 + dice.random() * 0.1, 11 + dice.random() * 0.1) for _ in range(5)]
    flat = GreatCircle().table(points, points, "car", 12).tolist()
    slow = slowed(flat, points, [incident(lat=48 + dice.random() * 0.1, lon=11 + dice.random() * 0.1)])
    assert all(b >= a - 1e-9 for row, other in zip(flat, slow, strict=True) for a, b in zip(row, other, strict=True))


class Server:
    """A table service: every leg takes `seconds`, asymmetric by one; counts its requests."""

    def __init__(self, seconds: float = 600.0) -> None:
        self.seconds, self.requests = seconds, 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        assert request.url.path.startswith("/table/v1/driving/")
        sources = [int(x) for x in request.url.params["sources"].split(";")]
        targets = [int(x) for x in request.url.params["destinations"].split(";")]
        rows = [[0.0 if a == b else self.seconds + (a > b) for b in targets] for a in sources]
        return httpx.Response(200, json={"code": "Ok", "durations": rows})


def osrm(answer: object, **options: object) -> Osrm:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))  # type: ignore[arg-type]
    return Osrm("http://osrm.test", GreatCircle(), client, **options)  # type: ignore[arg-type]


async def test_a_table_service_is_asked_once_and_remembered() -> None:
    server, now = Server(), [0.0]
    source = osrm(server.answer, clock=lambda: now[0], cache_seconds=100.0)
    first = await source.minutes(POINTS, "car", 12)
    assert first[0][1] == pytest.approx(10.0)
    assert first[1][0] == pytest.approx(10.0 + 1 / 60)
    assert await source.minutes(POINTS[:2], "car", 12) == [row[:2] for row in first[:2]]
    assert server.requests == 1
    now[0] = 101.0
    await source.minutes(POINTS, "car", 12)
    assert server.requests == 2


async def test_large_tables_are_asked_in_blocks() -> None:
    server = Server()
    points = [(48.0 + 0.01 * i, 11.0) for i in range(7)]
    table = await osrm(server.answer, batch=3).minutes(points, "car", 12)
    assert server.requests == 9
    assert all(table[i][j] > 0 for i in range(7) for j in range(7) if i != j)


@pytest.mark.parametrize("trouble", ["timeout", "error", "shape", "code", "text"])
async def test_a_broken_service_falls_back_and_is_left_alone(trouble: str) -> None:
    asked, now = [0], [0.0]

    def answer(request: httpx.Request) -> httpx.Response:
        asked[0] += 1
        if trouble == "timeout":
            raise httpx.ReadTimeout("too slow", request=request)
        if trouble == "error":
            return httpx.Response(500)
        if trouble == "text":
            return httpx.Response(200, text="<html>")
        durations = [[1.0]] if trouble == "shape" else None
        return httpx.Response(200, json={"code": "Ok" if trouble == "shape" else "NoTable", "durations": durations})

    source = osrm(answer, clock=lambda: now[0], rest_seconds=30.0)
    assert await source.minutes(POINTS, "car", 12) == await GreatCircle().minutes(POINTS, "car", 12)
    await source.minutes(POINTS, "car", 12)
    assert asked[0] == 1
    now[0] = 31.0
    await source.minutes(POINTS, "car", 12)
    assert asked[0] == 2


async def test_unreachable_pairs_come_from_the_great_circle() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        rows = [[0, 60, None], [60, 0, 60], [None, 60, 0]]
        return httpx.Response(200, json={"code": "Ok", "durations": rows})

    table = await osrm(answer).minutes(POINTS, "car", 12)
    circle = await GreatCircle().minutes(POINTS, "car", 12)
    assert table[0][1] == pytest.approx(1.0)
    assert table[0][2] == pytest.approx(circle[0][2])


async def test_a_service_that_really_hangs_costs_no_more_than_its_time_limit() -> None:
    """A real local server that takes the connection and never answers."""
    opened = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.set()
        await asyncio.Event().wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(trust_env=False) as client:
        source = Osrm(f"http://127.0.0.1:{port}", GreatCircle(), client, timeout=0.2)
        table = await asyncio.wait_for(source.minutes(POINTS, "car", 12), 5)
    assert opened.is_set()
    assert table == await GreatCircle().minutes(POINTS, "car", 12)
    server.close()


async def test_a_real_local_server_of_that_protocol() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps({"code": "Ok", "durations": [[0, 120], [180, 0]]}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(trust_env=False) as client:
        table = await Osrm(f"http://127.0.0.1:{port}/", GreatCircle(), client).minutes(POINTS[:2], "car", 12)
    assert table == [[0.0, 2.0], [3.0, 0.0]]
    server.close()


def test_factors_are_learned_from_enough_trips_only() -> None:
    trips = [Trip("car", 17, 10.0, 14.0)] * 25 + [Trip("car", 3, 10.0, 9.0)] * 5 + [Trip("bike", 17, 10.0, 9999.0)] * 40
    factors = learn_factors(trips)
    assert factors == {("car", 17): 1.4, ("car", -1): 1.4}
