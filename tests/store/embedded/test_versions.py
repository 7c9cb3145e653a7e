"""The same program on the other Postgres versions that are installed here."""

import dataclasses

import asyncpg
import pytest

from console.store.database import Database
from console.store.embedded.binaries import installed
from console.store.migrate import migrate, validate
from console.store.readiness import Admin, admin
from tests.store.embedded.conftest import Options

OTHERS = sorted(set(installed()) - {max(installed(), default=0)})


@pytest.mark.parametrize("major", OTHERS)
async def test_migrates_and_validates(first: Options, major: int) -> None:
    settings = first(embedded__version=str(major))
    async with admin(settings) as server:
        await _migrates_without_being_superuser(server)
        async with Database.open(settings, application="test") as db:
            assert db.server_version // 10000 == major
        found = await validate(server.connection, server.connect, against="scratch")
        assert found.drift == ()
        assert found.standing.current


async def _migrates_without_being_superuser(server: Admin) -> None:
    """On a server without our roles, a role with CREATEROLE that owns the database is enough."""
    await server.connection.execute("CREATE ROLE deployer LOGIN CREATEROLE")
    await server.connection.execute("CREATE DATABASE theirs OWNER deployer")
    target = dataclasses.replace(server.target, database="theirs", user=str(server.target.owner))
    connection = await asyncpg.connect(**target.arguments())
    # What a login as this role would be, without an account of the operating system for it.
    await connection.execute("SET SESSION AUTHORIZATION deployer")
    assert (await migrate(connection)).applied
    found = await validate(connection, server.connect, against="recorded")
    assert found.drift == ()
    await connection.close()
