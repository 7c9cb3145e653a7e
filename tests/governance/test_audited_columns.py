"""The functions that put updates on record are written out column by column: none may be forgotten, none may stay."""

import asyncpg

FUNCTIONS = """
SELECT c.relname AS name, p.prosrc AS source, pg_get_triggerdef(t.oid) AS trigger,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE t.tgname = 'audit_update' AND t.tgparentid = 0
"""
SILENT = {"updated_at", "version"}


async def test_a_change_of_any_column_is_on_record(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(FUNCTIONS)
    assert len(rows) >= 11
    for row in rows:
        key = row["source"].split("USING (")[1].split(")")[0].split(",")
        watched = {name for name in row["columns"] if f"n.{name} THEN jsonb_build_array('{name}'" in row["source"]}
        assert watched == set(row["columns"]) - SILENT - set(key), row["name"]


async def test_the_record_tells_what_became_null_and_what_was_null(owner: asyncpg.Connection) -> None:
    run = owner
    tenant = await run.fetchval("INSERT INTO tenants (name, slug) VALUES ('Acme', 'acme') RETURNING id")
    order = await run.fetchval(
        "INSERT INTO orders (tenant_id, reference, notes) VALUES ($1, 'R1', 'ring twice') RETURNING id", tenant
    )
    await run.execute("UPDATE orders SET notes = NULL, pickup_name = 'Yard' WHERE id = $1", order)
    await run.execute("UPDATE orders SET notes = NULL, updated_at = now() WHERE id = $1", order)
    found = await run.fetch(
        "SELECT object_id, tenant_id, before::text, after::text FROM audit_logs WHERE action = 'orders.update'"
    )
    assert [tuple(row) for row in found] == [
        (str(order), tenant, '{"notes": "ring twice", "pickup_name": null}', '{"notes": null, "pickup_name": "Yard"}')
    ]


async def test_several_rows_of_one_statement_are_several_on_record(owner: asyncpg.Connection) -> None:
    run = owner
    tenant = await run.fetchval("INSERT INTO tenants (name, slug) VALUES ('Acme', 'acme') RETURNING id")
    await run.execute(
        "INSERT INTO drivers (tenant_id, reference, name)"
        " SELECT $1, 'D' || n, 'driver ' || n FROM generate_series(1, 3) n",
        tenant,
    )
    await run.execute("UPDATE drivers SET lat = 1, lon = 1 WHERE name <> 'driver 1'")
    assert await run.fetchval("SELECT count(*) FROM audit_logs WHERE action = 'drivers.update'") == 0
    await run.execute("UPDATE drivers SET lat = 2, name = upper(name) WHERE name <> 'driver 1'")
    rows = await run.fetch("SELECT after::text FROM audit_logs WHERE action = 'drivers.update' ORDER BY after::text")
    assert [row["after"] for row in rows] == ['{"lat": 2, "name": "DRIVER 2"}', '{"lat": 2, "name": "DRIVER 3"}']
