from collections.abc import Iterator

import asyncpg
import pytest

from console.errors import PermissionDenied
from console.store.migrate import migrate, validate
from tests.conftest import Server
from tests.store.migrate.conftest import Write


@pytest.fixture
def creator(server: Server, write: Write) -> Iterator[str]:
    """DSN of a role with CREATEROLE that owns an empty database but is no superuser."""
    server.create_login("t_creator")
    server.execute("ALTER ROLE t_creator CREATEROLE")
    name = server.create_database()
    server.execute(f"ALTER DATABASE {name} OWNER TO t_creator")
    yield server.dsn(name, "t_creator")
    server.drop_database(name)
    server.execute("ALTER ROLE t_creator NOCREATEROLE NOCREATEDB")


async def test_a_role_that_owns_the_database_and_may_act_as_owner_migrates(
    creator: str, server: Server, template: str
) -> None:
    server.execute("GRANT aoer_owner TO t_creator")
    connection = await asyncpg.connect(creator)
    try:
        assert (await migrate(connection)).applied
        assert await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        found = await validate(connection, asyncpg.connect)
        assert found.against == "recorded"
        assert found.drift == ()
        with pytest.raises(PermissionDenied, match="scratch"):
            await validate(connection, asyncpg.connect, against="scratch")
    finally:
        await connection.close()
        server.execute("REVOKE aoer_owner FROM t_creator")


async def test_others_are_told_what_an_admin_has_to_run(
    creator: str, server: Server, template: str, write: Write
) -> None:
    server.execute("ALTER ROLE t_creator NOCREATEROLE")
    connection = await asyncpg.connect(creator)
    with pytest.raises(PermissionDenied) as caught:
        await migrate(connection, files=write({"0001_a/2_tables/t.sql": "SELECT 1"}))
    assert 'GRANT aoer_owner TO "t_creator"' in caught.value.hint
    await connection.close()


async def test_without_rights_in_the_schema_the_grant_is_named(server: Server, template: str, write: Write) -> None:
    server.create_login("t_guest", "aoer_owner")
    name = server.create_database()
    connection = await asyncpg.connect(server.dsn(name, "t_guest"))
    with pytest.raises(PermissionDenied) as caught:
        await migrate(connection, files=write({"0001_a/2_tables/t.sql": "SELECT 1"}))
    assert "GRANT USAGE, CREATE ON SCHEMA public TO aoer_owner" in caught.value.hint
    await connection.close()
    server.drop_database(name)
    server.execute("REVOKE aoer_owner FROM t_guest")
