"""The life of a queued job, as the database plays it.

    queued --claim--> running --ack--> completed
    queued --take--> completed             an ordinary recompute: claimed, rated and acknowledged in one transaction
    running --fail/rescue--> queued (attempts left) | failed | quarantined (too many crashes)
    running --release--> queued            a worker that stops gives back what it did not begin
    queued | running --cancel--> cancelled a running one when its worker, or rescue, carries it out
    failed | cancelled | quarantined --retry--> queued

Pure: what the statements of `sql/queries/queue.sql` must agree with, for predicates of verbs and for tests.
"""

from dataclasses import dataclass
from uuid import UUID

from console.domain.enums import JobStatus

LIVE = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})

MOVES: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.COMPLETED, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset(JobStatus) - {JobStatus.RUNNING},
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
    JobStatus.CANCELLED: frozenset({JobStatus.QUEUED}),
    JobStatus.QUARANTINED: frozenset({JobStatus.QUEUED}),
}
"""Every step a job may take."""

OUTSIDE = {JobStatus.QUEUED: "pending", JobStatus.RUNNING: "processing"}
"""Names that users of the database know; the others are the same outside and in."""


def outside(status: JobStatus) -> str:
    """The name of `status` in views and on the command line."""
    return OUTSIDE.get(status, status.value)


def from_outside(word: str) -> JobStatus:
    """The status that `word` names, by either of its names. Raises ValueError."""
    for status, name in OUTSIDE.items():
        if word == name:
            return status
    return JobStatus(word)


@dataclass(frozen=True, slots=True)
class Claim:
    """Jobs of one lane and kind that were claimed together under one lease. The tuples run in parallel."""

    lane: str
    kind: str
    lease: int
    tenants: tuple[UUID, ...]
    ids: tuple[UUID, ...]
    payloads: tuple[str, ...] | None = None
    retries: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, start: int, stop: int) -> "Claim":
        """The jobs from `start` up to `stop`."""
        return Claim(
            self.lane,
            self.kind,
            self.lease,
            self.tenants[start:stop],
            self.ids[start:stop],
            self.payloads[start:stop] if self.payloads is not None else None,
            self.retries[start:stop] if self.retries is not None else None,
        )

    def halves(self) -> tuple["Claim", "Claim"]:
        """Both halves; the jobs that spoil a batch are found by halving it."""
        middle = len(self) // 2
        return self.part(0, middle), self.part(middle, len(self))
