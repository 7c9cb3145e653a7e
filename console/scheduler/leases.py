"""Leases with terms that the database issues: for maintenance only. Ticks need none, their key is their lock."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from console.errors import Conflict
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("scheduler")


class Lease:
    """The right to do `name`, for `seconds` after each `take`. A changed holder gets a higher term."""

    def __init__(self, db: Database, name: str, holder: UUID, seconds: float) -> None:
        self._db = db
        self.name = name
        self.holder = holder
        self.length = timedelta(seconds=seconds)
        self.term: int | None = None

    async def take(self) -> bool:
        """Take or renew; False when somebody else holds it."""
        term: int | None = await self._db.fetchval(_SQL["lease_take"], self.name, self.holder, self.length)
        self.term = term
        return term is not None

    async def give(self) -> None:
        """Give it back before it expires."""
        if self.term is not None:
            await self._db.execute(_SQL["lease_give"], self.name, self.holder, self.term)
            self.term = None

    async def still_ours(self) -> bool:
        """Whether it is ours under the term that we were given; ask before each step that must not be done twice."""
        return self.term is not None and bool(
            await self._db.fetchval(_SQL["lease_check"], self.name, self.holder, self.term)
        )


async def under_lease(lease: Lease, steps: dict[str, Callable[[], Awaitable[int]]]) -> dict[str, int]:
    """Run `steps` in order, renewing before each. Raises Conflict when the lease belongs to somebody else.

    Steps commit on their own; one that was lost half way is simply done again by the next holder.
    """
    done: dict[str, int] = {}
    try:
        for name, step in steps.items():
            before = lease.term
            if not await lease.take() or (before is not None and lease.term != before):
                raise Conflict(f"the lease {lease.name!r} is held by another process")
            done[name] = await step()
    finally:
        await lease.give()
    return done
