"""The route optimiser on a real database: better orders of stops, incidents, races."""

from typing import Any
from uuid import UUID

from console.automation.routing import cycle
from console.automation.routing.cycle import optimise_all, optimise_tenant
from console.config.settings import Settings
from console.store.database import Database
from tests.automation.conftest import Town


async def zigzag(town: Town, promise: float | None = 300.0) -> tuple[UUID, list[UUID]]:
    """A driver whose stops alternate between east and west."""
    driver = await town.driver("ann")
    orders = []
    for number, (east, north) in enumerate([(5.0, 0.0), (-5.0, 0.2), (5.2, 0.5), (-5.2, 0.7), (5.4, 1.0)]):
        fields: dict[str, Any] = {"status": "picked_up", "driver_id": driver, "route_sequence": number}
        orders.append(await town.order(f"o{number}", (0.0, 0.0), (east, north), promise=promise, **fields))
    return driver, orders


async def test_a_zigzag_becomes_two_sides(db: Database, settings: Settings, town: Town) -> None:
    driver, orders = await zigzag(town)
    stats = await optimise_all(db, settings)
    assert stats["executed"] == 1
    rows = {row["id"]: row for row in await town.rows("orders")}
    order = sorted(orders, key=lambda key: rows[key]["route_sequence"])
    east = [orders.index(key) % 2 == 0 for key in order]
    assert east in ([True] * 3 + [False] * 2, [False] * 2 + [True] * 3)
    etas = [rows[key]["eta_at"] for key in order]
    assert etas == sorted(etas)
    log = (await town.rows("route_optimizations"))[0]
    assert (log["driver_id"], log["status"], log["stop_count"]) == (driver, "executed", 5)
    assert log["original_time_minutes"] - log["optimized_time_minutes"] == log["time_saved_minutes"] > 10
    assert log["distance_saved_km"] > 5
    assert sorted(log["original_sequence"]) == log["optimized_sequence"] == [0, 1, 2, 3, 4]


async def test_a_second_look_changes_nothing(db: Database, settings: Settings, town: Town) -> None:
    await zigzag(town)
    await optimise_all(db, settings)
    before = {row["id"]: row["version"] for row in await town.rows("orders")}
    stats = await optimise_all(db, settings)
    assert stats.get("executed", 0) == 0
    assert {row["id"]: row["version"] for row in await town.rows("orders")} == before


async def test_what_was_on_time_stays_on_time(db: Database, settings: Settings, town: Town) -> None:
    """The second stop's promise leaves no room for serving the whole east first."""
    _, orders = await zigzag(town)
    await town.outside.execute("UPDATE orders SET promised_at = now() + interval '62 minutes' WHERE id = $1", orders[1])
    await optimise_all(db, settings)
    row = await town.row("orders", orders[1])
    assert row["eta_at"] <= row["promised_at"]


async def test_pickup_stays_before_dropoff(db: Database, settings: Settings, town: Town) -> None:
    driver = await town.driver("ann")
    for number in range(4):
        fields: dict[str, Any] = {"status": "assigned", "driver_id": driver, "route_sequence": number}
        await town.order(
            f"o{number}", ((-1) ** number * 3.0, 0.0), ((-1) ** number * -3.0, 1.0), promise=900.0, **fields
        )
    assert (await optimise_tenant(db, settings, town.tenant, 12, force=True))["executed"] == 1
    import json

    for row in await town.rows("orders"):
        pickup, dropoff = json.loads(row["metadata"])["route"]
        assert 0 <= pickup < dropoff


async def test_only_drivers_in_the_jam_are_looked_at(db: Database, settings: Settings, town: Town) -> None:
    await zigzag(town)
    other = await town.driver("bob", 0.0, -8.0)
    await town.order("far", (0.0, -8.0), (0.0, -9.0), status="picked_up", driver_id=other)
    assert await optimise_all(db, settings, only_touched=True) == {}
    lat, lon = town.at(2.5, 0.05)
    incident = await town.outside.fetchval(
        "INSERT INTO traffic_incidents (tenant_id, latitude, longitude, severity, incident_type)"
        " VALUES ($1, $2, $3, 'SEVERE', 'accident') RETURNING id", town.tenant, lat, lon,
    )  # fmt: skip
    stats = await optimise_all(db, settings, only_touched=True)
    assert (stats["drivers"], stats["executed"]) == (1, 1)
    row = await town.row("traffic_incidents", incident)
    assert len(row["affected_orders"]) == 5
    assert len(row["affected_routes"]) == 1


async def test_an_order_reassigned_meanwhile_stops_the_write(db: Database, settings: Settings, town: Town) -> None:
    _, orders = await zigzag(town)
    tours = await cycle._tours(
        db, town.tenant, await db.fetch(cycle._SQL["drivers_with_stops"], town.tenant, 10, None), 2.0
    )
    source = cycle.travel_source(settings, await cycle.learned_speeds(db, town.tenant, 1.3))
    plan = await cycle._plan(settings, source, tours[0], [], (), 12)
    assert plan is not None
    await town.outside.execute("UPDATE orders SET driver_id = NULL, status = 'pending' WHERE id = $1", orders[0])
    assert (await cycle._commit(db, town.tenant, plan, apply=True))["conflicts"] == 1
    assert await town.rows("route_optimizations") == []


async def test_a_driver_at_zero_zero_is_passed_over(db: Database, settings: Settings, town: Town) -> None:
    driver, _ = await zigzag(town)
    await town.outside.execute("UPDATE drivers SET lat = 0, lon = 0 WHERE id = $1", driver)
    assert await optimise_all(db, settings) == {}
