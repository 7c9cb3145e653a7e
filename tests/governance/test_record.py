"""The audit record says who changed what, cannot be changed, and shows when somebody changed it all the same."""

import asyncio
import json
from datetime import UTC, datetime

import asyncpg
import pytest

from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import PermissionDenied, UsageError
from console.governance import cycles, record
from console.governance.retention import remove_old
from console.store.database import Database
from tests.governance.conftest import Pair
from tests.waiting import until

ACTOR = Actor(Origin.COMMAND_LINE, "late van", os_user="ann", request_id="r-1")


async def findings(db: Database, heads: object = None) -> set[str]:
    return {row["finding"].partition(":")[0].partition(" (")[0] for row in await record.verify(db, heads)}


async def sealed(db: Database) -> None:
    """Seal all that is committed, at once: were it begun earlier, a block might hold one row only. The horizon is the
    whole server's: a test database being copied holds it back."""
    before = await db.fetchval("SELECT pg_current_xact_id()::text::bigint")

    async def passed() -> bool:
        oldest: int = await db.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return oldest > before

    await until(passed)
    await record.seal(db, ACTOR)


async def exported(db: Database) -> dict[str, object]:
    await sealed(db)
    heads = await record.heads(db)
    return {"heads": [{"tenant_id": str(h["tenant_id"]), "seq": h["seq"], "hash": h["hash"]} for h in heads]}


async def test_a_change_is_recorded_with_who_why_before_and_after(db: Database, pair: Pair) -> None:
    async with db.transaction(ACTOR) as connection:
        await connection.execute("UPDATE orders SET notes = 'gate 4' WHERE tenant_id = $1", pair.mine)
    rows = [row async for row in record.entries(db, record.Filter(tenant=pair.mine, action="orders.update"))]
    assert len(rows) == 1
    row = rows[0]
    assert (row["before"], row["after"]) == ({"notes": "plain"}, {"notes": "gate 4"})
    assert (row["os_user"], row["reason"], row["origin"], row["request_id"]) == (
        "ann",
        "late van",
        "command_line",
        "r-1",
    )


async def test_changes_that_say_nothing_are_not_recorded(db: Database, pair: Pair) -> None:
    async with db.transaction(ACTOR) as connection:
        await connection.execute("UPDATE drivers SET lat = 48.1, lon = 11.5, position_at = now()")
        await connection.execute("UPDATE orders SET notes = notes")
    assert [row async for row in record.entries(db, record.Filter(action="drivers.update"))] == []
    assert [row async for row in record.entries(db, record.Filter(action="orders.update"))] == []


async def test_a_rolled_back_change_leaves_no_record(db: Database, pair: Pair) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(ACTOR) as connection:
            await connection.execute("UPDATE orders SET notes = 'never'")
            raise ZeroDivisionError
    rows = [row["action"] async for row in record.entries(db, record.Filter(action="orders"))]
    assert set(rows) == {"orders.insert"}


async def test_the_record_is_append_only_for_everybody(owner: asyncpg.Connection, db: Database, pair: Pair) -> None:
    for statement in ("UPDATE audit_logs SET reason = 'x'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"):
        with pytest.raises(PermissionDenied):
            await db.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(statement)


async def test_an_untouched_record_verifies_with_many_writers_at_once(db: Database, pair: Pair) -> None:
    async def write(n: int) -> None:
        async with db.transaction(ACTOR) as connection:
            await connection.execute("UPDATE orders SET notes = $1 WHERE tenant_id = $2", f"n{n}", pair.mine)

    async def seal_often() -> None:
        for _ in range(5):
            await record.seal(db, ACTOR)

    await asyncio.gather(seal_often(), *(write(n) for n in range(20)))
    heads = await exported(db)
    assert await findings(db, heads) == set()
    open_rows = await db.fetchval("SELECT count(*) FROM audit_logs a, audit_seal_horizon h WHERE a.xid >= h.horizon")
    assert open_rows == 0


async def test_a_row_of_an_open_transaction_is_left_for_the_next_block(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await sealed(db)
    open_one = owner.transaction()
    await open_one.start()
    await owner.execute("SELECT audit_write($1, 'slow', 'thing', '1')", pair.mine)
    async with db.transaction(ACTOR) as connection:
        await connection.execute("SELECT audit_write($1, 'quick', 'thing', '2')", pair.mine)
    await record.seal(db, ACTOR)
    blocks = "SELECT count(*) FROM audit_seals WHERE tenant_id = $1 AND $2 = ANY (ids)"
    quick = await db.fetchval("SELECT id FROM audit_logs WHERE action = 'quick'")
    assert await db.fetchval(blocks, pair.mine, quick) == 0
    await open_one.commit()
    await sealed(db)
    slow = await db.fetchval("SELECT id FROM audit_logs WHERE action = 'slow'")
    assert [await db.fetchval(blocks, pair.mine, row) for row in (quick, slow)] == [1, 1]
    assert await findings(db) == set()


async def tamper(owner: asyncpg.Connection, statement: str, *args: object) -> None:
    """As somebody with the owner's powers would: triggers off."""
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        assert (await owner.execute(statement, *args)).split()[-1] != "0"


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit_logs SET reason = 'innocent' WHERE tenant_id = $1", "row changed since it was sealed"),
        ("UPDATE audit_logs SET at = at - interval '1 s' WHERE tenant_id = $1", "row changed since it was sealed"),
        ("DELETE FROM audit_logs WHERE tenant_id = $1 AND action = 'test'", "row removed since it was sealed"),
        (
            "INSERT INTO audit_logs (tenant_id, action, object_type, xid, digest) VALUES ($1, 'x', 'y', '3', '\\x00')",
            "row inserted below the sealed horizon",
        ),
        ("UPDATE audit_seals SET row_count = row_count WHERE tenant_id = $1 AND seq = 1", None),
        (
            "UPDATE audit_seals SET digests = array_cat(digests[2:], digests[1:1]), ids = array_cat(ids[2:], ids[1:1]),"
            " moments = array_cat(moments[2:], moments[1:1]) WHERE tenant_id = $1 AND seq = 1",
            "block altered",
        ),
        ("DELETE FROM audit_seals WHERE tenant_id = $1 AND seq = 1", "block missing before this one"),
        ("UPDATE audit_seals SET sealed_by = 'x', to_at = now() WHERE tenant_id = $1 AND seq = 1", "block altered"),
    ],
)
async def test_tampering_is_found_and_named(
    owner: asyncpg.Connection, db: Database, pair: Pair, statement: str, finding: str | None
) -> None:
    await sealed(db)
    await owner.execute("SELECT audit_write($1, 'second', 'thing', '1')", pair.mine)
    await sealed(db)
    await tamper(owner, statement, pair.mine)
    found = await record.verify(db)
    if finding is None:
        assert found == []
        return
    assert finding in {row["finding"].partition(":")[0] for row in found}
    assert {row["tenant_id"] for row in found} == {pair.mine}
    if "row" in finding:
        ids = await owner.fetch("SELECT unnest(ids) AS id FROM audit_seals UNION SELECT id FROM audit_logs")
        assert {row["row_id"] for row in found} <= {row["id"] for row in ids}


async def test_what_was_altered_before_it_was_sealed_is_told_once_and_raises_an_alert(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await owner.execute("SELECT audit_write($1, 'before', 'thing', '1')", pair.mine)
    await tamper(owner, "UPDATE audit_logs SET reason = 'innocent' WHERE action = 'before'")

    async def told() -> bool:
        await cycles.seal(db, Settings(), datetime.now(UTC))
        await cycles.watch(db, Settings(), datetime.now(UTC))
        return bool(await db.fetchval("SELECT count(*) FROM audit_alerts WHERE rule = 'threats'"))

    await until(told)
    await sealed(db)
    threats = await owner.fetch("SELECT tenant_id, after FROM audit_logs WHERE action = 'security.threat_detected'")
    altered = await owner.fetchval("SELECT id FROM audit_logs WHERE action = 'before'")
    assert [row["tenant_id"] for row in threats] == [pair.mine]
    assert json.loads(threats[0]["after"]) == {
        "findings": 1,
        "first": [f"row changed since it was written ({altered})"],
    }


OTHER = {
    "uuid": "'11111111-1111-1111-1111-111111111111'",
    "timestamp with time zone": "at + interval '1 microsecond'",
    "inet": "'10.0.0.1'",
    "jsonb": "'{\"x\": 1}'",
    "xid8": "'999999999999'",
}
"""A value that no row has, by type; texts get one of their own."""


async def test_every_column_of_a_row_is_in_its_digest(owner: asyncpg.Connection, db: Database, pair: Pair) -> None:
    columns = await owner.fetch(
        "SELECT attname::text AS name, format_type(atttypid, NULL) AS kind FROM pg_attribute"
        " WHERE attrelid = 'audit_logs'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'digest'"
    )
    assert len(columns) >= 17
    for column in columns:
        row = await owner.fetchval("SELECT audit_write($1, 'one', 'thing', $2)", pair.mine, column["name"])
        value = OTHER.get(column["kind"], "'another'")
        await tamper(owner, f"UPDATE audit_logs SET {column['name']} = {value} WHERE id = $1", row)
    found = await record.verify(db)
    assert {row["finding"] for row in found} == {"row changed since it was written (not sealed yet)"}
    assert len(found) == len(columns)


async def test_the_digest_does_not_depend_on_the_settings_of_who_verifies(
    owner: asyncpg.Connection, pair: Pair, db: Database
) -> None:
    async with db.transaction(ACTOR) as connection:
        await connection.execute("UPDATE orders SET notes = 'gate 4', promised_at = now(), weight_kg = 1.0 / 3")
    for setting in ("timezone = 'Asia/Kathmandu'", "datestyle = 'German'", "bytea_output = 'escape'",
                    "extra_float_digits = -5", "intervalstyle = 'iso_8601'"):  # fmt: skip
        await owner.execute(f"SET {setting}")
    assert await owner.fetch("SELECT * FROM audit_verify()") == []


async def test_a_row_that_was_not_made_by_the_record_itself_is_found(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await owner.execute("INSERT INTO audit_logs (tenant_id, action, object_type) VALUES ($1, 'x', 'y')", pair.mine)
    assert await findings(db) == {"row changed since it was written"}
    await sealed(db)
    assert await findings(db) == {"row changed since it was sealed"}


async def test_nobody_can_insert_into_the_record_or_use_what_makes_its_rows(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    for role in ("aoer_viewer", "aoer_operator", "aoer_admin", "aoer_worker"):
        assert not await owner.fetchval("SELECT has_any_column_privilege($1, 'audit_logs', 'INSERT')", role)
    with pytest.raises(PermissionDenied):
        await db.execute(
            "INSERT INTO audit_logs SELECT * FROM audit_entry($1, NULL, 'x', 'y', NULL, NULL, NULL, '')", pair.mine
        )
    with pytest.raises(PermissionDenied):
        await db.execute("SELECT audit_orders_difference(o, o) FROM orders o")


async def test_a_month_without_a_partition_is_made_by_the_change_that_needs_it(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    month = await owner.fetchval("SELECT partition_name('audit_logs', 'month', (now() AT TIME ZONE 'UTC')::date)")
    await owner.execute(f"ALTER TABLE audit_logs DETACH PARTITION {month}")
    await owner.execute(f"DROP TABLE {month}")
    await db.execute("UPDATE orders SET notes = 'gate 4'")
    assert await db.fetchval("SELECT count(*) FROM audit_logs WHERE action = 'orders.update'") == 2


async def test_a_chain_cut_off_at_its_end_is_found_by_an_exported_head(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await sealed(db)
    await owner.execute("SELECT audit_write($1, 'later', 'thing', '1')", pair.mine)
    heads = await exported(db)
    later = "(SELECT id FROM audit_logs WHERE action = 'later')"
    await tamper(owner, f"DELETE FROM audit_seals WHERE tenant_id = $1 AND {later} = ANY (ids)", pair.mine)
    await tamper(owner, "DELETE FROM audit_logs WHERE tenant_id = $1 AND action = 'later'", pair.mine)
    assert await findings(db) == set(), "without a head kept elsewhere it cannot be known"
    assert await findings(db, heads) == {"chain does not contain the head that was exported"}


async def test_heads_that_are_none_are_refused(db: Database) -> None:
    with pytest.raises(UsageError, match="no exported heads"):
        await record.verify(db, {"heads": [{"tenant": "x"}]})


OLDER = """
UPDATE audit_logs a SET at = $1::text::timestamptz,
       digest = audit_digest(tenant_id, id, $1::text::timestamptz, db_role, os_user, client_addr, application, origin,
                             action, object_type, object_id, before, after, reason, request_id, outcome, xid)
 WHERE action = 'old'
"""
"""As if it had been written then."""


async def test_retention_drops_whole_months_and_the_chain_knows(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await owner.execute("SELECT ensure_partitions('audit_logs', date '2024-01-01', date '2024-02-28')")
    await owner.execute("SELECT audit_write($1, 'old', 'thing')", pair.mine)
    await tamper(owner, OLDER, "2024-01-15")
    await sealed(db)
    planned = await db.fetch("SELECT partition::text AS p FROM retention_plan()")
    assert [row["p"] for row in planned] == ["audit_logs_2024m01", "audit_logs_2024m02"]
    assert [row["outcome"] for row in await remove_old(db, ACTOR)] == ["removed", "removed"]
    assert await db.fetchval("SELECT to_regclass('audit_logs_2024m01') IS NULL")
    assert await findings(db) == set()
    kinds = await db.fetch("SELECT kind FROM audit_seals WHERE tenant_id = $1 ORDER BY seq", pair.mine)
    assert "retention" in {row["kind"] for row in kinds}
    # Removing a row that retention did not cover still shows.
    await tamper(owner, "DELETE FROM audit_logs WHERE tenant_id = $1 AND action = 'test'", pair.mine)
    assert await findings(db) == {"row removed since it was sealed"}


async def test_export_pages_through_everything_once(db: Database, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    async with db.transaction(ACTOR) as connection:
        await connection.execute(
            "SELECT audit_write($1, 'many', 'n', g::text) FROM generate_series(1, 57) g", pair.mine
        )
    monkeypatch.setattr(record, "PAGE", 10)
    rows = [row async for row in record.entries(db, record.Filter(action="many"))]
    assert sorted(int(row["object_id"]) for row in rows) == list(range(1, 58))
    assert len([row async for row in record.entries(db, record.Filter(action="many"), 25)]) == 25
