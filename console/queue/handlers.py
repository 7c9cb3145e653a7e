"""Jobs of kinds other than recompute: a task each, with a hard deadline; results are acknowledged in batches."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from console.domain.jobs import Claim
from console.queue.acks import Acks, Result
from console.store.database import Database


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler gets. `retry_count` is 0 on the first attempt."""

    tenant: UUID
    id: UUID
    kind: str
    lease: int
    retry_count: int
    payload: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[Database, Job], Awaitable[None]]
"""Does the job or raises. It may run twice (a lost worker), and it is cancelled past the deadline."""


class Runner:
    """Runs claimed jobs through their handlers."""

    def __init__(self, db: Database, handlers: Mapping[str, Handler], acks: Acks, deadline: float) -> None:
        self._db = db
        self._handlers = handlers
        self._acks = acks
        self._deadline = deadline
        self._running: dict[tuple[UUID, int], asyncio.Task[None]] = {}
        self._taken: set[tuple[UUID, int]] = set()

    @property
    def busy(self) -> bool:
        """Whether any handler runs."""
        return bool(self._running)

    async def run(self, claim: Claim) -> None:
        """Run all jobs of `claim` at once and hand over their results."""
        payloads, retries = claim.payloads or (), claim.retries or ()
        jobs = [
            Job(tenant, job, claim.kind, claim.lease, retries[n], msgspec.json.decode(payloads[n]))
            for n, (tenant, job) in enumerate(zip(claim.tenants, claim.ids, strict=True))
        ]
        tasks = [asyncio.create_task(self._one(job), name=f"job {job.id}") for job in jobs]
        self._running |= {(job.id, job.lease): task for job, task in zip(jobs, tasks, strict=True)}
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            raise

    def keys(self) -> set[tuple[UUID, int]]:
        """(job, lease) of what runs now."""
        return set(self._running)

    def drop(self, keys: set[tuple[UUID, int]]) -> None:
        """Cancel handlers whose job was taken away or cancelled."""
        for key in keys:
            task = self._running.get(key)
            if task is not None:
                self._taken.add(key)
                task.cancel()

    async def _one(self, job: Job) -> None:
        key = (job.id, job.lease)
        error: str | None = None
        try:
            async with asyncio.timeout(self._deadline):
                await self._handlers[job.kind](self._db, job)
        except TimeoutError:
            error = f"ran past its deadline of {self._deadline:g} s"
        except asyncio.CancelledError:
            if key not in self._taken:
                raise
            error = "cancelled while it ran"
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        finally:
            self._running.pop(key, None)
            self._taken.discard(key)
        await self._acks.put(Result(job.tenant, job.id, job.lease, job.kind, error))
