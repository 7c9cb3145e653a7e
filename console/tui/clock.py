"""The database's time, as the last snapshot told it, going on by this machine's monotonic clock."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta


class DatabaseClock:
    """Ages on the screen are differences of database times; a skewed clock here changes none of them."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._at: datetime | None = None
        self._heard = 0.0

    def hear(self, now: datetime | None) -> None:
        """A snapshot was taken at `now`."""
        if now is not None and now != self._at:
            self._at, self._heard = now, self._monotonic()

    def now(self) -> datetime | None:
        """The database's time, None before the first snapshot."""
        if self._at is None:
            return None
        return self._at + timedelta(seconds=self._monotonic() - self._heard)
