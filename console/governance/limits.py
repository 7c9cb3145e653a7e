"""Rate limits: ask before doing, and manage the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.domain.actor import Actor
from console.domain.limits import SCOPES, STRATEGIES
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


async def take(db: Database, action: str, *, cost: float = 1, keys: Mapping[str, str] | None = None) -> None:
    """Ask for `cost` of `action` in a transaction of its own. Raises RateLimited, with the seconds to wait."""
    row = await db.fetchrow(_SQL["check_limit"], action, dict(keys or {}), cost)
    if row is not None and not row["allowed"]:
        wait = max(1.0, float(row["retry_after"]))
        raise RateLimited(f"too many requests for {action} (rule {row['rule']})", retry_after=wait)


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
