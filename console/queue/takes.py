"""Asking the database for the next jobs; ordinary recomputes come back done already."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from console.config.settings import Settings
from console.domain.jobs import Claim
from console.errors import ConsoleError
from console.queue import lines
from console.queue.link import Blame, blame, linked
from console.queue.tally import Tally
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("queue")
_log = logging.getLogger(__name__)
CAREFUL_SECONDS = {Blame.JOB: 1.0, Blame.LINK: 30.0}
"""How long attempts are put on record before they begin, after one that ended like this: some job may be the reason."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Claims to work on, and how many recomputes were rated and completed on the way."""

    claims: list[Claim]
    rated: int

    def __len__(self) -> int:
        return self.rated + sum(map(len, self.claims))


class Takes:
    """The claims of one worker."""

    def __init__(self, db: Database, settings: Settings, worker_id: UUID, kinds: Sequence[str], tally: Tally) -> None:
        self._db = db
        self._options = settings.queue
        self._cache = timedelta(seconds=settings.aoer.cache_seconds)
        self._id = worker_id
        self._kinds = list(kinds)
        self._tally = tally
        self._leases: set[int] = set()
        self._doubt = False
        self._door = asyncio.Lock()
        self._flights = 0
        self._landed = asyncio.Event()
        self._careful_until = 0.0
        self._mark: list[str] | None = None

    async def take(self) -> Taken:
        """The next jobs, at most a batch. Raises ConsoleError; what it claimed nevertheless is given back next time."""
        async with self._door:
            if self._doubt:
                await self._disown()
            self._flights += 1
            self._landed.clear()
        try:
            rows = await self._fetch()
            claims = [_claim(row) for row in rows if not row["rated"]]
            self._leases.update(claim.lease for claim in claims[:1])
        finally:
            self._flights -= 1
            if not self._flights:
                self._landed.set()
        return Taken(claims, sum(self._count(row) for row in rows if row["rated"]))

    async def _fetch(self) -> list[asyncpg.Record]:
        quick = asyncio.get_running_loop().time() >= self._careful_until
        try:
            async with linked(self._db) as link:
                rows = await link.fetch(
                    _SQL["take"],
                    self._id,
                    self._options.batch,
                    timedelta(seconds=self._options.job_timeout_seconds),
                    self._kinds,
                    self._options.tenant_slots,
                    quick,
                    self._cache,
                    self._mark,
                )
        except ConsoleError as error:
            self._doubt, self._mark = True, None
            if quick:
                seconds = CAREFUL_SECONDS.get(blame(error), 0.0)
                self._careful_until = asyncio.get_running_loop().time() + seconds
            raise
        self._mark = rows[-1]["mark"] if rows else None
        return rows

    def done(self, lease: int) -> None:
        """Nothing of this lease is worked on any more."""
        self._leases.discard(lease)

    async def _disown(self) -> None:
        """After a claim whose answer got lost: give back what it may have been given.

        Waits for the claims of other loops, whose leases are not known before they are answered.
        """
        if self._flights:
            await self._landed.wait()
        async with linked(self._db) as link:
            rows = await link.fetch(_SQL["disown"], self._id, list(self._leases))
        self._doubt = False
        if rows:
            _log.info("%d jobs of a claim that was never answered were given back", len(rows))

    def _count(self, row: asyncpg.Record) -> int:
        count = len(row["tenants"])
        self._tally.add(
            row["lane"],
            row["kind"],
            completed=count,
            waited=row["waited"],
            ran=row["ran"] * count,
            max_waited=row["max_waited"],
            max_ran=row["ran"],
        )
        lines.say(lines.COMPLETED, row["tenants"])
        return count


def _claim(row: asyncpg.Record) -> Claim:
    return Claim(row["lane"], row["kind"], row["lease_id"], row["tenants"], row["ids"], row["payloads"], row["retries"])
