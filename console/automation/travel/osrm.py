"""Travel times from a server that speaks OSRM's table service, with a cache, time limits and a fall-back.

The server is asked for `GET /table/v1/{profile}/{lon,lat;...}?annotations=duration` and answers seconds. When it hangs,
fails or does not know a pair, the fall-back's minutes are used, and it is left alone for a while. However many requests
a question takes, it is answered within `bound` seconds.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from console.automation.travel.model import Minutes, Point, Town, TravelTimes

_log = logging.getLogger(__name__)
_PROFILES = {"bike": "cycling", "bicycle": "cycling"}
_AT_ONCE = 4


@dataclass(slots=True)
class Memory:
    """What is known of one server, shared by all who ask it: (minutes, good until) by profile and pair."""

    pairs: OrderedDict[tuple[str, Point, Point], tuple[float, float]] = field(default_factory=OrderedDict)
    silent_until: float = float("-inf")


class Osrm:
    """A table service at `base_url`. `client` is an httpx.AsyncClient or a stand-in with the same `get`."""

    def __init__(
        self,
        base_url: str,
        fallback: TravelTimes,
        client: Any,
        *,
        timeout: float = 2.0,
        bound: float = 3.0,
        batch: int = 100,
        cache: int = 500_000,
        cache_seconds: float = 900.0,
        rest_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        memory: Memory | None = None,
    ) -> None:
        self._base, self._fallback, self._client = base_url.rstrip("/"), fallback, client
        self._timeout, self._bound, self._batch = timeout, bound, batch
        self._limit, self._rest, self._lifetime, self._clock = cache, rest_seconds, cache_seconds, clock
        self.memory = memory or Memory()
        self.asked = 0
        self.fell_back = 0

    async def minutes(self, points: Sequence[Point], vehicle: str, hour: int) -> Minutes:
        """Square matrix; pairs the server cannot tell come from the fall-back."""
        places = [_rounded(point) for point in points]
        profile = _profile(vehicle)
        wanted = list(dict.fromkeys(places))
        missing = [a for a in wanted if any(self._known(profile, a, b) is None for b in wanted)]
        await self._learn(profile, _blocks(missing, missing, self._batch))
        known = [[self._known(profile, a, b) for b in places] for a in places]
        if any(value is None for row in known for value in row):
            self.fell_back += 1
            other = await self._fallback.minutes(points, vehicle, hour)
            return [
                [value if value is not None else other[i][j] for j, value in enumerate(row)]
                for i, row in enumerate(known)
            ]
        return [[value or 0.0 for value in row] for row in known]

    async def paths(self, paths: Sequence[Sequence[Point]], vehicle: str, hour: int) -> list[list[float]]:
        """Minutes of the legs of each path; legs the server cannot tell come from the fall-back."""
        profile, routes = _profile(vehicle), [[_rounded(point) for point in path] for path in paths]
        await self._learn(profile, self._squares(profile, routes))
        known = [[self._known(profile, a, b) for a, b in pairwise(route)] for route in routes]
        if all(value is not None for legs in known for value in legs):
            return [[value or 0.0 for value in legs] for legs in known]
        self.fell_back += 1
        other = await self._fallback.paths(paths, vehicle, hour)
        return [
            [value if value is not None else plain[leg] for leg, value in enumerate(legs)]
            for legs, plain in zip(known, other, strict=True)
        ]

    async def town(self, town: Town, vehicle: str, hour: int) -> Any:
        """Minutes between all points: the server's where it matters most, elsewhere the fall-back's in proportion."""
        array = await self._fallback.town(town, vehicle, hour)
        places, profile = [_rounded(point) for point in town.points], _profile(vehicle)
        starts, ends = [places[i] for i in town.origins], [places[i] for i in town.pickups]
        unknown = [a for a in dict.fromkeys(starts) if any(self._known(profile, a, b) is None for b in ends)]
        routes = [[places[i] for i in ride] for ride in town.rides]
        squares = self._squares(profile, routes)
        await self._learn(profile, [*squares, *_blocks(unknown, list(dict.fromkeys(ends)), self._batch)])
        pairs = {(i, j) for i in town.origins for j in town.pickups} | {
            leg for ride in town.rides for leg in pairwise(ride)
        }
        told = [(i, j, self._known(profile, places[i], places[j])) for i, j in pairs if i != j]
        exact = [(i, j, value) for i, j, value in told if value is not None]
        ratios = [value / float(array[i, j]) for i, j, value in exact if array[i, j] > 0.5]
        if ratios:
            array = array * median(ratios)
        for i, j, value in exact:
            array[i, j] = value
        self.fell_back += len(exact) < len(told)
        return array

    def _squares(self, profile: str, routes: Sequence[Sequence[Point]]) -> list[tuple[list[Point], list[Point]]]:
        """Requests for the unknown legs of routes, many legs to a request."""
        legs = dict.fromkeys(leg for route in routes for leg in pairwise(route) if self._known(profile, *leg) is None)
        unknown, size = list(legs), max(1, self._batch)
        parts = [unknown[first : first + size] for first in range(0, len(unknown), size)]
        return [(list(dict.fromkeys(a for a, _ in part)), list(dict.fromkeys(b for _, b in part))) for part in parts]

    def _known(self, profile: str, a: Point, b: Point) -> float | None:
        if a == b:
            return 0.0
        entry = self.memory.pairs.get((profile, a, b))
        return None if entry is None or entry[1] < self._clock() else entry[0]

    async def _learn(self, profile: str, blocks: Sequence[tuple[list[Point], list[Point]]]) -> None:
        """Ask for all blocks, a few at once, all of them within the bound."""
        if not blocks or self._clock() < self.memory.silent_until:
            return
        left = list(reversed(blocks))

        async def work() -> None:
            while left:
                await self._block(profile, *left.pop())

        tasks = [asyncio.ensure_future(work()) for _ in range(min(_AT_ONCE, len(blocks)))]
        try:
            async with asyncio.timeout(self._bound):
                await asyncio.gather(*tasks)
        except Exception as error:  # any failure of a foreign server means: use the fall-back
            _log.warning("routing server failed, great circle used for %.0f s: %s", self._rest, error or type(error))
            self.memory.silent_until = self._clock() + self._rest
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _block(self, profile: str, sources: list[Point], targets: list[Point]) -> None:
        places = list(dict.fromkeys([*sources, *targets]))
        index = {place: number for number, place in enumerate(places)}
        path = ";".join(f"{lon:.5f},{lat:.5f}" for lat, lon in places)
        params = {
            "annotations": "duration",
            "sources": ";".join(str(index[place]) for place in sources),
            "destinations": ";".join(str(index[place]) for place in targets),
        }
        self.asked += 1
        answer = await self._client.get(f"{self._base}/table/v1/{profile}/{path}", params=params, timeout=self._timeout)
        answer.raise_for_status()
        self._store(profile, sources, targets, answer.json())

    def _store(self, profile: str, sources: list[Point], targets: list[Point], body: Mapping[str, Any]) -> None:
        if body.get("code") != "Ok":
            raise ValueError(f"the routing server answers {body.get('code')!r}: {body.get('message', '')}")
        until = self._clock() + self._lifetime
        rows = body["durations"]
        if len(rows) != len(sources) or any(len(row) != len(targets) for row in rows):
            raise ValueError("the routing server's table has the wrong shape")
        for origin, row in zip(sources, rows, strict=True):
            for target, seconds in zip(targets, row, strict=True):
                if seconds is not None and origin != target:
                    self.memory.pairs[(profile, origin, target)] = (float(seconds) / 60.0, until)
        while len(self.memory.pairs) > self._limit:
            self.memory.pairs.popitem(last=False)


def _profile(vehicle: str) -> str:
    return _PROFILES.get(vehicle, "driving")


def _rounded(point: Point) -> Point:
    return round(point[0], 5), round(point[1], 5)


def _blocks(sources: list[Point], targets: list[Point], size: int) -> list[tuple[list[Point], list[Point]]]:
    size = max(1, size)
    return [
        (sources[first : first + size], targets[second : second + size])
        for first in range(0, len(sources), size)
        for second in range(0, len(targets), size)
    ]
