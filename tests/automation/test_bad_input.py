"""What people and devices send: handled, explained, nothing lost."""

from datetime import UTC, datetime

import asyncpg
import pytest

from console.automation.control import machine
from console.automation.dispatch import cycle
from console.automation.dispatch.cycle import dispatch_all
from console.automation.dispatch.moment import Draft
from console.automation.dispatch.write import locked_crew
from console.automation.escalation.cycle import escalate_all
from console.automation.routing.cycle import check_traffic, optimise_all
from console.config.settings import Settings
from console.store.database import Database
from tests.automation.conftest import Town

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_promise_long_broken_is_still_kept_as_soon_as_can_be(
    db: Database, settings: Settings, town: Town
) -> None:
    """An order that waited ten hours is not too dear to serve, and goes before one that has time."""
    await town.driver("ann", capacity_orders=1)
    old = await town.order("old", (0.3, 0.0), promise=-540.0)
    await town.outside.execute("UPDATE orders SET created_at = now() - interval '10 hours' WHERE id = $1", old)
    fresh = await town.order("fresh", (0.3, 0.1), promise=120.0)
    await dispatch_all(db, settings)
    assert (await town.row("orders", old))["status"] == "assigned"
    assert (await town.row("orders", fresh))["status"] == "pending"


async def test_an_impossible_promise_is_served_and_told(db: Database, settings: Settings, town: Town) -> None:
    """Three minutes for ten kilometres: the driver goes, and people hear that it will be late."""
    await town.driver("ann")
    order = await town.order("o1", (5.0, 0.0), (10.0, 0.0), promise=3.0)
    await dispatch_all(db, settings)
    await escalate_all(db, settings)
    assert (await town.row("orders", order))["status"] == "assigned"
    logs = await town.rows("escalation_logs")
    assert [(row["escalation_type"], row["severity"]) for row in logs] == [("SLA_RISK", "critical")]
    assert "after the promise" in logs[0]["reason"]


async def test_no_promise_and_no_ready_time_are_fine(db: Database, settings: Settings, town: Town) -> None:
    await town.driver("ann")
    order = await town.order("o1", promise=None)
    await town.outside.execute("UPDATE orders SET ready_at = NULL, weight_kg = NULL WHERE id = $1", order)
    assert (await dispatch_all(db, settings))["assigned"] == 1


@pytest.mark.parametrize(("lat", "lon"), [(90.5, 11.0), (48.0, 180.5), (float("nan"), 11.0)])
async def test_places_out_of_range_do_not_enter(town: Town, lat: float, lon: float) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await town.driver("nowhere", lat=lat, lon=lon)
    with pytest.raises(asyncpg.CheckViolationError):
        await town.order("nowhere", pickup_lat=lat, pickup_lon=lon)


@pytest.mark.parametrize("column", ["created_at", "ready_at", "promised_at", "eta_at", "assigned_at", "last_event_at"])
async def test_no_moment_of_an_order_is_infinite(town: Town, column: str) -> None:
    """Minutes since for ever cannot be reckoned with: one such row would stop its tenant's rounds."""
    order = await town.order("o1")
    with pytest.raises(asyncpg.CheckViolationError):
        await town.outside.execute(f"UPDATE orders SET {column} = 'infinity' WHERE id = $1", order)


async def test_metadata_of_others_harms_nobody(db: Database, settings: Settings, town: Town) -> None:
    """Users' programs write what they like there: the engines take what has the shape of theirs."""
    ann = await town.driver("ann", capacity_orders=9)
    for number, text in enumerate(('{"route": ["a", "b"]}', '{"route": {}}', '{"route": [1, 1e99]}', "[1]", "7")):
        await town.order(f"odd{number}", status="assigned", driver_id=ann, metadata=text)
    await town.driver("bob", 1.0)
    good, near = await town.order("good", (1.1, 0.0)), await town.order("near", (0.0, 0.1))
    for _ in range(2):
        await dispatch_all(db, settings)
        await optimise_all(db, settings)
        await escalate_all(db, settings)
    assert (await town.row("orders", good))["status"] == "assigned"
    assert (await town.row("orders", near))["status"] == "assigned"
    async with db.transaction(machine("auto_dispatch")) as connection:
        assert (await locked_crew(connection, town.tenant, [ann]))[ann]["stop"] > 2999


async def test_a_driver_deleted_between_reading_and_writing(db: Database, settings: Settings, town: Town) -> None:
    """The order stays open and the next round gives it to somebody who is there."""
    gone = await town.driver("ann")
    order = await town.order("o1")
    found = await cycle.read_round(db, settings, town.tenant, 12, 10, {})
    outcome = found.decide(Draft())
    await town.outside.execute("DELETE FROM drivers WHERE id = $1", gone)
    assert (await cycle.commit(db, settings, found, outcome))["lost"] == 1
    assert (await town.row("orders", order))["status"] == "pending"
    bob = await town.driver("bob", 1.0)
    await dispatch_all(db, settings)
    assert (await town.row("orders", order))["driver_id"] == bob


async def test_a_told_order_picked_up_meanwhile_takes_nobody_along(
    db: Database, settings: Settings, town: Town
) -> None:
    """A second order would join the trip; between reading and writing the driver leaves the kitchen."""
    ann = await town.driver("ann", 0.2)
    first = await town.order("o1", (0.3, 0.0), (1.0, 1.0))
    await dispatch_all(db, settings)
    second = await town.order("o2", (0.3, 0.0), (1.0, 1.1))
    found = await cycle.read_round(db, settings, town.tenant, 12, 10, {})
    outcome = found.decide(Draft())
    assert [one.grown for one in outcome.told] == [True]
    await town.outside.execute("UPDATE orders SET status = 'picked_up' WHERE id = $1", first)
    assert (await cycle.commit(db, settings, found, outcome))["lost"] == 1
    assert (await town.row("orders", second))["status"] == "pending"
    await town.outside.execute("UPDATE orders SET status = 'assigned' WHERE id = $1", first)
    await dispatch_all(db, settings)
    rows = [await town.row("orders", key) for key in (first, second)]
    assert {row["driver_id"] for row in rows} == {ann}
    assert len({row["metadata"] for row in rows}) == 2


async def test_incidents_that_contain_each_other_end_in_one_change(
    db: Database, settings: Settings, town: Town
) -> None:
    """Jams inside jams, one over the driver, each naming the other's orders: looked at once, not round and round."""
    ann = await town.driver("ann")
    first = await town.order("o1", (0.5, 0.0), (2.0, 0.0), status="assigned", driver_id=ann)
    second = await town.order("o2", (0.5, 0.1), (-2.0, 0.0), status="assigned", driver_id=ann)
    for severity, radius, orders in (("SEVERE", 100_000, [first]), ("LOW", 1, [second]), ("HIGH", 3_000, [first])):
        lat, lon = town.at(0.0, 0.0)
        await town.outside.execute(
            "INSERT INTO traffic_incidents (tenant_id, latitude, longitude, affected_radius_meters, severity,"
            " incident_type, affected_orders, affected_routes) VALUES ($1, $2, $3, $4, $5, 'road_closure', $6, $6)",
            town.tenant, lat, lon, radius, severity, orders,
        )  # fmt: skip
    await town.start("routing")
    for _ in range(3):
        await check_traffic(db, settings, NOW)
        await optimise_all(db, settings)
    changed = [row for row in await town.rows("route_optimizations") if row["status"] == "executed"]
    assert len(changed) <= 1
    assert all(row["eta_at"] is not None for row in await town.rows("orders"))
