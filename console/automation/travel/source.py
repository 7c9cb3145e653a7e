"""Which source of travel times the settings name."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from console.automation.travel.circle import GreatCircle
from console.automation.travel.model import Speeds, TravelTimes
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")
_SERVERS: dict[str, Any] = {}


async def learned_speeds(db: Database, tenant: UUID, road_factor: float) -> Speeds:
    """Speeds with the factors learned for a tenant."""
    rows = await db.fetch(_SQL["learned_factors"], tenant)
    learned: Mapping[tuple[str, int], float] = {(row["vehicle_type"], row["hour"]): row["factor"] for row in rows}
    return Speeds(road_factor=road_factor, learned=learned)


def travel_source(settings: Any, speeds: Speeds) -> TravelTimes:
    """An OSRM table service where one is configured, else the great circle. The server's cache lives as long as we."""
    circle = GreatCircle(speeds)
    url = settings.automation.osrm_url
    if not url:
        return circle
    server = _SERVERS.get(url)
    if server is None:
        import httpx

        from console.automation.travel.osrm import Osrm

        server = _SERVERS[url] = Osrm(url, circle, httpx.AsyncClient())
    found: TravelTimes = server
    return found
