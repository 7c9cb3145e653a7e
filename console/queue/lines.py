"""Log lines that operators grep for. A batch is one record with a line per job: records are dear, lines are cheap."""

import logging
from collections.abc import Iterable

log = logging.getLogger("console.queue")

ACTIVE = "AOER Orchestrator worker active"
QUEUED = "[AOER] Queued recompute for tenant "
COMPLETED = "[AOER] Completed recompute for "


def say(prefix: str, ids: Iterable[object], level: int = logging.INFO) -> None:
    """One line `<prefix><id>` for each id."""
    if log.isEnabledFor(level):
        text = "\n".join([f"{prefix}{each}" for each in ids])
        if text:
            log.log(level, "%s", text, extra={"batch": True})
