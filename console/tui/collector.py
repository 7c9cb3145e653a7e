"""The garbage collector works while nobody types.

A full collection stops every thread of the process, with engines and a big town in it for a tenth of a second, and it
comes when so many objects have been made: just while something happens. So the automatic ones leave the oldest
generation alone (young ones take a millisecond), and the full ones are made here, when the hands have rested for a
moment. What has survived one is set aside and looked at again only now and then.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Final, Protocol

YOUNG: Final = (700, 10, 1_000_000)
"""Thresholds of the three generations: the first two are the interpreter's own."""
RESTING: Final = 2.0
EVERY: Final = 60.0
LONGEST: Final = 600.0
"""Seconds: without a key before a collection, between two, and after which it is made beside typing too."""
_ANEW: Final = 15
"""Every so many collections what was set aside is looked at again."""


class Gc(Protocol):
    """What is used of the module `gc`."""

    def freeze(self) -> None: ...
    def unfreeze(self) -> None: ...
    def enable(self) -> None: ...
    def collect(self) -> int: ...


class Collector:
    """Told of every key, asked once a second. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, module: Gc = gc) -> None:
        self._clock = clock
        self._gc = module
        self._key_at = self._done_at = clock()
        self._count = 0

    def begin(self) -> None:
        """Everything is built. What is there stays: no collection need look at it."""
        self._gc.freeze()
        self._gc.enable()
        self._done_at = self._clock()

    def key(self) -> None:
        """Somebody types."""
        self._key_at = self._clock()

    def look(self) -> None:
        """Collect if it is time and the hands rest."""
        now = self._clock()
        passed = now - self._done_at
        if passed < EVERY or (now - self._key_at < RESTING and passed < LONGEST):
            return
        self._count += 1
        if self._count % _ANEW == 0:
            self._gc.unfreeze()
        self._gc.collect()
        self._gc.freeze()
        self._done_at = self._clock()
