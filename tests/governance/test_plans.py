"""Below a policy only leakproof comparisons reach an index: the console's own hot reads keep theirs, as every role.

Statistics are taken while the tables are empty and the rows come afterwards, so that no plan is right by luck; scanning
a whole table is made dear, so that it is only chosen where the index cannot be used at all.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from console.store.queries import queries

ROWS, TENANTS = 900, 3
FILL = (
    "INSERT INTO tenants (name, slug) SELECT 'T' || n, 't-' || n FROM generate_series(1, {tenants}) n",
    "INSERT INTO tenant_members (tenant_id, member, access) SELECT id, 'plan_member', 'viewer' FROM tenants"
    " WHERE slug = 't-1'",
    "INSERT INTO drivers (tenant_id, reference, name) SELECT id, 'd', 'd' FROM tenants",
    "INSERT INTO orders (tenant_id, reference, status) SELECT t.id, n::text,"
    " CASE WHEN n % 10 = 0 THEN 'pending' ELSE 'delivered' END FROM generate_series(1, {rows}) n, tenants t",
    "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message, status, resolved_at)"
    " SELECT t.id, 'SLA_BREACH', 'high', 'm', CASE WHEN n % 10 = 0 THEN 'open' ELSE 'resolved' END,"
    " CASE WHEN n % 10 > 0 THEN now() END FROM generate_series(1, {rows}) n, tenants t",
    "INSERT INTO traffic_incidents (tenant_id, latitude, longitude, incident_type, active, resolved_at)"
    " SELECT t.id, 1, 1, 'accident', n % 10 = 0, CASE WHEN n % 10 > 0 THEN now() END"
    " FROM generate_series(1, {rows}) n, tenants t",
    "INSERT INTO escalation_logs (tenant_id, escalation_type, severity, status, resolved_at)"
    " SELECT t.id, 'SLA_RISK', 'high', CASE WHEN n % 10 = 0 THEN 'open' ELSE 'resolved' END,"
    " CASE WHEN n % 10 > 0 THEN now() END FROM generate_series(1, {rows}) n, tenants t",
    "INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type)"
    " SELECT o.tenant_id, o.id, d.id, 'MANUAL' FROM orders o JOIN drivers d USING (tenant_id)",
)
HOT: tuple[tuple[str, str, tuple[Any, ...], dict[str, str | None]], ...] = (
    ("feed", "alerts", (50,), {"dispatch_alerts": "dispatch_alerts_active_idx"}),
    ("feed", "incidents", (50,), {"traffic_incidents": "traffic_incidents_active_idx",
                                  "escalation_logs": "escalation_logs_open_idx"}),
    ("engines", "dashboard", (), {"orders": "orders_open_idx"}),
    ("engines", "stats_auto_dispatch", (14,), {"assignment_logs": None}),
    ("engines", "stats_escalation", (14,), {"escalation_logs": None}),
    ("tenancy", "called", ("t-1",), {}),
)  # fmt: skip


@pytest.fixture
async def filled(owner_dsn: str, login: Callable[..., str]) -> str:
    """DSN of a viewer of one tenant."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ANALYZE")
    dsn = login("plan_member", "aoer_viewer")
    for text in FILL:
        await owner.execute(text.format(rows=ROWS, tenants=TENANTS))
    await owner.close()
    return dsn


def scans(node: dict[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """(relation, kind of scan, index) of every scan in a plan."""
    kind, relation = node["Node Type"], node.get("Relation Name")
    if kind == "Bitmap Heap Scan":
        yield relation or "", kind, node["Plans"][0].get("Index Name")
    elif relation:
        yield relation, kind, node.get("Index Name")
    for child in node.get("Plans", ()):
        yield from scans(child)


async def test_hot_reads_keep_their_index_as_every_role(filled: str, dsn: str) -> None:
    for where, reads in ((filled, HOT), (dsn, HOT[:2])):
        connection = await asyncpg.connect(where)
        await connection.execute("SET enable_seqscan = off")
        for room, name, args, wanted in reads:
            statement = await connection.prepare(queries(room)[name])
            (plan,) = await statement.explain(*args)
            found = list(scans(plan["Plan"]))
            for relation, index in wanted.items():
                used = [(kind, by) for at, kind, by in found if at == relation]
                assert used, (name, relation, "is not read")
                assert all(kind != "Seq Scan" for kind, _ in used), (where, name, relation, used)
                assert index is None or index in {by for _, by in used}, (where, name, used)
        await connection.close()


async def test_a_policy_reads_the_rows_of_its_tenants_only(filled: str, owner_dsn: str) -> None:
    """What EXPLAIN says that was read: the member's rows, not everybody's minus a filter."""
    member = await asyncpg.connect(filled)
    await member.execute("SET enable_seqscan = off")
    lines = await member.fetch(
        "EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) SELECT id FROM orders WHERE status = 'pending'"
    )
    plan = "\n".join(line[0] for line in lines)
    assert "aoer_readable_tenants()" in plan
    assert "Rows Removed by Filter" not in plan, plan
    await member.close()
    owner = await asyncpg.connect(owner_dsn)
    mine: UUID = await owner.fetchval("SELECT id FROM tenants WHERE slug = 't-1'")
    assert await owner.fetchval("SELECT count(*) FROM orders WHERE tenant_id = $1", mine) == ROWS
    await owner.close()
