"""A tick runs once in the fleet, whatever else happens."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest

from console.config.settings import Settings
from console.domain.actor import Actor
from console.errors import QueryFailed
from console.scheduler import desired
from console.scheduler.cycles import Cycle
from console.scheduler.ticks import Ticks
from console.store.database import Database

TICK = datetime(2026, 1, 5, 6, tzinfo=UTC)


@pytest.fixture
def duty() -> Iterator[ModuleType]:
    """A module whose `run` the test sets; `calls` counts."""
    module = ModuleType("a_duty_of_this_test")
    module.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("a_duty_of_this_test", None)
    module.calls = 0  # type: ignore[attr-defined]

    async def run(_db: Database, _settings: Settings, _tick: datetime) -> Mapping[str, Any]:
        module.calls += 1  # type: ignore[attr-defined]
        return {"n": 7}

    module.run = run  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def cycle(**changes: Any) -> Cycle:
    return Cycle("test", "A test", "a_duty_of_this_test:run", **{"cron": "0 6 * * *", "timeout": 5.0} | changes)


async def alive(eyes: Any, silent: int = 0) -> UUID:
    found: UUID = await eyes.fetchval(
        "INSERT INTO queue_workers (worker_id, role, heartbeat_at)"
        " VALUES (gen_random_uuid(), 'scheduler', now() - make_interval(secs => $1)) RETURNING worker_id",
        float(silent),
    )
    return found


async def declared(eyes: Any) -> None:
    await eyes.execute("INSERT INTO cycle_state (cycle) VALUES ('test')")


async def test_two_processes_run_a_tick_once(db: Database, settings: Settings, eyes: Any, duty: Any) -> None:
    await declared(eyes)
    fleet = [Ticks(db, settings, await alive(eyes)) for _ in range(6)]
    ended = await asyncio.gather(*(one.run(cycle(), TICK) for one in fleet))
    assert sorted(one.outcome for one in ended) == ["done", *["taken"] * 5]
    assert duty.calls == 1
    state = await eyes.fetchrow("SELECT * FROM cycle_state")
    assert (state["last_outcome"], state["runs"], state["failures"], state["last_tick"]) == ("done", 1, 0, TICK)
    assert await eyes.fetchval("SELECT stats->>'n' FROM cycle_runs") == "7"


async def test_interval_ticks_come_from_the_databases_clock(
    db: Database, settings: Settings, eyes: Any, duty: Any
) -> None:
    await declared(eyes)
    every = cycle(cron=None, every=3600.0)
    first = await Ticks(db, settings, await alive(eyes)).run(every)
    second = await Ticks(db, settings, await alive(eyes)).run(every)
    assert (first.outcome, second.outcome) == ("done", "taken")
    tick = await eyes.fetchval("SELECT tick FROM cycle_runs")
    assert (tick.minute, tick.second, tick.microsecond) == (0, 0, 0)


async def test_a_run_that_still_goes_is_reported_not_stacked(
    db: Database, settings: Settings, eyes: Any, duty: Any
) -> None:
    await declared(eyes)
    worker = await alive(eyes)
    await eyes.execute(
        "INSERT INTO cycle_runs (cycle, tick, worker_id, started_at)"
        " VALUES ('test', $1, $2, now() - interval '1 minute')",
        TICK,
        worker,
    )
    ended = await Ticks(db, settings, await alive(eyes)).run(cycle(timeout=30.0), TICK + timedelta(hours=6))
    assert ended.outcome == "busy"
    assert duty.calls == 0
    state = await eyes.fetchrow("SELECT state, skipped, message FROM cycle_state")
    assert (state["state"], state["skipped"]) == ("stuck", 1)
    assert "60 s" in state["message"]


async def test_the_run_of_a_dead_process_is_closed_and_the_next_tick_runs(
    db: Database, settings: Settings, eyes: Any, duty: Any
) -> None:
    await declared(eyes)
    dead = await alive(eyes, silent=600)
    await eyes.execute(
        "INSERT INTO cycle_runs (cycle, tick, worker_id, started_at)"
        " VALUES ('test', $1, $2, now() - interval '9 minutes')",
        TICK,
        dead,
    )
    ended = await Ticks(db, settings, await alive(eyes)).run(cycle(), TICK + timedelta(hours=6))
    assert ended.outcome == "done"
    outcomes = await eyes.fetch("SELECT outcome FROM cycle_runs ORDER BY tick")
    assert [row["outcome"] for row in outcomes] == ["abandoned", "done"]


async def test_a_paused_cycle_runs_only_when_a_person_says_so(
    db: Database, settings: Settings, eyes: Any, duty: Any, actor: Actor
) -> None:
    await declared(eyes)
    assert await desired.desire(db, actor, ["test"], "paused") == {"test"}
    assert await desired.desire(db, actor, ["test"], "paused") == set()
    ticks = Ticks(db, settings, await alive(eyes))
    assert (await ticks.run(cycle(), TICK)).outcome == "paused"
    assert (await ticks.run(cycle(), TICK, forced=True)).outcome == "done"
    row = await eyes.fetchrow("SELECT action, object_id, reason FROM audit_logs WHERE action LIKE 'cycle.%'")
    assert tuple(row) == ("cycle.paused", "test", "test")


async def test_a_failing_cycle_is_recorded_and_counted(db: Database, settings: Settings, eyes: Any, duty: Any) -> None:
    await declared(eyes)

    async def run(*_: Any) -> Mapping[str, Any]:
        raise QueryFailed("no such moon")

    duty.run = run
    ended = await Ticks(db, settings, await alive(eyes)).run(cycle(), TICK)
    assert (ended.outcome, ended.error) == ("failed", "no such moon")
    state = await eyes.fetchrow("SELECT state, last_outcome, failures, message FROM cycle_state")
    assert tuple(state) == ("idle", "failed", 1, "no such moon")


async def test_a_cycle_past_its_time_limit_is_stopped(db: Database, settings: Settings, eyes: Any, duty: Any) -> None:
    await declared(eyes)

    async def run(*_: Any) -> Mapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    duty.run = run
    ended = await Ticks(db, settings, await alive(eyes)).run(cycle(timeout=0.05), TICK)
    assert ended.outcome == "timeout"
    assert await eyes.fetchval("SELECT outcome FROM cycle_runs") == "timeout"


async def test_a_late_end_does_not_reopen_a_run_that_was_closed(
    db: Database, settings: Settings, eyes: Any, duty: Any
) -> None:
    await declared(eyes)

    async def run(*_: Any) -> Mapping[str, Any]:
        await eyes.execute("UPDATE cycle_runs SET outcome = 'abandoned', finished_at = now()")
        return {}

    duty.run = run
    await Ticks(db, settings, uuid4()).run(cycle(), TICK)
    assert await eyes.fetchval("SELECT outcome FROM cycle_runs") == "abandoned"
    assert await eyes.fetchval("SELECT runs FROM cycle_state") == 0


async def test_a_tick_ahead_of_the_databases_clock_waits(
    db: Database, settings: Settings, eyes: Any, duty: Any
) -> None:
    await declared(eyes)
    ticks, ahead = Ticks(db, settings, await alive(eyes)), datetime.now(UTC) + timedelta(hours=2)
    ended = await ticks.run(cycle(), ahead)
    assert ended.outcome == "early"
    assert 7190 < ended.seconds <= 7200
    assert (duty.calls, await eyes.fetchval("SELECT count(*) FROM cycle_runs")) == (0, 0)
    assert (await ticks.run(cycle(), ahead, forced=True)).outcome == "done"  # a person's own wish is no schedule
