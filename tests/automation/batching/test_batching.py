"""Batching: pure rules by Hypothesis, and the cycle on a real database."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.automation.batching.cycle import batch_all
from console.automation.batching.rules import Parcel, Rules, form_batches
from console.automation.batching.verbs import cancel, show, split
from console.automation.travel.circle import distances_km
from console.automation.travel.model import Point
from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import Conflict, NotFound
from console.store.database import Database
from tests.automation.conftest import Town

ACTOR = Actor(Origin.COMMAND_LINE, "test")


PACE = 3.0


def km(a: Point, b: Point) -> float:
    return float(distances_km([a], [b])[0, 0])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999), count=st.integers(2, 25))
def test_batches_keep_every_rule(seed: int, count: int) -> None:
    dice = random.Random(seed)
    spot = lambda: (48.0 + dice.random() * 0.05, 11.0 + dice.random() * 0.05)  # noqa: E731
    shops = [spot() for _ in range(3)]
    parcels = [
        Parcel(
            str(i),
            dice.choice("ab"),
            dice.choice(shops),
            spot(),
            dice.random() * 20,
            dice.choice([None, dice.uniform(10, 120)]),
        )
        for i in range(count)
    ]
    rules = Rules()
    batches = form_batches(parcels, lambda _: rules, PACE)
    members = [index for batch in batches for index in batch.members]
    assert len(members) == len(set(members))
    for batch in batches:
        chosen = [parcels[i] for i in batch.members]
        assert 2 <= len(chosen) <= rules.max_orders
        assert len({parcel.service for parcel in chosen}) == 1
        assert batch.saved > 0
        assert all(km(a.dropoff, b.dropoff) <= rules.radius_km + 1e-9 for a in chosen for b in chosen)
        promises = [p.promise for p in chosen if p.promise is not None]
        assert not promises or max(promises) - min(promises) <= rules.spread
        clock, here = max(p.ready for p in chosen), chosen[0].pickup
        for parcel in chosen:
            clock += PACE * km(here, parcel.dropoff)
            assert parcel.promise is None or clock <= parcel.promise + 1e-6
            clock, here = clock + 2.0, parcel.dropoff


async def three(town: Town, **fields: object) -> list[object]:
    return [await town.order(f"o{n}", (0.0, 0.0), (2.0 + 0.2 * n, 1.0), promise=120.0, **fields) for n in range(3)]


async def test_near_orders_become_one_batch(db: Database, settings: Settings, town: Town) -> None:
    orders = await three(town)
    alone = await town.order("alone", (0.0, 0.0), (-9.0, 0.0), promise=120.0)
    stats = await batch_all(db, settings)
    assert (stats["batches"], stats["batched"]) == (1, 3)
    batch = (await town.rows("order_batches"))[0]
    assert set(batch["order_ids"]) == set(orders)
    assert batch["total_distance_km"] > 2
    assert (await town.row("orders", alone))["batch_id"] is None
    assert len([row for row in await town.rows("order_events") if row["event_type"] == "batched"]) == 3
    assert (await batch_all(db, settings)).get("batches", 0) == 0


async def test_rules_of_the_service_level_count(db: Database, settings: Settings, town: Town) -> None:
    await town.outside.execute(
        "INSERT INTO service_levels (tenant_id, name, sla_minutes, batch_rules) VALUES ($1, 'standard', 60, $2)",
        town.tenant,
        '{"max_orders": 2}',
    )
    await three(town)
    await batch_all(db, settings)
    assert [row["order_count"] for row in await town.rows("order_batches")] == [2]


async def test_a_batch_can_be_split_and_cancelled(db: Database, settings: Settings, town: Town) -> None:
    await three(town)
    await batch_all(db, settings)
    number = (await town.rows("order_batches"))[0]["batch_number"]
    assert (await split(db, ACTOR, number, ["o1"]))["stays"] == 2
    batch, orders = await show(db, number)
    assert len(orders) == len(batch["order_ids"]) == 2
    with pytest.raises(NotFound):
        await split(db, ACTOR, number, ["o1"])
    assert (await cancel(db, ACTOR, number))["status"] == "cancelled"
    assert {row["batch_id"] for row in await town.rows("orders")} == {None}
    with pytest.raises(Conflict):
        await cancel(db, ACTOR, number)


async def test_a_batch_under_way_cannot_be_cancelled(db: Database, settings: Settings, town: Town) -> None:
    await three(town)
    await batch_all(db, settings)
    await town.outside.execute("UPDATE orders SET status = 'picked_up' WHERE reference = 'o0'")
    number = (await town.rows("order_batches"))[0]["batch_number"]
    with pytest.raises(Conflict, match="picked_up"):
        await cancel(db, ACTOR, number)


async def test_a_finished_batch_is_counted(db: Database, settings: Settings, town: Town) -> None:
    await three(town)
    await batch_all(db, settings)
    await town.outside.execute("UPDATE order_batches SET status = 'processing'")
    await town.outside.execute(
        "UPDATE orders SET status = CASE WHEN reference = 'o0' THEN 'failed' ELSE 'delivered' END, delivered_at = now()"
    )
    await town.order("keeps the tenant in view")
    await batch_all(db, settings)
    batch = (await town.rows("order_batches"))[0]
    assert (batch["status"], batch["stops_completed"]) == ("completed", 2)
    assert batch["delivery_success_rate"] == pytest.approx(2 / 3)
