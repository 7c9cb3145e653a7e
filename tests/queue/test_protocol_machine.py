"""Claim, acknowledge, fail, rescue, cancel, retry by two workers whose transactions may stay open: a state machine.

After every step the committed rows must show: nothing lost and nothing made up, every change of state one that the
life of a job allows, one rating event for each completed job and none for others, leases that only rise, and no
acknowledgement by anybody but the holder of the latest lease.
"""

import asyncio
import os
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from console.domain.enums import JobStatus
from console.domain.jobs import MOVES
from tests.queue import protocol as p

TENANTS = 2
SIDES = st.sampled_from([0, 1])
BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)


def reachable(start: JobStatus) -> set[JobStatus]:
    """States after any number of allowed steps."""
    found, edge = {start}, [start]
    while edge:
        for following in MOVES[edge.pop()] - found:
            found.add(following)
            edge.append(following)
    return found


class Side:
    """One worker: a connection, the jobs it believes to hold, and whether its transaction is open."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.worker = uuid4()
        self.jobs: list[Any] = []
        self.transaction: Any = None
        self.pending_rows = 0
        self.pending_leases: dict[UUID, int] = {}


class Machine(RuleBasedStateMachine):
    """See the module."""

    dsn = owner_dsn = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.eyes = self.run(asyncpg.connect(self.owner_dsn))
        self.sides = [Side(self.run(self.connect())) for _ in range(2)]
        self.enqueued = 0
        self.leases: dict[UUID, int] = {}
        self.seen: dict[UUID, JobStatus] = {}

    async def connect(self) -> Any:
        """A console's connection that gives up on locks at once: what would wait is a step that did not happen."""
        return await asyncpg.connect(self.dsn, server_settings={"lock_timeout": "25ms"})

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        for connection in (*(side.connection for side in self.sides), self.eyes):
            connection.terminate()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    @initialize()
    def start(self) -> None:
        self.run(self.eyes.execute("TRUNCATE tenants, aoer_queue, metrics_events, aoer_history, aoer_failures CASCADE"))
        self.run(self.eyes.execute("TRUNCATE queue_workers"))
        rows = self.run(
            self.eyes.fetch(
                "INSERT INTO tenants (name, slug) SELECT 't' || n, 't' || n FROM generate_series(1, $1) n RETURNING id",
                TENANTS,
            )
        )
        self.tenants = [row["id"] for row in rows]
        for side in self.sides:
            self.run(p.alive(self.eyes, side.worker))

    def attempt(self, side: Side, work: Any) -> Any:
        """The result of a statement; None when somebody holds its rows, which ends an open transaction."""
        try:
            return self.run(work)
        except BUSY:
            if side.transaction is not None:
                self.end(side, commit=False)
            return None

    def end(self, side: Side, *, commit: bool) -> None:
        transaction, side.transaction = side.transaction, None
        if commit:
            self.run(transaction.commit())
            self.enqueued += side.pending_rows
            self.learn(side.pending_leases)
        else:
            self.run(transaction.rollback())
        side.pending_rows, side.pending_leases = 0, {}

    def learn(self, leases: dict[UUID, int]) -> None:
        for job, lease in leases.items():
            assert lease > self.leases.get(job, 0)
            self.leases[job] = lease

    @rule(n=SIDES)
    def begin(self, n: int) -> None:
        side = self.sides[n]
        if side.transaction is None:
            side.transaction = side.connection.transaction()
            self.run(side.transaction.start())

    @rule(n=SIDES, commit=st.booleans())
    def finish(self, n: int, commit: bool) -> None:
        if self.sides[n].transaction is not None:
            self.end(self.sides[n], commit=commit)

    @rule(n=SIDES, tenant=st.integers(0, TENANTS - 1), lane=st.sampled_from(["urgent", "low"]))
    def enqueue(self, n: int, tenant: int, lane: str) -> None:
        side = self.sides[n]
        sql = "SELECT count(*) FILTER (WHERE created) FROM queue_enqueue(ARRAY[$1::uuid], $2::text::queue_priority)"
        made = self.attempt(side, side.connection.fetchval(sql, self.tenants[tenant], lane)) or 0
        if side.transaction is not None:
            side.pending_rows += made
        else:
            self.enqueued += made

    @rule(n=SIDES, limit=st.integers(1, 4), slots=st.integers(1, 2))
    def claim(self, n: int, limit: int, slots: int) -> None:
        side = self.sides[n]
        jobs = self.attempt(side, p.claim(side.connection, side.worker, limit, slots)) or []
        side.jobs += jobs
        leases = {job[1]: job[2] for job in jobs}
        if side.transaction is not None:
            side.pending_leases |= leases
        else:
            self.learn(leases)

    def pick(self, side: Side, which: int) -> Any:
        return side.jobs[which % len(side.jobs)] if side.jobs else None

    def check_holder(self, side: Side, job: Any) -> None:
        latest = max(self.leases.get(job[1], 0), side.pending_leases.get(job[1], 0))
        assert job[2] == latest, "an old lease was obeyed"

    @rule(n=SIDES, which=st.integers(0, 9))
    def complete(self, n: int, which: int) -> None:
        side = self.sides[n]
        job = self.pick(side, which)
        if job is not None and self.attempt(side, p.rate(side.connection, job)):
            self.check_holder(side, job)

    @rule(n=SIDES, which=st.integers(0, 9))
    def fail(self, n: int, which: int) -> None:
        side = self.sides[n]
        job = self.pick(side, which)
        if job is not None and self.attempt(side, p.fail(side.connection, [job])):
            self.check_holder(side, job)

    @rule(n=SIDES, which=st.integers(0, 9))
    def release(self, n: int, which: int) -> None:
        side = self.sides[n]
        job = self.pick(side, which)
        if job is not None:
            self.attempt(side, p.release(side.connection, [job]))

    @rule(n=SIDES)
    def rescue(self, n: int) -> None:
        self.attempt(self.sides[n], p.rescue(self.sides[n].connection))

    @rule(n=SIDES, beating=st.booleans())
    def pulse(self, n: int, beating: bool) -> None:
        work = p.alive if beating else p.silence
        self.attempt(self.sides[0], work(self.eyes, self.sides[n].worker))

    @rule()
    def next_epoch(self) -> None:
        """Begins only where no claim is open, whoever asks."""
        open_claims = any(side.pending_leases for side in self.sides)
        try:
            begun = self.run(p.next_epoch(self.eyes))
        except BUSY:
            begun = False
        assert not (begun and open_claims), "claims of two epochs overlapped"

    @rule()
    def time_passes(self) -> None:
        sql = "UPDATE aoer_queue SET scheduled_at = now() WHERE status = 'queued' AND turn = 2147483647"
        connection = self.sides[0].connection
        if self.sides[0].transaction is None:
            self.attempt(self.sides[0], connection.execute(sql))
            self.attempt(self.sides[0], connection.fetch(p.SQL["admit"]))

    @rule(n=SIDES)
    def lost_and_claimed_by_the_other(self, n: int) -> None:
        """What a worker stopped past its lease meets when it wakes: the steps above in the order that matters most."""
        if self.sides[0].transaction is None and self.sides[1].transaction is None:
            self.claim(n, 4, 1)
            self.pulse(n, beating=False)
            self.rescue(1 - n)
            self.time_passes()
            self.claim(1 - n, 4, 1)
            self.pulse(n, beating=True)

    @rule(n=SIDES, verb=st.sampled_from(["cancel", "retry"]), which=st.integers(0, 20))
    def person(self, n: int, verb: str, which: int) -> None:
        side = self.sides[n]
        rows = self.run(self.eyes.fetch("SELECT tenant_id, id FROM aoer_queue ORDER BY id"))
        if rows:
            row = rows[which % len(rows)]
            self.attempt(side, side.connection.fetch(p.SQL[verb], [row["tenant_id"]], [row["id"]]))

    @invariant()
    def rows_are_consistent(self) -> None:
        if not hasattr(self, "tenants"):
            return
        rows = self.run(
            self.eyes.fetch(
                "SELECT q.id, q.tenant_id, q.slot, q.status::text, q.lease_id, (SELECT count(*) FROM metrics_events e"
                " WHERE e.event_data->>'job_id' = q.id::text) AS events FROM aoer_queue q"
            )
        )
        assert len(rows) == self.enqueued, "jobs were lost or made up"
        places = [(row["tenant_id"], row["slot"]) for row in rows if row["slot"] is not None]
        assert len(places) == len(set(places)), "a slot was given twice"
        for row in rows:
            status = JobStatus(row["status"])
            before = self.seen.get(row["id"], JobStatus.QUEUED)
            assert status in reachable(before), f"{before} became {status}"
            assert row["events"] == (1 if status is JobStatus.COMPLETED else 0)
            assert (row["lease_id"] or 0) <= max(self.leases.get(row["id"], 0), 0), "a lease nobody was given"
            self.seen[row["id"]] = status


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_the_protocol_holds_under_open_transactions(dsn: str, owner_dsn: str) -> None:
    machine = type("Protocol", (Machine,), {"dsn": dsn, "owner_dsn": owner_dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("AOER_PROTOCOL_EXAMPLES", "15")),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize="AOER_PROTOCOL_EXAMPLES" not in os.environ,
        ),
    )
