"""The record is counted once, by hour; bursts of events raise one alert a window; alerts live like any other."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from console.actions.lapse import run as lapse
from console.actions.model import Outcome, Result, Scope, Target
from console.actions.registry import by_id
from console.actions.run import perform, undo
from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.feed.details import Lookup
from console.feed.readers import Readers
from console.governance import cycles
from console.governance.events import NO_TENANT, trouble
from console.store.database import Database
from console.store.queries import queries
from tests.governance.conftest import Member, Pair
from tests.waiting import until

ACTOR = Actor(Origin.TERMINAL, "looked into it", os_user="ann")
COUNTS = """
SELECT event_type, severity, count, unique_users, tenant_id FROM audit_aggregates
 WHERE event_type = $1 ORDER BY hour, severity
"""


async def put(owner: asyncpg.Connection, action: str, tenant: UUID | None, *ago: float, who: str = "ann") -> None:
    """Events of the record, so many seconds ago."""
    await owner.executemany(
        "INSERT INTO audit_logs (tenant_id, at, action, object_type, os_user)"
        " VALUES ($1, now() - make_interval(secs => $2), $3, 'x', $4)",
        [(tenant, seconds, action, who) for seconds in ago],
    )


async def counted(db: Database) -> None:
    """Everything committed is counted. The horizon is the whole server's: see tests of sealing."""
    before = await db.fetchval("SELECT pg_current_xact_id()::text::bigint")

    async def passed() -> bool:
        await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
        horizon: int = await db.fetchval("SELECT horizon::text::bigint FROM audit_aggregate_horizon")
        return horizon > before

    await until(passed)


async def alerts(owner: asyncpg.Connection) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await owner.fetch("SELECT * FROM audit_alerts ORDER BY rule, window_start")
    return rows


async def test_every_row_is_counted_exactly_once_while_others_write(db: Database, pair: Pair) -> None:
    async def write(n: int) -> None:
        async with db.transaction(Actor(Origin.SCHEDULER, os_user=f"u{n % 3}")) as connection:
            await connection.execute("SELECT audit_write($1, 'orders.move', 'order', 'x')", pair.mine)

    async def count() -> None:
        for _ in range(4):
            await db.fetchrow("SELECT * FROM audit_aggregate(3)")

    await asyncio.gather(count(), count(), *(write(n) for n in range(24)))
    await counted(db)
    await counted(db)
    rows = await db.fetch(COUNTS, "orders.move")
    assert [(r["severity"], r["tenant_id"]) for r in rows] == [("info", pair.mine)] * len(rows)
    assert sum(r["count"] for r in rows) == 24
    assert max(r["unique_users"] for r in rows) == 3


async def test_hours_severities_and_tenants_are_counted_apart(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await put(owner, "access.denied", pair.mine, 0, 7200)
    await put(owner, "access.denied", None, 0, 0)
    await counted(db)
    rows = await db.fetch(COUNTS, "access.denied")
    assert sorted((str(r["tenant_id"]), r["severity"], r["count"]) for r in rows) == sorted(
        [(str(pair.mine), "warning", 1), (str(pair.mine), "warning", 1), (str(NO_TENANT), "warning", 2)]
    )


@pytest.mark.parametrize(
    ("event", "needed", "window", "severity"),
    [
        ("auth.failed", 5, 300, "warning"),
        ("access.denied", 10, 600, "warning"),
        ("security.threat_detected", 1, 3600, "critical"),
        ("system.error", 3, 300, "error"),
    ],
)
async def test_each_rule_raises_one_alert_at_its_threshold(
    owner: asyncpg.Connection, db: Database, event: str, needed: int, window: int, severity: str
) -> None:
    spread = window / needed * 0.9
    await put(owner, event, None, *(60 + spread * n for n in range(needed - 1)))
    await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    assert await alerts(owner) == []
    await put(owner, event, None, 30)
    for _ in range(3):
        await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    (alert,) = await alerts(owner)
    assert (alert["event_type"], alert["severity"], alert["events"], alert["status"]) == (
        event,
        severity,
        needed,
        "open",
    )
    await put(owner, event, None, 1)
    await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    (alert,) = await alerts(owner)
    assert alert["events"] == needed + (alert["window_end"] > alert["last_seen_at"])


async def test_slow_drips_raise_nothing_and_two_bursts_raise_two(owner: asyncpg.Connection, db: Database) -> None:
    await put(owner, "auth.failed", None, *(n * 76.0 for n in range(20)))
    await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    assert await alerts(owner) == []
    await put(owner, "system.error", None, 1000, 999, 998, 997, 300, 290, 280)
    await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    assert [row["events"] for row in await alerts(owner)] == [4, 3]


async def test_a_burst_of_one_tenant_is_not_counted_with_anothers(
    owner: asyncpg.Connection, db: Database, pair: Pair, member: Member
) -> None:
    await put(owner, "system.error", pair.mine, 3, 2)
    await put(owner, "system.error", pair.theirs, 3, 2, 1)
    await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    assert [row["tenant_id"] for row in await alerts(owner)] == [pair.theirs]
    viewer = await member("viewer", "gov_watch_v")
    assert await viewer.fetch("SELECT * FROM audit_alerts") == []


async def one(owner: asyncpg.Connection, db: Database, tenant: UUID | None = None) -> Target:
    await put(owner, "system.error", tenant, 3, 2, 1)
    await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    section = await Readers(db).alerts(Lookup("", {"type": "SYSTEM_ERROR"}))
    (row,) = section.rows
    return Target(Scope.ALERT, row.key, row.row_version, row.tenant_id, state=dict(row.cells))


async def act(db: Database, verb: str, target: Target, **params: str) -> Outcome:
    return (await perform(db, by_id(f"alert.{verb}"), [target], params, ACTOR))[0]


async def test_an_alert_of_the_installation_is_acknowledged_undone_noted_and_resolved(
    owner: asyncpg.Connection, db: Database
) -> None:
    target = await one(owner, db)
    acked = await act(db, "acknowledge", target, minutes="15")
    assert (acked.result, acked.after["status"]) == (Result.DONE, "acknowledged")
    assert (await act(db, "acknowledge", target)).result is Result.CONFLICT, "its version moved"
    (undone,) = await undo(db, by_id("alert.acknowledge"), [acked], ACTOR)
    assert (undone.result, undone.after["status"]) == (Result.DONE, "open")
    bare = Target(Scope.ALERT, target.key, 0, target.tenant_id)
    assert (await act(db, "note", bare, text="seen")).result is Result.DONE, "found without being told where it is"
    resolved = await act(db, "resolve", bare, resolution="restarted")
    assert (resolved.result, resolved.after["resolved_by"]) == (Result.DONE, "ann")
    assert (await act(db, "resolve", bare)).result is Result.ALREADY
    assert (await act(db, "reopen", bare)).result is Result.DONE
    trail = await owner.fetch(
        "SELECT action, tenant_id, reason FROM audit_logs WHERE object_type = 'audit_alert' ORDER BY at"
    )
    assert [(r["action"], r["tenant_id"], r["reason"]) for r in trail] == [
        (f"alert.{verb}", None, "looked into it") for verb in ("acknowledge", "restore", "note", "resolve", "reopen")
    ]
    detail = await Readers(db).alert(target.key)
    assert len(detail.timeline.rows) == 5
    assert detail.record.cells["tenant"] == "(installation)"


async def test_an_acknowledgement_whose_time_is_over_opens_again(owner: asyncpg.Connection, db: Database) -> None:
    target = await one(owner, db)
    await act(db, "acknowledge", target, minutes="15")
    await owner.execute("UPDATE audit_alerts SET metadata = jsonb_build_object('ack_until', now() - interval '1 s')")
    assert await lapse(db, None, None) == {"opened": 1}
    assert (await alerts(owner))[0]["status"] == "open"


async def test_what_an_alert_says_cannot_be_changed_by_people(
    owner: asyncpg.Connection, db: Database, pair: Pair, member: Member
) -> None:
    await one(owner, db, pair.mine)
    operator = await member("operator", "gov_watch_o")
    assert await operator.execute("UPDATE audit_alerts SET status = 'acknowledged'") == "UPDATE 1"
    for change in ("events = 1", "message = 'x'", "severity = 'warning'", "tenant_id = gen_random_uuid()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await operator.execute(f"UPDATE audit_alerts SET {change}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await operator.execute("DELETE FROM audit_alerts")


async def test_panes_and_status_show_it(owner: asyncpg.Connection, db: Database, pair: Pair) -> None:
    await one(owner, db)
    rows = await db.fetch(queries("feed")["alerts"], 10)
    assert [(r["type"], r["severity"], r["kind"], r["total"]) for r in rows] == [
        ("SYSTEM_ERROR", "high", "audit", 3),
        ("SLA_BREACH", "high", "dispatch", 3),
        ("SLA_BREACH", "high", "dispatch", 3),
    ]
    status: list[Any] = await db.fetch(queries("status")["alerts"])
    assert [(r["severity"], r["open"]) for r in status] == [("high", 3)]


async def test_a_worker_that_stumbles_is_an_event(owner: asyncpg.Connection, db: Database) -> None:
    await trouble(db, "worker", "w-1", "ZeroDivisionError: x")
    row = await owner.fetchrow("SELECT * FROM audit_logs WHERE action = 'system.error'")
    assert (row["object_id"], row["origin"], json.loads(row["after"])) == (
        "w-1",
        "scheduler",
        {"error": "ZeroDivisionError: x"},
    )


async def test_an_alert_of_the_record_is_told_to_the_sinks_once(
    owner: asyncpg.Connection, db: Database, pair: Pair
) -> None:
    await put(owner, "security.threat_detected", None, 1)
    await put(owner, "system.error", pair.mine, 3, 2, 1)
    for _ in range(2):
        await cycles.watch(db, Settings(), None)  # type: ignore[arg-type]
    rows = await owner.fetch(
        "SELECT w.tenant_id, w.event, w.body ->> 'severity' AS severity, w.body ->> 'message' = a.message AS told"
        "  FROM webhook_deliveries w JOIN audit_alerts a ON a.tenant_id = w.tenant_id AND a.id::text = w.body ->> 'id'"
        " ORDER BY severity"
    )
    assert [tuple(row) for row in rows] == [
        (NO_TENANT, "alert.opened", "critical", True),
        (pair.mine, "alert.opened", "high", True),
    ]
