"""Sees to it that whoever migrates may act as aoer_owner, the role that owns the whole schema."""

import asyncpg

from console.errors import PermissionDenied
from console.store.queries import queries
from console.store.quote import ident

_SQL = queries("migrate")


async def establish(connection: asyncpg.Connection) -> None:
    """Create aoer_owner, join it, let it create in schema public: each only where needed.

    Works for superusers, and for a role with CREATEROLE that owns the database. For others an admin has to run, once,
    the statements that PermissionDenied names.
    """
    state = await connection.fetchrow(_SQL["owner_state"])
    me, database = ident(state["me"]), ident(state["database"])
    if not state["owner_exists"]:
        await _try(connection, "create_owner", "CREATE ROLE aoer_owner NOLOGIN")
        state = await connection.fetchrow(_SQL["owner_state"])
    if not state["may_be_owner"]:
        await _try(connection, "become_owner_member", f"GRANT aoer_owner TO {me}")
        state = await connection.fetchrow(_SQL["owner_state"])
    if not state["owner_may_create"]:
        await _try(connection, "let_owner_create", "GRANT USAGE, CREATE ON SCHEMA public TO aoer_owner")
        state = await connection.fetchrow(_SQL["owner_state"])
    if not state["may_be_owner"]:
        raise _denied(f"{state['me']} may not act as aoer_owner", f"GRANT aoer_owner TO {me}")
    if not state["owner_may_create"]:
        raise _denied(
            f"aoer_owner may not create in schema public of {database}",
            "GRANT USAGE, CREATE ON SCHEMA public TO aoer_owner",
        )


async def _try(connection: asyncpg.Connection, query: str, statement: str) -> None:
    try:
        await connection.execute(_SQL[query])
    except asyncpg.InsufficientPrivilegeError as error:
        raise _denied(f"this role may not prepare the database: {error}", statement) from error


def _denied(message: str, statement: str) -> PermissionDenied:
    return PermissionDenied(message, hint=f"let an admin run, in this database: {statement};")
