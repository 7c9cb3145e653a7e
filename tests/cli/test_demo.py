"""The demo keeps out of databases that somebody lives in."""

import asyncio

import asyncpg
import pytest

from console.cli.main import run


async def add_tenant(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO tenants (slug, name) VALUES (lower(replace($1, ' ', '-')), $1)", name)
    await connection.close()


def test_a_database_with_tenants_is_refused(dsn: str, owner_dsn: str, capfd: pytest.CaptureFixture[str]) -> None:
    asyncio.run(add_tenant(owner_dsn, "North"))
    assert run(["demo", "--headless", "--minutes", "0.01", "--dsn", dsn]) == 7
    assert "holds 1 tenants" in capfd.readouterr().err
    assert asyncio.run(count(owner_dsn)) == 0


async def count(dsn: str) -> int:
    """Engines that should run."""
    connection = await asyncpg.connect(dsn)
    found = await connection.fetchval("SELECT count(*) FROM engine_control WHERE desired_state = 'running'")
    await connection.close()
    return int(found)


def test_an_empty_database_and_its_own_city_are_fine(dsn: str, owner_dsn: str) -> None:
    for _ in range(2):
        assert run(["demo", "--headless", "--minutes", "0.01", "--dsn", dsn]) == 0
    assert asyncio.run(count(owner_dsn)) > 0
