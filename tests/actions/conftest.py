"""Rows to act on: one tenant with an order, three drivers, an alert and incidents."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from console.actions.model import Scope, Target
from console.domain.actor import Actor
from console.domain.enums import Origin


@dataclass
class Town:
    """Ids of the rows, and a superuser's connection that stands for everybody else."""

    outside: Any
    tenant: str
    order: str
    ann: str
    bob: str
    eve: str
    alert: str
    traffic: str
    escalation: str
    session: str

    def target(self, scope: Scope, key: str, version: int = 1, **state: Any) -> Target:
        """A row as a screen would have frozen it."""
        return Target(scope, key, version, self.tenant, state=state)

    async def audit(self, action: str) -> list[asyncpg.Record]:
        """Audit rows of an action, oldest first."""
        rows: list[asyncpg.Record] = await self.outside.fetch(
            "SELECT * FROM audit_logs WHERE action = $1 ORDER BY at, id", action
        )
        return rows

    async def row(self, table: str, key: str) -> asyncpg.Record:
        """The row as it is committed."""
        return await self.outside.fetchrow(f"SELECT * FROM {table} WHERE id = $1::uuid", key)


@pytest.fixture
def actor() -> Actor:
    return Actor(Origin.TERMINAL, "because it rains", os_user="ann")


@pytest.fixture
async def town(owner_dsn: str) -> AsyncIterator[Town]:
    outside = await asyncpg.connect(owner_dsn)
    add = outside.fetchval
    tenant = await add("INSERT INTO tenants (name, slug) VALUES ('Jilin', 'jilin') RETURNING id")
    drivers = {
        name: await add(
            "INSERT INTO drivers (tenant_id, reference, name, status, capacity_orders, position_at, lat, lon)"
            " VALUES ($1, $2, $2, 'available', 2, now(), 43.8, 126.5) RETURNING id",
            tenant,
            name,
        )
        for name in ("Ann", "Bob", "Eve")
    }
    order = await add(
        "INSERT INTO orders (tenant_id, reference, status, driver_id) VALUES ($1, 'A-1', 'assigned', $2) RETURNING id",
        tenant,
        drivers["Ann"],
    )
    alert = await add(
        "INSERT INTO dispatch_alerts (tenant_id, order_id, alert_type, severity, message, fingerprint)"
        " VALUES ($1, $2, 'SLA_BREACH', 'high', 'late [@click=app.quit]now[/]', 'late:A-1') RETURNING id",
        tenant,
        order,
    )
    traffic = await add(
        "INSERT INTO traffic_incidents (tenant_id, latitude, longitude, incident_type, description)"
        " VALUES ($1, 43.8, 126.5, 'accident', 'two lorries') RETURNING id",
        tenant,
    )
    escalation = await add(
        "INSERT INTO escalation_logs (tenant_id, order_id, escalation_type, severity, reason)"
        " VALUES ($1, $2, 'SLA_RISK', 'critical', 'late') RETURNING id",
        tenant,
        order,
    )
    session = await add("INSERT INTO results_sessions (tenant_id, topic) VALUES ($1, 'shoes') RETURNING id", tenant)
    ids = [tenant, order, drivers["Ann"], drivers["Bob"], drivers["Eve"], alert, traffic, escalation, session]
    yield Town(outside, *map(str, ids))
    await outside.close()
