"""Rating a claimed batch: one statement for all of its tenants, halved until the job that spoils it is alone."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from console.domain.jobs import Claim
from console.errors import ConsoleError
from console.queue import lines
from console.queue.link import Blame, Link, blame
from console.queue.tally import Tally
from console.store.queries import queries

_SQL = queries("queue")
RACES = 5
"""How often a deadlock or a serialisation failure is met with the same statement again."""

Fail = Callable[[Claim, list[str]], Awaitable[None]]


class Recompute:
    """Acknowledges recomputes. `fail(claim, errors)` spends an attempt of the jobs that cannot be rated.

    A summary younger than `cache` is served as it stands where nothing that it rests on has changed.
    """

    def __init__(self, tally: Tally, fail: Fail, cache: timedelta = timedelta(0)) -> None:
        self._tally = tally
        self._fail = fail
        self._cache = cache

    async def run(self, link: Link, claim: Claim) -> int:
        """Rate and complete `claim`; returns how many were completed. Raises when the server is at fault."""
        try:
            return await self._complete(link, claim)
        except ConsoleError as error:
            if blame(error) is not Blame.JOB:
                raise
            if len(claim) == 1:
                lines.log.warning("recompute of tenant %s failed: %s", claim.tenants[0], error)
                await self._fail(claim, [str(error)])
                return 0
        first, second = claim.halves()
        return await self.run(link, first) + await self.run(link, second)

    async def _complete(self, link: Link, claim: Claim) -> int:
        for attempt in range(RACES):
            try:
                rows = await link.fetch(_SQL["complete_recomputes"], claim.tenants, claim.ids, claim.lease, self._cache)
            except ConsoleError as error:
                if blame(error) is not Blame.RACE or attempt == RACES - 1:
                    raise
                await asyncio.sleep(random.uniform(0.0, 0.02) * (attempt + 1))
            else:
                break
        row = rows[0]
        self._tally.add(
            claim.lane,
            claim.kind,
            completed=len(row["tenants"]),
            cancelled=row["cancelled"],
            waited=row["waited"],
            ran=row["ran"],
            max_waited=row["max_waited"],
            max_ran=row["max_ran"],
        )
        lines.say(lines.COMPLETED, row["tenants"])
        return len(row["tenants"])
