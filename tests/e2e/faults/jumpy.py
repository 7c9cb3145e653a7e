"""`python -m tests.e2e.faults.jumpy ARGS`: aoer-console on a machine whose clock can be set.

The file named by AOER_JUMP holds the seconds by which its wall clock is wrong; monotonic time goes on as everywhere.
"""

import datetime
import os
import sys
import time
from pathlib import Path
from typing import Any

_FILE = Path(os.environ["AOER_JUMP"])
_true_time = time.time
_true_datetime = datetime.datetime


def wrong_by() -> float:
    """Seconds ahead of the truth."""
    return float(_FILE.read_text() or 0)


class Jumpy(_true_datetime):
    """A datetime whose `now` is as wrong as the clock."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """The wrong time."""
        return _true_datetime.now(tz) + datetime.timedelta(seconds=wrong_by())


def main() -> int:
    """Set the clock wrong before anything else is imported."""
    datetime.datetime = Jumpy  # type: ignore[misc]
    time.time = lambda: _true_time() + wrong_by()
    from console.__main__ import main as console

    return int(console() or 0)


if __name__ == "__main__":
    sys.exit(main())
