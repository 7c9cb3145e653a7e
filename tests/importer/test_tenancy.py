"""Imports by a role that is a member of some tenants only: its own rows land, others' are neither touched nor told."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from console.config.settings import override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import PermissionDenied
from console.importer.report import Result
from console.importer.request import Request
from console.importer.service import run_import
from console.store.database import Database

DAY = "2022-05-29T08:00:00+08:00"


@pytest.fixture
async def owner(owner_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def admin(login: Callable[..., str], settings: Any) -> AsyncIterator[Database]:
    """An admin who works for its own tenants, not for all."""
    changed = override(settings, {"database.dsn": login("op_own", "aoer_admin")})
    async with Database.open(changed, application="test") as db:
        yield db


async def load(db: Database, directory: Path, name: str, text: str, **options: Any) -> Result:
    file = directory / f"{name}.csv"
    file.write_text(text)
    return await run_import(db, Request(name, str(file), **options), Actor(Origin.COMMAND_LINE))


async def test_every_kind_lands_in_tenants_of_ones_own(
    admin: Database, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    """Another tenant has the same name and the same references; that neither collides nor shows."""
    theirs = await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ('Acme', 'acme') RETURNING id")
    await owner.execute("INSERT INTO drivers (tenant_id, reference, name) VALUES ($1, 'C1', 'Theirs')", theirs)
    await owner.execute("INSERT INTO aiv_raw_signals (tenant_id, date, aeo) VALUES ($1, '2026-01-05', 99)", theirs)
    signals = await load(admin, tmp_path, "signals", "tenant,date,aeo\nAcme,2026-01-05,1\nNew,2026-01-05,2\n")
    assert (signals.inserted, signals.rejected, signals.tenants_created) == (2, 0, ["Acme", "New"])
    queries = await load(admin, tmp_path, "queries", "tenant,query,week_start\nAcme,q,1950-01-02\n")
    assert (queries.inserted, queries.partitions_created, queries.tenants_created) == (1, 1, [])
    drivers = await load(admin, tmp_path, "drivers", "reference,name\nC1,Mine\n", tenant="Acme")
    orders = f"reference,driver_reference,delivered_at\nA,C1,{DAY}\n"
    ordered = await load(admin, tmp_path, "orders", orders, tenant="Acme")
    again = await load(admin, tmp_path, "orders", orders, tenant="Acme")
    assert (drivers.inserted, ordered.inserted, again.unchanged) == (1, 1, 1)
    untouched = await owner.fetchrow(
        """SELECT (SELECT name FROM drivers d WHERE d.tenant_id = $1),
                  (SELECT aeo FROM aiv_raw_signals s WHERE s.tenant_id = $1),
                  (SELECT count(*) FROM orders o WHERE o.tenant_id = $1)""",
        theirs,
    )
    assert untouched is not None
    assert tuple(untouched) == ("Theirs", 99, 0)
    told = await admin.fetch("SELECT object_type FROM audit_logs WHERE action = 'import'")
    assert len(told) >= 3


async def test_tenants_of_ones_own_can_be_made_and_changed(
    admin: Database, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await owner.execute("INSERT INTO tenants (name, slug) VALUES ('Taken', 'taken')")
    text = "name,slug,time_zone\nMine,mine,Europe/Rome\n"
    assert (await load(admin, tmp_path, "tenants", text)).inserted == 1
    changed = await load(admin, tmp_path, "tenants", text.replace("Rome", "Paris"))
    assert (changed.updated, changed.inserted) == (1, 0)
    taken = await load(admin, tmp_path, "tenants", "name,slug\nOther,taken\nFine,fine\n", abort=False)
    assert (taken.inserted, taken.rejected) == (1, 1)
    assert (taken.rejects[0].line, taken.rejects[0].column) == (2, "slug")


async def test_a_viewer_cannot_import(
    login: Callable[..., str], settings: Any, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await owner.execute("INSERT INTO tenants (name, slug) VALUES ('Acme', 'acme')")
    changed = override(settings, {"database.dsn": login("op_watcher", "aoer_viewer")})
    await owner.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) SELECT id, 'op_watcher', 'viewer' FROM tenants"
    )
    async with Database.open(changed, application="test") as db:
        with pytest.raises(PermissionDenied, match="may not import signals"):
            await load(db, tmp_path, "signals", "tenant,date,aeo\nAcme,2026-01-05,1\n")


async def test_an_operator_of_one_tenant_cannot_write_into_one_it_only_watches(
    login: Callable[..., str], settings: Any, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await owner.execute("INSERT INTO tenants (name, slug) VALUES ('Mine', 'mine'), ('Watched', 'watched')")
    changed = override(settings, {"database.dsn": login("op_mixed", "aoer_operator")})
    await owner.execute(
        """INSERT INTO tenant_members (tenant_id, member, access)
           SELECT id, 'op_mixed', CASE slug WHEN 'mine' THEN 'operator' ELSE 'viewer' END FROM tenants"""
    )
    async with Database.open(changed, application="test") as db:
        text = "tenant,date,aeo\nMine,2026-01-05,1\nWatched,2026-01-05,1\n"
        result = await load(db, tmp_path, "signals", text, abort=False)
        with pytest.raises(PermissionDenied, match="may not write for Watched"):
            await load(db, tmp_path, "drivers", "reference,name\nC1,Ann\n", tenant="Watched")
    assert (result.inserted, result.rejected) == (1, 1)
    assert result.rejects[0].reason == "this role may not write for the tenant"
    assert await owner.fetchval("SELECT count(*) FROM aiv_raw_signals") == 1


async def test_the_insert_with_the_owners_rights_takes_nothing_for_tenants_of_others(
    admin: Database, owner: asyncpg.Connection
) -> None:
    theirs = await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ('Theirs', 'theirs') RETURNING id")
    async with admin.acquire() as connection, connection.transaction():
        await connection.execute("SELECT import_stage('signals')")
        await connection.execute("INSERT INTO import_tenants (given, tenant_id) VALUES ('x', $1)", theirs)
        await connection.execute("INSERT INTO import_stage (line, tenant, date, aeo) VALUES (2, 'x', '2026-01-05', 1)")
        assert await connection.fetchval("SELECT import_signals(NULL)") == 0
    assert await owner.fetchval("SELECT count(*) FROM aiv_raw_signals") == 0


async def test_the_insert_with_the_owners_rights_reads_no_staging_of_the_callers(
    admin: Database, owner: asyncpg.Connection
) -> None:
    """A view in the place of the staging table would run the caller's functions as the owner."""
    traps = (
        "CREATE TEMP VIEW import_stage AS SELECT 2::bigint AS line",
        "CREATE TEMP TABLE import_stage (line bigint)",
    )
    for trap in traps:
        async with admin.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(trap)
            await connection.execute("CREATE TEMP TABLE import_tenants (given text, tenant_id uuid)")
            for call in ("import_signals(NULL)", "import_queries(NULL)"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(f"SELECT {call}")
            await transaction.rollback()
    async with admin.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT import_stage('signals')")
        for change in (
            "ALTER TABLE import_stage ADD x int",
            "DROP TABLE import_stage",
            "CREATE INDEX ON import_stage (line)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await connection.execute(change)
        await transaction.rollback()
