"""The nouns of the delivery engines, each verb with --json, against a real database."""

import asyncio
import json
from typing import Any

import pytest

from console.cli.main import run
from tests.automation.conftest import Town


async def cli(capsys: pytest.CaptureFixture[str], dsn: str, *words: str, code: int = 0) -> Any:
    """Run a command line in a thread of its own (it has its own event loop); its JSON."""
    capsys.readouterr()
    found = await asyncio.to_thread(run, [*words, "--dsn", dsn, "--json"])
    out = capsys.readouterr()
    assert found == code, out.err + out.out
    return json.loads(out.out) if out.out.strip() else None


async def test_engines_start_stop_and_run(capsys: pytest.CaptureFixture[str], dsn: str, town: Town) -> None:
    rows = await cli(capsys, dsn, "engines", "start", "auto-dispatch")
    assert rows[0]["result"] == "done"
    assert (await cli(capsys, dsn, "engines", "start", "auto_dispatch"))[0]["result"] == "already"
    status = await cli(capsys, dsn, "engines", "status", "auto_dispatch")
    assert status[0]["desired_state"] == "running"
    assert len(await cli(capsys, dsn, "engines", "stop-all")) == 4
    await town.driver("ann")
    await town.order("o1")
    ran = await cli(capsys, dsn, "engines", "run-now", "auto_dispatch")
    assert ran[0]["stats"]["assigned"] == 1
    stats = await cli(capsys, dsn, "engines", "stats", "auto_dispatch")
    assert stats[0]["auto_assigned"] == 1
    board = await cli(capsys, dsn, "engines", "dashboard")
    assert board["orders"][0]["assigned"] == 1
    await cli(capsys, dsn, "engines", "start", "teleport", code=6)


async def test_an_order_s_life_is_printed(capsys: pytest.CaptureFixture[str], dsn: str, town: Town) -> None:
    await town.driver("ann")
    await town.order("o1")
    await cli(capsys, dsn, "engines", "run-now", "auto_dispatch")
    life = await cli(capsys, dsn, "orders", "history", "o1")
    assert [(row["log"], row["what"]) for row in life["rows"] if row["log"] != "audit"] == [
        ("order", "created"),
        ("decision", "AUTO_ASSIGNED"),
        ("event", "assigned"),
    ]
    await cli(capsys, dsn, "orders", "history", "nobody", code=6)


async def test_an_assignment_is_explained_and_undone(capsys: pytest.CaptureFixture[str], dsn: str, town: Town) -> None:
    await town.driver("near", 0.2)
    await town.driver("far", 50.0)
    order = await town.order("o1")
    rows = await cli(capsys, dsn, "dispatch", "explain", "o1")
    assert [(row["driver"], row["eligible"]) for row in rows] == [("near", True), ("far", False)]
    assert "beyond 20 km" in rows[1]["why_not"]
    await cli(capsys, dsn, "engines", "run-now", "auto_dispatch")
    log = await cli(capsys, dsn, "dispatch", "log", "o1")
    assert log[0]["driver"] == "near"
    assert (await cli(capsys, dsn, "dispatch", "undo", log[0]["round"]))["taken_back"] == 1
    assert (await town.row("orders", order))["status"] == "pending"
    forced = await cli(capsys, dsn, "dispatch", "force", "o1", "--driver", "far", "--reason", "only one with a key")
    assert forced["order"] == "o1"
    logs = await town.rows("assignment_logs")
    assert logs[-1]["assignment_type"] == "FORCE_ASSIGNED"
    assert logs[-1]["assignment_reason"] == "only one with a key"


async def test_batches_and_routes(capsys: pytest.CaptureFixture[str], dsn: str, town: Town) -> None:
    for number in range(3):
        await town.order(f"o{number}", (0.0, 0.0), (2.0 + 0.2 * number, 1.0), promise=120.0)
    assert (await cli(capsys, dsn, "batches", "run"))["batches"] == 1
    batch = (await cli(capsys, dsn, "batches", "list"))[0]["batch"]
    assert len((await cli(capsys, dsn, "batches", "show", batch))["orders"]) == 3
    assert (await cli(capsys, dsn, "batches", "split", batch, "o0"))["stays"] == 2
    assert (await cli(capsys, dsn, "batches", "cancel", batch))["status"] == "cancelled"
    driver = await town.driver("ann")
    for number, east in enumerate([4.0, -4.0, 4.2, -4.2]):
        fields: dict[str, Any] = {"status": "picked_up", "driver_id": driver, "route_sequence": number}
        await town.order(f"r{number}", (0.0, 0.0), (east, 1.0), promise=400.0, **fields)
    assert (await cli(capsys, dsn, "routes", "optimise", "ann"))["executed"] == 1
    assert (await cli(capsys, dsn, "routes", "history", "ann"))[0]["status"] == "executed"
    await cli(capsys, dsn, "routes", "optimise", "nobody", code=6)


async def test_escalations(capsys: pytest.CaptureFixture[str], dsn: str, town: Town) -> None:
    await town.order("o1", promise=10.0)
    risk = await cli(capsys, dsn, "engines", "at-risk")
    assert (risk[0]["order"], risk[0]["severity"]) == ("o1", "critical")
    assert (await cli(capsys, dsn, "escalations", "run"))["opened"] == 1
    rows = await cli(capsys, dsn, "escalations", "list", "--type", "sla_risk")
    assert rows[0]["severity"] == "critical"
    done = await cli(capsys, dsn, "escalations", "resolve", rows[0]["id"])
    assert done[0]["result"] == "done"
    assert await cli(capsys, dsn, "escalations", "list", "--status", "open") == []


async def test_an_offer_is_accepted(
    capsys: pytest.CaptureFixture[str], dsn: str, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AOER_AUTOMATION_OFFERS", "true")
    await town.driver("ann")
    order = await town.order("o1")
    await cli(capsys, dsn, "engines", "run-now", "auto_dispatch")
    offer = (await cli(capsys, dsn, "dispatch", "offers"))[0]
    assert (offer["driver"], offer["status"]) == ("ann", "offered")
    assert (await cli(capsys, dsn, "dispatch", "accept", "o1", "ann"))["answer"] == "accepted"
    assert (await town.row("orders", order))["status"] == "assigned"
    await cli(capsys, dsn, "dispatch", "accept", "o1", "ann", code=7)
