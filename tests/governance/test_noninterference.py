"""Generated queries answer a member of one tenant exactly as if the other tenant did not exist.

Two databases that are copies of each other; from the second, every row of the other tenant is taken away. Whatever
is asked, as any role, rows, errors and notices must be the same, and hold no value of the other tenant.
AOER_PROPERTY_EXAMPLES=5000 asks more.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.conftest import Server
from tests.governance.conftest import MARK, fill

EXAMPLES = int(os.environ.get("AOER_PROPERTY_EXAMPLES", "80"))
LEVELS = ("viewer", "operator", "admin")
TABLES = {
    "orders": ("reference", "notes"),
    "drivers": ("reference", "name"),
    "aoer_queries": ("query",),
    "aiv_raw_signals": ("source",),
    "dispatch_alerts": ("message", "fingerprint"),
    "audit_logs": ("object_id",),
    "tenants": ("name", "slug"),
    "tenant_members": ("member",),
    "v_aoer_dashboard": ("tenant_name",),
    "aoer_summary": ("status::text",),
    "aoer_queue": ("kind",),
    "audit_aggregates": ("event_type",),
    "v_aoer_jobs": ("tenant_id::text",),
}
LEAK = """
CREATE FUNCTION tell(said text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN RAISE NOTICE '%', said; RETURN true; END $$;
CREATE FUNCTION stumble(said text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN IF said LIKE '%zzsecret%' THEN RAISE EXCEPTION 'found %', said; END IF; RETURN true; END $$;
"""


@dataclass
class World:
    """Connections by role: to the database with both tenants, and to the one with the first alone."""

    server: Server
    secrets: tuple[str, ...]
    both: dict[str, asyncpg.Connection] = field(default_factory=dict)
    alone: dict[str, asyncpg.Connection] = field(default_factory=dict)


@pytest.fixture(scope="module")
def world(server: Server, template: str) -> Iterator[World]:
    """Made once for all examples."""
    both = server.create_database(template)
    mine, theirs = server.run(_fill(server.dsn(both)))
    alone = server.create_database(both)
    server.run(_empty(server.dsn(alone), theirs))
    made = World(server, (MARK, theirs))
    for access in LEVELS:
        name = f"gov_gen_{access}"
        server.create_login(name, f"aoer_{access}")
        for database, connections in ((both, made.both), (alone, made.alone)):
            server.run(_join(server.dsn(database), mine, name, access))
            connections[access] = server.run(asyncpg.connect(server.dsn(database, name)))
    yield made
    for connection in (*made.both.values(), *made.alone.values()):
        server.run(connection.close())
    server.drop_database(both)
    server.drop_database(alone)


async def _fill(dsn: str) -> tuple[str, str]:
    owner = await asyncpg.connect(dsn)
    tenants = []
    for name in ("7", f"theirs-{MARK}"):
        tenant = await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ($1, $1) RETURNING id", name)
        # A cast to a number of what is mine works; of what is theirs it fails.
        await fill(owner, tenant, "7" if name == "7" else MARK)
        tenants.append(str(tenant))
    await owner.execute(LEAK)
    await owner.execute("SELECT audit_seal(), audit_aggregate()")
    await owner.close()
    return tenants[0], tenants[1]


async def _empty(dsn: str, theirs: str) -> None:
    owner = await asyncpg.connect(dsn)
    tables = await owner.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " AND a.attname = 'tenant_id' WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    )
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        for row in tables:
            await owner.execute(f"DELETE FROM {row['name']} WHERE tenant_id = $1::uuid", theirs)
        await owner.execute("DELETE FROM tenants WHERE id = $1::uuid", theirs)
    await owner.close()


async def _join(dsn: str, mine: str, name: str, access: str) -> None:
    owner = await asyncpg.connect(dsn)
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute(
            "INSERT INTO tenant_members (tenant_id, member, access, created_at, updated_at)"
            " VALUES ($1::uuid, $2, $3, 'epoch', 'epoch')",
            mine,
            name,
            access,
        )
    await owner.close()


tables = st.sampled_from(sorted(TABLES))


@st.composite
def values(draw: st.DrawFn, table: str, alias: str) -> str:
    """A text that is made of a row."""
    column = draw(st.sampled_from(TABLES[table]))
    return draw(st.sampled_from([f"{alias}.{column}", f"to_jsonb({alias})::text", f"lower({alias}.{column})"]))


@st.composite
def conditions(draw: st.DrawFn, table: str, alias: str) -> str:
    """A condition on rows of `alias`: comparisons, functions that tell or stumble, casts that fail, other tables."""
    value = draw(values(table, alias))
    number = f"length({value})"
    other = draw(tables)
    inner = draw(values(other, "i"))
    kinds = (
        f"{value} LIKE '%zzsecret%'",
        f"tell({value})",
        f"stumble({value})",
        f"NOT stumble({value})",
        f"tell({value}) AND stumble({value})",
        f"1 / ({number} - {len(MARK)}) >= 0" if draw(st.booleans()) else f"{number} > 0",
        f"CASE WHEN {value} ~ '^[a-z]+-?zz' THEN ({value})::integer > 0 ELSE true END",
        f"EXISTS (SELECT FROM {other} i WHERE stumble({inner}))",
        f"{value} IN (SELECT {inner} FROM {other} i)",
        f"{value} <> ALL (SELECT {inner} FROM {other} i WHERE tell({inner}))",
        f"(SELECT count(*) FROM {other} i WHERE i.ctid IS NOT NULL) > 0" if not other.startswith("v_") else "true",
        f"({value}, 1) >= (SELECT max({inner}), 1 FROM {other} i)",
    )
    found = draw(st.sampled_from(kinds))
    return f"({found}) OR tell({value})" if draw(st.integers(0, 5)) == 0 else found


@st.composite
def queries(draw: st.DrawFn, depth: int = 2) -> str:
    """A query with one text column `v`."""
    table = draw(tables)
    value, condition = draw(values(table, "a")), draw(conditions(table, "a"))
    plain = f"SELECT {value} AS v FROM {table} a WHERE {condition}"
    if depth == 0:
        return plain
    shape = draw(
        st.sampled_from(["plain", "join", "group", "window", "set", "with", "lateral", "order", "all", "values"])
    )
    other = draw(tables)
    second = draw(values(other, "b"))
    if shape == "join":
        kind = draw(st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]))
        on = (
            draw(st.sampled_from(["true", f"length({value}) = length({second})"]))
            if kind == "JOIN"
            else "a.tenant_id = b.tenant_id"
        )
        on = on if kind == "JOIN" or "tenants" not in (table, other) else "true" if kind != "FULL JOIN" else "1 = 1"
        return f"SELECT concat({value}, {second}) AS v FROM {table} a {kind} {other} b ON {on} WHERE {condition}"
    if shape == "group":
        having = draw(st.sampled_from([f"bool_and(stumble({value}))", "count(*) > 0", f"max({value}) > ''"]))
        made = f"string_agg({value}, ',' ORDER BY {value}) || count(*)"
        return f"SELECT {made} AS v FROM {table} a WHERE {condition} GROUP BY length({value}) HAVING {having}"
    if shape == "window":
        over = f"(ORDER BY {value}, to_jsonb(a)::text ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        made = draw(st.sampled_from([f"first_value({value})", f"string_agg({value}, ',')", "(count(*))::text"]))
        made = made.replace("(count(*))::text", "count(*)")
        return f"SELECT ({made} OVER {over})::text AS v FROM {table} a WHERE {condition}"
    if shape == "set":
        word = draw(st.sampled_from(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]))
        return f"SELECT v FROM ({draw(queries(depth - 1))}) x {word} SELECT v FROM ({draw(queries(depth - 1))}) y"
    if shape == "with":
        kept = draw(st.sampled_from(["MATERIALIZED", "NOT MATERIALIZED"]))
        return f"WITH w AS {kept} ({draw(queries(depth - 1))}) SELECT v FROM w WHERE stumble(v)"
    if shape == "lateral":
        return (
            f"SELECT l.v FROM {table} a CROSS JOIN LATERAL (SELECT {second} AS v FROM {other} b WHERE tell({value})) l"
            f" WHERE {condition}"
        )
    if shape == "order":
        return f"SELECT v FROM ({plain}) x ORDER BY stumble(v), v"
    if shape == "all":
        return f"SELECT count(*)::text AS v FROM (SELECT DISTINCT v FROM ({draw(queries(depth - 1))}) x) y"
    if shape == "values":
        return f"SELECT v FROM ({plain}) x UNION ALL SELECT coalesce((SELECT min({second}) FROM {other} b), 'none')"
    return plain


async def _ask(connection: asyncpg.Connection, sql: str) -> tuple[Any, ...]:
    """Rows in any order, or the error; and what was noticed."""
    notices: list[str] = []

    def heard(_: object, message: Any) -> None:
        notices.append(str(message))

    connection.add_log_listener(heard)
    try:
        rows = sorted(str(row["v"]) for row in await connection.fetch(sql))
        return "rows", rows, sorted(set(notices))
    except asyncpg.PostgresError as error:
        return "error", [f"{error.sqlstate} {error} {error.detail} {error.hint}"], sorted(set(notices))
    finally:
        connection.remove_log_listener(heard)


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.sampled_from(LEVELS), queries())
def test_no_query_tells_that_another_tenant_exists(world: World, access: str, sql: str) -> None:
    kind, told, notices = world.server.run(_ask(world.both[access], sql))
    event("rows" if kind == "rows" and told else "no rows" if kind == "rows" else told[0][:60])
    for secret in world.secrets:
        assert not any(secret in text for text in (*told, *notices)), sql
    assert (kind, told, notices) == world.server.run(_ask(world.alone[access], sql)), sql


def test_the_queries_would_find_a_leak(world: World) -> None:
    """Somebody who works for all tenants is told, by each way of telling that the queries have."""
    owner = world.server.run(asyncpg.connect(world.server.dsn(_database(world))))
    try:
        for sql in (
            "SELECT a.notes AS v FROM orders a",
            "SELECT 'x' AS v FROM orders a WHERE tell(a.notes)",
            "SELECT 'x' AS v FROM orders a WHERE stumble(a.notes)",
            "SELECT ((a.notes)::integer)::text AS v FROM orders a",
        ):
            _, told, notices = world.server.run(_ask(owner, sql))
            assert any(MARK in text for text in (*told, *notices)), sql
    finally:
        world.server.run(owner.close())


def _database(world: World) -> str:
    return str(world.server.run(world.both["viewer"].fetchval("SELECT current_database()")))
