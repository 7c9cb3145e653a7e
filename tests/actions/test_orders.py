"""Orders change hands, beside other dispatchers."""

import asyncio
import json
from typing import Any

import pytest

from console.actions.model import Outcome, Result, Scope
from console.actions.registry import by_id
from console.actions.run import perform, undo
from console.domain.actor import Actor
from console.errors import UsageError
from console.store.database import Database
from tests.actions.conftest import Town


async def act(db: Database, verb: str, town: Town, actor: Actor, version: int = 1, **params: str) -> Outcome:
    target = town.target(Scope.ORDER, town.order, version)
    return (await perform(db, by_id(f"order.{verb}"), [target], params, actor))[0]


async def driver_of(town: Town) -> tuple[str, Any]:
    row = await town.row("orders", town.order)
    return row["status"], str(row["driver_id"]) if row["driver_id"] else None


async def test_reassigning_moves_the_order_and_leaves_every_trace(db: Database, town: Town, actor: Actor) -> None:
    outcome = await act(db, "reassign", town, actor, driver=town.bob)
    assert outcome.result is Result.DONE and "Bob" in outcome.message
    assert await driver_of(town) == ("assigned", town.bob)
    log = await town.outside.fetchrow("SELECT * FROM assignment_logs")
    assert (log["assignment_type"], str(log["driver_id"]), log["assignment_reason"]) == (
        "MANUAL",
        town.bob,
        "because it rains",
    )
    assert log["alternative_drivers"] == 2
    event = await town.outside.fetchrow("SELECT * FROM order_events")
    assert (event["event_type"], event["from_status"], event["to_status"], event["actor"]) == (
        "reassigned",
        "assigned",
        "assigned",
        "ann",
    )
    (entry,) = await town.audit("order.reassign")
    assert json.loads(entry["before"])["driver"] == "Ann" and json.loads(entry["after"])["driver"] == "Bob"


async def test_undo_gives_it_back_through_the_same_checks(db: Database, town: Town, actor: Actor) -> None:
    done = await act(db, "reassign", town, actor, driver=town.bob)
    (back,) = await undo(db, by_id("order.reassign"), [done], actor)
    assert back.result is Result.DONE
    assert await driver_of(town) == ("assigned", town.ann)
    done = await act(db, "unassign", town, actor, version=0)
    assert await driver_of(town) == ("pending", None)
    await undo(db, by_id("order.unassign"), [done], actor)
    assert await driver_of(town) == ("assigned", town.ann)


@pytest.mark.parametrize(("verb", "params"), [("reassign", {"driver": "bob"}), ("unassign", {})])
async def test_the_old_route_s_places_and_arrival_go_with_the_old_driver(
    db: Database, town: Town, actor: Actor, verb: str, params: dict[str, str]
) -> None:
    await town.outside.execute(
        "UPDATE orders SET eta_at = now(), route_sequence = 3,"
        ' metadata = metadata || \'{"route": [2, 5], "gate": "7b"}\' WHERE id = $1::text::uuid',
        town.order,
    )
    done = await act(db, verb, town, actor, version=0, **{name: getattr(town, key) for name, key in params.items()})
    assert done.result is Result.DONE
    row = await town.row("orders", town.order)
    assert (row["eta_at"], row["route_sequence"]) == (None, None)
    kept = json.loads(row["metadata"])
    assert "route" not in kept and kept["gate"] == "7b"


async def test_undoing_the_first_assignment_leaves_it_waiting_again(db: Database, town: Town, actor: Actor) -> None:
    await act(db, "unassign", town, actor)
    for verb in ("assign", "reassign"):
        done = await act(db, verb, town, actor, version=0, driver=town.eve)
        await undo(db, by_id(f"order.{verb}"), [done], actor)
        assert await driver_of(town) == ("pending", None)


async def test_undo_after_somebody_else_moved_it_is_a_conflict(db: Database, town: Town, actor: Actor) -> None:
    done = await act(db, "reassign", town, actor, driver=town.bob)
    await act(db, "reassign", town, actor, version=0, driver=town.eve)
    (back,) = await undo(db, by_id("order.reassign"), [done], actor)
    assert back.result is Result.CONFLICT
    assert await driver_of(town) == ("assigned", town.eve)


async def test_the_last_place_of_a_driver_is_given_once(db: Database, town: Town, actor: Actor) -> None:
    keys = [
        await town.outside.fetchval(
            "INSERT INTO orders (tenant_id, reference) VALUES ($1, $2) RETURNING id::text", town.tenant, f"W-{i}"
        )
        for i in range(4)
    ]
    verb = by_id("order.assign")
    outcomes = await asyncio.gather(
        *(perform(db, verb, [town.target(Scope.ORDER, key)], {"driver": town.bob}, actor) for key in keys)
    )
    assert sorted(o[0].result for o in outcomes) == [Result.DONE] * 2 + [Result.REFUSED] * 2
    count = await town.outside.fetchval("SELECT count(*) FROM orders WHERE driver_id = $1::uuid", town.bob)
    assert count == 2  # capacity_orders


async def test_in_bulk_each_row_answers_for_itself(db: Database, town: Town, actor: Actor) -> None:
    keys = [
        await town.outside.fetchval(
            "INSERT INTO orders (tenant_id, reference) VALUES ($1, $2) RETURNING id::text", town.tenant, f"W-{i}"
        )
        for i in range(3)
    ]
    gone = "00000000-0000-0000-0000-000000000001"
    targets = [town.target(Scope.ORDER, key) for key in [keys[0], gone, *keys[1:]]]
    outcomes = await perform(db, by_id("order.assign"), targets, {"driver": town.bob}, actor)
    assert [o.result for o in outcomes] == [Result.DONE, Result.GONE, Result.DONE, Result.REFUSED]
    assert "full" in outcomes[3].message


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("UPDATE drivers SET status = 'offline' WHERE name = 'Bob'", "offline"),
        ("UPDATE orders SET status = 'picked_up'", "picked_up"),
        ("UPDATE drivers SET capacity_kg = 5 WHERE name = 'Bob'; UPDATE orders SET weight_kg = 6", "kg"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(
    db: Database, town: Town, actor: Actor, change: str, word: str
) -> None:
    await town.outside.execute(change)
    outcome = await act(db, "reassign", town, actor, version=0, driver=town.bob)
    assert outcome.result is Result.REFUSED and word in outcome.message
    assert (await driver_of(town))[1] == town.ann
    assert await town.audit("order.reassign") == []


async def test_drivers_of_other_tenants_do_not_exist_here(db: Database, town: Town, actor: Actor) -> None:
    other = await town.outside.fetchval("INSERT INTO tenants (name, slug) VALUES ('Other', 'other') RETURNING id")
    foreign = await town.outside.fetchval(
        "INSERT INTO drivers (tenant_id, reference, name, status) VALUES ($1, 'F', 'F', 'available')"
        " RETURNING id::text",
        other,
    )
    outcome = await act(db, "reassign", town, actor, driver=foreign)
    assert outcome.result is Result.REFUSED and "no such driver" in outcome.message
    with pytest.raises(UsageError):
        await act(db, "reassign", town, actor, driver="Bob")


async def test_the_same_driver_is_no_change(db: Database, town: Town, actor: Actor) -> None:
    assert (await act(db, "reassign", town, actor, driver=town.ann)).result is Result.ALREADY
    assert await town.outside.fetchval("SELECT count(*) FROM assignment_logs") == 0


async def test_an_assigned_order_is_not_assigned_over_its_drivers_head(db: Database, town: Town, actor: Actor) -> None:
    outcome = await act(db, "assign", town, actor, driver=town.bob)
    assert outcome.result is Result.REFUSED and "Ann" in outcome.message


async def test_cancelling_ends_it_once(db: Database, town: Town, actor: Actor) -> None:
    assert (await act(db, "cancel", town, actor)).result is Result.DONE
    assert (await act(db, "cancel", town, actor, version=0)).result is Result.ALREADY
    assert (await driver_of(town))[0] == "cancelled"


async def test_a_driver_goes_off_duty_and_undo_restores_what_was(db: Database, town: Town, actor: Actor) -> None:
    await town.outside.execute("UPDATE drivers SET status = 'busy' WHERE name = 'Ann'")
    verb = by_id("driver.offline")
    done = await perform(db, verb, [town.target(Scope.DRIVER, town.ann, 2)], {}, actor)
    assert (await town.row("drivers", town.ann))["status"] == "offline"
    await undo(db, verb, done, actor)
    assert (await town.row("drivers", town.ann))["status"] == "busy"


async def test_an_order_is_made_more_pressing_and_back(db: Database, town: Town, actor: Actor) -> None:
    done = await act(db, "prioritise", town, actor)
    assert (await town.row("orders", town.order))["priority"] == "urgent"
    assert (await act(db, "prioritise", town, actor, version=0)).result is Result.ALREADY
    await undo(db, by_id("order.prioritise"), [done], actor)
    assert (await town.row("orders", town.order))["priority"] == "medium"
    await town.outside.execute("UPDATE orders SET status = 'delivered'")
    assert (await act(db, "prioritise", town, actor, version=0)).result is Result.REFUSED
