"""Learning speed factors as a cycle."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from console.automation.control import machine
from console.automation.travel.circle import GreatCircle, pairwise_km
from console.automation.travel.learn import Trip, learn_factors
from console.automation.travel.model import Speeds
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")


async def run(db: Database, settings: Any, _tick: datetime) -> Mapping[str, Any]:
    """Compare the last four weeks' trips with what was assumed, tenant by tenant."""
    learned = 0
    for row in await db.fetch(_SQL["tenants_all"]):
        learned += await learn_tenant(db, row["id"], settings.automation.road_factor)
    return {"factors": learned}


def _trip(row: Any, km: float, speeds: Speeds) -> Trip:
    vehicle, hour = row["vehicle"], row["hour"]
    return Trip(vehicle, hour, km * speeds.minutes_per_km(vehicle, hour), row["taken"])


async def learn_tenant(db: Database, tenant: UUID, road_factor: float) -> int:
    """Factors of one tenant; how many were kept."""
    rows = await db.fetch(_SQL["finished_trips"], tenant)
    if not rows:
        return 0
    speeds = GreatCircle(Speeds(road_factor=road_factor)).speeds
    km = pairwise_km(
        [(row["pickup_lat"], row["pickup_lon"]) for row in rows],
        [(row["dropoff_lat"], row["dropoff_lon"]) for row in rows],
    )
    trips = [_trip(row, float(length), speeds) for row, length in zip(rows, km, strict=True)]
    factors = learn_factors(trips)
    if factors:
        vehicles, hours = [vehicle for vehicle, _ in factors], [hour for _, hour in factors]
        async with db.transaction(machine("travel", "learned from finished trips")) as connection:
            args = (tenant, vehicles, hours, list(factors.values()), len(trips))
            await connection.execute(_SQL["keep_factors"], *args)
    return len(factors)
