"""The buffer of results: whatever becomes of one batch, the next is written."""

from uuid import uuid4

import pytest

from console.errors import ConsoleError, DatabaseUnavailable, QueryFailed
from console.queue import acks
from console.queue.acks import Acks, Result


@pytest.mark.parametrize(
    ("error", "kept"), [(DatabaseUnavailable("gone"), True), (QueryFailed("no"), False), (KeyError("mistake"), False)]
)
async def test_no_error_ends_the_buffer(error: Exception, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server had no time for is written again; what cannot be written is left to rescue."""
    monkeypatch.setattr(acks, "RETRY_SECONDS", 0.0)
    first, second = (Result(uuid4(), uuid4(), 1, "other") for _ in range(2))
    written: list[Result] = []
    errors = [error]
    if isinstance(error, QueryFailed):
        error.__cause__ = _with_code("22012")

    async def write(batch: list[Result]) -> None:
        if errors:
            raise errors.pop()
        written.extend(batch)

    buffer = Acks(write, size=1)
    buffer.start()
    for result in (first, second):
        await buffer.put(result)
    await buffer.drain()
    await buffer.stop()
    assert written == ([first, second] if kept else [second])


def _with_code(code: str) -> ConsoleError:
    cause = ConsoleError("of the server")
    cause.sqlstate = code  # type: ignore[attr-defined]
    return cause
