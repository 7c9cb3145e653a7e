"""Tenants to queue for, and a second pair of eyes on the same database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from console.domain.actor import Actor
from console.domain.enums import Origin

Tenants = Callable[[int], Awaitable[list[UUID]]]


@pytest.fixture
async def eyes(owner_dsn: str) -> AsyncIterator[Any]:
    """A superuser's connection to the test's database."""
    connection = await asyncpg.connect(owner_dsn)
    yield connection
    await connection.close()


@pytest.fixture
def tenants(eyes: Any) -> Tenants:
    """tenants(n) -> ids of n new tenants, in the order of their names, each with one signal of today."""

    async def make(count: int) -> list[UUID]:
        rows = await eyes.fetch(
            "WITH made AS (INSERT INTO tenants (name, slug)"
            " SELECT 'Tenant ' || n, 'tenant-' || n || '-' || gen_random_uuid()"
            " FROM generate_series(1, $1::integer) n RETURNING id, name)"
            " SELECT id FROM made ORDER BY length(name), name",
            count,
        )
        ids = [row["id"] for row in rows]
        await eyes.execute(
            "INSERT INTO aiv_raw_signals (tenant_id, date, aeo, geo, ugc)"
            " SELECT t, (now() AT TIME ZONE 'UTC')::date, 78.2, 92.1, 88.7 FROM unnest($1::uuid[]) t",
            ids,
        )
        return ids

    return make


@pytest.fixture
def actor() -> Actor:
    """Somebody at a command line."""
    return Actor(Origin.COMMAND_LINE, "test")
