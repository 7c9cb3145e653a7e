"""Sinks: shape, signature, pace, retries, over httpx's mock transport; and the outbox in a real database."""

import json
from collections.abc import Callable

import httpx
import pytest

from console.config.settings import Settings, override
from console.notify.cycle import send_due
from console.notify.message import Message, generic, loud_enough, pagerduty, signature, slack, verify
from console.notify.sinks import Pace, Refused, Sink, TooFast, configured_sinks
from console.store.database import Database
from tests.automation.conftest import Town, town

__all__ = ["town"]
ALERT = Message("m1", "alert.opened", "sla_risk:7", {"severity": "critical", "message": "o7 <late> & @here"})
OVER = Message("m2", "alert.resolved", "sla_risk:7", {"severity": "critical", "message": "o7"})


def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


def test_a_signature_is_checked_with_its_time() -> None:
    payload = generic(ALERT)
    given = signature("key", 1000, payload)
    assert verify("key", 1000, payload, given, now=1100)
    assert not verify("key", 1000, payload, given, now=2000)
    assert not verify("other", 1000, payload, given, now=1100)
    assert not verify("key", 1000, payload + b" ", given, now=1100)


def test_slack_gets_no_markup_from_the_database() -> None:
    text = json.loads(slack(ALERT))["text"]
    assert "&lt;late&gt; &amp;" in text
    assert "[critical]" in text


def test_pagerduty_triggers_and_resolves_by_the_same_key() -> None:
    first, last = json.loads(pagerduty(ALERT, "rk")), json.loads(pagerduty(OVER, "rk"))
    assert (first["event_action"], last["event_action"]) == ("trigger", "resolve")
    assert first["dedup_key"] == last["dedup_key"] == "sla_risk:7"
    assert first["payload"]["severity"] == "critical"
    assert "payload" not in last


def test_only_what_is_loud_enough_is_told() -> None:
    assert loud_enough(ALERT, "high")
    assert not loud_enough(Message("m", "alert.opened", "k", {"severity": "medium"}), "high")


def test_a_pace_forgets_after_a_minute() -> None:
    now = [0.0]
    pace = Pace(2, lambda: now[0])
    pace.take()
    pace.take()
    with pytest.raises(TooFast):
        pace.take()
    now[0] = 60.5
    pace.take()


@pytest.mark.parametrize(("code", "final"), [(500, False), (429, False), (404, True), (400, True)])
async def test_refusals_say_whether_to_try_again(code: int, final: bool) -> None:
    sink = Sink("webhook", "https://sink.test/", generic, Pace(9))
    async with client(lambda _: httpx.Response(code)) as http:
        with pytest.raises(Refused, match=str(code)) as caught:
            await sink.send(http, ALERT)
    assert caught.value.final is final


async def test_a_post_is_signed_and_idempotent() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    sink = Sink("webhook", "https://sink.test/", generic, Pace(9), secret="key", wall=lambda: 1234.0)
    async with client(answer) as http:
        await sink.send(http, ALERT)
    request = seen[0]
    assert request.headers["Idempotency-Key"] == "m1"
    assert verify("key", 1234, request.content, request.headers["X-Aoer-Signature"], now=1240)


def test_settings_name_the_sinks(settings: Settings) -> None:
    assert configured_sinks(settings) == []
    told = override(
        settings,
        {
            "automation.webhook_url": "https://a.test",
            "automation.slack_webhook_url": "https://b.test",
            "automation.pagerduty_routing_key": "rk",
        },
    )
    assert [sink.name for sink in configured_sinks(told)] == ["webhook", "slack", "pagerduty"]


async def queue(town: Town, severity: str = "critical") -> None:
    await town.outside.execute(
        "INSERT INTO webhook_deliveries (tenant_id, event, dedupe_key, body) VALUES ($1, 'alert.opened', 'k', $2)",
        town.tenant,
        json.dumps({"severity": severity, "message": "m"}),
    )


async def test_a_failing_sink_is_tried_again_and_the_good_one_left_alone(
    db: Database, settings: Settings, town: Town
) -> None:
    await queue(town)
    asked = {"good": 0, "bad": 0}

    def answer(request: httpx.Request) -> httpx.Response:
        asked[request.url.host.split(".")[0]] += 1
        return httpx.Response(200 if request.url.host == "good.test" or asked["bad"] > 1 else 503)

    sinks = [Sink(name, f"https://{name}.test/", generic, Pace(9)) for name in asked]
    async with client(answer) as http:
        assert await send_due(db, settings, sinks, http) == {"failed": 1}
        assert await send_due(db, settings, sinks, http) == {}
        await town.outside.execute("UPDATE webhook_deliveries SET next_try_at = now()")
        assert await send_due(db, settings, sinks, http) == {"sent": 1}
    assert asked == {"good": 1, "bad": 2}
    row = (await town.rows("webhook_deliveries"))[0]
    assert (row["status"], row["attempts"]) == ("sent", 2)


async def test_a_final_refusal_and_too_many_tries_give_up(db: Database, settings: Settings, town: Town) -> None:
    await queue(town)
    sinks = [Sink("webhook", "https://sink.test/", generic, Pace(9))]
    async with client(lambda _: httpx.Response(410)) as http:
        await send_due(db, settings, sinks, http)
    row = (await town.rows("webhook_deliveries"))[0]
    assert (row["status"], row["last_error"]) == ("failed", "webhook answered 410")


async def test_quiet_alerts_are_not_sent(db: Database, settings: Settings, town: Town) -> None:
    await queue(town, "medium")

    def answer(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing should be sent")

    async with client(answer) as http:
        assert await send_due(db, settings, [Sink("w", "https://w.test", generic, Pace(9))], http) == {"sent": 1}
