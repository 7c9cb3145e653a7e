"""Writing what became of jobs: completed, failed, given back."""

from collections.abc import Sequence
from datetime import timedelta

from console.config.sections.work import QueueSettings
from console.domain.enums import JobStatus
from console.domain.jobs import Claim
from console.errors import ConsoleError
from console.queue import lines
from console.queue.acks import Result
from console.queue.link import linked
from console.queue.tally import Tally
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("queue")


class Outcomes:
    """Statements that end or return a claim. Each is fenced by the lease: what was taken from us is left alone."""

    def __init__(self, db: Database, tally: Tally, options: QueueSettings) -> None:
        self._db = db
        self._tally = tally
        self._backoff = timedelta(minutes=options.backoff_base_minutes)

    async def fail(self, claim: Claim, errors: Sequence[str]) -> None:
        """Spend an attempt of every job of `claim`; `errors` in the same order."""
        await self._fail(
            [
                Result(tenant, job, claim.lease, claim.kind, error)
                for tenant, job, error in zip(claim.tenants, claim.ids, errors, strict=True)
            ]
        )

    async def write(self, results: list[Result]) -> None:
        """Acknowledge results of handlers."""
        done = [result for result in results if result.error is None]
        failed = [result for result in results if result.error is not None]
        if done:
            await self._complete(done)
        if failed:
            await self._fail(failed)
        self._db.changed("queue")

    async def release(self, claims: Sequence[Claim]) -> None:
        """Give jobs back that were not begun. If the server is away, rescue does it later."""
        tenants = [tenant for claim in claims for tenant in claim.tenants]
        ids = [job for claim in claims for job in claim.ids]
        leases = [claim.lease for claim in claims for _ in claim.ids]
        if not ids:
            return
        try:
            async with linked(self._db) as link:
                await link.fetch(_SQL["release"], tenants, ids, leases)
        except ConsoleError as error:
            lines.log.warning("%d jobs could not be given back, rescue will: %s", len(ids), error)

    async def _complete(self, results: list[Result]) -> None:
        async with linked(self._db) as link:
            rows = await link.fetch(_SQL["complete"], *_columns(results))
        for row in rows:
            self._tally.add(
                row["lane"],
                row["kind"],
                completed=len(row["ids"] or ()),
                cancelled=row["cancelled"],
                waited=row["waited"],
                ran=row["ran"],
                max_waited=row["max_waited"],
                max_ran=row["max_ran"],
            )

    async def _fail(self, results: list[Result]) -> None:
        errors = [result.error or "failed" for result in results]
        async with linked(self._db) as link:
            rows = await link.fetch(_SQL["fail"], *_columns(results), errors, self._backoff)
        for row in rows:
            cancelled = row["status"] == JobStatus.CANCELLED
            self._tally.add(row["lane"], row["kind"], failed=0 if cancelled else 1, cancelled=int(cancelled))


def _columns(results: Sequence[Result]) -> tuple[list[object], list[object], list[int]]:
    return [r.tenant for r in results], [r.id for r in results], [r.lease for r in results]
