"""Travel times from a server that speaks OSRM's table service, with a cache, a time limit and a fall-back.

The server is asked for `GET /table/v1/{profile}/{lon,lat;...}?annotations=duration` and answers seconds. When it hangs,
fails or does not know a pair, the fall-back's minutes are used, and it is left alone for a while.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from console.automation.travel.model import Minutes, Point, TravelTimes

_log = logging.getLogger(__name__)
_PROFILES = {"bike": "cycling", "bicycle": "cycling"}


class Osrm:
    """A table service at `base_url`. `client` is an httpx.AsyncClient or a stand-in with the same `get`."""

    def __init__(
        self,
        base_url: str,
        fallback: TravelTimes,
        client: Any,
        *,
        timeout: float = 2.0,
        batch: int = 100,
        cache: int = 200_000,
        cache_seconds: float = 900.0,
        rest_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base, self._fallback, self._client = base_url.rstrip("/"), fallback, client
        self._timeout, self._batch, self._limit, self._rest = timeout, batch, cache, rest_seconds
        self._lifetime, self._clock = cache_seconds, clock
        self._cache: OrderedDict[tuple[str, Point, Point], tuple[float, float]] = OrderedDict()
        self._silent_until = float("-inf")
        self.asked = 0
        self.fell_back = 0

    async def minutes(self, points: Sequence[Point], vehicle: str, hour: int) -> Minutes:
        """Square matrix; pairs the server cannot tell come from the fall-back."""
        places = [(round(lat, 5), round(lon, 5)) for lat, lon in points]
        profile = _PROFILES.get(vehicle, "driving")
        missing = self._missing(profile, places)
        if missing and self._clock() >= self._silent_until:
            await self._ask(profile, missing)
        known = [[self._known(profile, a, b) for b in places] for a in places]
        if any(value is None for row in known for value in row):
            self.fell_back += 1
            other = await self._fallback.minutes(points, vehicle, hour)
            return [
                [value if value is not None else other[i][j] for j, value in enumerate(row)]
                for i, row in enumerate(known)
            ]
        return [[value or 0.0 for value in row] for row in known]

    def _known(self, profile: str, a: Point, b: Point) -> float | None:
        if a == b:
            return 0.0
        entry = self._cache.get((profile, a, b))
        return None if entry is None or entry[1] < self._clock() else entry[0]

    def _missing(self, profile: str, places: Sequence[Point]) -> list[Point]:
        wanted = list(dict.fromkeys(places))
        return [a for a in wanted if any(self._known(profile, a, b) is None for b in wanted)]

    async def _ask(self, profile: str, places: list[Point]) -> None:
        try:
            for first in range(0, len(places), self._batch):
                for second in range(0, len(places), self._batch):
                    await self._block(
                        profile, places[first : first + self._batch], places[second : second + self._batch]
                    )
        except Exception as error:  # any failure of a foreign server means: use the fall-back
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            _log.warning("routing server failed, great circle used for %.0f s: %s", self._rest, error or type(error))
            self._silent_until = self._clock() + self._rest

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
                    self._cache[(profile, origin, target)] = (float(seconds) / 60.0, until)
        while len(self._cache) > self._limit:
            self._cache.popitem(last=False)
