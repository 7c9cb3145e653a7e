"""Auto-dispatch on a real database: what it gives to whom, what it refuses, and two of it at once."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from console.automation.dispatch.cycle import commit, dispatch_all, run
from console.automation.dispatch.moment import Draft
from console.automation.dispatch.round import read_round
from console.config.settings import Settings, override
from console.notify.message import Message
from console.store.database import Database
from tests.automation.conftest import Town

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_stopped_engine_touches_nothing(db: Database, settings: Settings, town: Town) -> None:
    await town.driver("ann")
    order = await town.order("o1")
    assert await run(db, settings, NOW) == {"skipped": "stopped"}
    assert (await town.row("orders", order))["status"] == "pending"


async def test_an_order_goes_to_the_near_driver_and_says_why(db: Database, settings: Settings, town: Town) -> None:
    near, _far = await town.driver("near", 0.5), await town.driver("far", 9.0)
    order = await town.order("o1")
    await town.start("auto_dispatch")
    stats = await run(db, settings, NOW)
    assert stats["assigned"] == 1
    row = await town.row("orders", order)
    assert (row["status"], row["driver_id"], row["route_sequence"]) == ("assigned", near, 0)
    assert row["eta_at"] > row["assigned_at"]
    log = (await town.rows("assignment_logs"))[0]
    assert log["assignment_type"] == "AUTO_ASSIGNED"
    assert log["alternative_drivers"] == 1
    assert "km away" in log["assignment_reason"]
    parts = 0.4 * log["distance_score"].__float__() + 0.3 * float(log["time_score"])
    parts += 0.2 * float(log["load_score"]) + 0.1 * float(log["priority_score"])
    assert abs(float(log["total_score"]) - parts) < 0.01
    events = [row["event_type"] for row in await town.rows("order_events")]
    assert events == ["assigned"]
    audit = await town.outside.fetchrow("SELECT * FROM audit_logs WHERE action = 'dispatch.round'")
    assert audit["origin"] == "scheduler"


async def test_all_orders_together_beat_each_one_for_itself(db: Database, settings: Settings, town: Town) -> None:
    """East is nearest to both; taken order by order the second one would get the far west driver."""
    west, east = await town.driver("west", -2.0), await town.driver("east", 1.0)
    first = await town.order("o1", (-0.4, 0.0), (-1.0, 0.0))
    second = await town.order("o2", (3.0, 0.0), (4.0, 0.0))
    await dispatch_all(db, settings)
    assert (await town.row("orders", first))["driver_id"] == west
    assert (await town.row("orders", second))["driver_id"] == east


async def test_nobody_unfit_is_chosen(db: Database, settings: Settings, town: Town) -> None:
    await town.driver("stale", 0.1, age=30)
    await town.driver("zero", 0.1, lat=0.0, lon=0.0)
    await town.driver("offline", 0.1, status="offline")
    await town.driver("weak", 0.1, capacity_kg=2.0)
    await town.driver("cyclist", 0.1, vehicle_type="bike")
    fit = await town.driver("fit", 5.0, capacity_kg=20.0, skills=["fragile"])
    order = await town.order("o1", weight_kg=5.0, required_skills=["fragile"], metadata='{"vehicle_type": "car"}')
    await dispatch_all(db, settings)
    assert (await town.row("orders", order))["driver_id"] == fit


async def test_a_driver_gets_no_more_than_there_is_room_for(db: Database, settings: Settings, town: Town) -> None:
    settings = override(settings, {"automation.commit_minutes": 60, "automation.look_ahead_minutes": 60})
    await town.driver("ann", capacity_orders=2)
    for number in range(6):
        await town.order(f"o{number}", (0.1 * number, 0.0), (0.3, 0.2), promise=400.0)
    for _ in range(4):
        await dispatch_all(db, settings)
    rows = [row["status"] for row in await town.rows("orders")]
    assert sorted(rows) == ["assigned"] * 2 + ["pending"] * 4


async def test_an_order_ready_much_later_is_held_back(db: Database, settings: Settings, town: Town) -> None:
    await town.driver("ann", 0.5)
    order = await town.order("later", ready=25.0, promise=90.0)
    stats = await dispatch_all(db, settings)
    assert (stats["held"], stats.get("assigned", 0)) == (1, 0)
    await town.outside.execute("UPDATE orders SET ready_at = now() + interval '3 minutes' WHERE id = $1", order)
    assert (await dispatch_all(db, settings))["assigned"] == 1


async def test_a_held_order_has_an_arrival_until_nobody_can_bring_it(
    db: Database, settings: Settings, town: Town
) -> None:
    ann = await town.driver("ann", 0.5)
    order = await town.order("later", ready=25.0, promise=90.0)
    assert (await dispatch_all(db, settings))["expected"] == 1
    held = await town.row("orders", order)
    ahead = await town.outside.fetchval("SELECT EXTRACT(epoch FROM $1::timestamptz - now()) / 60", held["eta_at"])
    assert 25 < ahead < 40
    assert "expected" not in await dispatch_all(db, settings)
    assert (await town.row("orders", order))["version"] == held["version"], "the same arrival is not written again"
    await town.outside.execute("UPDATE drivers SET status = 'offline' WHERE id = $1", ann)
    await dispatch_all(db, settings)
    assert (await town.row("orders", order))["eta_at"] is None


async def test_an_arrival_is_not_written_over_what_changed_meanwhile(
    db: Database, settings: Settings, town: Town
) -> None:
    await town.driver("ann", 0.5)
    order = await town.order("later", ready=25.0, promise=90.0)
    found = await read_round(db, settings, town.tenant, 12, 500, {})
    outcome = found.decide(Draft())
    await town.outside.execute("UPDATE orders SET notes = 'ring twice' WHERE id = $1", order)
    assert (await commit(db, settings, found, outcome))["expected"] == 0
    assert (await town.row("orders", order))["eta_at"] is None


async def test_no_driver_near_the_promise_is_one_critical_alert(db: Database, settings: Settings, town: Town) -> None:
    order = await town.order("o1", promise=20.0)
    for _ in range(3):
        await dispatch_all(db, settings)
    alerts = await town.rows("dispatch_alerts")
    assert [(a["alert_type"], a["severity"], a["occurrences"], a["order_id"]) for a in alerts] == [
        ("DISPATCH_FAILED", "critical", 3, order)
    ]
    assert "o1" not in alerts[0]["message"], "the order has a column of its own"
    told = (await town.rows("webhook_deliveries"))[0]
    assert Message("1", told["event"], "k", json.loads(told["body"])).text == f"o1: {alerts[0]['message']}"
    await town.driver("ann")
    await dispatch_all(db, settings)
    assert (await town.row("dispatch_alerts", alerts[0]["id"]))["status"] == "resolved"


async def test_an_impossible_place_is_told_and_stops_nobody(db: Database, settings: Settings, town: Town) -> None:
    await town.driver("ann")
    await town.order("nowhere", pickup_lat=0.0, pickup_lon=0.0)
    good = await town.order("good")
    stats = await dispatch_all(db, settings)
    assert (stats["rejected"], stats["assigned"]) == (1, 1)
    assert (await town.row("orders", good))["status"] == "assigned"
    assert (await town.rows("dispatch_alerts"))[0]["message"] == "its pickup has no usable position"


async def test_two_at_once_give_every_order_once(db: Database, settings: Settings, town: Town) -> None:
    settings = override(settings, {"automation.look_ahead_minutes": 120, "automation.commit_minutes": 120})
    for number in range(10):
        await town.driver(f"d{number}", number * 0.3, capacity_orders=3)
    for number in range(25):
        await town.order(f"o{number}", (number * 0.1, 0.0), (number * 0.1, 1.0), promise=500.0)
    for _ in range(3):
        results = await asyncio.gather(*(dispatch_all(db, settings) for _ in range(3)))
        assert results
    orders = await town.rows("orders")
    assert sum(row["status"] == "assigned" for row in orders) == 25
    logs = await town.rows("assignment_logs")
    assert len(logs) == len({row["order_id"] for row in logs}) == 25
    load: dict[Any, int] = {}
    for row in orders:
        load[row["driver_id"]] = load.get(row["driver_id"], 0) + 1
    assert max(load.values()) <= 3


async def test_an_order_that_changed_meanwhile_is_left_alone(db: Database, settings: Settings, town: Town) -> None:
    from console.automation.dispatch import cycle

    await town.driver("ann")
    order = await town.order("o1")
    found = await cycle.read_round(db, settings, town.tenant, 12, 10, {})
    outcome = found.decide(Draft())
    await town.outside.execute("UPDATE orders SET notes = 'call first' WHERE id = $1", order)
    totals = await cycle.commit(db, settings, found, outcome)
    assert (totals["assigned"], totals["lost"]) == (0, 1)
    assert (await town.row("orders", order))["status"] == "pending"


async def test_a_driver_gone_offline_mid_cycle_gets_nothing(db: Database, settings: Settings, town: Town) -> None:
    from console.automation.dispatch import cycle

    driver = await town.driver("ann")
    await town.order("o1")
    found = await cycle.read_round(db, settings, town.tenant, 12, 10, {})
    outcome = found.decide(Draft())
    await town.outside.execute("UPDATE drivers SET status = 'offline' WHERE id = $1", driver)
    assert (await cycle.commit(db, settings, found, outcome))["lost"] == 1


async def test_a_batch_goes_to_one_driver(db: Database, settings: Settings, town: Town) -> None:
    await town.driver("ann", 0.2)
    await town.driver("bob", 0.3)
    batch = await town.outside.fetchval(
        "INSERT INTO order_batches (tenant_id, batch_number) VALUES ($1, 'B1') RETURNING id", town.tenant
    )
    orders = [await town.order(f"o{n}", (0.0, 0.0), (1.0 + 0.1 * n, 0.5), batch_id=batch) for n in range(3)]
    await dispatch_all(db, settings)
    drivers = {(await town.row("orders", order))["driver_id"] for order in orders}
    assert len(drivers) == 1
    assert None not in drivers
    assert (await town.row("order_batches", batch))["status"] == "processing"


async def test_offers_go_round_three_drivers_then_force(db: Database, settings: Settings, town: Town) -> None:
    asking = override(settings, {"automation.offers": True})
    for number in range(4):
        await town.driver(f"d{number}", number * 0.5)
    order = await town.order("o1")
    for _ in range(4):
        await dispatch_all(db, asking)
        await town.outside.execute("UPDATE dispatch_offers SET expires_at = now() WHERE status = 'offered'")
    row = await town.row("orders", order)
    assert row["status"] == "assigned"
    offers = await town.rows("dispatch_offers")
    assert len(offers) == 3
    assert [offer["rank"] for offer in offers] == [1, 2, 3]
    assert len({offer["driver_id"] for offer in offers}) == 3
    assert (await town.rows("assignment_logs"))[0]["assignment_type"] == "FORCE_ASSIGNED"
