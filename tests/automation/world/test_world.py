"""Worlds: motion is pure, a city is repeatable, and a short day in a real database ends with everything delivered."""

from pathlib import Path
from uuid import uuid4

import pytest

from console.automation.batching.cycle import batch_all
from console.automation.dispatch.cycle import dispatch_all
from console.automation.escalation.cycle import escalate_all
from console.automation.routing.cycle import optimise_all
from console.automation.routing.drivers import driver_tour
from console.automation.travel.incidents import Incident
from console.automation.world.city import City
from console.automation.world.live import World, live
from console.automation.world.motion import Mover, advance, gap_km
from console.automation.world.recorded import RecordedDay
from console.config.settings import Settings
from console.errors import InputRejected, NotFound
from console.store.database import Database
from tests.automation.conftest import Town
from tests.automation.shared import data


def tour_of(*, ready: float = 0.0, status: str = "assigned") -> object:
    driver = {"id": uuid4(), "name": "a", "vehicle_type": "car", "capacity_orders": 5, "lat": 48.0, "lon": 11.0}
    order = {
        "id": uuid4(), "status": status, "pickup_lat": 48.01, "pickup_lon": 11.0, "dropoff_lat": 48.02,
        "dropoff_lon": 11.0, "ready": ready, "promise": 60.0, "places": None, "version": 1,
    }  # fmt: skip
    return driver_tour(driver, [order])


def test_a_driver_picks_up_and_delivers_in_time_that_adds_up() -> None:
    tour = tour_of()
    mover = Mover((48.0, 11.0))
    leg = gap_km((48.0, 11.0), (48.01, 11.0))[2]
    assert advance(mover, tour, leg * 2.0, 2.0, 1.0, []) == []  # type: ignore[arg-type]
    events = advance(mover, tour, 1.5, 2.0, 1.0, [])  # type: ignore[arg-type]
    assert [event.status for event in events] == ["out_for_delivery"]
    events = advance(mover, tour_of(status="out_for_delivery"), leg * 2.0 + 1.0, 2.0, 1.0, [])  # type: ignore[arg-type]
    assert [event.status for event in events] == ["delivered"]
    assert mover.place == pytest.approx((48.02, 11.0))


def test_goods_that_are_not_ready_are_waited_for() -> None:
    mover = Mover((48.0, 11.0))
    assert advance(mover, tour_of(ready=5.0), 500.0, 2.0, 1.0, []) == []  # type: ignore[arg-type]
    assert mover.place == pytest.approx((48.01, 11.0))


def test_a_jam_slows_down() -> None:
    jam = Incident("i", 48.0, 11.0, 5.0, "SEVERE", "accident")
    quick, slow = Mover((48.0, 11.0)), Mover((48.0, 11.0))
    advance(quick, tour_of(), 1.0, 2.0, 1.0, [])  # type: ignore[arg-type]
    advance(slow, tour_of(), 1.0, 2.0, 1.0, [jam])  # type: ignore[arg-type]
    gone = [gap_km((48.0, 11.0), mover.place)[2] for mover in (quick, slow)]
    assert gone[0] == pytest.approx(4.0 * gone[1], rel=0.01)


def test_the_same_seed_is_the_same_city() -> None:
    first, second, other = City(3), City(3), City(4)
    assert first.drivers() == second.drivers() != other.drivers()
    assert first.orders(5.0) == second.orders(5.0) != other.orders(5.0)
    assert len(City(3, drivers=10, rate=2.0).orders(60.0)) == pytest.approx(125, abs=40)


async def test_a_demo_hour_delivers_and_leaves_traces(db: Database, settings: Settings, town: Town) -> None:
    """Nobody waits: the world's clock runs while the database's hardly does, so goods are ready almost at once."""
    city = City(1, drivers=10, rate=1.0, radius_km=1.5, speed=100_000.0)
    world = World(db, city, tenant="Demo City", tag="demo-1", speed=1.0, road_factor=1.3)
    await world.begin()
    for step in range(30):
        await world.tick(2.0)
        await dispatch_all(db, settings)
        if step % 5 == 0:
            await optimise_all(db, settings)
            await batch_all(db, settings)
            await escalate_all(db, settings)
    outcome = await world.outcome()
    assert outcome.delivered >= 8
    rows = await town.outside.fetch("SELECT status, picked_up_at, delivered_at FROM orders WHERE status = 'delivered'")
    assert all(row["picked_up_at"] <= row["delivered_at"] for row in rows)
    told = await town.outside.fetchval("SELECT count(*) FROM order_events WHERE event_type = 'delivered'")
    assert told == outcome.delivered
    assert await town.outside.fetchval("SELECT count(*) FROM traffic_incidents") > 0
    running = await town.outside.fetchval("SELECT count(*) FROM engine_control WHERE desired_state = 'running'")
    assert running == 4


ORDERS = "reference,service_type,ready_at,pickup_lat,pickup_lon,dropoff_lat,dropoff_lon\n"
DRIVERS = "reference,name,vehicle_type,capacity_orders,lat,lon,position_at\n"


def recorded(tmp_path: Path, orders: str, drivers: str = DRIVERS + "c1,Ann,car,5,48.1,11.5,\n") -> RecordedDay:
    (tmp_path / "orders.csv").write_text(orders)
    (tmp_path / "drivers.csv").write_text(drivers)
    return RecordedDay([tmp_path / "orders.csv", tmp_path / "drivers.csv"], speed=60.0, promise_minutes=90, tag="x")


def test_a_recorded_day_comes_in_order_at_its_speed(tmp_path: Path) -> None:
    lines = [
        "b,standard,2026-01-01T10:30:00+01:00,48.1,11.5,48.2,11.6",
        "a,standard,2026-01-01T09:30:00+01:00,48.1,11.5,48.2,11.6",
    ]
    day = recorded(tmp_path, ORDERS + "\n".join(lines) + "\n")
    assert [order.reference for order in day.orders(0.0)] == ["a-x"]
    assert day.orders(0.9) == []
    later = day.orders(1.0)
    assert [(order.reference, order.promise) for order in later] == [("b-x", 1.5)]
    assert day.over(1.0)


@pytest.mark.parametrize(
    "line",
    [
        "a,standard,noon,48.1,11.5,48.2,11.6",
        "a,standard,2026-01-01T10:00:00,0,0,48.2,11.6",
        "a,s,2026-01-01T10:00:00,x,1,1,1",
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputRejected, match=r"orders\.csv:2"):
        recorded(tmp_path, ORDERS + line + "\n")


def test_missing_files_and_columns_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        RecordedDay([tmp_path / "none.csv"], speed=60, promise_minutes=60, tag="x")
    with pytest.raises(InputRejected, match="neither"):
        recorded(tmp_path, "a,b\n1,2\n")


async def test_a_real_day_plays_into_the_database(db: Database, settings: Settings, town: Town) -> None:
    folder = data("deliveries")
    day = RecordedDay(sorted(folder.glob("jilin_*.csv")), speed=1000.0, promise_minutes=240.0, tag="t")
    world = World(db, day, tenant="Jilin", tag="replay-t", speed=1000.0, road_factor=1.3)
    await world.begin()

    async def no_wait(_seconds: float) -> None:
        await dispatch_all(db, settings)

    outcome = await live(world, day, seconds=6.0, until=1.2, sleep=no_wait)
    assert outcome.delivered + outcome.under_way + outcome.waiting + len(day.left_out) == 434
    assert outcome.delivered > 50
