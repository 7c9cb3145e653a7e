"""The OpenAI chat completion protocol: one request, one answer, plain JSON or server-sent events.

A body that cannot be read to its end is a technical failure, and so is one without an answer in it: neither says
anything about the tenant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec


class Technical(Exception):
    """A failure of the engine or the way to it: worth another try. `wait` is what the engine asked for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Refused(Exception):
    """The engine refuses this request for good: key, model or form are wrong. Another try would be refused as well."""


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer. `model` is the one that answered; `urls` are those listed beside the text."""

    text: str
    model: str | None
    urls: tuple[str, ...]
    prompt_tokens: int | None
    answer_tokens: int | None


def request_body(model: str, prompt: str) -> dict[str, Any]:
    """The request, the same for every repetition."""
    return {"model": model, "messages": [{"role": "user", "content": prompt}], "temperature": 0}


def read_body(body: bytes, content_type: str) -> Completion:
    """The answer in a response body. Raises Technical."""
    if "event-stream" in content_type:
        return _from_events(body)
    document = _decode(body)
    choice = _first(document.get("choices"))
    message = choice.get("message") or {}
    text = message.get("content")
    if not isinstance(text, str):
        raise Technical("the response holds no answer")
    return _completion(text, document, message)


def _from_events(body: bytes) -> Completion:
    pieces: list[str] = []
    last: dict[str, Any] = {}
    finished = False
    for data in _events(body):
        if data == b"[DONE]":
            finished = True
            break
        event = _decode(data)
        choices = event.get("choices")
        if choices:
            choice = _first(choices)
            pieces.append(str((choice.get("delta") or {}).get("content") or ""))
            finished = finished or choice.get("finish_reason") is not None
        last = {**last, **{key: value for key, value in event.items() if value is not None}}
    if not finished:
        raise Technical("the stream ended before the answer did")
    return _completion("".join(pieces), last, {})


def _events(body: bytes) -> Iterator[bytes]:
    for line in body.splitlines():
        if line.startswith(b"data:"):
            yield line[5:].strip()


def _completion(text: str, document: Mapping[str, Any], message: Mapping[str, Any]) -> Completion:
    usage = document.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    model = document.get("model")
    return Completion(
        text=text,
        model=model if isinstance(model, str) else None,
        urls=tuple(_urls(document, message)),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        answer_tokens=_count(usage.get("completion_tokens")),
    )


def _urls(document: Mapping[str, Any], message: Mapping[str, Any]) -> Iterator[str]:
    """Addresses as the engines in use list them: citations, search_results, annotations of the message."""
    for one in document.get("citations") or ():
        if isinstance(one, str):
            yield one
    for one in document.get("search_results") or ():
        if isinstance(one, dict) and isinstance(one.get("url"), str):
            yield one["url"]
    for one in message.get("annotations") or ():
        cited = one.get("url_citation") if isinstance(one, dict) else None
        if isinstance(cited, dict) and isinstance(cited.get("url"), str):
            yield cited["url"]


def _decode(data: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise Technical(f"the response is not whole JSON: {error}") from error
    if not isinstance(document, dict):
        raise Technical("the response is no JSON object")
    return document


def _first(choices: Any) -> dict[str, Any]:
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Technical("the response holds no choice")
    return choices[0]


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
