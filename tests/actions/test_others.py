"""Incidents, recomputes, jobs, engines and sessions."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from console.actions.dry_run import dry_run
from console.actions.model import Outcome, Result, Scope
from console.actions.registry import all_actions, by_id
from console.actions.run import perform, service_of, undo
from console.domain.actor import Actor
from console.errors import UsageError
from console.store.database import Database
from tests.actions.conftest import Town


@pytest.mark.parametrize("action", all_actions(), ids=lambda a: a.id)
def test_every_service_is_there(action: Any) -> None:
    assert callable(service_of(action))


async def on_incident(db: Database, verb: str, town: Town, actor: Actor, key: str, **state: str) -> Outcome:
    target = town.target(Scope.INCIDENT, key, 0, **state)
    return (await perform(db, by_id(f"incident.{verb}"), [target], {}, actor))[0]


@pytest.mark.parametrize("told", [True, False])
async def test_both_kinds_resolve_and_reopen(db: Database, town: Town, actor: Actor, told: bool) -> None:
    for key, kind, table in (
        (town.traffic, "traffic", "traffic_incidents"),
        (town.escalation, "escalation", "escalation_logs"),
    ):
        state = {"kind": kind} if told else {}
        done = await on_incident(db, "resolve", town, actor, key, **state)
        row = await town.row(table, key)
        assert done.result is Result.DONE and row["resolved_by"] == "ann" and row["resolved_at"] is not None
        assert (await on_incident(db, "resolve", town, actor, key, **state)).result is Result.ALREADY
        (back,) = await undo(db, by_id("incident.resolve"), [done], actor)
        row = await town.row(table, key)
        assert back.result is Result.DONE and (row["resolved_at"], row["resolved_by"]) == (None, None)
    assert {row["object_type"] for row in await town.audit("incident.resolve")} == {"traffic_incident", "escalation"}


async def test_an_escalation_under_investigation_goes_back_there(db: Database, town: Town, actor: Actor) -> None:
    await on_incident(db, "investigate", town, actor, town.escalation)
    done = await on_incident(db, "resolve", town, actor, town.escalation)
    await undo(db, by_id("incident.resolve"), [done], actor)
    assert (await town.row("escalation_logs", town.escalation))["status"] == "investigating"
    refused = await on_incident(db, "investigate", town, actor, town.traffic)
    assert refused.result is Result.REFUSED


async def test_an_unknown_incident_is_gone(db: Database, town: Town, actor: Actor) -> None:
    nobody = "00000000-0000-0000-0000-000000000001"
    assert (await on_incident(db, "resolve", town, actor, nobody)).result is Result.GONE
    assert (await on_incident(db, "resolve", town, actor, nobody, kind="traffic")).result is Result.GONE


PLACE = {"latitude": "43.8", "longitude": "126.5", "type": "accident"}


async def test_an_incident_is_reported_with_who_and_where(db: Database, town: Town, actor: Actor) -> None:
    target = town.target(Scope.TENANT, town.tenant, 0)
    (done,) = await perform(db, by_id("incident.report"), [target], {**PLACE, "description": "[/x] lorry"}, actor)
    row = await town.row("traffic_incidents", done.after["id"])
    assert (row["latitude"], row["severity"], row["affected_radius_meters"]) == (43.8, "MEDIUM", 500)
    assert (row["reported_by"], row["description"], row["active"]) == ("ann", "[/x] lorry", True)
    assert [entry["object_id"] for entry in await town.audit("incident.report")] == [done.after["id"]]


@pytest.mark.parametrize(
    "wrong", [{"latitude": "91"}, {"longitude": "nan"}, {"radius": "0"}, {"type": "ufo"}, {"latitude": "north"}]
)
async def test_an_incident_nowhere_is_refused(db: Database, town: Town, actor: Actor, wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        await perform(
            db, by_id("incident.report"), [town.target(Scope.TENANT, town.tenant, 0)], {**PLACE, **wrong}, actor
        )
    assert await town.outside.fetchval("SELECT count(*) FROM traffic_incidents") == 1


async def recompute(db: Database, town: Town, actor: Actor, priority: str) -> Outcome:
    target = town.target(Scope.TENANT, town.tenant, 0)
    return (await perform(db, by_id("tenant.recompute"), [target], {"priority": priority}, actor))[0]


async def test_a_recompute_is_queued_once_and_moved_up_never_down(db: Database, town: Town, actor: Actor) -> None:
    results = [await recompute(db, town, actor, p) for p in ("medium", "urgent", "low")]
    assert [o.result for o in results] == [Result.DONE, Result.DONE, Result.ALREADY]
    assert ["queued" in results[0].message, "moved up" in results[1].message] == [True, True]
    (job,) = await town.outside.fetch("SELECT * FROM aoer_queue")
    assert (job["priority"], str(job["id"])) == ("urgent", results[0].after["job"])
    entries = await town.audit("tenant.recompute")
    assert [json.loads(e["after"])["created"] for e in entries] == [True, False]
    assert entries[0]["os_user"] == "ann" and str(entries[0]["tenant_id"]) == town.tenant


async def test_an_inactive_tenant_is_not_recomputed(db: Database, town: Town, actor: Actor) -> None:
    await town.outside.execute("UPDATE tenants SET active = false")
    assert (await recompute(db, town, actor, "high")).result is Result.REFUSED
    outcomes = await perform(db, by_id("tenant.recompute_all"), [], {}, actor)
    assert outcomes == []


async def test_recomputing_all_counts_before_and_answers_for_each(db: Database, town: Town, actor: Actor) -> None:
    await town.outside.execute(
        "INSERT INTO tenants (name, slug) SELECT 'T' || i, 't' || i FROM generate_series(1, 3) i"
    )
    verb = by_id("tenant.recompute_all")
    assert len((await dry_run(db, verb, [], {})).eligible) == 4
    outcomes = await perform(db, verb, [], {}, actor)
    assert [o.result for o in outcomes] == [Result.DONE] * 4
    assert await town.outside.fetchval("SELECT count(*) FROM aoer_queue WHERE priority = 'low'") == 4


async def job(town: Town, status: str) -> str:
    found: str = await town.outside.fetchval(
        "INSERT INTO aoer_queue (tenant_id, status, dedupe_key, completed_at)"
        " VALUES ($1, $2::text::queue_status, NULL, CASE WHEN $2 <> 'queued' THEN now() END) RETURNING id::text",
        town.tenant,
        status,
    )
    return found


async def test_jobs_are_retried_and_cancelled_and_say_why_not(db: Database, town: Town, actor: Actor) -> None:
    keys = [await job(town, status) for status in ("failed", "completed", "queued")]
    gone = "00000000-0000-0000-0000-000000000001"
    targets = [town.target(Scope.JOB, key, 0) for key in [*keys, gone]]
    retried = await perform(db, by_id("job.retry"), targets, {}, actor)
    assert [o.result for o in retried] == [Result.DONE, Result.REFUSED, Result.ALREADY, Result.GONE]
    cancelled = await perform(db, by_id("job.cancel"), targets, {}, actor)
    assert [o.result for o in cancelled] == [Result.DONE, Result.CONFLICT, Result.DONE, Result.GONE]
    rows = await town.outside.fetch("SELECT status::text FROM aoer_queue ORDER BY status")
    assert [r["status"] for r in rows] == ["cancelled", "cancelled", "completed"]


async def test_an_engine_should_run_until_it_should_not(db: Database, town: Town, actor: Actor) -> None:
    target = town.target(Scope.ENGINE, "routing", 0)
    start = by_id("engine.start")
    done = await perform(db, start, [target], {}, actor)
    row = await town.outside.fetchrow("SELECT * FROM engine_control WHERE engine = 'routing'")
    assert (row["desired_state"], row["reason"]) == ("running", "because it rains")
    assert (await perform(db, start, [target], {}, actor))[0].result is Result.ALREADY
    await undo(db, start, done, actor)
    assert await town.outside.fetchval("SELECT desired_state FROM engine_control WHERE engine = 'routing'") == "stopped"
    assert [json.loads(e["after"])["desired"] for e in await town.audit("engine.start")] == ["running"]
    nothing = town.target(Scope.ENGINE, "nothing", 0)
    assert (await perform(db, start, [nothing], {}, actor))[0].result is Result.GONE


async def test_a_cycle_is_stopped_with_the_same_verb(db: Database, town: Town, actor: Actor) -> None:
    await town.outside.execute("INSERT INTO cycle_state (cycle) VALUES ('care')")
    await perform(db, by_id("engine.stop"), [town.target(Scope.ENGINE, "care", 0)], {}, actor)
    assert await town.outside.fetchval("SELECT desired FROM cycle_state WHERE cycle = 'care'") == "paused"


async def test_one_round_by_hand_runs_also_a_stopped_engine_and_says_how_it_went(
    db: Database, town: Town, actor: Actor
) -> None:
    verb = by_id("engine.run_now")
    (done,) = await perform(db, verb, [town.target(Scope.ENGINE, "auto_dispatch", 0)], {}, actor)
    assert done.result is Result.DONE and done.message.startswith("ran in")
    assert await town.outside.fetchval("SELECT outcome FROM cycle_runs WHERE cycle = 'auto_dispatch'") == "done"
    (entry,) = await town.audit("engine.run_now")
    assert (entry["object_id"], entry["outcome"], entry["os_user"]) == ("auto_dispatch", "done", "ann")
    (gone,) = await perform(db, verb, [town.target(Scope.ENGINE, "nothing", 0)], {}, actor)
    assert gone.result is Result.GONE


async def test_a_rerun_says_that_it_is_not_available_and_leaves_its_trace(
    db: Database, town: Town, actor: Actor
) -> None:
    target = town.target(Scope.SESSION, town.session)
    (outcome,) = await perform(db, by_id("session.rerun"), [target], {}, actor)
    assert (outcome.result, outcome.message) == (
        Result.NOT_AVAILABLE,
        "results generation is not available yet",
    )
    (entry,) = await town.audit("session.rerun")
    assert (entry["outcome"], entry["object_id"]) == ("not_available", town.session)
    assert await town.outside.fetchval("SELECT count(*) FROM results_generation_status") == 0


def test_no_sql_hides_in_the_services() -> None:
    import console.actions.services as services

    for file in Path(next(iter(services.__path__))).glob("*.py"):
        text = file.read_text()
        assert not any(word in text for word in ("SELECT ", "UPDATE ", "INSERT ", "DELETE ")), file


async def test_what_was_done_wakes_every_console(db: Database, town: Town, actor: Actor) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    await town.outside.add_listener("aoer", lambda *words: heard.put_nowait(words[-1]))
    await on_incident(db, "resolve", town, actor, town.escalation)
    kinds: set[str] = set()
    async with asyncio.timeout(10):
        while "incidents" not in kinds:
            kinds |= set(json.loads(await heard.get())["k"])
