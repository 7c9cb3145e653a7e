"""A town in a real database: a tenant, drivers, orders, and a superuser's connection that stands for everybody else."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

CENTRE = (48.14, 11.57)


@dataclass
class Town:
    """Builders take offsets in km east and north of the centre and minutes from now."""

    outside: Any
    tenant: uuid.UUID

    @staticmethod
    def at(east: float, north: float) -> tuple[float, float]:
        """Latitude and longitude."""
        return CENTRE[0] + north / 111.2, CENTRE[1] + east / (111.2 * 0.667)

    async def driver(self, name: str, east: float = 0.0, north: float = 0.0, **fields: Any) -> uuid.UUID:
        """An available driver with a fresh position."""
        lat, lon = self.at(east, north)
        age = fields.pop("age", 0.0)
        values = {"vehicle_type": "car", "status": "available", "lat": lat, "lon": lon} | fields
        names = ", ".join(values)
        places = ", ".join(f"${i}" for i in range(5, 5 + len(values)))
        return await self.outside.fetchval(
            f"INSERT INTO drivers (tenant_id, reference, name, position_at, {names})"
            f" VALUES ($1, $2, $3, now() - make_interval(secs => $4), {places}) RETURNING id",
            self.tenant, name, name, age * 60.0, *values.values(),
        )  # fmt: skip

    async def order(
        self,
        reference: str,
        pickup: tuple[float, float] = (0.0, 0.0),
        dropoff: tuple[float, float] = (1.0, 1.0),
        *,
        ready: float = 0.0,
        promise: float | None = 60.0,
        **fields: Any,
    ) -> uuid.UUID:
        """A waiting order."""
        a, b = self.at(*pickup), self.at(*dropoff)
        values = {"pickup_lat": a[0], "pickup_lon": a[1], "dropoff_lat": b[0], "dropoff_lon": b[1]} | fields
        names = ", ".join(values)
        places = ", ".join(f"${i}" for i in range(5, 5 + len(values)))
        return await self.outside.fetchval(
            f"INSERT INTO orders (tenant_id, reference, ready_at, promised_at, last_event_at, {names})"
            f" VALUES ($1, $2, now() + make_interval(secs => $3), now() + make_interval(secs => $4), now(), {places})"
            " RETURNING id",
            self.tenant, reference, ready * 60.0, None if promise is None else promise * 60.0, *values.values(),
        )  # fmt: skip

    async def row(self, table: str, key: uuid.UUID) -> asyncpg.Record:
        """One row as it is."""
        return await self.outside.fetchrow(f"SELECT * FROM {table} WHERE id = $1", key)

    async def rows(self, table: str) -> list[asyncpg.Record]:
        """All rows of a table, oldest first."""
        return await self.outside.fetch(f"SELECT * FROM {table} ORDER BY created_at, id")

    async def start(self, *engines: str) -> None:
        """Desired state: running."""
        await self.outside.execute(
            "UPDATE engine_control SET desired_state = 'running' WHERE engine = ANY ($1::text[])", list(engines)
        )


@pytest.fixture
async def town(owner_dsn: str) -> AsyncIterator[Town]:
    """An empty town."""
    outside = await asyncpg.connect(owner_dsn)
    await outside.set_type_codec("jsonb", encoder=str, decoder=str, schema="pg_catalog")
    try:
        tenant = await outside.fetchval("INSERT INTO tenants (name, slug) VALUES ('Town', 'town') RETURNING id")
        yield Town(outside, tenant)
    finally:
        await outside.close()
