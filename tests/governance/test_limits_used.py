"""Every use of the rate limits: what is refused, in which words, what it counts, and what is never limited."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.actions import registry, run
from console.actions.model import Result, Scope
from console.cli.main import run as command
from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import RateLimited
from console.governance.limits import Rule, configured, put_rule, rules, take
from console.notify.cycle import send_due
from console.notify.message import generic
from console.notify.sinks import Pace, Sink
from console.queue import duties
from console.store.database import Database
from tests.actions.conftest import Town, town

__all__ = ["town"]
ACTOR = Actor(Origin.TERMINAL, "a test")
Cli = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def cli(dsn: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    async def call(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(command, [*words, "--dsn", dsn])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


async def use_up(db: Database, action: str, limit: int = 1, scope: str = "user", **keys: str) -> None:
    """A stored rule for the action, one request in ten minutes, and that one is gone."""
    await put_rule(db, ACTOR, Rule(f"action.{action}", scope, limit, 600, action=action))
    await take(db, action, cost=limit, keys=keys)


async def refused(db: Database, action: str) -> int:
    return int(
        await db.fetchval(
            "SELECT coalesce(sum(count), 0) FROM rate_limit_violations WHERE rule = $1", f"action.{action}"
        )
    )


async def test_the_defaults_are_there(db: Database) -> None:
    found = {rule["name"]: rule for rule in await rules(db)}
    for name, limit, window, burst in (("global.default", 10000, 60, 0), ("user.default", 100, 60, 20)):
        rule = found[name]
        assert (rule["limit_count"], rule["window_seconds"], rule["burst"]) == (limit, window, burst)
    assert found["action.enqueue"]["source"] == "settings" and found["user.default"]["source"] == "database"
    with pytest.raises(RateLimited, match="rule user"):
        for _ in range(1000):  # more than 121: a slow machine is refilled meanwhile
            await take(db, "anything")


async def test_settings_make_rules_and_stored_ones_replace_them(settings: Settings, db: Database) -> None:
    assert configured(override(settings, {"limits.exports_per_minute": 0}), "export") is None
    few = override(settings, {"limits.exports_per_minute": 2})
    async with Database.open(few, application="test") as limited:
        await take(limited, "export")
        await take(limited, "export")
        with pytest.raises(RateLimited, match="rule action") as caught:
            await take(limited, "export")
        assert 25 < caught.value.retry_after <= 30
        assert await refused(db, "export") == 1
        await put_rule(db, ACTOR, Rule("action.export", "user", 5, 60, action="export", enabled=False))
        await take(limited, "export")


async def test_what_a_rule_can_never_grant_says_so(settings: Settings) -> None:
    few = override(settings, {"limits.probe_prompts_per_hour": 10})
    async with Database.open(few, application="test") as db:
        with pytest.raises(RateLimited, match="never grants 11") as caught:
            await take(db, "probe", cost=11, keys={"resource": "engine"})
        assert "limits set" in caught.value.hint
        await take(db, "probe", cost=10, keys={"resource": "engine"})
        left = await db.fetchval("SELECT level FROM rate_limit_buckets WHERE rule = 'user.default'")
        assert left > 118.9, "ten prompts are one request to the rules that count requests"


async def test_queue_add_is_refused_with_its_exit_code(db: Database, town: Town, cli: Cli) -> None:
    await use_up(db, "enqueue")
    code, out, err = await cli("queue", "add", "--tenant", "jilin")
    assert (code, out) == (75, "")
    assert "too many requests for enqueue" in err and "try again in 600 s" in err
    code, _, err = await cli("queue", "add", "--all", "--json")
    told = json.loads(err)["error"]
    assert (code, told["type"], told["exit_code"]) == (75, "RateLimited", 75)
    assert 590 < told["retry_after"] <= 600
    assert await db.fetchval("SELECT count(*) FROM aoer_queue") == 0
    assert await refused(db, "enqueue") == 2
    code, _, err = await cli("queue", "add", "--tenant", "no-such")
    assert code == 6, "a typing error costs nothing and says what it is"


async def test_verbs_on_many_rows_and_exports_are_limited(db: Database, town: Town, cli: Cli) -> None:
    await use_up(db, "bulk")
    await use_up(db, "export")
    assert (await cli("queue", "retry", "--status", "failed"))[0] == 75
    code, out, _ = await cli("audit", "export")
    assert (code, out) == (75, "")
    code, out, _ = await cli("audit", "export", "--read-only")
    assert code == 0 and "limit.set" in out, "a session that cannot write cannot count"


async def test_the_terminals_verbs_ask_too_and_one_row_is_free(db: Database, town: Town) -> None:
    await use_up(db, "enqueue")
    await use_up(db, "bulk")
    tenant = town.target(Scope.TENANT, town.tenant)
    with pytest.raises(RateLimited, match="enqueue") as caught:
        await run.perform(db, registry.by_id("tenant.recompute"), [tenant], {}, ACTOR)
    assert "try again in" in caught.value.hint
    with pytest.raises(RateLimited, match="bulk"):
        await run.perform(db, registry.by_id("tenant.recompute_all"), [], {}, ACTOR)
    both = [town.target(Scope.ALERT, town.alert), town.target(Scope.ALERT, str(town.order))]
    with pytest.raises(RateLimited, match="bulk"):
        await run.perform(db, registry.by_id("alert.acknowledge"), both, {}, ACTOR)
    before = await db.fetchval("SELECT max(touched_at) FROM rate_limit_buckets")
    done = await run.perform(db, registry.by_id("alert.acknowledge"), both[:1], {}, ACTOR)
    assert done[0].result is Result.DONE
    assert await db.fetchval("SELECT max(touched_at) FROM rate_limit_buckets") == before


async def test_the_schedulers_recompute_is_never_limited(db: Database, settings: Settings, town: Town) -> None:
    await db.execute("INSERT INTO aiv_raw_signals (tenant_id, date, aeo) VALUES ($1, current_date, 50)", town.tenant)
    await use_up(db, "enqueue")
    await town.outside.execute("UPDATE rate_limit_buckets SET level = 0")
    await duties.recompute(db, settings, datetime.now(UTC))
    assert await db.fetchval("SELECT count(*) FROM aoer_queue") == 1
    machine = Actor(Origin.SCHEDULER, "a cycle")
    tenant = town.target(Scope.TENANT, town.tenant)
    await run.perform(db, registry.by_id("tenant.recompute"), [tenant], {"priority": "urgent"}, machine)
    assert await refused(db, "enqueue") == 0


async def test_a_webhook_waits_for_the_shared_limit_without_losing_a_try(
    db: Database, settings: Settings, town: Town
) -> None:
    for _ in range(3):
        await town.outside.execute(
            "INSERT INTO webhook_deliveries (tenant_id, event, dedupe_key, body) VALUES ($1, 'alert.opened', 'k', $2)",
            town.tenant,
            json.dumps({"severity": "critical", "message": "m"}),
        )
    await put_rule(db, ACTOR, Rule("action.webhook", "resource", 1, 600, action="webhook"))
    sinks = [Sink("hook", "https://hook.test/", generic, Pace(9))]
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as http:
        assert await send_due(db, settings, sinks, http) == {"sent": 1, "waiting": 2}
    rows = await db.fetch(
        "SELECT attempts, last_error, next_try_at > now() + interval '9 minutes' AS later FROM webhook_deliveries"
        " WHERE status = 'pending'"
    )
    assert [(row["attempts"], row["later"]) for row in rows] == [(0, True)] * 2
    assert "rule action.webhook" in rows[0]["last_error"]
    assert await refused(db, "webhook") == 1, "one storm is one violation"
    used = await db.fetch("SELECT key FROM rate_limit_buckets WHERE rule = 'user.default' AND level < 119.5")
    assert [row["key"] for row in used] == ["op_test (scheduler)"], "messages do not use up a person's requests"


async def test_a_probe_is_refused_before_the_first_prompt(db: Database, town: Town, cli: Cli, tmp_path: Path) -> None:
    asked: list[Any] = []

    async def engine(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(10))
        writer.close()

    server = await asyncio.start_server(engine, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    engines, prompts = tmp_path / "engines.toml", tmp_path / "prompts.txt"
    engines.write_text(f'[[engine]]\nname = "one"\nurl = "{url}"\nmodel = "m"\n')
    prompts.write_text("best dealer\nnearest dealer\n")
    code, _, err = await cli("aoer", "probe", "jilin", "--freeze", str(prompts))
    assert code == 0, err
    await use_up(db, "probe", 2, "resource", resource="one")
    code, _, err = await cli("aoer", "probe", "jilin", "--engines", str(engines))
    server.close()
    assert code == 75 and "too many requests for probe" in err and "try again in 600 s" in err
    assert asked == []
