"""A local answer engine for tests: speaks the protocol and misbehaves on demand. Nothing it says is real."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

ANSWER = (
    "For a fair deal in town people name Harlow Ridge Mazda and Crestline Kia. "
    "Harlow Ridge lists its stock at https://www.harlowridge.example/used and prices are at https://other.example/x."
)


@dataclass
class EngineServer:
    """`calls` counts requests by prompt; `most` is how many were in flight at once."""

    url: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    flying: int = 0
    most: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            prompt = body["messages"][0]["content"]
            self.keys.add(headers.get("authorization", ""))
            self.calls[prompt] += 1
            self.flying += 1
            self.most = max(self.most, self.flying)
            await asyncio.sleep(0)
            await self.answer(prompt, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.flying -= 1
            writer.close()

    async def answer(self, prompt: str, writer: asyncio.StreamWriter) -> None:
        word, first = prompt.split()[0], self.calls[prompt] == 1
        if word == "busy" and first:
            await send(writer, 429, b"slow down", extra="retry-after: 7\r\n")
        elif word == "broken" or (word == "flaky" and first):
            await send(writer, 500, b"oops")
        elif word == "forbidden":
            await send(writer, 401, b'{"error": "bad key"}')
        elif word == "silent":
            await self.released.wait()
        elif word == "cut" or (word == "cutonce" and first):
            whole = completion("never whole")
            writer.write(head_of(200, len(whole)) + whole[: len(whole) // 2])
            await writer.drain()
        elif word == "truncated":
            await send(writer, 200, completion("half")[:-20])
        elif word == "dripping":
            writer.write(head_of(200, 10_000))
            while not self.released.is_set():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        elif word == "streamed":
            await send(writer, 200, events(ANSWER, done=True), kind="text/event-stream")
        elif word == "streamcut":
            await send(writer, 200, events(ANSWER, done=False), kind="text/event-stream")
        elif word == "empty":
            await send(writer, 200, b'{"choices": []}')
        elif word == "nobody":
            await send(writer, 200, completion("There are many dealers in town."))
        else:
            await send(writer, 200, completion(ANSWER))


def completion(text: str) -> bytes:
    document: dict[str, Any] = {
        "model": "test-model-1",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 40},
        "citations": ["https://cited.example/page"],
    }
    return json.dumps(document).encode()


def events(text: str, done: bool) -> bytes:
    parts = [text[i : i + 20] for i in range(0, len(text), 20)]
    lines = [json.dumps({"model": "test-model-1", "choices": [{"delta": {"content": part}}]}) for part in parts]
    if done:
        lines += [json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]}), "[DONE]"]
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def head_of(code: int, length: int, kind: str = "application/json", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {code} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n{extra}\r\n"
    return head.encode()


async def send(
    writer: asyncio.StreamWriter, code: int, body: bytes, kind: str = "application/json", extra: str = ""
) -> None:
    writer.write(head_of(code, len(body), kind, extra) + body)
    await writer.drain()


@asynccontextmanager
async def engine_server() -> AsyncIterator[EngineServer]:
    """A running server; `url` is its base address."""
    engine = EngineServer()
    server = await asyncio.start_server(engine.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    engine.url = f"http://{host}:{port}/v1"
    try:
        yield engine
    finally:
        engine.released.set()
        server.close()
