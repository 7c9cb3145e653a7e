"""Verbs on alerts, on a real database, beside other people's writes."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from console.actions.dry_run import dry_run
from console.actions.model import Outcome, Result, Scope
from console.actions.registry import by_id
from console.actions.run import perform, undo
from console.domain.actor import Actor
from console.errors import UsageError
from console.store.database import Database
from tests.actions.conftest import Town

ACK, RESOLVE, REOPEN = (by_id(f"alert.{verb}") for verb in ("acknowledge", "resolve", "reopen"))


async def act(db: Database, verb: str, town: Town, actor: Actor, version: int = 1, **params: str) -> Outcome:
    target = town.target(Scope.ALERT, town.alert, version)
    return (await perform(db, by_id(f"alert.{verb}"), [target], params, actor))[0]


async def test_acknowledging_writes_the_row_and_who_why_before_and_after(
    db: Database, town: Town, actor: Actor
) -> None:
    outcome = await act(db, "acknowledge", town, actor, minutes="15")
    assert outcome.result is Result.DONE
    row = await town.row("dispatch_alerts", town.alert)
    assert (row["status"], row["acknowledged_by"], row["version"]) == ("acknowledged", "ann", 2)
    until = datetime.fromisoformat(json.loads(row["metadata"])["ack_until"])
    assert (until - row["acknowledged_at"]).total_seconds() == pytest.approx(900)
    (entry,) = await town.audit("alert.acknowledge")
    assert (entry["os_user"], entry["reason"], entry["origin"]) == ("ann", "because it rains", "terminal")
    assert (entry["object_type"], entry["object_id"]) == ("alert", town.alert)
    assert json.loads(entry["before"])["status"] == "open"
    assert json.loads(entry["after"])["status"] == "acknowledged"
    assert outcome.after["version"] == 2 and outcome.after["status"] == "acknowledged"


async def test_a_row_that_changed_since_the_key_press_is_a_conflict_and_stays(
    db: Database, town: Town, actor: Actor
) -> None:
    await town.outside.execute("UPDATE dispatch_alerts SET occurrences = occurrences + 1")
    outcome = await act(db, "resolve", town, actor, version=1)
    assert outcome.result is Result.CONFLICT
    assert (await town.row("dispatch_alerts", town.alert))["status"] == "open"
    assert await town.audit("alert.resolve") == []


async def test_without_a_version_only_the_state_counts(db: Database, town: Town, actor: Actor) -> None:
    await town.outside.execute("UPDATE dispatch_alerts SET occurrences = 7")
    assert (await act(db, "resolve", town, actor, version=0)).result is Result.DONE
    assert (await act(db, "resolve", town, actor, version=0)).result is Result.ALREADY
    assert len(await town.audit("alert.resolve")) == 1


async def test_a_row_that_vanished_is_reported(db: Database, town: Town, actor: Actor) -> None:
    await town.outside.execute("DELETE FROM dispatch_alerts")
    assert (await act(db, "resolve", town, actor)).result is Result.GONE


async def test_two_people_at_once_one_does_it_and_the_other_is_told(db: Database, town: Town, actor: Actor) -> None:
    bob = Actor(actor.origin, "", os_user="bob")
    one, two = await asyncio.gather(act(db, "acknowledge", town, actor), act(db, "acknowledge", town, bob))
    assert {one.result, two.result} == {Result.DONE, Result.CONFLICT}
    assert len(await town.audit("alert.acknowledge")) == 1


async def test_a_row_that_somebody_holds_is_reported_and_spoils_nobody_else(
    db: Database, town: Town, actor: Actor
) -> None:
    other = await town.outside.fetchval(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
        " VALUES ($1, 'DISPATCH_FAILED', 'low', 'x') RETURNING id::text",
        town.tenant,
    )
    targets = [town.target(Scope.ALERT, key) for key in (town.alert, other)]
    async with town.outside.transaction():
        await town.outside.execute("SELECT FROM dispatch_alerts WHERE id = $1 FOR UPDATE", town.alert)
        counts = await dry_run(db, ACK, targets, {})
        assert (len(counts.eligible), counts.locked) == (1, 1)
        held, free = await perform(db, ACK, targets, {}, actor)
    assert (held.result, free.result) == (Result.CONFLICT, Result.DONE)


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "snooze"])
async def test_undo_puts_back_everything(db: Database, town: Town, actor: Actor, verb: str) -> None:
    await act(db, "assign", town, actor, version=0, assignee="carol")
    before = dict(await town.row("dispatch_alerts", town.alert))
    done = await act(db, verb, town, actor, version=before["version"])
    (back,) = await undo(db, by_id(f"alert.{verb}"), [done], actor)
    assert back.result is Result.DONE
    after = dict(await town.row("dispatch_alerts", town.alert))
    for row in (before, after):
        row.pop("version"), row.pop("updated_at")
    assert after == before
    assert json.loads((await town.audit("alert.restore"))[0]["after"])["status"] == "open"


async def test_undo_does_not_run_over_what_happened_since(db: Database, town: Town, actor: Actor) -> None:
    done = await act(db, "resolve", town, actor)
    await town.outside.execute("UPDATE dispatch_alerts SET description = 'seen'")
    (back,) = await undo(db, RESOLVE, [done], actor)
    assert back.result is Result.CONFLICT
    assert (await town.row("dispatch_alerts", town.alert))["status"] == "resolved"


async def test_an_old_alert_is_not_reopened_beside_its_newer_twin(db: Database, town: Town, actor: Actor) -> None:
    await act(db, "resolve", town, actor)
    await town.outside.execute(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message, fingerprint)"
        " VALUES ($1, 'SLA_BREACH', 'high', 'again', 'late:A-1')",
        town.tenant,
    )
    outcome = await act(db, "reopen", town, actor, version=0)
    assert outcome.result is Result.REFUSED and "newer" in outcome.message


async def test_a_note_stays_with_the_alert_and_only_the_newest_fifty_do(db: Database, town: Town, actor: Actor) -> None:
    notes = json.dumps([{"text": f"n{i}"} for i in range(50)])
    await town.outside.execute("UPDATE dispatch_alerts SET metadata = jsonb_build_object('notes', $1::jsonb)", notes)
    await act(db, "note", town, actor, version=0, text="  [bold]called the shop[/bold]\x1b[31m ")
    kept = json.loads((await town.row("dispatch_alerts", town.alert))["metadata"])["notes"]
    assert len(kept) == 50 and kept[0]["text"] == "n1"
    assert kept[-1]["text"].startswith("[bold]called") and kept[-1]["by"] == "ann"
    with pytest.raises(UsageError):
        await act(db, "note", town, actor, version=0, text="   ")


async def test_lapsed_acknowledgements_and_snoozes_open_again_once_with_a_trace(
    db: Database, town: Town, actor: Actor
) -> None:
    await act(db, "acknowledge", town, actor)
    assert await _lapse(db) == 0
    past = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    await town.outside.execute("UPDATE dispatch_alerts SET metadata = jsonb_build_object('ack_until', $1::text)", past)
    assert await _lapse(db) == 1
    assert await _lapse(db) == 0
    row = await town.row("dispatch_alerts", town.alert)
    assert (row["status"], row["acknowledged_by"]) == ("open", None)
    assert len(await town.audit("alert.lapse")) == 1


async def _lapse(db: Database) -> int:
    from console.actions.lapse import run

    return int((await run(db, db.settings, datetime.now(UTC)))["opened"])


async def test_bad_parameters_are_refused_before_anything_is_written(db: Database, town: Town, actor: Actor) -> None:
    for params in ({"minutes": "soon"}, {"hours": "1"}):
        with pytest.raises(UsageError):
            await act(db, "acknowledge", town, actor, **params)
    assert (await act(db, "acknowledge", town, actor, minutes="0")).result is Result.REFUSED
    with pytest.raises(UsageError):
        await perform(db, ACK, [town.target(Scope.ORDER, town.order)], {}, actor)


async def test_the_audit_row_and_the_write_are_one_transaction(db: Database, town: Town, actor: Actor) -> None:
    await town.outside.execute(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$"
    )
    await town.outside.execute("CREATE TRIGGER no BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION no()")
    outcome = await act(db, "resolve", town, actor)
    assert outcome.result is not Result.DONE
    assert (await town.row("dispatch_alerts", town.alert))["status"] == "open"
