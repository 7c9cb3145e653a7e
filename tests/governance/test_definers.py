"""Functions that run with the owner's rights: every one is reviewed, reachable by few, and asks who calls."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import asyncpg
import pytest

from console.actions.model import Scope, Target
from console.actions.registry import by_id
from console.actions.run import perform
from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import PermissionDenied
from console.governance.limits import Rule, put_rule
from console.scheduler.desired import desire
from console.store.database import Database
from tests.governance.conftest import MARK, Member, Pair

PUBLIC = "PUBLIC"
AUDITED = (
    "audit_alerts",
    "dispatch_alerts",
    "drivers",
    "escalation_logs",
    "order_batches",
    "orders",
    "results_sessions",
    "service_levels",
    "tenant_members",
    "tenants",
    "traffic_incidents",
)
REVIEWED = {
    # what it does for whom; {} means by other functions and triggers only
    "aoer_administered_tenants()": {PUBLIC},
    "aoer_operable_tenants()": {PUBLIC},
    "aoer_readable_tenants()": {PUBLIC},
    "aoer_clean_up(interval,interval,interval,integer)": {"aoer_worker", "aoer_admin"},
    "audit_aggregate(integer)": {"aoer_worker", "aoer_admin"},
    **{f"audit_{table}()": set[str]() for table in AUDITED},
    "audit_login(text,text,jsonb)": {"aoer_viewer", "aoer_worker"},
    "audit_raise_alerts(interval)": {"aoer_worker", "aoer_admin"},
    "audit_seal()": {"aoer_worker", "aoer_admin"},
    "audit_write(uuid,text,text,text,jsonb,jsonb,text)": {"aoer_viewer", "aoer_worker"},
    "auto_dispatch_daily_changes()": set(),
    "batch_performance_daily_changes()": set(),
    "check_rate_limit(text,jsonb,double precision,jsonb)": {"aoer_viewer", "aoer_worker"},
    "create_tenants(text[],text[])": {"aoer_admin"},
    "daily_zone_changed()": set(),
    "ensure_partitions(name,date,date)": {"aoer_operator", "aoer_worker"},
    "escalation_daily_changes()": set(),
    "fold_daily_statistics()": {"aoer_worker", "aoer_admin"},
    "import_queries(text)": {"aoer_operator"},
    "import_signals(text)": {"aoer_operator"},
    "import_stage(text)": {"aoer_operator"},
    "record_rate_limit_violation(text,text)": set(),
    "register_tenants(text[],boolean)": {"aoer_admin"},
    "retention_prepare(name)": {"aoer_worker", "aoer_admin"},
    "retention_remove(name)": {"aoer_worker", "aoer_admin"},
    "route_optimization_daily_changes()": set(),
}
"""Before a function is added here: does it refuse or leave out tenants of which `session_user` is no member, with the
same words for one that does not exist? Membership tells the caller's own tenants and nothing else, so all may ask."""

DEFINERS = """
SELECT p.oid::regprocedure::text AS name, p.proconfig AS config, p.proowner::regrole::text AS owner,
       ARRAY(SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
               FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
              WHERE x.privilege_type = 'EXECUTE' AND x.grantee <> p.proowner) AS grantees
  FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
"""


async def faults(owner: asyncpg.Connection) -> set[str]:
    """What is wrong with functions that run with the owner's rights, in words."""
    found: set[str] = set()
    rows = await owner.fetch(DEFINERS)
    for row in rows:
        name = row["name"]
        if name not in REVIEWED:
            found.add(f"{name} is not reviewed")
        elif set(row["grantees"]) != REVIEWED[name]:
            found.add(f"{name} is granted to {sorted(row['grantees'])}")
        paths = [c.removeprefix("search_path=") for c in row["config"] or () if c.startswith("search_path=")]
        if paths != ["pg_catalog, public, pg_temp"]:
            found.add(f"{name} has the search path {paths}")
        if row["owner"] != "aoer_owner":
            found.add(f"{name} belongs to {row['owner']}")
    return found | {f"{name} is gone" for name in REVIEWED if name not in {row["name"] for row in rows}}


async def test_every_one_is_reviewed_pinned_and_granted_to_few(owner: asyncpg.Connection) -> None:
    assert await faults(owner) == set()


async def test_a_new_one_and_a_wider_grant_are_noticed(owner: asyncpg.Connection) -> None:
    await owner.execute("CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'")
    await owner.execute("GRANT EXECUTE ON FUNCTION retention_remove(name) TO aoer_operator")
    await owner.execute("ALTER FUNCTION audit_seal() RESET search_path")
    told = " ".join(sorted(await faults(owner)))
    for words in (
        "peek() is not reviewed",
        "peek() has the search path []",
        "retention_remove(name) is granted",
        "audit_seal() has",
    ):
        assert words in told


async def test_no_view_reads_with_its_owners_rights(owner: asyncpg.Connection) -> None:
    loose = await owner.fetch(
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'"
        " AND NOT coalesce(reloptions @> '{security_invoker=true}', false)"
    )
    assert loose == []


async def told(connection: asyncpg.Connection, sql: str, *args: object) -> str:
    """What a statement says, rows or error, with every uuid made alike. Undone afterwards."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        said = str([tuple(row) for row in await connection.fetch(sql, *args)])
    except asyncpg.PostgresError as error:
        said = f"{error.sqlstate} {error} {error.detail} {error.hint}"
    finally:
        await transaction.rollback()
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", said)


@pytest.mark.parametrize("access", ["viewer", "operator", "admin"])
async def test_the_record_of_strangers_cannot_be_written_and_does_not_tell_that_they_exist(
    pair: Pair, member: Member, access: str
) -> None:
    connection = await member(access, f"gov_def_{access}")
    write = "SELECT audit_write($1, 'note', 'thing') IS NOT NULL"
    assert await told(connection, write, pair.mine) == "[(True,)]"
    assert await told(connection, write, None) == "[(True,)]"
    strangers = await told(connection, write, pair.theirs)
    assert strangers.startswith("42501")
    assert strangers == await told(connection, write, uuid4())
    forged = await told(connection, "SELECT audit_write($1, 'orders.update', 'orders')", pair.mine)
    assert forged.startswith("42501"), "changes are recorded by triggers only"


COMPUTED = ["audit_digest"]
"""Their answer is computed from their arguments alone; they look nothing up."""


@pytest.mark.parametrize("access", ["viewer", "operator", "admin"])
async def test_no_function_tells_a_tenant_of_others_from_one_that_does_not_exist(
    owner: asyncpg.Connection, pair: Pair, member: Member, access: str
) -> None:
    """Every function with a uuid in its arguments, called with both."""
    connection = await member(access, f"gov_fun_{access}")
    functions = await owner.fetch(
        "SELECT p.oid::regprocedure::text AS name, p.proname::text AS short, format_types AS types FROM pg_proc p"
        " CROSS JOIN LATERAL (SELECT array_agg(format_type(t, NULL) ORDER BY n) AS format_types"
        "   FROM unnest(p.proargtypes) WITH ORDINALITY AS u (t, n)) a"
        " WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND format_types && '{uuid,uuid[]}'"
        "   AND has_function_privilege($1, p.oid, 'EXECUTE') AND p.proname <> ALL ($2::text[])",
        f"gov_fun_{access}",
        COMPUTED,
    )
    assert len(functions) > 5
    for row in functions:
        said = []
        for tenant in (pair.theirs, uuid4()):
            words = [_argument(kind, tenant) for kind in row["types"]]
            said.append(await told(connection, f"SELECT x::text FROM {row['short']}({', '.join(words)}) AS x"))
        assert said[0] == said[1], row["name"]
        assert MARK not in said[0]


def _argument(kind: str, tenant: UUID) -> str:
    if kind == "uuid":
        return f"'{tenant}'::uuid"
    return f"ARRAY['{tenant}']::uuid[]" if kind == "uuid[]" else f"NULL::{kind}"


async def test_an_admin_of_one_tenant_does_not_act_on_all_of_them(
    owner: asyncpg.Connection, pair: Pair, member: Member
) -> None:
    connection = await member("admin", "gov_one_admin")
    for call in (
        "aoer_clean_up('30 days', '30 days', '30 days')",
        "audit_aggregate()",
        "audit_raise_alerts()",
        "fold_daily_statistics()",
        "retention_prepare('audit_logs_2024m01')",
        "retention_remove('audit_logs_2024m01')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="works for all tenants"):
            await connection.fetch(f"SELECT * FROM {call}")
    for change in (
        "UPDATE partition_policies SET retention = '1 hour'",
        "UPDATE rate_limit_rules SET limit_count = 1",
        "INSERT INTO rate_limit_rules (name, scope, limit_count, window_seconds) VALUES ('x', 'global', 1, 60)",
        "UPDATE engine_control SET desired_state = 'running'",
        "UPDATE cycle_state SET desired = 'paused'",
        "INSERT INTO cycle_state (cycle) VALUES ('x')",
    ):
        with pytest.raises(
            asyncpg.InsufficientPrivilegeError, match="only a role that works for all tenants may change"
        ):
            await connection.execute(change)
    for table in ("partition_policies", "rate_limit_rules", "engine_control", "cycle_state"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == await owner.fetchval(
            f"SELECT count(*) FROM {table}"
        ), "everybody sees them"
        held = "SELECT count(*) FROM (SELECT FROM {} FOR UPDATE) AS x"
        if await owner.fetchval("SELECT has_table_privilege('aoer_admin', $1, 'UPDATE')", table):
            assert await connection.fetchval(held.format(table)) == 0, "and nobody holds them for the others"
    pause = "INSERT INTO queue_controls (scope, key, paused, reason) VALUES ($1, $2, true, $3)"
    await connection.execute(pause, "tenant", str(pair.mine), "mine")
    await owner.execute(pause, "tenant", str(pair.theirs), MARK)
    assert [row["reason"] for row in await connection.fetch("SELECT reason FROM queue_controls")] == ["mine"]
    for scope, key in (("all", ""), ("tenant", str(uuid4())), ("lane", "low")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(pause, scope, key, "x")
    await owner.execute(
        "INSERT INTO rate_limit_violations (rule, key, hour, first_at, last_at)"
        " SELECT 'r', key, now(), now(), now() FROM unnest(ARRAY[$1, $2, 'somebody']) AS key",
        str(pair.mine),
        str(pair.theirs),
    )
    assert [row["key"] for row in await connection.fetch("SELECT key FROM rate_limit_violations")] == [str(pair.mine)]


async def test_a_name_of_others_finds_nothing_even_with_the_owners_rights(pair: Pair, member: Member) -> None:
    connection = await member("admin", "gov_names")
    for word in (f"theirs-{MARK}", str(pair.theirs), "no such tenant"):
        said = await told(
            connection, "SELECT id, created, ambiguous FROM register_tenants(ARRAY[$1::text], false)", word
        )
        assert said == "[(None, False, False)]"


async def test_verbs_say_that_limits_engines_and_cycles_are_everybodys(
    pair: Pair, member: Member, login: Callable[..., str]
) -> None:
    await member("admin", "gov_verbs")
    actor = Actor(Origin.COMMAND_LINE, "why not", os_user="ann")
    settings = override(Settings(), {"database.dsn": login("gov_verbs")})
    async with Database.open(settings, application="test") as db:
        with pytest.raises(PermissionDenied, match="needs the role of operator for all tenants"):
            await perform(db, by_id("engine.stop"), [Target(Scope.ENGINE, "routing")], {}, actor)
        with pytest.raises(PermissionDenied, match="works for all tenants may change rate limits") as caught:
            await put_rule(db, actor, Rule("mine", "global", limit=1, window=60))
        assert "--all-tenants" in str(caught.value.hint)
        with pytest.raises(PermissionDenied, match="works for all tenants may change cycles"):
            await desire(db, actor, ["maintenance"], "paused")
