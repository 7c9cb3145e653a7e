"""The import format of queries, read from a file for measuring without a database."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from console.aoer.exposure import POSITION_WEIGHT, Query
from console.errors import InputRejected, UsageError

INTENTS = ("informational", "commercial", "navigational", "other")
TRUE, FALSE = ("true", "t", "yes", "1"), ("false", "f", "no", "0")


@dataclass(slots=True)
class QueriesFile:
    """Rows of a queries file."""

    rows: list[Query] = field(default_factory=list)


def read_queries(lines: Iterable[str], name: str) -> QueriesFile:
    """Read a queries CSV. Only `query` is required; empty cells are missing values; unknown columns are ignored.

    Raises UsageError without that column and InputRejected naming line and column of the first unusable cell.
    """
    reader = csv.DictReader(lines)
    if "query" not in (reader.fieldnames or ()):
        raise UsageError(f"{name}: no column query", hint="see aoer-console import queries --help")
    found = QueriesFile()
    seen: dict[tuple[str, date], int] = {}
    for cells in reader:
        row = _row(cells, name, reader.line_num)
        first = seen.setdefault((row.text, row.week), reader.line_num)
        if first != reader.line_num:
            raise InputRejected(f"{name} line {reader.line_num}: repeats the query and week of line {first}")
        found.rows.append(row)
    return found


def _row(cells: dict[str, str | None], name: str, line: int) -> Query:
    def cell(column: str) -> str | None:
        return (cells.get(column) or "").strip() or None

    def refuse(column: str, wanted: str) -> InputRejected:
        return InputRejected(f"{name} line {line}, column {column}: {cell(column)!r} is not {wanted}")

    def count(column: str, lowest: int) -> int | None:
        text = cell(column)
        if text is None:
            return None
        if not text.isdigit() or int(text) < lowest:
            raise refuse(column, f"a whole number from {lowest}")
        return int(text)

    def flag(column: str) -> bool | None:
        text = (cell(column) or "").lower()
        if text and text not in TRUE + FALSE:
            raise refuse(column, "true or false")
        return text in TRUE if text else None

    def word(column: str, known: Iterable[str]) -> str | None:
        text = cell(column)
        if text is not None and text not in known:
            raise refuse(column, f"one of {', '.join(known)}")
        return text

    text = cell("query")
    if text is None:
        raise refuse("query", "a query")
    try:
        week = date.fromisoformat(cell("week_start") or "0001-01-01")
    except ValueError:
        raise refuse("week_start", "a date like 2026-01-31") from None
    return Query(
        text=text,
        week=week,
        intent=word("intent", INTENTS),
        volume=count("monthly_volume", 0),
        rank=count("serp_position", 1),
        present=flag("ai_present"),
        position=word("ai_position", POSITION_WEIGHT),
        cited=flag("has_our_citation"),
        tokens=count("ai_tokens", 0),
    )
