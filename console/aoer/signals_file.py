"""The import format of signals, read from a file: every cell checked, every refusal named by line and column."""

import csv
import gzip
import math
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TextIO

from console.aoer.panel import Row
from console.aoer.rating.settings import SIGNALS
from console.errors import InputRejected, NotFound, UsageError

REQUIRED = ("tenant", "date")
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Rejection:
    """A cell that cannot be used."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.value!r} {self.reason}"


@dataclass(slots=True)
class SignalsFile:
    """Rows that can be used and cells that cannot."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)

    def require_clean(self, name: str) -> None:
        """Raise InputRejected if anything was rejected."""
        if not self.rejected:
            return
        shown = "; ".join(str(one) for one in self.rejected[:SHOWN])
        more = f"; and {len(self.rejected) - SHOWN} more" if len(self.rejected) > SHOWN else ""
        raise InputRejected(
            f"{name}: {len(self.rejected)} rows cannot be used: {shown}{more}",
            hint="correct them, or pass --on-error skip to go on without these rows",
        )


def open_text(name: str) -> AbstractContextManager[TextIO]:
    """The file `name` ("-" is stdin, *.gz is unpacked) as text. Raises NotFound."""
    if name == "-":
        return nullcontext(sys.stdin)
    path = Path(name)
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise NotFound(f"cannot read {name}: {error.strerror}") from error


def read_signals(lines: Iterable[str], name: str) -> SignalsFile:
    """Read a signals CSV: tenant, date, five signals 0..100, observed_aiv, observed_rar, sample_size; empty = missing.

    Columns beyond these are ignored; missing ones are missing values. Raises UsageError without tenant and date.
    """
    reader = csv.reader(lines)
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        missing = [column for column in REQUIRED if column not in header]
        if missing:
            raise UsageError(
                f"{name}: no column {' and '.join(missing)}", hint="see aoer-console import signals --help"
            )
        place = {column: index for index, column in enumerate(header)}
        found, seen = SignalsFile(), dict[tuple[str, date], int]()
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _take(found, seen, place, cells, reader.line_num)
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputRejected(f"{name}: not a CSV file in UTF-8: {error}") from error
    return found


def _take(
    found: SignalsFile, seen: dict[tuple[str, date], int], place: dict[str, int], cells: list[str], line: int
) -> None:
    def cell(column: str) -> str:
        index = place.get(column)
        return cells[index].strip() if index is not None and index < len(cells) else ""

    try:
        row = Row(
            tenant=_text(cell("tenant")),
            date=_day(cell("date")),
            signals=tuple(_number(name, cell(name), 100.0) for name in SIGNALS),
            observed_aiv=_number("observed_aiv", cell("observed_aiv"), 100.0),
            observed_rar=_number("observed_rar", cell("observed_rar"), math.inf),
            sample_size=_count(cell("sample_size")),
        )
        first = seen.setdefault((row.tenant, row.date), line)
        if first != line:
            raise _Unusable("date", str(row.date), f"repeats the row of line {first} (one row a tenant and day)")
        found.rows.append(row)
    except _Unusable as error:
        found.rejected.append(Rejection(line, *error.parts))


class _Unusable(Exception):
    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.parts = (column, value, reason)


def _text(value: str) -> str:
    if not value:
        raise _Unusable("tenant", value, "is empty")
    return value


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _Unusable("date", value, "is not a date like 2026-01-31") from None


def _number(column: str, value: str, highest: float) -> float | None:
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        raise _Unusable(column, value, "is not a number") from None
    if not math.isfinite(number):
        raise _Unusable(column, value, "is not a finite number (leave the cell empty where nothing was measured)")
    if not 0 <= number <= highest:
        raise _Unusable(column, value, f"is outside 0..{highest:g}" if math.isfinite(highest) else "is negative")
    return number


def _count(value: str) -> int | None:
    number = _number("sample_size", value, 1e9)
    if number is None:
        return None
    if number != int(number) or number < 1:
        raise _Unusable("sample_size", value, "is not a whole number from 1")
    return int(number)
