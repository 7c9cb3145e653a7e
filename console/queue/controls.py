"""Holding back: pause and resume everything, a lane, a tenant or a kind; how much of a tenant runs at once."""

from uuid import UUID

from console.domain.actor import Actor
from console.domain.enums import Priority
from console.errors import UsageError
from console.store.database import Database
from console.store.queries import queries
from console.store.sessions import encode_json

_SQL = queries("queue")
SCOPES = ("all", "lane", "tenant", "kind")


async def pause(db: Database, actor: Actor, scope: str, key: str = "") -> bool:
    """Stop claims of `scope`; what runs is finished. False when it was paused already."""
    return await _set(db, actor, scope, key, paused=True)


async def resume(db: Database, actor: Actor, scope: str, key: str = "") -> bool:
    """The reverse of `pause`. False when it was not paused."""
    return await _set(db, actor, scope, key, paused=False)


async def limit(db: Database, actor: Actor, tenant: UUID, slots: int | None) -> bool:
    """Let at most `slots` jobs of `tenant` run at once; None returns to the setting `queue.tenant_slots`."""
    return await _set(db, actor, "tenant", str(tenant), slots=slots, paused=None)


async def _set(
    db: Database, actor: Actor, scope: str, key: str, *, paused: bool | None, slots: int | None = None
) -> bool:
    _check(scope, key)
    async with db.transaction(actor) as connection:
        row = await connection.fetchrow(_SQL["control_of"], scope, key)
        before = {"paused": bool(row and row["paused"]), "max_running": row["max_running"] if row else None}
        after = dict(before)
        if paused is None:
            after["max_running"] = slots
        else:
            after["paused"] = paused
        if after == before:
            return False
        await connection.execute(_SQL["control"], scope, key, after["paused"], after["max_running"], actor.reason)
        await connection.execute(_SQL["drop_control"], scope, key)
        tenant = UUID(key) if scope == "tenant" else None
        action = "queue.limit" if paused is None else "queue.pause" if paused else "queue.resume"
        name = f"{scope} {key}".strip()
        await connection.fetch(
            _SQL["audit"], [tenant], action, [name], [encode_json(before)], [encode_json(after)], "done"
        )
    db.changed("queue", "work")
    return True


def _check(scope: str, key: str) -> None:
    if scope not in SCOPES:
        raise UsageError(f"{scope!r} cannot be paused", hint=f"one of: {', '.join(SCOPES)}")
    if scope == "lane" and key not in set(Priority):
        raise UsageError(f"{key!r} is not a lane", hint=f"one of: {', '.join(Priority)}")
    if (scope == "all") != (key == ""):
        raise UsageError(f"scope {scope} needs {'no name' if scope == 'all' else 'a name'}")
