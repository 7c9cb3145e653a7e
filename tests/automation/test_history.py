"""One order's life from every log: in danger, given away, taken back, given again, picked up, delivered."""

from console.automation.dispatch.cycle import dispatch_all
from console.automation.dispatch.verbs import undo_round
from console.automation.escalation.cycle import escalate_all
from console.automation.history import order_life
from console.automation.world.city import City
from console.automation.world.live import World
from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.store.database import Database
from tests.automation.conftest import Town


async def test_an_endangered_order_tells_its_whole_life(db: Database, settings: Settings, town: Town) -> None:
    order = await town.order("o1", promise=12.0)
    await dispatch_all(db, settings)
    await escalate_all(db, settings)
    await town.driver("ann")
    await town.driver("bob", 2.0)
    await dispatch_all(db, settings)
    rows = await order_life(db, town.tenant, order)
    decision = next(row for row in rows if row["log"] == "decision")
    assert (decision["what"], decision["driver"], decision["actor"]) == ("AUTO_ASSIGNED", "ann", "auto_dispatch")
    assert decision["details"]["alternatives"] == 1
    assert 0 < decision["details"]["score"] <= 100
    assert "best for all orders together" in decision["words"]
    back = await undo_round(db, Actor(Origin.COMMAND_LINE, "wrong kitchen"), decision["details"]["round"])
    assert back["taken_back"] == 1
    await escalate_all(db, settings)
    rows = await order_life(db, town.tenant, order)
    told = [(row["log"], row["what"]) for row in rows]
    for wanted in [
        ("order", "created"), ("alert", "opened"), ("escalation", "opened"), ("decision", "AUTO_ASSIGNED"),
        ("event", "assigned"), ("alert", "resolved"), ("event", "unassigned"),
    ]:  # fmt: skip
        assert wanted in told
    assert told.index(("escalation", "opened")) < told.index(("decision", "AUTO_ASSIGNED"))
    assert rows[-1]["at"] == max(row["at"] for row in rows)
    undone = next(row for row in rows if row["what"] == "unassigned")
    assert undone["words"] == "wrong kitchen"


async def test_a_delivered_order_of_a_played_day_has_every_step(db: Database, settings: Settings, town: Town) -> None:
    city = City(1, drivers=10, rate=1.0, radius_km=1.5, speed=100_000.0)
    world = World(db, city, tenant="Demo City", tag="life", speed=1.0, road_factor=1.3)
    tenant = await world.begin()
    found = None
    for _ in range(20):
        await world.tick(2.0)
        await dispatch_all(db, settings)
        found = found or await town.outside.fetchval("SELECT id FROM orders WHERE status = 'delivered' LIMIT 1")
        if found:
            break
    assert found is not None
    rows = await order_life(db, tenant, found)
    steps = [row["what"] for row in rows if row["log"] in ("event", "decision")]
    assert [step for step in steps if step != "batched"] == [
        "created", "AUTO_ASSIGNED", "assigned", "picked_up", "delivered",
    ]  # fmt: skip
    actors = {row["what"]: row["actor"] for row in rows}
    assert (actors["created"], actors["assigned"], actors["delivered"]) == ("life", "auto_dispatch", "driver")
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
