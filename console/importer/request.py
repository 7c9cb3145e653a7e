"""What one import is asked to do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo


@dataclass(frozen=True, slots=True)
class Request:
    """`kind` is one of `catalogue.KINDS`, `file` a path or `-`.

    With `abort` nothing is applied when any row is rejected; without, the good rows land. `zone` is the zone of times
    that state none. Readings up to `future_days` after today (UTC) are taken. `show_rejects` reasons are kept for the
    report. Columns named in `ignored` are skipped.
    """

    kind: str
    file: str
    tenant: str | None = None
    dry_run: bool = False
    abort: bool = True
    enqueue: bool = False
    zone: tzinfo | None = None
    future_days: int = 1
    show_rejects: int = 20
    ignored: Collection[str] = ()
