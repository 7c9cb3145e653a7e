"""Operators: login roles, their groups and their memberships.

Two things make access: a membership (`tenant_members`) says in which tenant, a group role (aoer_viewer, aoer_operator,
aoer_admin) says which tables and functions can be reached at all. Row level security asks the membership for every row.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from console.domain.actor import Actor
from console.domain.enums import Access
from console.errors import NotFound, PermissionDenied, UsageError
from console.store.database import Database
from console.store.queries import queries
from console.store.readiness import admin_connection
from console.store.translate import translated

_SQL = queries("governance")
ALL_TENANTS = "aoer_all_tenants"
_NAME = re.compile(r"[a-z_][a-z0-9_.@-]{0,62}")
_RESERVED = ("pg_", "aoer_")


@dataclass(frozen=True, slots=True)
class Change:
    """What was done for one operator."""

    operator: str
    created: bool
    groups: tuple[str, ...]
    changed: bool


def checked_name(name: str) -> str:
    """A name that can be a login role. Raises UsageError."""
    if not _NAME.fullmatch(name) or name.startswith(_RESERVED) or name in {"postgres", "public", "none"}:
        raise UsageError(
            f"{name!r} cannot be an operator's name",
            hint="lower case letters, digits and _ . @ -, not beginning with pg_ or aoer_",
        )
    return name


async def grant(
    db: Database, actor: Actor, name: str, access: Access, tenant: UUID | None, *, create: bool = False
) -> Change:
    """Give `name` access in one tenant, or in all (`tenant` None). The login role is made where `create` and missing.

    Raises NotFound for an unknown role, PermissionDenied where the connection may not manage roles.
    """
    name = checked_name(name)
    groups = [f"aoer_{access}"] + ([ALL_TENANTS] if tenant is None else [])
    changed = True
    if tenant is not None:
        async with db.transaction(actor) as connection:
            changed = (await connection.execute(_SQL["put_member"], tenant, name, str(access))) != "INSERT 0 0"
    made, granted = await _roles(db, name, groups, create=create)
    await _record(db, actor, tenant, "operator.grant", name, {"access": str(access), "groups": granted})
    return Change(name, made, tuple(granted), changed or bool(granted))


async def revoke(db: Database, actor: Actor, name: str, tenant: UUID | None) -> Change:
    """Take the membership in one tenant away, or (`tenant` None) every access; groups go with what needed them."""
    name = checked_name(name)
    async with db.transaction(actor) as connection:
        if tenant is None:
            tag = await connection.execute(_SQL["drop_all_members"], name)
        else:
            tag = await connection.execute(_SQL["drop_member"], tenant, name)
        highest = await connection.fetchval(_SQL["highest_access"], name)
    lost = await _shrink(db, name, highest, everything=tenant is None)
    await _record(db, actor, tenant, "operator.revoke", name, {"groups": lost})
    return Change(name, False, tuple(lost), tag != "DELETE 0" or bool(lost))


async def _record(db: Database, actor: Actor, tenant: UUID | None, action: str, name: str, what: Any) -> None:
    async with db.transaction(actor) as connection:
        await connection.execute(_SQL["audit_write"], tenant, action, "operator", name, None, what, "done")


async def _roles(db: Database, name: str, groups: Iterable[str], *, create: bool) -> tuple[bool, list[str]]:
    made = False
    async with admin_connection(db.target, db.settings) as connection:
        with translated("roles"):
            if not await connection.fetchval(_SQL["role_exists"], name):
                if not create:
                    raise NotFound(f"no login role is called {name!r}", hint="make it with: operators add")
                await _manage(connection, _SQL.named("create_login", role=name))
                made = True
            missing = sorted(set(groups) - await _groups(connection, name))
            for group in missing:
                await _manage(connection, _SQL.named("grant_group", group=group, role=name))
    return made, missing


async def _shrink(db: Database, name: str, highest: str | None, *, everything: bool) -> list[str]:
    async with admin_connection(db.target, db.settings) as connection:
        held = await _groups(connection, name)
        if ALL_TENANTS in held and not everything:
            return []
        kept = {f"aoer_{highest}"} if highest else set()
        lost = sorted(held - kept)
        for group in lost:
            await _manage(connection, _SQL.named("revoke_group", group=group, role=name))
        return lost


async def _groups(connection: asyncpg.Connection, name: str) -> set[str]:
    return {row[0] for row in await connection.fetch(_SQL["groups_of"], name)}


async def _manage(connection: asyncpg.Connection, statement: str) -> None:
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        raise PermissionDenied(
            f"this connection may not manage roles: {error}",
            hint="connect with --dsn as a role with CREATEROLE, or have an administrator run: " + statement,
        ) from error
