"""What became of every row: rejects with line, column, value and reason, and the counts of the rest."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

SHOWN_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Reject:
    """Why the row that starts at `line` was refused. `column` is empty where the whole row is at fault."""

    line: int
    column: str
    value: str
    reason: str


class Rejects:
    """Counts every refused row, keeps the first `limit` reasons, and writes all of them to `sink` as CSV."""

    def __init__(self, file: str, limit: int, sink: TextIO | None = None) -> None:
        self.file = file
        self.limit = limit
        self.kept: list[Reject] = []
        self.rows = 0
        self.reasons: Counter[str] = Counter()
        self._writer = csv.writer(sink) if sink is not None else None
        if self._writer is not None:
            self._writer.writerow(("file", "line", "column", "value", "reason"))

    def add(self, rejects: Iterable[Reject]) -> None:
        """All reasons against one row."""
        found = list(rejects)
        if not found:
            return
        self.rows += 1
        for reject in found:
            self.reasons[f"{reject.column}: {reject.reason}" if reject.column else reject.reason] += 1
            if len(self.kept) < self.limit:
                self.kept.append(reject)
            if self._writer is not None:
                value = reject.value.encode("utf-8", "backslashreplace").decode()
                self._writer.writerow((self.file, reject.line, reject.column, value, reject.reason))


@dataclass(slots=True)
class Result:
    """Counts of one import. `applied` is False after a dry run and where `abort` met a rejected row."""

    kind: str
    file: str
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    applied: bool = False
    dry_run: bool = False
    tenants_created: list[str] = field(default_factory=list)
    partitions_created: int = 0
    queued: int = 0
    seconds: float = 0.0
    rejects: list[Reject] = field(default_factory=list)
    reasons: Mapping[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The result as it is printed with --json; values are shortened, `rejected` counts rows."""
        return {
            "kind": self.kind,
            "file": self.file,
            "read": self.read,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "applied": self.applied,
            "dry_run": self.dry_run,
            "tenants_created": self.tenants_created,
            "partitions_created": self.partitions_created,
            "queued": self.queued,
            "seconds": round(self.seconds, 3),
            "rows_per_second": round(self.read / self.seconds) if self.seconds > 0 else None,
            "reasons": dict(self.reasons),
            "rejects": [
                {"line": r.line, "column": r.column or None, "value": shorten(r.value), "reason": r.reason}
                for r in sorted(self.rejects, key=lambda r: r.line)
            ],
        }


def shorten(value: str) -> str:
    """A cell short enough for one line."""
    printable = value.encode("utf-8", "backslashreplace").decode()
    return printable if len(printable) <= SHOWN_LENGTH else printable[: SHOWN_LENGTH - 1] + "…"
