"""One engine, asked politely: paced, a few at once, a deadline on each call, retries of technical failures only."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from console.aoer.probe.engines import Engine
from console.aoer.probe.panel import Prompt
from console.aoer.probe.protocol import Completion, Refused, Technical, read_body, request_body

LARGEST_BODY = 4_000_000
LONGEST_WAIT = 60.0
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one prompt: a completion with the hash of the raw body, or an error. Never neither."""

    prompt: Prompt
    asked_at: datetime
    attempts: int
    completion: Completion | None = None
    hash: str | None = None
    error: str | None = None


class Pace:
    """Requests evenly spaced to a rate a minute; a wait that the engine asked for holds up everybody."""

    def __init__(self, per_minute: float, clock: Callable[[], float], sleep: Sleep) -> None:
        self._gap = 60.0 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    async def turn(self) -> None:
        """Wait until it is this caller's turn."""
        now = self._clock()
        mine = max(self._next, now)
        self._next = mine + self._gap
        if mine > now:
            await self._sleep(mine - now)

    def hold(self, seconds: float) -> None:
        """Nobody before `seconds` from now."""
        self._next = max(self._next, self._clock() + seconds)


class EngineClient:
    """Asks one engine. `sleep` and `clock` are replaced in tests."""

    def __init__(
        self,
        engine: Engine,
        key: str | None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.engine = engine
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._transport = transport
        self._sleep = sleep
        self._pace = Pace(engine.requests_per_minute, clock or asyncio.get_running_loop().time, sleep)
        self._slots = asyncio.Semaphore(engine.concurrency)

    async def ask_all(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """One answer a prompt, in their order. Never raises for what the engine does."""
        timeout = httpx.Timeout(self.engine.timeout_seconds)
        async with httpx.AsyncClient(transport=self._transport, timeout=timeout, headers=self._headers) as client:
            return list(await asyncio.gather(*(self._ask(client, prompt) for prompt in prompts)))

    async def _ask(self, client: httpx.AsyncClient, prompt: Prompt) -> Answer:
        async with self._slots:
            error = ""
            for attempt in range(1, self.engine.attempts + 1):
                await self._pace.turn()
                asked_at = datetime.now(UTC)
                try:
                    body, kind = await self._post(client, prompt)
                    return Answer(prompt, asked_at, attempt, read_body(body, kind), hashlib.sha256(body).hexdigest())
                except Refused as refused:
                    return Answer(prompt, asked_at, attempt, error=str(refused))
                except Technical as failure:
                    error = str(failure)
                    if attempt < self.engine.attempts:
                        await self._back_off(attempt, failure.wait)
            return Answer(prompt, asked_at, self.engine.attempts, error=error)

    async def _back_off(self, attempt: int, asked_for: float | None) -> None:
        """Twice as long each time, or as long as the engine asked for (then for everybody)."""
        if asked_for is not None:
            self._pace.hold(min(asked_for, LONGEST_WAIT))
        else:
            await self._sleep(min(2.0 ** (attempt - 1) * random.uniform(0.5, 1.0), LONGEST_WAIT))

    async def _post(self, client: httpx.AsyncClient, prompt: Prompt) -> tuple[bytes, str]:
        """The whole body of a good response within the deadline; a dripping stream does not extend it."""
        url = self.engine.url.rstrip("/") + "/chat/completions"
        try:
            async with (
                asyncio.timeout(self.engine.timeout_seconds),
                client.stream("POST", url, json=request_body(self.engine.model, prompt.text)) as response,
            ):
                body = await _read(response)
        except TimeoutError as error:
            raise Technical(f"no whole answer within {self.engine.timeout_seconds:g} s") from error
        except httpx.TimeoutException as error:
            raise Technical(f"no whole answer within {self.engine.timeout_seconds:g} s") from error
        except httpx.HTTPError as error:
            raise Technical(f"{type(error).__name__}: {error}") from error
        _judge(response, body)
        return body, response.headers.get("content-type", "")


async def _read(response: httpx.Response) -> bytes:
    whole = bytearray()
    async for piece in response.aiter_bytes():
        whole += piece
        if len(whole) > LARGEST_BODY:
            raise Technical(f"the response is larger than {LARGEST_BODY} bytes")
    return bytes(whole)


def _judge(response: httpx.Response, body: bytes) -> None:
    code = response.status_code
    if code == 200:
        return
    told = body[:200].decode("utf-8", "replace")
    if code == 429 or code == 408 or code >= 500:
        raise Technical(f"HTTP {code}: {told}", _retry_after(response))
    raise Refused(f"HTTP {code}: {told}")


def _retry_after(response: httpx.Response) -> float | None:
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None
