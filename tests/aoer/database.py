"""Tenants and signals for tests that need a database."""

from datetime import date, timedelta
from uuid import UUID

import numpy as np

from console.aoer.rating.settings import Floats
from console.store.database import Database


async def add_tenants(db: Database, count: int, **settings: object) -> list[UUID]:
    rows = await db.fetch(
        "INSERT INTO tenants (name, slug, settings)"
        " SELECT 'Tenant ' || i, 'tenant-' || i, $2 FROM generate_series(1, $1) i RETURNING id",
        count,
        settings,
    )
    return sorted(row["id"] for row in rows)


async def add_signals(db: Database, tenants: list[UUID], x: Floats, y: Floats, last: date, sample: int = 48) -> None:
    """Weekly rows up to `last` from x (tenants, weeks, 5) and y (tenants, weeks)."""
    weeks = x.shape[1]
    rows = []
    for i, tenant in enumerate(tenants):
        for week in range(weeks):
            values = [None if np.isnan(v) else float(v) for v in (*x[i, week], y[i, week])]
            rows.append((tenant, last - timedelta(weeks=weeks - 1 - week), *values, sample))
    async with db.acquire() as connection:
        await connection.executemany(
            "INSERT INTO aiv_raw_signals (tenant_id, date, seo, aeo, geo, ugc, geolocal, observed_aiv, sample_size)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, date) DO UPDATE SET"
            " observed_aiv = excluded.observed_aiv, sample_size = excluded.sample_size",
            rows,
        )
