"""What the numbers of `status` mean: findings with a next step, and the exit code."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from console.errors import DatabaseUnavailable, MigrationError

UNHEALTHY = 10
"""Exit code of `status` when the database is there and current, and something else is wrong."""

OLDEST_SECONDS = 900.0
PINNED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` is "problem" (unhealthy) or "warning" (worth a look)."""

    level: str
    section: str
    message: str
    hint: str = ""


def problem(section: str, message: str, hint: str = "") -> Finding:
    """Something is wrong."""
    return Finding("problem", section, message, hint)


def warning(section: str, message: str, hint: str = "") -> Finding:
    """Something is worth a look."""
    return Finding("warning", section, message, hint)


def judge(found: dict[str, dict[str, Any]]) -> list[Finding]:
    """Findings of all sections that could be read, problems first."""
    rules = {
        "database": _database,
        "migrations": _migrations,
        "queue": _queue,
        "scheduler": _scheduler,
        "alerts": _alerts,
        "feed": _feed,
    }
    findings: list[Finding] = []
    for name, section in found.items():
        if "error" in section:
            findings.append(warning(name, f"cannot be read: {section['error']}", section["hint"]))
        elif name in rules:
            findings += rules[name](section)
    findings += _engines(found.get("engines", {}), found.get("scheduler", {}))
    return sorted(findings, key=lambda finding: finding.level)


def exit_code(findings: list[Finding]) -> int:
    """0 healthy, 4 unreachable, 9 schema not current, 10 anything else that is wrong."""
    wrong = {finding.section for finding in findings if finding.level == "problem"}
    if "reach" in wrong:
        return DatabaseUnavailable.exit_code
    if "migrations" in wrong:
        return MigrationError.exit_code
    return UNHEALTHY if wrong else 0


def _database(section: dict[str, Any]) -> Iterator[Finding]:
    used, most = section["connections"], section["max_connections"]
    if used > 0.9 * most:
        yield problem(
            "database", f"{used} of {most} connections are in use", "close consoles or lower database.pool_max"
        )
    oldest = section["oldest_transaction_seconds"]
    if oldest and oldest > PINNED_SECONDS:
        message = f"a transaction is open for {oldest / 3600:.1f} h: dead rows pile up behind it"
        yield warning("database", message, "find it in pg_stat_activity by xact_start")
    if section["in_recovery"]:
        yield warning("database", "this server is a standby: nothing can be written", "use the primary's address")
    if not section["groups"]:
        yield warning("database", f"role {section['role']} is in none of the console's group roles", "ask an admin")


def _migrations(section: dict[str, Any]) -> Iterator[Finding]:
    if section["state"] == "current":
        return
    words = {
        "none": "the database has no schema of this program",
        "behind": f"{len(section['pending'])} migration files are not applied",
        "changed": f"{len(section['changed'])} applied migration files have changed since",
        "newer": f"the database has {len(section['unknown'])} migrations that this program does not know",
    }
    hints = {"changed": "put the files back as they were", "newer": "use the newer program that made them"}
    hint = hints.get(section["state"], "run: aoer-console db migrate")
    yield problem("migrations", words[section["state"]], hint)


def _queue(section: dict[str, Any]) -> Iterator[Finding]:
    for pause in section["pauses"]:
        what = f"{pause['scope']} {pause['key']}".strip()
        why = f" ({pause['reason']})" if pause["reason"] else ""
        yield warning("queue", f"paused: {what}{why}", "go on with: aoer-console queue resume")
    oldest = section["oldest_seconds"]
    if oldest and oldest > OLDEST_SECONDS:
        message = f"a job is due for {oldest / 60:.0f} min and nobody took it"
        yield problem("queue", message, "see that a scheduler runs: aoer-console --scheduler-only")
    if section["quarantined"]:
        message = f"{section['quarantined']} jobs are quarantined: their workers died"
        yield problem("queue", message, "aoer-console queue list --status quarantined")
    if section["failed"]:
        yield warning("queue", f"{section['failed']} jobs failed for good", "aoer-console queue list --status failed")


def _scheduler(section: dict[str, Any]) -> Iterator[Finding]:
    if not section["schedulers"]:
        yield warning("scheduler", "no scheduler is alive: nothing happens by itself", "aoer-console --scheduler-only")
    silent = [one for one in section["processes"] if not one["alive"]]
    for one in silent[:3]:
        message = f"{one['role']} {one['pid']} on {one['host']} is silent for {one['silent_seconds']:.0f} s"
        yield warning("scheduler", message, "its jobs go to others when its leases end")
    for cycle in section["cycles"]:
        if cycle["state"] == "stuck" or cycle["outcome"] in {"failed", "timeout"}:
            why = f": {cycle['message']}" if cycle["message"] else ""
            yield problem(
                "scheduler", f"cycle {cycle['cycle']} {cycle['outcome'] or 'is stuck'}{why}", "aoer-console cycles"
            )
        elif cycle["late"] and section["schedulers"]:
            yield problem("scheduler", f"cycle {cycle['cycle']} is late", "aoer-console cycles list")


def _engines(engines: dict[str, Any], scheduler: dict[str, Any]) -> Iterator[Finding]:
    wanted = [one["engine"] for one in engines.get("engines", []) if one["desired"] == "running"]
    if wanted and scheduler.get("schedulers") == 0:
        yield problem(
            "engines", f"{', '.join(wanted)} should run, but no scheduler is alive", "aoer-console --scheduler-only"
        )


def _alerts(section: dict[str, Any]) -> Iterator[Finding]:
    critical = next((one["open"] for one in section["severities"] if one["severity"] == "critical"), 0)
    if critical:
        yield warning("alerts", f"{critical} critical alerts are open", "aoer-console alerts list")


def _feed(section: dict[str, Any]) -> Iterator[Finding]:
    if section["queue_usage"] > 0.5:
        message = f"the notification queue is {section['queue_usage']:.0%} full: a listener sleeps in a transaction"
        yield problem("feed", message, "end the oldest listening session")
    if not section["tenants"]:
        yield warning("feed", "there are no tenants yet", "aoer-console import tenants FILE, or aoer-console demo")
