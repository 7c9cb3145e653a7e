"""The verbs as the terminal has them: one database, one person, the access that Postgres last reported."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.actions import dry_run as counting
from console.actions import registry, run
from console.actions.model import Action, DryRun, Outcome, Target
from console.actions.permissions import Standing, standing
from console.domain.actor import Actor
from console.domain.enums import Access, Origin

if TYPE_CHECKING:
    from console.feed.ports import ActionsPort


class Desk:
    """Implements `console.feed.ports.ActionsPort` over a `console.store.database.Database`."""

    def __init__(self, db: Any, origin: Origin = Origin.TERMINAL) -> None:
        self._db = db
        self._origin = origin
        self._standing = Standing(read_only=bool(db.read_only))
        self._running: set[asyncio.Task[list[Outcome]]] = set()

    @property
    def access(self) -> Access:
        """What this database role may do; VIEWER until `refresh` has asked."""
        return self._standing.access

    @property
    def read_only(self) -> bool:
        """Whether the session cannot write at all."""
        return self._standing.read_only

    async def refresh(self) -> Access:
        """Ask the database again: after connecting, and after each reconnect."""
        self._standing = await standing(self._db)
        return self._standing.access

    def all_actions(self) -> tuple[Action, ...]:
        """Every verb, in display order."""
        return registry.all_actions()

    def reason_not(self, action: Action, target: Target | None) -> str | None:
        """Why `action` cannot be done to `target` now, or None."""
        return run.reason_not(action, target, self._standing)

    async def dry_run(self, action_id: str, targets: Sequence[Target], params: Mapping[str, str]) -> DryRun:
        """Count what would happen; writes nothing."""
        return await counting.dry_run(self._db, registry.by_id(action_id), targets, params)

    async def perform(
        self, action_id: str, targets: Sequence[Target], params: Mapping[str, str], reason: str = ""
    ) -> list[Outcome]:
        """Do it; see `console.actions.run.perform`."""
        actor = Actor(self._origin, reason)
        return await self._whole(run.perform(self._db, registry.by_id(action_id), targets, params, actor))

    async def ask_limit(self, what: str) -> None:
        """Count one `what` before it is done; see `console.governance.limits.take`."""
        from console.governance.limits import take

        await take(self._db, what)

    async def undo(self, action_id: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Apply the inverse to the rows that were done."""
        actor = Actor(self._origin, f"undo of {action_id}")
        return await self._whole(run.undo(self._db, registry.by_id(action_id), outcomes, actor))

    async def _whole(self, work: Coroutine[Any, Any, list[Outcome]]) -> list[Outcome]:
        """A screen that closes stops waiting; what was confirmed is still done, no statement is cancelled."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)


def _fits(desk: Desk) -> "ActionsPort":
    """The type checker's proof that the desk is what the terminal codes against."""
    return desk
