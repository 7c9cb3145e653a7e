"""Promises about every table there is, read from the catalogue: a new table that breaks one fails here."""

import asyncpg

TABLES = """
SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
OWNED = f"""
SELECT t.oid, t.relname FROM ({TABLES}) t
 WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
"""


async def test_every_table_and_view_says_what_it_is(owner: asyncpg.Connection) -> None:
    silent = await owner.fetch(
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
              AND obj_description(c.oid, 'pg_class') IS NULL"""
    )
    assert [row["relname"] for row in silent] == []
    assert await owner.fetchval(f"SELECT count(*) FROM ({TABLES}) t") >= 35


async def test_tenant_leads_every_key_of_tenant_owned_tables(owner: asyncpg.Connection) -> None:
    """A unique key without the tenant would tell one tenant what another has."""
    other = await owner.fetch(
        f"""SELECT t.relname, i.indexrelid::regclass::text AS key FROM ({OWNED}) t
              JOIN pg_index i ON i.indrelid = t.oid AND (i.indisunique OR i.indisprimary)
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
             WHERE a.attname <> 'tenant_id'"""
    )
    assert [tuple(row) for row in other] == []


async def test_tenant_owned_tables_have_a_key(owner: asyncpg.Connection) -> None:
    bare = await owner.fetch(
        f"""SELECT t.relname FROM ({OWNED}) t
             WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisunique)"""
    )
    assert [row["relname"] for row in bare] == []


async def test_references_between_tenants_rows_carry_the_tenant(owner: asyncpg.Connection) -> None:
    loose = await owner.fetch(
        f"""SELECT k.conrelid::regclass::text AS source, k.conname FROM pg_constraint k
              JOIN ({OWNED}) s ON s.oid = k.conrelid JOIN ({OWNED}) g ON g.oid = k.confrelid
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
              JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
             WHERE k.contype = 'f' AND (a.attname <> 'tenant_id' OR b.attname <> 'tenant_id')"""
    )
    assert [tuple(row) for row in loose] == []


async def test_updated_at_and_version_are_kept_by_trigger(owner: asyncpg.Connection) -> None:
    """Where there is an updated_at it is set by trigger, and a version beside it is counted."""
    missing = await owner.fetch(
        f"""SELECT t.relname FROM ({TABLES}) t
              JOIN pg_attribute u ON u.attrelid = t.oid AND u.attname = 'updated_at' AND NOT u.attisdropped
              LEFT JOIN pg_attribute v ON v.attrelid = t.oid AND v.attname = 'version' AND NOT v.attisdropped
                        AND v.atttypid = 'integer'::regtype
             WHERE NOT EXISTS (
               SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
                WHERE g.tgrelid = t.oid AND p.proname LIKE 'touch%' AND g.tgtype & 18 = 18
                  AND (v.attname IS NULL OR encode(g.tgargs, 'escape') LIKE 'version%'))"""
    )
    assert [row["relname"] for row in missing] == []


# Each tells a caller nothing but the caller's own memberships, and policies call them for everybody.
OPEN_TO_ALL = {"aoer_readable_tenants()", "aoer_operable_tenants()", "aoer_administered_tenants()"}


async def test_functions_with_the_owners_rights_are_pinned_and_not_public(owner: asyncpg.Connection) -> None:
    loose = await owner.fetch(
        """SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'public' AND p.prosecdef
              AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))"""
    )
    assert {row["name"] for row in loose} == OPEN_TO_ALL


async def test_functions_with_the_owners_rights_search_no_path_of_the_callers(owner: asyncpg.Connection) -> None:
    loose = await owner.fetch(
        """SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'public' AND p.prosecdef
              AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%pg_temp')"""
    )
    assert [row["name"] for row in loose] == []


async def test_views_use_the_callers_rights(owner: asyncpg.Connection) -> None:
    loose = await owner.fetch(
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind = 'v'
              AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)"""
    )
    assert [row["relname"] for row in loose] == []


async def test_nobody_may_truncate_and_nothing_is_granted_on_partitions(owner: asyncpg.Connection) -> None:
    grants = await owner.fetch(
        """SELECT c.relname, a.grantee::regrole::text, a.privilege_type FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) a
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner
              AND (a.privilege_type = 'TRUNCATE' OR c.relispartition)"""
    )
    assert [tuple(row) for row in grants] == []


async def test_everything_belongs_to_the_owner_role_and_nobody_logs_in_as_it(owner: asyncpg.Connection) -> None:
    strangers = await owner.fetch(
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relowner <> 'aoer_owner'::regrole
           UNION ALL
           SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'public' AND p.proowner <> 'aoer_owner'::regrole
           UNION ALL
           SELECT y.typname FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
            WHERE n.nspname = 'public' AND y.typtype = 'e' AND y.typowner <> 'aoer_owner'::regrole"""
    )
    assert [row["relname"] for row in strangers] == []
    can_login = await owner.fetch("SELECT rolname FROM pg_roles WHERE rolname LIKE 'aoer\\_%' AND rolcanlogin")
    groups = {"aoer_owner", "aoer_viewer", "aoer_operator", "aoer_admin", "aoer_worker"}
    assert groups.isdisjoint({row["rolname"] for row in can_login})
