"""Whole imports into a real database: what lands, what is counted, what is refused, what is left alone."""

import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import NotFound, PermissionDenied, UsageError
from console.importer.catalogue import kind
from console.importer.report import Result
from console.importer.request import Request
from console.importer.service import run_import
from console.store.database import Database

Run = Callable[..., Awaitable[Result]]
ACTOR = Actor(Origin.COMMAND_LINE, "monthly panel", os_user="ann")


@pytest.fixture
def run(db: Database, tmp_path: Path) -> Run:
    """await run("signals", text, tenant=..., abort=...) -> Result"""

    async def go(name: str, text: str | bytes, *, sink: io.StringIO | None = None, **options: Any) -> Result:
        file = tmp_path / f"{name}.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return await run_import(db, Request(name, str(file), **options), ACTOR, sink=sink)

    return go


def counts(result: Result) -> tuple[int, int, int, int]:
    return result.inserted, result.updated, result.unchanged, result.rejected


SIGNALS = (
    "tenant,date,aeo,geo,observed_aiv,sample_size,source\n"
    "Acme,2026-01-05,54.2,,12.5,24,p\n"
    "Copy.ai,2026-01-05,,,0.0,24,p\n"
)


async def test_signals_land_and_missing_ones_stay_missing(run: Run, db: Database) -> None:
    result = await run("signals", SIGNALS)
    assert counts(result) == (2, 0, 0, 0)
    assert result.applied
    assert result.tenants_created == ["Acme", "Copy.ai"]
    rows = await db.fetch(
        """SELECT t.name, s.seo, s.aeo, s.geo, s.observed_aiv, s.sample_size, s.source
             FROM aiv_raw_signals s JOIN tenants t ON t.id = s.tenant_id ORDER BY 1"""
    )
    assert [tuple(row) for row in rows] == [
        ("Acme", None, 54.2, None, 12.5, 24, "p"),
        ("Copy.ai", None, None, None, 0.0, 24, "p"),
    ]


async def test_the_same_file_again_changes_nothing(run: Run, db: Database) -> None:
    await run("signals", SIGNALS)
    before = await db.fetch("SELECT tenant_id, updated_at, xmin::text FROM aiv_raw_signals ORDER BY 1")
    assert counts(await run("signals", SIGNALS)) == (0, 0, 2, 0)
    assert await db.fetch("SELECT tenant_id, updated_at, xmin::text FROM aiv_raw_signals ORDER BY 1") == before


async def test_differing_rows_are_updated_and_absent_columns_kept(run: Run, db: Database) -> None:
    await run("signals", SIGNALS)
    result = await run("signals", "tenant,date,aeo\nAcme,2026-01-05,\nCopy.ai,2026-01-05,\nAcme,2026-01-06,9\n")
    assert counts(result) == (1, 1, 1, 0)
    row = await db.fetchrow("SELECT aeo, observed_aiv, source FROM aiv_raw_signals WHERE observed_aiv = 12.5")
    assert row is not None
    assert tuple(row) == (None, 12.5, "p")


BAD = (
    "tenant,date,aeo\nAcme,2026-01-05,1\nAcme,2026-01-06,101\nAcme,2026-02-30,1\nAcme,2026-01-05,2\nAcme,2199-01-01,1\n"
)


async def test_abort_applies_nothing_and_names_every_fault(run: Run, db: Database) -> None:
    result = await run("signals", BAD)
    assert (result.applied, counts(result), result.tenants_created) == (False, (0, 0, 0, 4), [])
    faults = {fault.line: (fault.column, fault.reason) for fault in result.rejects}
    assert faults == {
        3: ("aeo", "above 100"),
        4: ("date", "there is no such day"),
        5: ("date", "same tenant and date as line 2"),
        6: ("date", "in the future"),
    }
    assert await db.fetchval("SELECT count(*) FROM aiv_raw_signals") == 0
    assert await db.fetchval("SELECT count(*) FROM tenants") == 0
    assert await db.fetchval("SELECT count(*) FROM audit_logs WHERE action = 'import'") == 0


async def test_skip_lands_the_good_rows(run: Run, db: Database) -> None:
    sink = io.StringIO()
    result = await run("signals", BAD, abort=False, sink=sink, show_rejects=1)
    assert counts(result) == (1, 0, 0, 4)
    assert result.applied
    assert len(result.rejects) == 1
    written = list(csv.DictReader(io.StringIO(sink.getvalue())))
    assert sorted(int(row["line"]) for row in written) == [3, 4, 5, 6]
    assert await db.fetchval("SELECT aeo FROM aiv_raw_signals") == 1


async def test_duplicates_of_stored_rows_are_found_too(run: Run, db: Database) -> None:
    """The insert meets no conflict here: every key of the file is stored already."""
    await run("signals", "tenant,date,aeo\nAcme,2026-01-05,1\n")
    result = await run("signals", "tenant,date,aeo\nAcme,2026-01-05,1\nacme,2026-01-05,2\n", abort=False)
    assert counts(result) == (0, 0, 1, 1)
    assert result.rejects[0].line == 3
    assert await db.fetchval("SELECT aeo FROM aiv_raw_signals") == 1


async def test_a_dry_run_counts_and_changes_nothing(run: Run, db: Database) -> None:
    result = await run("signals", SIGNALS, dry_run=True)
    assert counts(result) == (2, 0, 0, 0)
    assert not result.applied
    assert await db.fetchval("SELECT count(*) FROM tenants") == 0
    assert await db.fetchval("SELECT count(*) FROM aiv_raw_signals") == 0


async def test_a_block_with_a_refused_value_loses_only_that_row(run: Run, db: Database) -> None:
    """The block looks canonical; Postgres refuses one value of it, and it is read again cell by cell."""
    lines = [f"Acme,{2020 + n // 28 // 12}-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d},{n % 100}.5" for n in range(1500)]
    lines[700] = "Acme,2019-02-29,5"
    result = await run("signals", "tenant,date,aeo\n" + "\n".join(lines), abort=False)
    assert counts(result) == (1499, 0, 0, 1)
    assert (result.rejects[0].line, result.rejects[0].reason) == (702, "there is no such day")


async def test_the_record_of_an_import_says_who_what_and_how_many_and_each_tenant_that_it_was_touched(
    run: Run, db: Database
) -> None:
    await run("signals", SIGNALS)
    rows = await db.fetch("SELECT * FROM audit_logs WHERE action = 'import' ORDER BY tenant_id NULLS FIRST")
    row, *each = rows
    assert row["tenant_id"] is None
    tenants = {tenant["id"] for tenant in await db.fetch("SELECT id FROM tenants")}
    assert len(each) == 2 and {one["tenant_id"] for one in each} == tenants
    assert {one["request_id"] for one in rows} == {row["request_id"]}
    assert {tuple(one["after"]) for one in each} == {("file",)}, "what the file held for others is not told"
    assert (row["object_type"], row["os_user"], row["origin"], row["reason"]) == (
        "signals",
        "ann",
        "command_line",
        "monthly panel",
    )
    assert row["after"]["inserted"] == 2
    assert row["after"]["tenants_created"] == 2
    assert row["object_id"].endswith("signals.csv")


async def test_the_audit_row_of_a_partial_import_says_so(run: Run, db: Database) -> None:
    await run("signals", BAD, abort=False)
    row = await db.fetchrow(
        "SELECT outcome, after FROM audit_logs WHERE action = 'import' ORDER BY tenant_id NULLS FIRST"
    )
    assert row is not None
    assert (row["outcome"], row["after"]["rejected"]) == ("partial", 4)


async def test_a_quoted_empty_cell_is_missing_too(run: Run, db: Database) -> None:
    await run("signals", 'tenant,date,aeo,source\n"Acme","2026-01-05","",""\n')
    row = await db.fetchrow("SELECT aeo, source FROM aiv_raw_signals")
    assert row is not None
    assert tuple(row) == (None, None)


@pytest.mark.parametrize("name", ["signals", "queries", "drivers", "orders", "tenants"])
async def test_a_file_of_keys_only_changes_no_column(run: Run, name: str) -> None:
    """Every column of every kind: stored once, then absent from the file."""
    options = {"tenant": "Acme Motors"} if kind(name).per_tenant else {}
    if name == "orders":
        await run("drivers", "reference,name\nC949,Ann\n", **options)
    columns = kind(name).columns
    row = {column.name: column.example for column in columns}
    if name == "orders":
        row["status"] = "delivered"
    assert counts(await run(name, _csv([row]), **options)) == (1, 0, 0, 0)
    assert counts(await run(name, _csv([row]), **options)) == (0, 0, 1, 0)
    keys = {column.name: column.example for column in columns if column.required}
    if name == "tenants":
        keys["slug"] = row["slug"]
    assert counts(await run(name, _csv([keys]), **options)) == (0, 0, 1, 0)


async def test_every_column_of_signals_and_queries_can_be_corrected(run: Run, db: Database) -> None:
    other = {"intent": "other", "ai_position": "none", "ai_present": "false", "has_our_citation": "true"}
    other |= {"observed_at": "2026-07-22T00:00:00Z"}
    for name, table in (("signals", "aiv_raw_signals"), ("queries", "aoer_queries")):
        await run(name, _csv([{column.name: column.example for column in kind(name).columns}]))
        keys = {column.name: column.example for column in kind(name).columns if column.required}
        for column in kind(name).columns:
            if not column.required:
                value = other.get(column.name, "7")
                assert counts(await run(name, _csv([keys | {column.name: value}]))) == (0, 1, 0, 0), column.name
                stored = await db.fetchval(f"SELECT {column.name}::text FROM {table}")
                assert stored.startswith(value[:10].replace("T", " ")), column.name


def _csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


async def test_a_tenant_on_the_command_line_fills_the_missing_column_and_refuses_others(run: Run, db: Database) -> None:
    assert counts(await run("signals", "date,aeo\n2026-01-05,1\n", tenant="Acme")) == (1, 0, 0, 0)
    mixed = await run("signals", "tenant,date,aeo\nAcme,2026-01-06,1\nOther,2026-01-06,1\n", tenant="Acme", abort=False)
    assert counts(mixed) == (1, 0, 0, 1)
    assert mixed.rejects[0].reason == "the import is for Acme only"
    assert [row["name"] for row in await db.fetch("SELECT name FROM tenants")] == ["Acme"]


async def test_a_name_of_two_tenants_is_refused(run: Run, owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("INSERT INTO tenants (name, slug) VALUES ('Twin', 'twin-1'), ('Twin', 'twin-2')")
    await owner.close()
    result = await run("signals", "tenant,date,aeo\nTwin,2026-01-05,1\ntwin-2,2026-01-05,1\n", abort=False)
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejects[0].reason == "several tenants have this name; use the slug"


async def test_queries_of_any_date_land_and_stated_intents_stay(run: Run, db: Database) -> None:
    text = (
        "tenant,query,week_start,intent,ai_present\n"
        "Acme,q,1931-05-04,commercial,true\nAcme,q,2025-12-31,,\nAcme,q,2026-03-31,,no\n"
    )
    result = await run("queries", text)
    assert counts(result) == (3, 0, 0, 0)
    assert result.partitions_created == 1
    assert counts(await run("queries", text)) == (0, 0, 3, 0)
    assert counts(await run("queries", text.replace("commercial", ""))) == (0, 0, 3, 0)
    row = await db.fetchrow(
        "SELECT intent, intent_source, ai_present FROM aoer_queries WHERE week_start < '2000-01-01'"
    )
    assert row is not None
    assert tuple(row) == ("commercial", "stated", True)
    wrong = await run("queries", "tenant,query,week_start,intent\nAcme,q,2026-01-05,comercial\n")
    assert wrong.rejects[0].reason == "did you mean 'commercial'?"


DRIVERS = (
    "reference,name,skills,lat,lon,position_at\nC1,Rosa,cold|fragile,43.8,126.5,2022-05-29T08:00:00+08:00\nC2,Ivo,,,,\n"
)
ORDERS = (
    "reference,ready_at,pickup_lat,pickup_lon,driver_reference,delivered_at\n"
    "A,2022-05-29T07:54:00+08:00,43.8,126.5,C1,2022-05-29T13:03:00+08:00\n"
    "B,2022-05-29T07:54:00+08:00,43.8,126.5,C2,\n"
    "C,,,,,\n"
)


async def test_orders_land_with_their_state_and_events(run: Run, db: Database) -> None:
    assert counts(await run("drivers", DRIVERS, tenant="Jilin")) == (2, 0, 0, 0)
    assert counts(await run("orders", ORDERS, tenant="Jilin")) == (3, 0, 0, 0)
    assert counts(await run("orders", ORDERS, tenant="Jilin")) == (0, 0, 3, 0)
    rows = await db.fetch(
        """SELECT o.reference, o.status, d.reference AS driver, o.promised_at,
                  array_agg(e.event_type ORDER BY e.event_type) AS events
             FROM orders o LEFT JOIN drivers d ON d.id = o.driver_id JOIN order_events e ON e.order_id = o.id
            GROUP BY 1, 2, 3, 4 ORDER BY 1"""
    )
    assert [tuple(row) for row in rows] == [
        ("A", "delivered", "C1", None, ["delivered", "imported"]),
        ("B", "assigned", "C2", None, ["imported"]),
        ("C", "pending", None, None, ["imported"]),
    ]
    assert (
        await db.fetchval("SELECT at::text FROM order_events WHERE event_type = 'delivered'")
        == "2022-05-29 05:03:00+00"
    )
    assert await db.fetchval("SELECT skills FROM drivers WHERE reference = 'C1'") == ["cold", "fragile"]


async def test_an_import_never_moves_an_order_back(run: Run, db: Database) -> None:
    await run("drivers", DRIVERS, tenant="Jilin")
    await run("orders", ORDERS, tenant="Jilin")
    result = await run("orders", "reference,status,notes\nA,pending,ring twice\nB,delivered,\n", tenant="Jilin")
    assert counts(result) == (0, 2, 0, 0)
    rows = await db.fetch("SELECT status, notes, driver_id IS NOT NULL AS driven FROM orders ORDER BY reference")
    assert [tuple(row) for row in rows] == [
        ("delivered", "ring twice", True),
        ("delivered", None, True),
        ("pending", None, False),
    ]


async def test_orders_of_unknown_drivers_and_repeated_orders_are_refused(run: Run) -> None:
    text = "reference,driver_reference\nA,C9\nB,\nB,\n"
    result = await run("orders", text, tenant="Jilin", abort=False)
    assert counts(result) == (1, 0, 0, 2)
    assert {fault.line: fault.reason for fault in result.rejects} == {
        2: "no such driver of this tenant; import the drivers first",
        4: "same order as line 3",
    }


async def test_an_older_position_does_not_move_a_driver_back(run: Run, db: Database) -> None:
    await run("drivers", DRIVERS, tenant="Jilin")
    older = DRIVERS.replace("43.8,126.5,2022-05-29", "40.0,120.0,2021-05-29")
    assert counts(await run("drivers", older, tenant="Jilin")) == (0, 0, 2, 0)
    assert await db.fetchval("SELECT lat FROM drivers WHERE reference = 'C1'") == 43.8


async def test_drivers_and_orders_need_a_tenant(run: Run) -> None:
    with pytest.raises(UsageError, match="--tenant"):
        await run("orders", ORDERS)


async def test_tenants_are_made_changed_and_left_alone(run: Run, db: Database) -> None:
    text = "name,slug,domains,time_zone\nAcme Motors,,acme.example|a.example,Europe/Rome\nBeta,b,,\n"
    assert counts(await run("tenants", text)) == (2, 0, 0, 0)
    assert counts(await run("tenants", text)) == (0, 0, 2, 0)
    assert counts(await run("tenants", "name,slug,revenue_unit\nBeta Cars,b,rate\n")) == (0, 1, 0, 0)
    rows = await db.fetch("SELECT name, slug, domains, time_zone, revenue_unit FROM tenants ORDER BY slug")
    assert [tuple(row) for row in rows] == [
        ("Acme Motors", "acme-motors", ["acme.example", "a.example"], "Europe/Rome", None),
        ("Beta Cars", "b", [], "UTC", "rate"),
    ]
    twice = await run("tenants", "name,slug,time_zone\nX,,\nX,,\nY,Up Case,\nZ,,Mars/Olympus\n", abort=False)
    assert {fault.line: fault.column for fault in twice.rejects} == {3: "name", 4: "slug", 5: "time_zone"}
    assert twice.inserted == 1


async def test_an_operator_imports_but_cannot_make_tenants(
    run: Run, login: Callable[..., str], settings: Any, owner_dsn: str, tmp_path: Path
) -> None:
    from console.config.settings import override

    await run("signals", "tenant,date,aeo\nAcme,2026-01-05,1\n")
    dsn = login("op_clerk", "aoer_operator")
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) SELECT id, 'op_clerk', 'operator' FROM tenants"
    )
    await owner.close()
    file = tmp_path / "more.csv"
    file.write_text("tenant,date,aeo\nAcme,2026-01-06,2\nNew,2026-01-06,2\n")
    async with Database.open(override(settings, {"database.dsn": dsn}), application="test") as db:
        result = await run_import(db, Request("signals", str(file), abort=False), ACTOR)
        assert counts(result) == (1, 0, 0, 1)
        assert result.rejects[0].reason == "no such tenant, and this role may not create one"
        with pytest.raises(NotFound):
            await run_import(db, Request("drivers", str(_write(tmp_path, DRIVERS)), tenant="Nowhere"), ACTOR)


def _write(directory: Path, text: str) -> Path:
    file = directory / "drivers.csv"
    file.write_text(text)
    return file


async def test_a_read_only_session_says_so(settings: Any, tmp_path: Path) -> None:
    async with Database.open(settings, application="test", read_only=True) as db:
        with pytest.raises(PermissionDenied):
            await run_import(db, Request("signals", str(_write(tmp_path, SIGNALS))), ACTOR)


async def test_touched_tenants_are_queued_when_asked(run: Run, db: Database) -> None:
    if not await db.fetchval("SELECT to_regproc('queue_tenant_recompute') IS NOT NULL"):
        pytest.skip("this schema has no queue")
    assert (await run("signals", SIGNALS, enqueue=True)).queued == 2
    assert await db.fetchval("SELECT count(*) FROM aoer_queue") == 2
    assert (await run("signals", SIGNALS, enqueue=True)).queued == 0


async def test_nothing_of_an_import_stays_on_the_pool(run: Run, db: Database) -> None:
    await run("signals", SIGNALS)
    await run("signals", SIGNALS)
    assert await db.fetchval("SELECT count(*) FROM pg_class WHERE relname = 'import_stage'") == 0
    assert await db.fetchval("SELECT current_setting('statement_timeout')") != "0"
