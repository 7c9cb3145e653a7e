"""The functions that put updates on record are written out column by column: none may be forgotten, none may stay."""

import asyncpg

FUNCTIONS = """
SELECT c.relname AS name, p.prosrc AS source,
       ARRAY(SELECT a.attname::text
               FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
              WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_proc p ON p.proname = 'audit_' || c.relname || '_difference'
 WHERE t.tgname = 'audit_update' AND t.tgparentid = 0
"""
SILENT = {"updated_at", "version"}


async def test_a_change_of_any_column_is_on_record(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(FUNCTIONS)
    assert len(rows) >= 11
    for row in rows:
        told = "IF o.{0} IS DISTINCT FROM n.{0} THEN before := before || jsonb_build_object('{0}', o.{0})"
        watched = {name for name in row["columns"] if told.format(name) in row["source"]}
        assert watched == set(row["columns"]) - SILENT - set(row["key"]), row["name"]


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


async def test_a_row_does_not_slip_away_by_a_new_key(owner: asyncpg.Connection) -> None:
    tenant = await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ('Acme', 'acme') RETURNING id")
    old, new = [
        await owner.fetchval("INSERT INTO orders (tenant_id, reference) VALUES ($1, $2) RETURNING id", tenant, name)
        for name in ("R1", "R2")
    ]
    await owner.execute("DELETE FROM orders WHERE id = $1", new)
    await owner.execute("UPDATE orders SET id = $2, notes = 'moved' WHERE id = $1", old, new)
    rows = await owner.fetch(
        "SELECT object_id, before ->> 'reference' AS before, after ->> 'notes' AS after FROM audit_logs"
        " WHERE action = 'orders.update' ORDER BY after NULLS FIRST"
    )
    assert [tuple(row) for row in rows] == [(str(old), "R1", None), (str(new), None, "moved")]


async def test_what_is_recorded_of_an_insert_and_a_delete_is_the_whole_row(owner: asyncpg.Connection) -> None:
    tenant = await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ('Acme', 'acme') RETURNING id")
    await owner.execute("UPDATE tenants SET name = 'Acme & Co' WHERE id = $1", tenant)
    row = await owner.fetchval("SELECT to_jsonb(t) FROM tenants t WHERE id = $1", tenant)
    await owner.execute("DELETE FROM tenants WHERE id = $1", tenant)
    rows = await owner.fetch(
        "SELECT action, tenant_id, object_id, after ->> 'name' AS name, before = $1::jsonb AS whole FROM audit_logs"
        " WHERE object_type = 'tenants' ORDER BY xid",
        row,
    )
    assert [tuple(row) for row in rows] == [
        ("tenants.insert", tenant, str(tenant), "Acme", None),
        ("tenants.update", tenant, str(tenant), "Acme & Co", False),
        ("tenants.delete", tenant, str(tenant), None, True),
    ]
