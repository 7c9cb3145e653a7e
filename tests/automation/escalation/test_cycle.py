"""Escalation on a real database: the four troubles, once each, taken back when over."""

import json
import uuid

from console.automation.escalation.cycle import escalate_all
from console.config.settings import Settings
from console.store.database import Database
from tests.automation.conftest import Town


async def set_eta(town: Town, order: uuid.UUID, minutes: float) -> None:
    await town.outside.execute(
        "UPDATE orders SET eta_at = now() + make_interval(secs => $2) WHERE id = $1", order, minutes * 60
    )


async def test_a_predicted_breach_is_one_escalation_and_one_alert(db: Database, settings: Settings, town: Town) -> None:
    ann = await town.driver("ann")
    order = await town.order("o1", promise=25.0, status="out_for_delivery", driver_id=ann)
    await set_eta(town, order, 40.0)
    for _ in range(3):
        await escalate_all(db, settings)
    logs = await town.rows("escalation_logs")
    assert [(row["escalation_type"], row["severity"], row["order_id"]) for row in logs] == [("SLA_RISK", "high", order)]
    assert 14 < logs[0]["current_delay_minutes"] < 16
    assert "after the promise" in logs[0]["reason"]
    alerts = await town.rows("dispatch_alerts")
    assert [(row["alert_type"], row["status"], row["fingerprint"]) for row in alerts] == [
        ("SLA_BREACH", "open", f"sla_risk:{order}")
    ]
    assert "o1" not in (await town.rows("dispatch_alerts"))[0]["message"]
    assert logs[0]["reason"].startswith("o1: ")
    told = await town.rows("webhook_deliveries")
    assert [json.loads(row["body"])["order"] for row in told] == ["o1"]


async def test_enough_time_is_no_trouble_although_little_is_left(db: Database, settings: Settings, town: Town) -> None:
    ann = await town.driver("ann")
    order = await town.order("o1", promise=20.0, status="out_for_delivery", driver_id=ann)
    await set_eta(town, order, 5.0)
    await escalate_all(db, settings)
    assert await town.rows("escalation_logs") == []


async def test_what_is_over_is_taken_back(db: Database, settings: Settings, town: Town) -> None:
    order = await town.order("o1", promise=12.0)
    await escalate_all(db, settings)
    assert (await town.rows("escalation_logs"))[0]["severity"] == "critical"
    assert (await town.row("orders", order))["priority"] == "urgent"
    await town.outside.execute("UPDATE orders SET status = 'delivered', delivered_at = now() WHERE id = $1", order)
    await escalate_all(db, settings)
    assert (await town.rows("escalation_logs"))[0]["status"] == "resolved"
    assert (await town.rows("dispatch_alerts"))[0]["status"] == "resolved"
    assert [row["event"] for row in await town.rows("webhook_deliveries")] == ["alert.opened", "alert.resolved"]


async def test_worse_is_raised_not_doubled(db: Database, settings: Settings, town: Town) -> None:
    order = await town.order("o1", promise=40.0)
    await escalate_all(db, settings)
    await town.outside.execute("UPDATE orders SET promised_at = now() + interval '8 minutes' WHERE id = $1", order)
    await town.outside.execute("UPDATE dispatch_alerts SET status = 'acknowledged', acknowledged_at = now()")
    stats = await escalate_all(db, settings)
    assert (stats["opened"], stats["raised"]) == (0, 1)
    logs = await town.rows("escalation_logs")
    assert [row["severity"] for row in logs] == ["critical"]
    assert (await town.rows("dispatch_alerts"))[0]["status"] == "open"


async def test_an_old_acknowledgement_opens_again(db: Database, settings: Settings, town: Town) -> None:
    await town.order("o1", promise=12.0)
    await escalate_all(db, settings)
    await town.outside.execute(
        "UPDATE dispatch_alerts SET status = 'acknowledged', acknowledged_at = now() - interval '31 minutes'"
    )
    await escalate_all(db, settings)
    assert (await town.rows("dispatch_alerts"))[0]["status"] == "open"


async def test_a_silent_driver_goes_offline_and_gives_back(db: Database, settings: Settings, town: Town) -> None:
    silent = await town.driver("silent", age=20.0, status="busy")
    waiting = await town.order("o1", promise=200.0, status="assigned", driver_id=silent)
    carried = await town.order("o2", promise=200.0, status="picked_up", driver_id=silent)
    stats = await escalate_all(db, settings)
    assert (stats["offline"], stats["freed"]) == (1, 1)
    assert (await town.row("drivers", silent))["status"] == "offline"
    assert (await town.row("orders", waiting))["status"] == "pending"
    assert (await town.row("orders", carried))["driver_id"] == silent
    kinds = [row["escalation_type"] for row in await town.rows("escalation_logs")]
    assert kinds == ["UNRESPONSIVE_DRIVER"]


async def test_a_late_order_moves_to_who_saves_more_than_ten_minutes(
    db: Database, settings: Settings, town: Town
) -> None:
    slow, quick = await town.driver("slow", 15.0), await town.driver("quick", 0.2)
    order = await town.order("o1", promise=20.0, status="assigned", driver_id=slow)
    await set_eta(town, order, 55.0)
    assert (await escalate_all(db, settings))["reassigned"] == 1
    row = await town.row("orders", order)
    assert row["driver_id"] == quick
    log = (await town.rows("assignment_logs"))[0]
    assert "min earlier" in log["assignment_reason"]
    kept = await town.order("o2", promise=20.0, status="assigned", driver_id=slow)
    await set_eta(town, kept, 26.0)
    await escalate_all(db, settings)
    assert (await town.row("orders", kept))["driver_id"] == slow


async def test_stuck_and_failed_orders_are_found(db: Database, settings: Settings, town: Town) -> None:
    ann = await town.driver("ann")
    stuck = await town.order("stuck", promise=300.0, status="assigned", driver_id=ann)
    failed = await town.order("failed", promise=300.0, status="failed", driver_id=ann)
    quiet = await town.order("later", ready=100.0, promise=300.0)
    await town.outside.execute("UPDATE orders SET last_event_at = now() - interval '35 minutes'")
    await escalate_all(db, settings)
    found = {(row["escalation_type"], row["order_id"]) for row in await town.rows("escalation_logs")}
    assert found == {("STUCK_ORDER", stuck), ("FAILED_DELIVERY", failed)}
    assert quiet not in {order for _, order in found}
