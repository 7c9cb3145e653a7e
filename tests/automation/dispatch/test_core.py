"""The one decision core: the live engine and the replay ask the same one, and get the same answer for the same town."""

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from console.automation.dispatch import core
from console.automation.dispatch.core import DispatchCore
from console.automation.dispatch.cycle import dispatch_all
from console.automation.dispatch.live import live_weights
from console.automation.dispatch.moment import Draft, Moment, Outcome
from console.automation.dispatch.round import live_limits, read_round
from console.automation.dispatch.scoring import Candidate, Limits, ScoreWeights, Task
from console.automation.dispatch.survey import survey
from console.automation.replay.policies import policy
from console.automation.replay.simulate import simulate
from console.automation.travel.circle import GreatCircle
from console.automation.travel.model import Speeds
from console.config.settings import Settings
from console.store.database import Database
from tests.automation.conftest import Town
from tests.automation.shared import small_day

LIMITS = Limits(radius_km=6.0, max_active=4, look_ahead=10.0)


def spot(dice: random.Random) -> tuple[float, float]:
    return Town.at(round(dice.uniform(-5, 5), 2), round(dice.uniform(-5, 5), 2))


def situation(seed: int, orders: int, drivers: int) -> tuple[list[Task], list[Candidate]]:
    """A random town: kitchens that several orders share, skills, vehicles, weights, shifts, told trips."""
    dice = random.Random(seed)
    kitchens = [spot(dice) for _ in range(4)]
    key = lambda: str(uuid.UUID(int=dice.getrandbits(128), version=4))  # noqa: E731
    tasks = [
        Task(
            key(),
            dice.choice(kitchens),
            spot(dice),
            ready=float(dice.randrange(0, 25)),
            promise=float(dice.randrange(15, 120)),
            priority=dice.choice(["urgent", "high", "medium", "low"]),
            weight_kg=float(dice.randrange(0, 6)),
            skills=frozenset(dice.sample(["cold", "fragile"], dice.choice([0, 0, 1]))),
            vehicle=dice.choice([None, None, "car"]),
            weights=dice.choice([ScoreWeights(), ScoreWeights(0.1, 0.7, 0.1, 0.1)]),
        )
        for _ in range(orders)
    ]
    crew = []
    for _ in range(drivers):
        here, capacity = spot(dice), float(dice.choice([10, 20]))
        told: tuple[Task, ...] = ()
        if dice.random() < 0.4:
            kitchen = dice.choice(kitchens)
            ready = float(dice.randrange(0, 12))
            told = tuple(
                Task(key(), kitchen, spot(dice), ready, promise=float(dice.randrange(30, 90)), weight_kg=1.0)
                for _ in range(dice.randrange(1, 3))
            )
        crew.append(
            Candidate(
                key(), here, here, 0.0, active=len(told), capacity=dice.randrange(2, 6),
                room_kg=capacity - len(told), capacity_kg=capacity, told=told,
                skills=frozenset(dice.sample(["cold", "fragile"], dice.randrange(3))),
                vehicle=dice.choice(["car", "bike"]), off=float(dice.choice([20, 60, 300])),
            )
        )  # fmt: skip
    return tasks, crew


async def decided(tasks: Sequence[Task], crew: Sequence[Candidate], settings: Settings) -> Outcome:
    """The memory port's answer, prices and limits as the live engine has them."""
    ground = await survey(tasks, crew, GreatCircle(), 12)
    engine = DispatchCore(
        ground, live_limits(settings, {}, Speeds()), live_weights(settings.automation.commit_minutes), began=0.0
    )
    return engine.decide(Moment(0.0, tasks, crew))


@pytest.mark.parametrize("seed", range(12))
async def test_rows_and_memory_give_the_same_decisions(owner_dsn: str, settings: Settings, seed: int) -> None:
    """The same town in a database and in memory: same trips, same drivers, same scores, same words."""
    tasks, crew = situation(seed, orders=random.Random(seed).randrange(1, 14), drivers=6)
    wanted = await decided(tasks, crew, settings)
    connection = await asyncpg.connect(owner_dsn)
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    try:
        async with connection.transaction():  # now() stands still: both ports see the same minute
            tenant = await stored(connection, tasks, crew)
            found = await read_round(Still(connection), settings, tenant, 12, 500, {})  # type: ignore[arg-type]
            got = found.decide(Draft())
    finally:
        await connection.close()
    assert told(got) == told(wanted)
    assert {one.order: one.driver for one in got.held} == {one.order: one.driver for one in wanted.held}
    assert got.unserved == wanted.unserved
    assert got.choices.keys() == wanted.choices.keys()
    for key, choice in got.choices.items():
        other = wanted.choices[key]
        assert choice.total == pytest.approx(other.total, abs=0.01)
        assert (choice.alternatives, choice.driver, choice.reason) == (other.alternatives, other.driver, other.reason)


def told(outcome: Outcome) -> list[tuple[Any, ...]]:
    return [(o.driver, o.orders, o.fresh, round(o.departs, 3), round(o.pickup_at, 3), o.grown) for o in outcome.told]


class Still:
    """A connection inside one transaction, as the reader of a round sees a database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, query: str, *values: Any) -> Any:
        return await self._connection.fetch(query, *values)


async def stored(connection: Any, tasks: Sequence[Task], crew: Sequence[Candidate]) -> uuid.UUID:
    """The town as rows."""
    tenant: uuid.UUID = await connection.fetchval(
        "INSERT INTO tenants (name, slug) VALUES ('Twin', 'twin') RETURNING id"
    )
    await connection.execute(
        "INSERT INTO service_levels (tenant_id, name, sla_minutes, metadata) VALUES ($1, 'quick', 60, $2)",
        tenant, {"score_weights": {"distance": 0.1, "time": 0.7, "load": 0.1, "priority": 0.1}},
    )  # fmt: skip
    for one in crew:
        await connection.execute(
            "INSERT INTO drivers (tenant_id, id, reference, name, vehicle_type, status, capacity_orders, capacity_kg,"
            " lat, lon, position_at, skills, shift_end) VALUES ($1, $2::text::uuid, $2, $2, $3, 'available', $4, $5,"
            " $6, $7, now(), $8, now() + make_interval(secs => $9))",
            tenant, one.key, one.vehicle, one.capacity, one.capacity_kg, *_at(one.position), sorted(one.skills),
            one.off * 60,
        )  # fmt: skip
        for place, task in enumerate(one.told):
            await order(connection, tenant, task, one.key, place, len(one.told) + place)
    for task in tasks:
        await order(connection, tenant, task)
    return tenant


def _at(place: object) -> tuple[float, float]:
    assert isinstance(place, tuple)
    return place[0], place[1]


async def order(connection: Any, tenant: uuid.UUID, task: Task, driver: str | None = None, *route: int) -> None:
    quick = task.weights != ScoreWeights()
    metadata = {"route": list(route)} if route else ({"vehicle_type": task.vehicle} if task.vehicle else {})
    await connection.execute(
        "INSERT INTO orders (tenant_id, id, reference, service_type, priority, status, driver_id, pickup_lat,"
        " pickup_lon, dropoff_lat, dropoff_lon, ready_at, promised_at, weight_kg, required_skills, metadata,"
        " last_event_at, assigned_at) VALUES ($1, $2::text::uuid, $2, $3, $4, $5, $6::text::uuid, $7, $8, $9, $10,"
        " now() + make_interval(secs => $11), now() + make_interval(secs => $12), $13, $14, $15, now(), now())",
        tenant, task.key, "quick" if quick else "standard", task.priority, "assigned" if driver else "pending", driver,
        *_at(task.pickup), *_at(task.dropoff), task.ready * 60, (task.promise or 0) * 60, task.weight_kg,
        sorted(task.skills), metadata,
    )  # fmt: skip


async def test_both_ports_ask_the_same_core(
    db: Database, settings: Settings, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    real = core.DispatchCore.decide

    def spy(self: DispatchCore, moment: Moment) -> Outcome:
        asked.append(moment.now)
        return real(self, moment)

    monkeypatch.setattr(core.DispatchCore, "decide", spy)
    await town.driver("ann")
    await town.order("o1")
    await dispatch_all(db, settings)
    assert asked == [0.0]
    simulate(small_day(1, orders=3, couriers=2), policy("rolling"))
    assert len(asked) > 30


@effort(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99_999), orders=st.integers(1, 25), drivers=st.integers(1, 8))
async def test_no_limit_is_ever_broken(seed: int, orders: int, drivers: int) -> None:
    tasks, crew = situation(seed, orders, drivers)
    ground = await survey(tasks, crew, GreatCircle(), 12)
    weights = replace(policy("live"), effort=5_000.0)
    outcome = DispatchCore(ground, LIMITS, weights, began=0.0).decide(Moment(0.0, tasks, crew))
    by_key = {task.key: task for task in tasks}
    fresh = [(one, key) for one in outcome.told for key in one.fresh]
    assert len({key for _, key in fresh}) == len(fresh)
    everywhere = [*(key for _, key in fresh), *(one.order for one in outcome.held), *outcome.unserved]
    assert sorted(everywhere) == sorted(by_key)
    for driver in crew:
        mine = [by_key[key] for one, key in fresh if one.driver == driver.key]
        if mine:
            assert driver.active + len(mine) <= (driver.capacity if not driver.active else min(driver.capacity, 4))
            assert sum(task.weight_kg for task in mine) <= driver.room_kg + 1e-6
        for task in mine:
            assert task.skills <= driver.skills
            assert task.vehicle in (None, driver.vehicle)
        for one in outcome.told:
            if one.driver == driver.key:
                assert one.pickup_at <= driver.off
                assert {task.key for task in driver.told} <= set(one.orders) or not one.grown


async def test_joining_never_makes_a_told_order_late() -> None:
    """Two of one kitchen would save a trip, but the first would break its promise by the detour."""
    kitchen, here = Town.at(1, 0), Town.at(0.9, 0)
    tight = Task("a", kitchen, Town.at(1, 3), 0.0, promise=15.0)
    other = Task("b", kitchen, Town.at(1, 1.5), 9.0, promise=90.0)
    driver = Candidate("d", here, here, 0.0, active=1, told=(tight,))
    ground = await survey([other], [driver], GreatCircle(), 12)
    weights = policy("live")
    engine = DispatchCore(ground, Limits(), weights, began=0.0)
    outcome = engine.decide(Moment(0.0, [other], [driver], Draft({"d": (("a", "b"),)})))
    assert not any(one.grown for one in outcome.told)
    loose = replace(tight, promise=80.0)
    engine = DispatchCore(ground, Limits(), replace(weights, commit=30.0), began=0.0)
    outcome = engine.decide(Moment(0.0, [replace(other, ready=0.0)], [replace(driver, told=(loose,))]))
    assert [(one.grown, one.fresh) for one in outcome.told] == [(True, ("b",))]
