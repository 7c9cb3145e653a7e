"""The verbs on the command line, with a real database."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import run
from console.store.database import Database
from tests.aoer.database import add_signals, add_tenants
from tests.aoer.engine_server import engine_server
from tests.aoer.panels import invented

Say = Callable[..., Any]


@pytest.fixture
def say(dsn: str, capsys: Any) -> Say:
    """say("show", "tenant-1") -> (exit code, stdout, stderr) of one run, off this event loop."""

    async def one(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(run, ["aoer", *words, "--dsn", dsn])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return one


async def fill(db: Database) -> None:
    today = await db.fetchval("SELECT current_date")
    ids = await add_tenants(db, 6)
    x, y = invented(1, 6, 20)
    x[0, -1, 2] = float("nan")
    await add_signals(db, ids, x, y, today)


async def test_classic_until_learnt_then_calibrated(db: Database, say: Say) -> None:
    await fill(db)
    code, out, _ = await say("explain", "tenant-1")
    assert code == 0 and "classic-1" in out and "not calibrated" in out
    assert (await say("what-if", "tenant-1", "aeo=+5"))[0] == 7
    code, out, _ = await say("learn", "--json")
    assert code == 0 and json.loads(out)["models"] == 12
    names = [row["slug"] for row in await db.fetch("SELECT slug FROM tenants ORDER BY id")]
    code, out, _ = await say("explain", names[0])
    assert code == 0 and "own level" in out and "without a part: geo" in out and "associated with" in out
    code, out, _ = await say("explain", names[1], "--json")
    found = json.loads(out)
    parts = sum(part["contribution"] for part in found["parts"])
    assert found["level"] + parts + found["limit"] == pytest.approx(found["score"], abs=1e-9)
    code, out, _ = await say("show", names[1], "--json")
    shown = json.loads(out)
    assert shown["status"] == "calibrated" and shown["aoer_score"] == pytest.approx(found["score"], abs=0.005)
    code, out, _ = await say("what-if", names[1], "aeo=+5", "--json")
    assert code == 0 and json.loads(out)["difference"] >= 0
    assert (await say("what-if", names[1], "aeo"))[0] == 2
    code, out, _ = await say("skill", "--json", "--weeks", "10")
    document = json.loads(out)
    assert document["logged"]["n"] == 0 and document["logged"]["brier"] is None and document["replayed"]["n"] == 60
    await db.fetch("SELECT * FROM aoer_recompute(ARRAY(SELECT id FROM tenants))")
    code, out, _ = await say("history", names[1], "--json")
    assert len(json.loads(out)) == 1
    assert (await say("show", "nobody"))[0] == 6


async def test_queries_revenue_and_review(db: Database, say: Say) -> None:
    await fill(db)
    await db.execute(
        "INSERT INTO aoer_queries (tenant_id, query, week_start, monthly_volume, ai_present, ai_position)"
        " SELECT id, 'sell my car', current_date, 100, true, 'mid' FROM tenants WHERE slug = 'tenant-2'"
    )
    code, out, _ = await say("classify", "tenant-2", "--json")
    assert code == 0 and sum(json.loads(out).values()) == 1
    code, out, _ = await say("exposure", "tenant-2", "--json")
    document = json.loads(out)
    assert document["exposure"]["sample"] == "too thin" and document["losing"][0]["query"]["text"] == "sell my car"
    assert (await say("exposure", "tenant-2", "--from", "2026-02-30"))[0] == 2
    code, out, _ = await say("queries", "tenant-2", "--json")
    assert json.loads(out)["totals"]["total_queries"] == 1
    code, out, _ = await say("rar", "tenant-2")
    assert code == 0 and "not computable" in out
    stated = "impressions=50000 ai_share=.35 baseline_ctr=.08 ctr_drop=.15 lead_rate=.12 close_rate=.25 gross=2500"
    options = [word for one in (*stated.split(), "recoverable=.4") for word in ("--assume", one)]
    code, out, _ = await say("rar", "tenant-2", "--unit", "currency", *options, "--json")
    document = json.loads(out)
    assert (document["mode"], document["p50"]) == ("assumption", pytest.approx(15_750))
    assert document["recoverable"][1] == pytest.approx(6_300)
    assert (await say("rar", "tenant-2", "--assume", "lead_rate=2"))[0] == 8
    assert await db.fetchval("SELECT count(*) FROM audit_logs WHERE action = 'aoer.revenue'") == 1
    assert (await say("review", "tenant-2", "--query", "sell my car"))[0] == 2
    code, _, _ = await say("review", "tenant-2", "--query", "sell my car", "--intent", "navigational")
    assert code == 0
    assert await db.fetchval("SELECT intent || '/' || intent_source FROM aoer_queries") == "navigational/stated"


async def test_probe_freezes_previews_and_runs(db: Database, say: Say, tmp_path: Path) -> None:
    await fill(db)
    await db.execute("UPDATE tenants SET brand_terms = '{harlow ridge}' WHERE slug = 'tenant-3'")
    prompts, engines = tmp_path / "prompts.txt", tmp_path / "engines.toml"
    prompts.write_text("best dealer\nbroken one\nis harlow ridge good\n")
    assert (await say("probe", "tenant-3"))[0] == 69  # nothing configured
    code, out, err = await say("probe", "tenant-3", "--freeze", str(prompts), "--json")
    assert code == 0 and json.loads(out)["naming_the_tenant"] == 1 and "do not count" in err
    async with engine_server() as server:
        engines.write_text(f'[[engine]]\nname = "one"\nurl = "{server.url}"\nmodel = "m"\nattempts = 1\n')
        code, out, _ = await say("probe", "tenant-3", "--engines", str(engines), "--dry-run", "--json")
        assert code == 0 and json.loads(out)[0]["requests"] == 3 and not server.calls
        code, out, _ = await say("probe", "tenant-3", "--engines", str(engines), "--json")
    document = json.loads(out)
    assert code == 0 and (document["reading"], document["sample"]) == (100.0, 1)
    assert document["engines"][0]["status"] == "partial" and "HTTP 500" in document["engines"][0]["error"]
    engines.write_text('[[engine]]\nname = "gone"\nurl = "http://127.0.0.1:9/v1"\nmodel = "m"\nattempts = 1\n')
    code, out, _ = await say("probe", "tenant-3", "--engines", str(engines), "--json")
    assert code == 69 and json.loads(out)["reading"] is None
    assert (await say("probe", "tenant-3", "--engines", str(engines), "--engine", "other"))[0] == 6
