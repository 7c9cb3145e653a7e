"""Leases: one holder, terms that only rise, time told by the database."""

from typing import Any
from uuid import uuid4

import pytest

from console.errors import Conflict
from console.scheduler.leases import Lease, under_lease
from console.store.database import Database


async def test_one_holder_at_a_time_and_a_new_term_for_each(db: Database, eyes: Any) -> None:
    first, second = (Lease(db, "maintenance", uuid4(), 60) for _ in range(2))
    assert await first.take()
    assert not await second.take()
    term = first.term
    assert await first.take()
    assert first.term == term
    await eyes.execute("UPDATE scheduler_leases SET expires_at = now()")
    assert await second.take()
    assert second.term is not None
    assert term is not None
    assert second.term > term
    assert not await first.still_ours()
    assert await second.still_ours()


async def test_a_holder_that_let_it_lapse_gets_a_new_term_too(db: Database, eyes: Any) -> None:
    lease = Lease(db, "maintenance", uuid4(), 60)
    await lease.take()
    term = lease.term
    await eyes.execute("UPDATE scheduler_leases SET expires_at = now() - interval '1 second'")
    assert await lease.take()
    assert lease.term != term


async def test_giving_back_under_an_old_term_takes_nothing_from_the_new_holder(db: Database, eyes: Any) -> None:
    old, new = (Lease(db, "maintenance", uuid4(), 60) for _ in range(2))
    await old.take()
    await eyes.execute("UPDATE scheduler_leases SET expires_at = now()")
    await new.take()
    await old.give()
    assert await new.still_ours()


async def test_steps_stop_when_the_lease_is_lost(db: Database, eyes: Any) -> None:
    lease, done = Lease(db, "maintenance", uuid4(), 60), []

    async def step() -> int:
        done.append(1)
        await eyes.execute("UPDATE scheduler_leases SET holder = gen_random_uuid(), term = nextval('scheduler_term')")
        return 1

    with pytest.raises(Conflict):
        await under_lease(lease, {"one": step, "two": step})
    assert len(done) == 1
