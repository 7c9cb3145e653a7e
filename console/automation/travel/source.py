"""Which source of travel times the settings name."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from console.automation.travel.circle import GreatCircle
from console.automation.travel.model import Speeds, TravelTimes
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")
_SERVERS: dict[str, tuple[Any, Any, Any]] = {}
"""By address: the loop its connections belong to, a client, and what is known of it."""


async def learned_speeds(db: Database, tenant: UUID, road_factor: float) -> Speeds:
    """Speeds with the factors learned for a tenant."""
    rows = await db.fetch(_SQL["learned_factors"], tenant)
    learned: Mapping[tuple[str, int], float] = {(row["vehicle_type"], row["hour"]): row["factor"] for row in rows}
    return Speeds(road_factor=road_factor, learned=learned)


def travel_source(settings: Any, speeds: Speeds) -> TravelTimes:
    """An OSRM table service where one is configured, else the great circle.

    The server's cache and its rests live as long as we; the fall-back is each tenant's own, with its learned speeds.
    """
    circle = GreatCircle(speeds)
    url = settings.automation.osrm_url
    if not url:
        return circle
    import asyncio

    import httpx

    from console.automation.travel.osrm import Memory, Osrm

    loop = asyncio.get_running_loop()
    known = _SERVERS.get(url)
    if known is None or known[0] is not loop:
        known = _SERVERS[url] = (loop, httpx.AsyncClient(trust_env=False), Memory())
    return Osrm(url, circle, known[1], memory=known[2])
