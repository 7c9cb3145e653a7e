"""Two tenants with rows in every tenant-owned table, and logins that belong to one of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

MARK = "zzsecretzz"


@dataclass(frozen=True)
class Pair:
    """Ids of the tenant that the logins belong to, and of the one they must not notice."""

    mine: UUID
    theirs: UUID


@pytest.fixture
async def owner(owner_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the test's database."""
    connection = await asyncpg.connect(owner_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def pair(owner: asyncpg.Connection) -> Pair:
    """Tenants `mine` and `theirs`; every text of theirs holds MARK."""
    ids = [
        await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ($1, $1) RETURNING id", name)
        for name in ("mine", f"theirs-{MARK}")
    ]
    for tenant, text in zip(ids, ("plain", MARK), strict=True):
        await fill(owner, tenant, text)
    return Pair(*ids)


async def fill(owner: asyncpg.Connection, tenant: UUID, text: str) -> None:
    """One row or more in the tables that people and engines use most."""
    await owner.execute(
        "INSERT INTO aiv_raw_signals (tenant_id, date, aeo, geo, ugc, source)"
        " VALUES ($1, current_date, 50, 60, 70, $2)",
        tenant,
        text,
    )
    await owner.execute(
        "INSERT INTO aoer_queries (tenant_id, query, week_start) VALUES ($1, $2, date '2026-01-05')", tenant, text
    )
    driver = await owner.fetchval(
        "INSERT INTO drivers (tenant_id, reference, name) VALUES ($1, $2, $2) RETURNING id", tenant, text
    )
    await owner.execute(
        "INSERT INTO orders (tenant_id, reference, service_type, notes, driver_id) VALUES ($1, $2, 'standard', $2, $3)",
        tenant,
        text,
        driver,
    )
    await owner.execute(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message, fingerprint)"
        " VALUES ($1, 'SLA_BREACH', 'high', $2, $2)",
        tenant,
        text,
    )
    await owner.execute("SELECT queue_tenant_recompute($1)", tenant)
    await owner.execute("SELECT * FROM aoer_recompute(ARRAY[$1::uuid])", tenant)
    await owner.execute("SELECT audit_write($1, 'test', 'thing', $2)", tenant, text)


Member = Callable[[str, str], Awaitable[asyncpg.Connection]]


@pytest.fixture
async def member(owner: asyncpg.Connection, pair: Pair, login: Callable[..., str]) -> AsyncIterator[Member]:
    """await member("viewer", "gov_v") -> connection of a login with that access in tenant `mine` only."""
    opened: list[asyncpg.Connection] = []

    async def make(access: str, name: str) -> asyncpg.Connection:
        dsn = login(name, f"aoer_{access}")
        await owner.execute(
            "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, $2, $3)", pair.mine, name, access
        )
        opened.append(await asyncpg.connect(dsn))
        return opened[-1]

    yield make
    for connection in opened:
        await connection.close()
