"""Nothing of another tenant is seen, counted, changed or noticed, by any role, through any door."""

import asyncpg
import pytest

from tests.governance.conftest import MARK, Member, Pair
from tests.governance.matrix import leaks

LEVELS = ("viewer", "operator", "admin")
TENANT_TABLES = """
SELECT c.oid::regclass::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS policy
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""

INSTALLATION_TABLES = ("partition_policies", "queue_controls", "rate_limit_violations")
"""Small tables of the installation with policies of their own: they have no tenant_id to be distributed by."""


async def unprotected(owner: asyncpg.Connection) -> set[str]:
    """Tenant-owned tables, partitions included, without forced row level security or without a policy."""
    return {row["name"] for row in await owner.fetch(TENANT_TABLES) if not (row["forced"] and row["policy"])}


async def test_every_tenant_table_and_partition_is_protected(owner: asyncpg.Connection) -> None:
    assert len(await owner.fetch(TENANT_TABLES)) > 40
    assert await unprotected(owner) == set()


async def test_dropping_a_policy_or_adding_a_bare_table_is_noticed(owner: asyncpg.Connection) -> None:
    await owner.execute("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY")
    await owner.execute("CREATE TABLE forgotten (tenant_id uuid)")
    assert await unprotected(owner) == {"orders", "forgotten"}


async def test_new_partitions_are_born_protected(owner: asyncpg.Connection) -> None:
    made = await owner.fetchval("SELECT ensure_partitions('aoer_queries', date '2031-01-01', date '2031-12-31')")
    assert made == 4
    assert await unprotected(owner) == set()


async def test_policies_are_of_the_one_form_and_never_volatile(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT DISTINCT regexp_replace(coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)),"
        " 'aoer_[a-z]+_tenants', 'f') AS rule FROM pg_policy WHERE polrelid <> ALL ($1::regclass[])",
        list(INSTALLATION_TABLES),
    )
    assert {row["rule"] for row in rows} <= {"true", "(tenant_id = ANY (f()))", "(id = ANY (f()))"}
    loose = await owner.fetchval(
        "SELECT count(*) FROM pg_proc WHERE proname ~ '^aoer_[a-z]+_tenants$' AND provolatile <> 's'"
    )
    assert loose == 0


@pytest.mark.parametrize("access", LEVELS)
async def test_no_door_shows_anything_of_another_tenant(pair: Pair, member: Member, access: str) -> None:
    connection = await member(access, f"gov_read_{access}")
    assert await leaks(connection, (MARK, str(pair.theirs))) == set()


@pytest.mark.parametrize(
    ("mutation", "seen"),
    [
        ("DROP POLICY tenant_read ON orders", {"blind orders"}),
        ("ALTER TABLE orders DISABLE ROW LEVEL SECURITY", {"relation orders", "copy orders"}),
        ("CREATE POLICY oops ON drivers FOR SELECT TO aoer_viewer USING (true)", {"relation drivers", "copy drivers"}),
        (
            "DROP POLICY tenant_read ON tenants; CREATE POLICY tenant_read ON tenants FOR SELECT USING (active)",
            {"relation tenants", "copy tenants"},
        ),
        (
            "ALTER TABLE aoer_queries_2026q1 NO FORCE ROW LEVEL SECURITY;"
            " ALTER TABLE aoer_queries_2026q1 DISABLE ROW LEVEL SECURITY;"
            " GRANT SELECT ON aoer_queries_2026q1 TO aoer_viewer",
            {"relation aoer_queries_2026q1", "copy aoer_queries_2026q1"},
        ),
        ("ALTER VIEW v_aoer_dashboard SET (security_invoker = false)", {"relation v_aoer_dashboard"}),
        ("ALTER FUNCTION audit_heads() SECURITY DEFINER", {"function audit_heads"}),
        (
            "CREATE MATERIALIZED VIEW mv AS SELECT notes FROM orders; GRANT SELECT ON mv TO aoer_viewer",
            {"relation mv", "copy mv"},
        ),
    ],
)
async def test_a_policy_that_is_dropped_or_loosened_is_reported(
    owner: asyncpg.Connection, pair: Pair, member: Member, mutation: str, seen: set[str]
) -> None:
    """What the test above would say of a database with a mistake in it."""
    connection = await member("viewer", "gov_mutant")
    await owner.execute("SELECT audit_seal()")
    await owner.execute(mutation)
    assert seen <= await leaks(connection, (MARK, str(pair.theirs)))


@pytest.mark.parametrize("access", LEVELS)
async def test_nothing_of_another_tenant_can_be_changed(pair: Pair, member: Member, access: str) -> None:
    connection = await member(access, f"gov_write_{access}")
    for statement in (
        "UPDATE orders SET notes = 'x' WHERE tenant_id = $1",
        "UPDATE drivers SET name = 'x' WHERE tenant_id = $1",
        "UPDATE tenants SET name = 'x' WHERE id = $1",
        "DELETE FROM aoer_queries WHERE tenant_id = $1",
        "DELETE FROM tenant_members WHERE tenant_id = $1",
    ):
        try:
            assert (await connection.execute(statement, pair.theirs)).endswith(" 0"), statement
        except asyncpg.InsufficientPrivilegeError:
            continue
    for statement in (
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, session_user, 'admin')",
        "INSERT INTO orders (tenant_id, reference, service_type) VALUES ($1, 'new', 'standard')",
        "INSERT INTO aiv_raw_signals (tenant_id, date) VALUES ($1, current_date - 1)",
        "SELECT queue_tenant_recompute($1)",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(statement, pair.theirs)


async def test_keys_do_not_tell_that_another_tenant_has_the_value(pair: Pair, member: Member) -> None:
    connection = await member("operator", "gov_keys")
    made = await connection.execute(
        "INSERT INTO orders (tenant_id, reference, service_type) VALUES ($1, $2, 'standard')", pair.mine, MARK
    )
    assert made == "INSERT 0 1"
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute(
            "UPDATE orders SET driver_id = (SELECT gen_random_uuid()) WHERE tenant_id = $1", pair.mine
        )


async def test_one_tenants_admin_is_only_a_viewer_elsewhere(
    owner: asyncpg.Connection, pair: Pair, member: Member
) -> None:
    connection = await member("admin", "gov_mixed")
    await owner.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'gov_mixed', 'viewer')", pair.theirs
    )
    assert await connection.fetchval("SELECT count(*) FROM orders WHERE tenant_id = $1", pair.theirs) == 1
    assert await connection.execute("UPDATE orders SET notes = 'x' WHERE tenant_id = $1", pair.theirs) == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(
            "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'gov_mixed2', 'admin')", pair.theirs
        )


async def test_settings_and_roles_do_not_widen_access(pair: Pair, member: Member) -> None:
    connection = await member("admin", "gov_set")
    await connection.execute("SELECT set_config('aoer.tenant', $1, false)", str(pair.theirs))
    await connection.execute("SET ROLE aoer_viewer")
    assert await connection.fetchval("SELECT count(*) FROM orders") == 1
    await connection.execute("RESET ROLE")
    for statement in ("SET ROLE aoer_owner", "SET ROLE aoer_all_tenants", "SET SESSION AUTHORIZATION postgres"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute("TRUNCATE orders")
    # COPY reads under the same policies; a file on the server is out of reach.
    import io

    out = io.BytesIO()
    await connection.copy_from_query("SELECT * FROM orders", output=out)
    assert MARK.encode() not in out.getvalue()


async def test_a_role_for_all_tenants_sees_both_and_its_policy_costs_nothing(
    owner: asyncpg.Connection, pair: Pair, dsn: str
) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        assert await connection.fetchval("SELECT count(*) FROM orders") == 2
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN SELECT * FROM orders"))
        assert "tenants()" not in plan
    finally:
        await connection.close()
