"""The probe's client against a server that misbehaves."""

import asyncio
import hashlib
from typing import Any

import pytest

from console.aoer.probe.client import Answer, EngineClient, Pace
from console.aoer.probe.engines import Engine, load_engines
from console.aoer.probe.panel import Prompt
from console.errors import ConfigError, NotAvailable
from tests.aoer.engine_server import completion, engine_server


class Clock:
    """Sleeping moves the clock and takes no time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


async def ask(*words: str, **settings: Any) -> tuple[list[Answer], Any, Clock]:
    clock = Clock()
    async with engine_server() as server:
        given = {"requests_per_minute": 6e6, "timeout_seconds": 0.4} | settings
        engine = Engine(name="test", url=server.url, model="asked-model", **given)
        client = EngineClient(engine, "secret", sleep=clock.sleep, clock=clock)
        return await client.ask_all([Prompt(word) for word in words]), server, clock


async def test_an_answer_comes_with_model_hash_and_usage() -> None:
    (answer,), server, _ = await ask("plain question")
    assert answer.completion is not None and answer.error is None
    assert answer.completion.model == "test-model-1" and answer.completion.answer_tokens == 40
    assert answer.completion.urls == ("https://cited.example/page",)
    body = completion(answer.completion.text)
    assert answer.hash == hashlib.sha256(body).hexdigest()
    assert server.keys == {"Bearer secret"}


@pytest.mark.parametrize(
    ("word", "calls", "part"),
    [
        ("broken", 3, "HTTP 500"),
        ("silent", 3, "no whole answer within"),
        ("dripping", 3, "no whole answer within"),
        ("cut", 3, "RemoteProtocolError"),
        ("truncated", 3, "not whole JSON"),
        ("streamcut", 3, "stream ended before"),
        ("empty", 3, "no choice"),
        ("forbidden", 1, "HTTP 401"),
    ],
)
async def test_failures_are_errors_and_only_technical_ones_are_tried_again(word: str, calls: int, part: str) -> None:
    (answer,), server, _ = await ask(word)
    assert answer.completion is None and answer.hash is None
    assert answer.error is not None and part in answer.error
    assert server.calls[word] == calls and answer.attempts == calls


@pytest.mark.parametrize("word", ["flaky", "cutonce"])
async def test_a_second_try_that_works_is_an_answer(word: str) -> None:
    (answer,), _, clock = await ask(word)
    assert answer.completion is not None and answer.attempts == 2
    assert any(0.5 <= seconds <= 1.0 for seconds in clock.slept)


async def test_too_many_requests_waits_as_long_as_it_was_told() -> None:
    (answer,), server, clock = await ask("busy")
    assert answer.completion is not None and server.calls["busy"] == 2
    assert max(clock.slept) == pytest.approx(7.0, abs=0.01)


async def test_a_streamed_answer_is_put_together() -> None:
    (plain, streamed), _, _ = await ask("plain", "streamed")
    assert plain.completion and streamed.completion
    assert streamed.completion.text == plain.completion.text and streamed.completion.model == "test-model-1"


async def test_one_bad_prompt_spoils_no_other_and_concurrency_is_bounded() -> None:
    words = [f"q{i}" for i in range(12)] + ["broken"]
    answers, server, _ = await ask(*words, concurrency=3)
    assert [answer.prompt.text for answer in answers] == words
    assert sum(answer.completion is not None for answer in answers) == 12
    assert 1 < server.most <= 3


async def test_requests_are_spaced_to_the_rate() -> None:
    _, _, clock = await ask(*(f"q{i}" for i in range(5)), requests_per_minute=30.0)
    assert clock.now >= 4 * 2.0 - 1e-6


async def test_pace_holds_everybody_after_a_wait_was_asked_for() -> None:
    clock = Clock()
    pace = Pace(60.0, clock, clock.sleep)
    await pace.turn()
    pace.hold(30.0)
    await pace.turn()
    assert clock.now == 30.0
    await pace.turn()
    assert clock.now == 31.0


async def test_nobody_listens() -> None:
    clock = Clock()
    engine = Engine(name="gone", url="http://127.0.0.1:9/v1", model="m", attempts=2)
    (answer,) = await EngineClient(engine, None, sleep=clock.sleep, clock=clock).ask_all([Prompt("x")])
    assert answer.error is not None and "ConnectError" in answer.error and answer.attempts == 2


def test_engines_file(tmp_path: Any) -> None:
    file = tmp_path / "engines.toml"
    file.write_text(
        '[[engine]]\nname = "a"\nurl = "http://localhost/v1"\nmodel = "m"\nprompt_price = 1.0\nanswer_price = 2.0\n'
    )
    (engine,) = load_engines(str(file))
    assert engine.cost(1_000_000, 500_000) == pytest.approx(2.0)
    assert engine.cost(None, 5) is None
    for wrong in ('nam = "a"', 'name = "a"\nurl = "ftp://x"\nmodel = "m"', 'name = "a"\nurl = "http://x"\nmodel = 3'):
        file.write_text(f"[[engine]]\n{wrong}\n")
        with pytest.raises(ConfigError, match=r"engines\.toml"):
            load_engines(str(file))
    with pytest.raises(NotAvailable):
        load_engines(None)
    with pytest.raises(ConfigError, match="NO_SUCH_VARIABLE"):
        Engine(name="a", url="http://x", model="m", api_key_env="NO_SUCH_VARIABLE").key({})
