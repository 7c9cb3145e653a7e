"""What can be learned without reading a row: notifications, constraints, error messages, rows of nobody."""

import json
import re
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from console.actions.model import Scope, Target
from console.actions.registry import by_id
from console.actions.run import perform
from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.governance import cycles
from console.queue import service
from console.store.database import Database
from tests.governance.conftest import MARK, Member, Pair
from tests.waiting import until

LEVELS = ("viewer", "operator", "admin")
ACTOR = Actor(Origin.TERMINAL, MARK, os_user=MARK)
TABLES = """
SELECT c.relname::text AS name,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
  FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id'
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


async def test_notifications_hold_kinds_and_nothing_of_a_tenant(
    owner: asyncpg.Connection, db: Database, pair: Pair, member: Member
) -> None:
    """While rows of the other tenant are changed through the program, each role listens to all that is sent."""
    heard: list[str] = []
    for access in LEVELS:
        listener = await member(access, f"gov_listen_{access}")
        await listener.add_listener("aoer", lambda *event: heard.append(event[-1]))
    alert = await owner.fetchrow("SELECT id, version FROM dispatch_alerts WHERE tenant_id = $1", pair.theirs)
    order = await owner.fetchrow("SELECT id, version FROM orders WHERE tenant_id = $1", pair.theirs)
    for action, row, scope in (("alert.acknowledge", alert, Scope.ALERT), ("order.prioritise", order, Scope.ORDER)):
        target = Target(scope, str(row["id"]), row["version"], str(pair.theirs))
        await perform(db, by_id(action), [target], {"priority": "high"} if scope is Scope.ORDER else {}, ACTOR)
    await service.enqueue(db, ACTOR, [pair.theirs])
    await owner.execute(
        "INSERT INTO audit_logs (tenant_id, action, object_type)"
        " SELECT $1, 'system.error', $2 FROM generate_series(1, 3)",
        pair.theirs,
        MARK,
    )
    await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]

    async def all_came() -> bool:
        return {"alerts", "orders", "queue"} <= {kind for text in heard for kind in json.loads(text)["k"]}

    await until(all_came)
    for text in heard:
        assert set(json.loads(text)) == {"k"}
        assert re.fullmatch(r'\{"k":\[("[a-z_]+",?)+\]\}', text), text


async def test_nothing_in_the_database_sends_notifications_by_itself(owner: asyncpg.Connection) -> None:
    senders = await owner.fetch(
        "SELECT oid::regprocedure::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosrc ~* '(pg_notify *\\(|\\mnotify +[a-z_]+ *[,;])'"
    )
    assert senders == []


async def said(connection: asyncpg.Connection, sql: str, *args: object) -> str:
    transaction = connection.transaction()
    await transaction.start()
    try:
        words = await connection.execute(sql, *args)
    except asyncpg.PostgresError as error:
        words = f"{error.sqlstate} {error} {error.detail} {error.hint} {error.context}"
    finally:
        await transaction.rollback()
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", words)


@pytest.mark.parametrize("access", LEVELS)
async def test_a_row_that_exists_elsewhere_is_refused_in_the_words_for_one_that_does_not(
    owner: asyncpg.Connection, pair: Pair, member: Member, access: str
) -> None:
    """An exact copy of another tenant's row breaks every unique key there is; the copy for nobody breaks none."""
    connection = await member(access, f"gov_copy_{access}")
    tried = 0
    for table in await owner.fetch(TABLES):
        name, columns = table["name"], ", ".join(f'"{c}"' for c in table["columns"])
        row = await owner.fetchval(f"SELECT to_jsonb(x) FROM {name} x WHERE tenant_id = $1 LIMIT 1", pair.theirs)
        if row is None:
            continue
        insert = f"INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{name}, $1::jsonb)"
        copies = (row, row.replace(str(pair.theirs), str(uuid4())))
        first, second = [await said(connection, insert, copy) for copy in copies]
        assert first == second, name
        assert first.startswith("42501") and MARK not in first
        upsert = [await said(connection, f"{insert} ON CONFLICT DO NOTHING", copy) for copy in copies]
        assert upsert[0] == upsert[1] and "INSERT" not in upsert[0], name
        tried += 1
    assert tried >= 10


async def test_references_to_rows_of_others_fail_like_references_to_nothing(
    owner: asyncpg.Connection, pair: Pair, member: Member
) -> None:
    connection = await member("admin", "gov_refs")
    driver = await owner.fetchval("SELECT id FROM drivers WHERE tenant_id = $1", pair.theirs)
    order = await owner.fetchval("SELECT id FROM orders WHERE tenant_id = $1", pair.theirs)
    for sql, existing in (
        ("UPDATE orders SET driver_id = $1 WHERE tenant_id = $2", driver),
        ("INSERT INTO dispatch_alerts (order_id, tenant_id, alert_type, severity, message)"
         " VALUES ($1, $2, 'SLA_BREACH', 'low', 'x')", order),
        ("INSERT INTO order_events (order_id, tenant_id, event_type) VALUES ($1, $2, 'x')", order),
    ):  # fmt: skip
        answers = [await said(connection, sql, key, pair.mine) for key in (existing, uuid4())]
        assert answers[0] == answers[1], sql
    # The same id may exist in two tenants: a unique key over ids alone would tell.
    insert = "INSERT INTO orders (tenant_id, id, reference, service_type) VALUES ($1, $2, 'n', 'standard')"
    assert await said(connection, insert, pair.mine, order) == "INSERT 0 1"


async def test_unique_and_foreign_keys_of_tenants_rows_begin_with_the_tenant(owner: asyncpg.Connection) -> None:
    keys = await owner.fetch(
        "SELECT i.indrelid::regclass::text AS table, i.indexrelid::regclass::text AS index FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
        " WHERE i.indisunique AND i.indkey[0] <> a.attnum"
    )
    assert keys == []
    references = await owner.fetch(
        "SELECT k.conrelid::regclass::text AS table, k.conname::text AS name FROM pg_constraint k"
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'tenant_id'"
        " WHERE k.contype = 'f' AND k.conkey[1] <> a.attnum"
    )
    assert references == []


@pytest.mark.parametrize("access", LEVELS)
async def test_rows_of_no_tenant_are_seen_by_roles_for_all_tenants_only(
    owner: asyncpg.Connection, db: Database, pair: Pair, member: Member, access: str
) -> None:
    """Acts on the installation name roles, hosts and every tenant's business: whoever works for one tenant does not see
    them, not even his own; an administrator of the installation does."""
    connection = await member(access, f"gov_nobody_{access}")
    await connection.execute("SELECT audit_write(NULL, 'note', 'thing', $1)", MARK)
    await owner.execute(
        "INSERT INTO audit_logs (action, object_type) SELECT 'system.error', 'x' FROM generate_series(1, 3)"
    )
    await owner.execute("SELECT audit_seal(), audit_aggregate(), audit_raise_alerts()")
    nobody = "coalesce(tenant_id, '00000000-0000-0000-0000-000000000000') = '00000000-0000-0000-0000-000000000000'"
    for table in ("audit_logs", "audit_alerts"):
        count = f"SELECT count(*) FROM {table} WHERE {nobody}"
        assert await connection.fetchval(count) == 0, table
        assert await db.fetchval(count) > 0, table
    for table in ("audit_seals", "audit_aggregates"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {nobody}") == 0, table


async def test_a_verb_on_a_strangers_row_says_what_it_says_of_a_row_that_never_was(
    login: Any, settings: Settings, owner: asyncpg.Connection, pair: Pair
) -> None:
    await owner.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'gov_stranger', 'operator')", pair.mine
    )
    key = await owner.fetchval("SELECT id FROM dispatch_alerts WHERE tenant_id = $1", pair.theirs)
    changed = override(settings, {"database.dsn": login("gov_stranger", "aoer_operator")})
    async with Database.open(changed, application="test") as db:
        words = []
        for row, tenant in ((key, pair.theirs), (uuid4(), uuid4()), (key, pair.mine), (uuid4(), pair.mine)):
            target = Target(Scope.ALERT, str(row), 1, str(tenant))
            (answer,) = await perform(db, by_id("alert.acknowledge"), [target], {}, ACTOR)
            words.append((answer.result, answer.message))
    assert words[0] == words[1] and words[2] == words[3]
