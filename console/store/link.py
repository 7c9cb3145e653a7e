"""State of the link to the database, and how long to wait between two attempts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from console.errors import ConsoleError


class Link(StrEnum):
    """Where a Database stands."""

    CONNECTING = "connecting"
    READY = "ready"
    LOST = "lost"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LinkState:
    """`error` says why the link is lost or refused; `attempt` counts the tries since, `retry_in` is in seconds."""

    link: Link
    error: ConsoleError | None = None
    attempt: int = 0
    retry_in: float = 0.0


def backoff(longest: float, *, first: float = 0.1, draw: random.Random | None = None) -> Iterator[float]:
    """Seconds to wait before each further attempt: doubling up to `longest`, each shortened by up to a half.

    The jitter keeps many consoles that lost the same server from coming back in the same instant.
    """
    uniform = (draw or random.Random()).uniform
    pause = first
    while True:
        yield min(pause, longest) * uniform(0.5, 1.0)
        pause = min(pause * 2, longest)
