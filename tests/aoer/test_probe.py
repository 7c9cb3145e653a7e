"""Panels, reading answers, and a whole run stored in the database."""

from datetime import date
from pathlib import Path

import pytest

from console.aoer.intent_rules import Names
from console.aoer.probe import service
from console.aoer.probe.client import EngineClient
from console.aoer.probe.engines import Engine
from console.aoer.probe.panel import Prompt, names_tenant, panel_hash, read_prompts, stored_panel
from console.aoer.probe.reading import read_answer
from console.aoer.tenant import Tenant, find_tenant
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import Conflict, ConsoleError, InputRejected, NotFound
from console.store.database import Database
from tests.aoer.engine_server import ANSWER, engine_server

ACTOR = Actor(Origin.COMMAND_LINE, "test")
NAMES = Names(("harlow ridge", "harlow ridge mazda"), ("harlowridge.example",))
MONDAY = date(2026, 3, 2)


def test_hash_is_of_every_prompt_in_order() -> None:
    one, two = Prompt("a", "commercial", 10), Prompt("b")
    assert panel_hash([one, two]) == panel_hash([Prompt("a", "commercial", 10), two])
    others = [[two, one], [one], [Prompt("a", "commercial", 11), two], [Prompt("ab", "commercial", 10), Prompt("")]]
    assert len({panel_hash(each) for each in [[one, two], *others]}) == 5


def test_an_edited_panel_is_refused() -> None:
    prompts = [{"text": "a", "intent": None, "monthly_volume": None}]
    fine = stored_panel(3, panel_hash([Prompt("a")]), prompts)
    assert fine.prompts == (Prompt("a"),)
    with pytest.raises(Conflict, match="edited after it was frozen"):
        stored_panel(3, fine.hash, [{**prompts[0], "text": "b"}])


def test_prompt_files(tmp_path: Path) -> None:
    assert read_prompts(["best suv\n", "\n", "cheap  lease \n"], "f") == (Prompt("best suv"), Prompt("cheap lease"))
    table = ["query,intent,monthly_volume\n", "best suv,commercial,900\n", "what is apr,,\n"]
    assert read_prompts(table, "f") == (Prompt("best suv", "commercial", 900), Prompt("what is apr"))
    for wrong in (
        ["a\n", "a\n"],
        ["query,intent\n", "a,buying\n"],
        ["query,monthly_volume\n", "a,-3\n"],
        ["x" * 501],
        [""],
    ):
        with pytest.raises(InputRejected):
            read_prompts(wrong, "f")
    assert names_tenant(Prompt("is Harlow Ridge any good"), NAMES) and not names_tenant(Prompt("best dealer"), NAMES)


def test_reading_an_answer() -> None:
    got = read_answer(
        ANSWER, ("https://cited.example/p",), "Harlow Ridge Mazda", NAMES, ("Crestline Kia", "Nobody Ford")
    )
    assert got.mentions == {"Harlow Ridge Mazda": 2, "Crestline Kia": 1, "Nobody Ford": 0}
    assert got.mentioned and got.cited and got.position == "top"
    assert got.urls == ("https://cited.example/p", "https://www.harlowridge.example/used", "https://other.example/x")
    late = read_answer("x " * 200 + "harlow ridge", (), "H", NAMES, ())
    assert late.position == "bottom" and not late.cited
    none = read_answer("harlow ridgemont and https://notharlowridge.example", (), "H", NAMES, ())
    assert (none.mentioned, none.cited, none.position) == (False, False, "none")


async def harlow(db: Database) -> Tenant:
    await db.execute(
        "INSERT INTO tenants (name, slug, domains, brand_terms, settings) VALUES ('Harlow Ridge Mazda', 'harlow',"
        " '{harlowridge.example}', '{harlow ridge}', '{\"competitors\": [\"Crestline Kia\"]}')"
    )
    return await find_tenant(db, "harlow")


def client(url: str, name: str, **more: float) -> EngineClient:
    return EngineClient(
        Engine(name=name, url=url, model="m", requests_per_minute=6e6, timeout_seconds=2, attempts=1,
               prompt_price=1.0, answer_price=10.0), None)  # fmt: skip


async def test_a_run_becomes_answers_queries_and_a_reading(db: Database) -> None:
    tenant = await harlow(db)
    prompts = [Prompt("best dealer", "commercial", 500), Prompt("nobody named"), Prompt("is harlow ridge good")]
    panel = await service.freeze(db, ACTOR, tenant, prompts)
    async with engine_server() as server:
        clients = [client(server.url, "one"), client(server.url, "two"), client("http://127.0.0.1:9/v1", "dead")]
        found = await service.run_probe(db, ACTOR, tenant, clients, MONDAY)
    assert (found.panel.hash, found.reading, found.sample, found.stored) == (panel.hash, 50.0, 4, True)
    assert [run.status for run in found.runs] == ["complete", "complete", "failed"]
    assert [run.share for run in found.runs] == [0.5, 0.5, None]
    assert found.runs[0].cost == pytest.approx(3 * (20 + 400) / 1e6)
    dead = await db.fetchrow("SELECT * FROM aoer_probe_runs WHERE engine = 'dead'")
    assert dead is not None and dead["mentioned"] is None and dead["answered"] == 0 and "ConnectError" in dead["error"]
    lost = await db.fetch(
        "SELECT mentioned, position, cited, answer_hash FROM aoer_probe_answers WHERE engine = 'dead'"
    )
    assert len(lost) == 3 and all(list(row.values()) == [None] * 4 for row in lost)
    signal = await db.fetchrow("SELECT * FROM aiv_raw_signals")
    assert signal is not None and (signal["observed_aiv"], signal["sample_size"], signal["date"]) == (50.0, 4, MONDAY)
    assert signal["aeo"] is None
    rows = await db.fetch("SELECT * FROM aoer_queries ORDER BY query")
    assert [row["query"] for row in rows] == ["best dealer", "is harlow ridge good", "nobody named"]
    assert rows[0]["metadata"]["mentions"] == {"Harlow Ridge Mazda": 4, "Crestline Kia": 2}
    assert rows[0]["has_our_citation"] and not rows[2]["has_our_citation"] and rows[0]["engine"] == "one+two"
    assert (rows[0]["intent"], rows[0]["intent_source"], rows[2]["intent"]) == ("commercial", "stated", None)


async def test_when_every_engine_fails_nothing_is_read(db: Database) -> None:
    tenant = await harlow(db)
    await service.freeze(db, ACTOR, tenant, [Prompt("best dealer")])
    async with engine_server() as server:
        broken = [client(server.url, "one")]
        await service.freeze(db, ACTOR, tenant, [Prompt("broken x")])
        found = await service.run_probe(db, ACTOR, tenant, broken, MONDAY)
    assert (found.reading, found.sample, found.stored) == (None, 0, False)
    assert await db.fetchval("SELECT count(*) FROM aiv_raw_signals") == 0
    assert await db.fetchval("SELECT count(*) FROM aoer_queries") == 0
    assert await db.fetchval("SELECT count(*) FROM aoer_probe_runs WHERE status = 'failed'") == 1


async def test_a_reading_from_elsewhere_is_kept(db: Database) -> None:
    tenant = await harlow(db)
    await service.freeze(db, ACTOR, tenant, [Prompt("best dealer")])
    await db.execute(
        "INSERT INTO aiv_raw_signals (tenant_id, date, observed_aiv, source) VALUES ($1, $2, 12, 'survey')",
        tenant.id,
        MONDAY,
    )
    async with engine_server() as server:
        found = await service.run_probe(db, ACTOR, tenant, [client(server.url, "one")], MONDAY)
    assert not found.stored and await db.fetchval("SELECT observed_aiv FROM aiv_raw_signals") == 12


async def test_panels_are_frozen_in_the_database_too(db: Database, owner_dsn: str) -> None:
    tenant = await harlow(db)
    with pytest.raises(NotFound, match="no panel"):
        await service.newest_panel(db, tenant)
    first = await service.freeze(db, ACTOR, tenant, [Prompt("a")])
    second = await service.freeze(db, ACTOR, tenant, [Prompt("b")])
    assert (first.version, second.version) == (1, 2)
    assert (await service.newest_panel(db, tenant)).hash == second.hash
    with pytest.raises(ConsoleError, match="frozen"):
        await db.execute('UPDATE aoer_panels SET prompts = \'[{"text": "c"}]\' WHERE number = 2')
    import asyncpg

    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ALTER TABLE aoer_panels DISABLE TRIGGER USER")
    await owner.execute('UPDATE aoer_panels SET prompts = \'[{"text": "c"}]\' WHERE number = 2')
    await owner.close()
    async with engine_server() as server:
        with pytest.raises(Conflict, match="edited after it was frozen"):
            await service.run_probe(db, ACTOR, tenant, [client(server.url, "one")], MONDAY)
        assert not server.calls
