"""Connections and small rows for tests of the schema itself."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

NewTenant = Callable[..., Awaitable[UUID]]


@pytest.fixture
async def owner(owner_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the test's database, in UTC."""
    connection = await asyncpg.connect(owner_dsn, server_settings={"timezone": "UTC"})
    yield connection
    await connection.close()


@pytest.fixture
def tenant(owner: asyncpg.Connection) -> NewTenant:
    """await tenant("name", time_zone="UTC") -> id."""

    async def make(name: str = "acme", time_zone: str = "UTC") -> UUID:
        made: UUID = await owner.fetchval(
            "INSERT INTO tenants (name, slug, time_zone) VALUES ($1, $1, $2) RETURNING id", name, time_zone
        )
        return made

    return make
