"""Log-ins, refused log-ins, refused acts, tampering and failing cycles reach the record by themselves."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from console.actions.model import Result, Scope, Target
from console.actions.registry import by_id
from console.actions.run import perform
from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import DatabaseUnavailable, PermissionDenied
from console.governance import failed_logins, record, sessions
from console.governance.events import threat
from console.governance.failed_logins import FailedLogins, refused, server_of
from console.governance.sessions import session
from console.scheduler.cycles import Cycle
from console.scheduler.ticks import Ticks
from console.store.database import Database
from console.store.link import Link, LinkState
from tests.governance.conftest import Pair

ACTOR = Actor(Origin.COMMAND_LINE, os_user="ann")


@pytest.fixture(autouse=True)
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of refused log-ins, of this test only."""
    file = tmp_path / "failed.jsonl"
    monkeypatch.setattr(sessions, "failed_logins_file", lambda: file)
    return file


async def recorded(owner: asyncpg.Connection, action: str) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await owner.fetch("SELECT * FROM audit_logs WHERE action = $1 ORDER BY at", action)
    return rows


async def test_a_log_in_is_recorded_once_in_a_while_and_not_for_read_only_sessions(
    owner: asyncpg.Connection, settings: Settings
) -> None:
    for _ in range(3):
        async with session(settings, ACTOR, application="orders", read_only=True):
            pass
    async with session(settings, ACTOR, application="alerts"):
        pass
    async with session(override(settings, {"database.read_only": "true"}), ACTOR, application="quiet"):
        pass
    rows = await recorded(owner, "auth.login")
    assert [r["application"] for r in rows] == ["aoer-console/orders", "aoer-console/alerts"]
    assert (rows[0]["db_role"], rows[0]["os_user"], rows[0]["origin"]) == ("op_test", "ann", "command_line")
    shown = await owner.fetch("SELECT * FROM v_recent_logins ORDER BY last_login")
    assert [(r["os_user"], r["logins"], r["failures"]) for r in shown] == [("ann", 1, 0), ("ann", 1, 0)]


def turned_away() -> DatabaseUnavailable:
    cause = asyncpg.InvalidPasswordError('password authentication failed for user "mallory"')
    error = DatabaseUnavailable(f"refused the connection: {cause}")
    error.__cause__ = cause
    return error


async def test_refused_log_ins_wait_and_are_recorded_by_whoever_gets_in(
    owner: asyncpg.Connection, settings: Settings, waiting: Path
) -> None:
    bad = override(settings, {"database.dsn": str(settings.database.dsn).replace("op_test", "op_nobody")})
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            async with session(bad, ACTOR, application="orders"):
                pass
    elsewhere = FailedLogins(waiting)
    elsewhere.note("another:5432/db", turned_away())
    async with session(settings, ACTOR, application="orders") as db:
        rows = await recorded(owner, "auth.failed")
        assert [(r["object_id"], r["outcome"], r["db_role"]) for r in rows] == [("op_nobody", "refused", "op_test")] * 2
        assert "op_nobody" in json.loads(rows[0]["after"])["error"]
        assert await db.fetchval("SELECT sum(failures) FROM v_recent_logins") == 2
    assert [row["role"] for row in elsewhere.take("another:5432/db")] == ["mallory"], "kept for its own server"


async def test_a_password_that_changes_under_a_running_program_is_seen(
    owner: asyncpg.Connection, settings: Settings
) -> None:
    keeper = sessions._Keeper(settings, ACTOR)
    async with Database.open(settings, application="x") as db:
        error = turned_away()
        for _ in range(2):
            keeper.moved(db, LinkState(Link.LOST, error))
        keeper.moved(db, LinkState(Link.READY))
        await keeper.settle()
    assert [r["object_id"] for r in await recorded(owner, "auth.failed")] == ["mallory"]


def test_the_file_is_bounded_private_and_keeps_no_password(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "failed.jsonl"
    failed = FailedLogins(file)
    server = server_of("postgresql://mallory:hunter2@db.example:6000/ops")
    assert server == "db.example:6000/ops"
    assert server_of("postgresql://me@/ops?host=/run/pg") == "/run/pg/ops"
    assert server_of("host=db user=mallory password=hunter2 dbname=ops") == "dbname=ops host=db"
    for n in range(failed_logins.MOST + 5):
        failed.note(server, turned_away(), datetime(2026, 1, 1, 0, n % 60, tzinfo=UTC))
    assert file.stat().st_mode & 0o777 == 0o600
    assert "hunter2" not in file.read_text()
    file.write_text(file.read_text() + "not json\n")
    waiting = failed.take(server)
    assert len(waiting) == failed_logins.MOST
    assert waiting[-1]["at"] == "2026-01-01T00:44:00+00:00", "the latest are kept"
    assert failed.take(server) == []
    FailedLogins(Path("/proc/nowhere/x")).note(server, turned_away())
    assert refused(turned_away()) and not refused(PermissionDenied("x")) and not refused(None)


async def as_viewer(login: Any, settings: Settings, owner: asyncpg.Connection, pair: Pair) -> Settings:
    await owner.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'gov_event_v', 'viewer')", pair.mine
    )
    changed: Settings = override(settings, {"database.dsn": login("gov_event_v", "aoer_viewer")})
    return changed


async def test_refused_verbs_are_recorded_once_each(
    login: Any, settings: Settings, owner: asyncpg.Connection, pair: Pair
) -> None:
    changed = await as_viewer(login, settings, owner, pair)
    target = Target(Scope.ORDER, str(uuid4()), 1, str(pair.mine))
    with pytest.raises(PermissionDenied):
        async with session(changed, ACTOR, application="orders") as db:
            await perform(db, by_id("order.cancel"), [target], {}, ACTOR)
    with pytest.raises(PermissionDenied):
        async with session(changed, ACTOR, application="queue") as db:
            await db.execute("DELETE FROM aoer_queue")
    rows = await recorded(owner, "access.denied")
    assert [(r["object_id"], r["db_role"], r["outcome"]) for r in rows] == [
        ("order.cancel", "gov_event_v", "refused"),
        ("queue", "gov_event_v", "refused"),
    ]


async def test_rows_of_a_tenant_where_one_may_only_look_are_recorded_there_and_of_strangers_nowhere(
    login: Any, settings: Settings, owner: asyncpg.Connection, pair: Pair
) -> None:
    third = await owner.fetchval("INSERT INTO tenants (name, slug) VALUES ('third', 'third') RETURNING id")
    changed = override(settings, {"database.dsn": login("gov_event_o", "aoer_operator")})
    for tenant, access in ((pair.mine, "viewer"), (third, "operator")):
        await owner.execute(
            "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'gov_event_o', $2)", tenant, access
        )
    targets = [Target(Scope.ALERT, str(uuid4()), 1, str(t)) for t in (pair.mine, pair.mine, pair.theirs, third)]
    async with session(changed, ACTOR, application="alerts") as db:
        outcomes = await perform(db, by_id("alert.acknowledge"), targets, {}, ACTOR)
    assert [o.result for o in outcomes] == [Result.REFUSED, Result.REFUSED, Result.REFUSED, Result.GONE]
    rows = await recorded(owner, "access.denied")
    assert sorted((str(r["tenant_id"]), json.loads(r["after"])["rows"]) for r in rows) == sorted(
        [(str(pair.mine), 2), ("None", 1)]
    )


async def test_a_tampered_record_is_a_threat_of_its_tenant(owner: asyncpg.Connection, db: Database, pair: Pair) -> None:
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute("UPDATE audit_logs SET reason = 'innocent' WHERE tenant_id = $1", pair.mine)
    findings = await record.verify(db)
    await threat(db, ACTOR, findings)
    (row,) = await recorded(owner, "security.threat_detected")
    assert row["tenant_id"] == pair.mine
    assert json.loads(row["after"])["findings"] == len(findings) > 0
    raised = await db.fetchrow("SELECT raised FROM audit_raise_alerts()")
    assert raised["raised"] == 1


async def fails(*_: object) -> dict[str, Any]:
    raise ZeroDivisionError("engine")


async def test_a_failing_cycle_is_a_system_error(owner: asyncpg.Connection, db: Database) -> None:
    cycle = Cycle("breaking", "Breaks", f"{__name__}:fails", every=60.0)
    ended = await Ticks(db, Settings(), uuid4()).run(cycle, forced=True)
    assert ended.outcome == "failed"
    (row,) = await recorded(owner, "system.error")
    assert (row["object_type"], row["object_id"], row["origin"]) == ("cycle", "breaking", "scheduler")
    assert "ZeroDivisionError: engine" in json.loads(row["after"])["error"]
