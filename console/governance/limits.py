"""Rate limits: ask before doing, and manage the rules."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.config.sections.limits import LimitsSettings
from console.domain.actor import Actor
from console.domain.limits import ACTIONS, BULK, ENQUEUE, EXPORT, PROBE, SCOPES, STRATEGIES, WEBHOOK
from console.errors import RateLimited, UsageError
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("governance")


@dataclass(frozen=True, slots=True)
class Rule:
    """`limit` requests in `window` seconds, `burst` more at once. `action` None applies to every action."""

    name: str
    scope: str
    limit: int
    window: int
    strategy: str = "token_bucket"
    action: str | None = None
    burst: int = 0
    priority: int = 100
    enabled: bool = True


_CONFIGURED = {
    ENQUEUE: ("enqueue_per_minute", 60, "user"),
    EXPORT: ("exports_per_minute", 60, "user"),
    BULK: ("bulk_per_minute", 60, "user"),
    WEBHOOK: ("webhooks_per_minute", 60, "resource"),
    PROBE: ("probe_prompts_per_hour", 3600, "resource"),
}
"""Action -> its key in [limits], the window in seconds, and what is counted apart."""


def configured(settings: Any, action: str) -> Rule | None:
    """The rule that the settings state for `action`; None for an action without one, and where it is switched off."""
    if action not in _CONFIGURED:
        return None
    key, window, scope = _CONFIGURED[action]
    limit: int = getattr(getattr(settings, "limits", None) or LimitsSettings(), key)
    return Rule(f"action.{action}", scope, limit, window, action=action, priority=50) if limit else None


async def take(db: Database, action: str, *, cost: float = 1, keys: Mapping[str, str] | None = None) -> None:
    """Ask for `cost` of `action`: one round trip, in a transaction of its own. Raises RateLimited.

    A read-only session cannot count, and is not asked. Rules come from the database, and from the settings for what
    the database has no rule of that name for.
    """
    if db.read_only:
        return
    row = await ask(db, action, cost=cost, keys=keys)
    if row["allowed"]:
        return
    if row["retry_after"] is None:
        raise RateLimited(
            f"{action}: rule {row['rule']} never grants {cost:g} at once",
            retry_after=math.inf,
            hint="ask for less, or have an admin raise it: aoer-console limits set --help",
        )
    raise RateLimited(f"too many requests for {action} (rule {row['rule']})", retry_after=max(1.0, row["retry_after"]))


async def ask(
    db: Database, action: str, *, cost: float = 1, keys: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """What check_rate_limit() answers: allowed, remaining, retry_after in seconds (None: never), rule."""
    rule = configured(db.settings, action)
    row = await db.fetchrow(_SQL["check_limit"], action, dict(keys or {}), cost, _row(rule) if rule else None)
    return dict(row) if row else {"allowed": True}


def _row(rule: Rule) -> dict[str, Any]:
    """The rule as a row of rate_limit_rules."""
    return {
        "name": rule.name,
        "scope": rule.scope,
        "strategy": rule.strategy,
        "action": rule.action,
        "limit_count": rule.limit,
        "window_seconds": rule.window,
        "burst": rule.burst,
        "priority": rule.priority,
        "enabled": rule.enabled,
    }


async def rules(db: Database) -> list[dict[str, Any]]:
    """Every rule in force, the most pressing first; `source` is "database" or "settings"."""
    found = [{**row, "source": "database"} for row in await db.fetch(_SQL["limits"])]
    names = {row["name"] for row in found}
    told = [rule for action in ACTIONS if (rule := configured(db.settings, action)) and rule.name not in names]
    counts = {row["rule"]: row["violated_keys"] for row in await db.fetch(_SQL["violated_keys"])}
    found += [{**_row(rule), "source": "settings"} for rule in told]
    return sorted(
        ({**row, "violated_keys": counts.get(row["name"], 0)} for row in found),
        key=lambda row: (row["priority"], row["name"]),
    )


async def put_rule(db: Database, actor: Actor, rule: Rule) -> Mapping[str, Any]:
    """Make or replace a rule; returns it as stored. Raises UsageError for values out of range."""
    if rule.scope not in SCOPES or rule.strategy not in STRATEGIES:
        raise UsageError(f"rule {rule.name} has an unknown scope or strategy", hint=f"scopes: {', '.join(SCOPES)}")
    if rule.limit < 1 or rule.window < 1 or rule.burst < 0:
        raise UsageError(f"rule {rule.name}: limit and window are at least 1, burst at least 0")
    async with db.transaction(actor) as connection:
        before = await connection.fetchval(_SQL["limit"], rule.name)
        after: Mapping[str, Any] = await connection.fetchval(
            _SQL["put_limit"],
            rule.name,
            rule.scope,
            rule.strategy,
            rule.action,
            rule.limit,
            rule.window,
            rule.burst,
            rule.priority,
            rule.enabled,
        )
        await connection.execute(
            _SQL["audit_write"], None, "limit.set", "rate_limit_rule", rule.name, before, after, "done"
        )
    return after
