"""`status` against a real database: healthy, behind, unreachable, without privileges, and what the numbers mean."""

import argparse
import asyncio
import io
import json
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from console.cli.context import Context
from console.cli.main import wait
from console.cli.output import Output
from console.cli.parser import parse
from console.cli.status import status
from console.cli.status_judge import exit_code, judge
from console.cli.status_read import read_status
from console.cli.status_view import age, size
from console.config import Settings, override
from console.errors import DatabaseUnavailable


def run(dsn: str, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `status` on a database."""
    stdout, stderr = io.StringIO(), io.StringIO()
    args: argparse.Namespace = parse(["status", "--dsn", dsn, *words])
    out = Output(is_json=args.json, stdout=stdout, stderr=stderr)
    return wait(status(args, Context(args, out))), stdout.getvalue(), stderr.getvalue()


def execute(dsn: str, *statements: str) -> None:
    async def work() -> None:
        connection = await asyncpg.connect(dsn)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(work())


def document(dsn: str) -> tuple[int, dict[str, Any]]:
    code, text, _ = run(dsn, "--json")
    return code, json.loads(text)


def test_a_migrated_database_is_healthy(dsn: str) -> None:
    code, found = document(dsn)
    assert (code, found["healthy"], found["exit_code"]) == (0, True, 0)
    assert found["migrations"]["state"] == "current"
    assert found["migrations"]["pending"] == []
    assert found["database"]["reachable"]
    assert found["database"]["access"] == "admin"
    assert found["database"]["size_bytes"] > 1_000_000
    assert [name for name, section in found.items() if isinstance(section, dict) and "error" in section] == []


def test_one_screen_of_80_columns_for_people(dsn: str) -> None:
    code, text, errors = run(dsn)
    assert (code, errors) == (0, "")
    lines = text.splitlines()
    assert len(lines) <= 24
    for section in ("database", "migrations", "queue", "scheduler", "engines", "alerts", "feed", "health"):
        assert any(line.startswith(section) for line in lines), section


def test_numbers_of_the_queue_and_alerts(dsn: str, owner_dsn: str) -> None:
    tenant = "'00000000-0000-0000-0000-00000000000a'::uuid"
    execute(
        owner_dsn,
        "SET session_replication_role = replica",
        f"INSERT INTO tenants (id, slug, name) VALUES ({tenant}, 'north', 'North')",
        "INSERT INTO aoer_queue (tenant_id, priority, dedupe_key, scheduled_at)"
        f" VALUES ({tenant}, 'high', 'a', now() - interval '1 hour'),"
        f" ({tenant}, 'low', 'b', now() + interval '1 hour')",
        "INSERT INTO aoer_queue (tenant_id, priority, status, dedupe_key, completed_at)"
        f" VALUES ({tenant}, 'low', 'quarantined', 'c', now())",
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
        f" VALUES ({tenant}, 'SLA_BREACH', 'critical', 'late')",
    )
    code, found = document(dsn)
    assert code == 10
    assert (found["queue"]["queued"], found["queue"]["delayed"], found["queue"]["quarantined"]) == (2, 1, 1)
    assert [lane["lane"] for lane in found["queue"]["lanes"]] == ["high", "low"]
    assert 3500 < found["queue"]["oldest_seconds"] < 3700
    assert found["alerts"]["severities"][0]["severity"] == "critical"
    problems = [one["message"] for one in found["findings"] if one["level"] == "problem"]
    assert any("due for 60 min" in message for message in problems)
    assert any("1 jobs are quarantined" in message for message in problems)


def test_an_empty_database_needs_migrating(empty_dsn: str) -> None:
    code, found = document(empty_dsn)
    assert code == 9
    assert found["database"]["reachable"]
    assert found["migrations"]["state"] == "none"
    assert "error" in found["queue"]
    assert any("db migrate" in one["hint"] for one in found["findings"] if one["level"] == "problem")


def test_a_database_that_is_behind_still_shows_what_it_has(dsn: str, owner_dsn: str) -> None:
    execute(owner_dsn, "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)")
    code, found = document(dsn)
    assert code == 9
    assert found["migrations"]["state"] == "behind"
    assert found["migrations"]["pending"]
    assert "error" not in found["queue"]


def test_a_changed_migration_file_is_named_and_the_rest_still_shown(dsn: str, owner_dsn: str) -> None:
    execute(owner_dsn, "UPDATE schema_migrations SET checksum = 'other' WHERE version = '0001_base'")
    code, found = document(dsn)
    assert code == 9
    assert found["migrations"]["state"] == "changed"
    assert all(name.startswith("0001_base/") for name in found["migrations"]["changed"])
    assert "error" not in found["queue"]


def test_a_missing_table_spoils_only_its_section(dsn: str, owner_dsn: str) -> None:
    execute(owner_dsn, "DROP TABLE dispatch_alerts CASCADE")
    code, found = document(dsn)
    assert code == 0
    assert "dispatch_alerts" in found["alerts"]["error"]
    assert "error" not in found["queue"]
    assert any(one["section"] == "alerts" and one["level"] == "warning" for one in found["findings"])


def test_a_missing_privilege_spoils_only_its_section(login: Callable[..., str]) -> None:
    code, found = document(login("status_nobody"))
    assert code == 0
    assert "permission denied" in found["queue"]["error"]
    assert found["migrations"]["state"] == "current"
    assert found["database"]["access"] is None


def test_an_unreachable_database_exits_4_and_hides_the_password() -> None:
    code, text, _ = run("postgresql://me:hush@127.0.0.1:1/x", "--json")
    found = json.loads(text)
    assert (code, found["database"]["reachable"], found["healthy"]) == (4, False, False)
    assert found["findings"][0]["hint"]
    assert "hush" not in text
    code, text, _ = run("postgresql://me:hush@127.0.0.1:1/x")
    assert code == 4
    assert "not healthy" in text


async def test_a_server_that_stops_answering_is_given_up(settings: Settings, owner_dsn: str) -> None:
    blocker = await asyncpg.connect(owner_dsn)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE queue_workers")
        with pytest.raises(DatabaseUnavailable, match="stopped answering"):
            await read_status(settings, longest_seconds=0.5)
    await blocker.close()


async def test_a_locked_table_spoils_only_its_section(settings: Settings, owner_dsn: str) -> None:
    blocker = await asyncpg.connect(owner_dsn)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE queue_workers")
        found = await read_status(override(settings, {"database.statement_timeout_ms": 200}))
    await blocker.close()
    assert found["scheduler"]["kind"] == "StatementTimeout"
    assert "error" not in found["alerts"]


def test_reading_leaves_no_trace(dsn: str, owner_dsn: str) -> None:
    settings = override(Settings(), {"database.dsn": dsn})
    asyncio.run(read_status(settings))

    async def others() -> int:
        connection = await asyncpg.connect(owner_dsn)
        sql = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '/status'"
        )
        number = await connection.fetchval(sql)
        await connection.close()
        return int(number)

    assert asyncio.run(others()) == 0


HEALTHY: dict[str, dict[str, Any]] = {
    "database": {
        "connections": 3, "max_connections": 100, "oldest_transaction_seconds": 1.0,
        "in_recovery": False, "groups": ["aoer_admin"], "role": "me",
    },
    "migrations": {"state": "current"},
    "queue": {"pauses": [], "oldest_seconds": 2.0, "quarantined": 0, "failed": 0},
    "scheduler": {"schedulers": 1, "processes": [], "cycles": []},
    "engines": {"engines": [{"engine": "routing", "desired": "running"}]},
    "alerts": {"severities": []},
    "feed": {"queue_usage": 0.0, "tenants": 1},
}  # fmt: skip


CYCLE = {"cycle": "recompute", "state": "idle", "outcome": "done", "message": None, "late": False}


@pytest.mark.parametrize(
    ("section", "change", "code"),
    [
        ("database", {"connections": 95}, 10),
        ("database", {"oldest_transaction_seconds": 7200.0}, 0),
        ("queue", {"oldest_seconds": 3600.0}, 10),
        ("queue", {"failed": 3}, 0),
        ("queue", {"pauses": [{"scope": "all", "key": "", "reason": "move"}]}, 0),
        ("scheduler", {"schedulers": 0}, 10),
        ("scheduler", {"cycles": [CYCLE | {"state": "stuck"}]}, 10),
        ("scheduler", {"cycles": [CYCLE | {"late": True}]}, 10),
        ("feed", {"queue_usage": 0.6}, 10),
        ("feed", {"tenants": 0}, 0),
        ("migrations", {"state": "none"}, 9),
        ("alerts", {"severities": [{"severity": "critical", "open": 2}]}, 0),
    ],
)  # fmt: skip
def test_what_counts_as_unhealthy(section: str, change: dict[str, Any], code: int) -> None:
    assert judge(HEALTHY) == []
    base = (
        HEALTHY[section] | {"pending": [], "changed": [], "unknown": []}
        if section == "migrations"
        else HEALTHY[section]
    )
    findings = judge(HEALTHY | {section: base | change})
    assert findings
    assert exit_code(findings) == code


def test_ages_and_sizes() -> None:
    assert [age(value) for value in (None, 0.4, 59, 60, 3700, 90061)] == [
        "-",
        "0 s",
        "59 s",
        "1 min",
        "1 h 1 min",
        "1 d 1 h",
    ]
    assert [size(value) for value in (10, 2048, 5 * 1024**2, 1023 * 1024)] == ["10 B", "2 KiB", "5 MiB", "1023 KiB"]
