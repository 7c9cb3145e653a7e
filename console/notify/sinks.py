"""Sinks: where messages go, each with its own pace. httpx does the sending; the client is injected."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from console.notify import message as shape
from console.notify.message import Message

TIMEOUT = 5.0


class Client(Protocol):
    """The part of httpx.AsyncClient that is used."""

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str], timeout: float) -> Any: ...


class TooFast(Exception):
    """The sink's pace is used up; try again `after` seconds. No try of the message is spent."""

    def __init__(self, words: str, after: float) -> None:
        super().__init__(words)
        self.after = after


class Refused(Exception):
    """The sink does not take the message; trying again may help (5xx, 429, no answer) or not (`final`)."""

    def __init__(self, words: str, *, final: bool = False) -> None:
        super().__init__(words)
        self.final = final


class Pace:
    """At most `limit` sends in any minute."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._sent: deque[float] = deque()

    def take(self) -> None:
        """Count one send. Raises TooFast."""
        now = self._clock()
        while self._sent and self._sent[0] <= now - 60.0:
            self._sent.popleft()
        if len(self._sent) >= self._limit:
            raise TooFast(f"more than {self._limit} messages a minute", self._sent[0] + 60.0 - now)
        self._sent.append(now)


class Sink:
    """One address. `payload` shapes a message; `secret` signs it."""

    def __init__(
        self,
        name: str,
        url: str,
        payload: Callable[[Message], bytes],
        pace: Pace,
        *,
        secret: str = "",
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.name, self._url, self._payload, self._pace = name, url, payload, pace
        self._secret, self._wall = secret, wall

    async def send(self, client: Client, message: Message) -> None:
        """Post one message. Raises TooFast or Refused."""
        self._pace.take()
        body = self._payload(message)
        headers = {"Content-Type": "application/json", "User-Agent": "aoer-console", "Idempotency-Key": message.id}
        if self._secret:
            stamp = int(self._wall())
            headers |= {"X-Aoer-Timestamp": str(stamp), "X-Aoer-Signature": shape.signature(self._secret, stamp, body)}
        import httpx

        try:
            answer = await client.post(self._url, content=body, headers=headers, timeout=TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Refused(f"{self.name}: {type(error).__name__}: {error}") from error
        code = int(answer.status_code)
        if not 200 <= code < 300:
            raise Refused(f"{self.name} answered {code}", final=400 <= code < 500 and code not in (408, 425, 429))


def configured_sinks(settings: Any, clock: Callable[[], float] = time.monotonic) -> list[Sink]:
    """The sinks that the settings name."""
    told = settings.automation
    sinks: list[Sink] = []
    if told.webhook_url:
        pace = Pace(told.notify_per_minute, clock)
        sinks.append(Sink("webhook", told.webhook_url, shape.generic, pace, secret=told.webhook_secret))
    if told.slack_webhook_url:
        sinks.append(Sink("slack", told.slack_webhook_url, shape.slack, Pace(told.notify_per_minute, clock)))
    if told.pagerduty_routing_key:
        key = told.pagerduty_routing_key
        pace = Pace(told.notify_per_minute, clock)
        sinks.append(Sink("pagerduty", told.pagerduty_url, lambda message: shape.pagerduty(message, key), pace))
    return sinks
