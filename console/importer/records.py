"""The careful reading: CSV records with the line each starts on, cells parsed one by one, every fault named."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from console.importer.header import Header
from console.importer.kinds import Kind
from console.importer.report import Reject
from console.importer.source import Block, Source
from console.importer.types import Bad

LONGEST_RECORD = 200
"""Lines that one record may span. An opening quote that is never closed would else swallow the rest of the file."""


class Runaway(Exception):
    """A record goes on for too long, or the file ends inside it."""


class _Lines:
    """Lines of a block for csv.reader, going on into the file where a quoted cell does."""

    def __init__(self, block: Block, source: Source | None) -> None:
        lines = block.data.decode("utf-8", "surrogateescape").split("\n")
        self.lines = lines if lines[-1] else lines[:-1]
        self.first_line = block.first_line
        self.at = 0
        self.start = 0
        self._source = source

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at - self.start >= LONGEST_RECORD:
            raise Runaway
        if self.at >= len(self.lines):
            more = self._source.line() if self._source is not None else b""
            if not more:
                raise Runaway
            self.lines.append(more.decode("utf-8", "surrogateescape").removesuffix("\n"))
        line = self.lines[self.at]
        self.at += 1
        # csv wants to see line ends, or it would join the lines of a quoted cell
        return line + "\n"


def read_records(block: Block, source: Source | None, delimiter: str) -> Iterator[tuple[int, list[str] | Reject]]:
    """The records that start in `block`, each with the line it starts on; blank lines are skipped.

    A record that cannot be split is a Reject, and reading goes on at the line after the one it started on.
    """
    lines = _Lines(block, source)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while lines.at < len(lines.lines):
        lines.start = lines.at
        number = lines.first_line + lines.at
        try:
            cells = next(reader)
        except Runaway:
            yield number, Reject(number, "", lines.lines[lines.start], "a quoted cell opens here and is not closed")
            lines.at = lines.start + 1
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        except csv.Error as error:
            yield number, Reject(number, "", lines.lines[lines.start], f"not CSV: {error}")
            lines.at = lines.start + 1
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if cells:
            yield number, cells


@dataclass(slots=True)
class Checked:
    """Rows for the staging table (line, then the header's columns) and what was refused, one list a row."""

    rows: list[tuple[str, ...]]
    rejected: list[list[Reject]]
    read: int


def check_block(kind: Kind, header: Header, block: Block, source: Source | None) -> Checked:
    """Read a block carefully. `source` goes on where a quoted cell runs past the end of the block."""
    result = Checked([], [], 0)
    for number, cells in read_records(block, source, header.delimiter):
        result.read += 1
        if isinstance(cells, Reject):
            result.rejected.append([cells])
            continue
        row, faults = parse_row(kind, header, number, cells)
        if faults:
            result.rejected.append(faults)
        else:
            result.rows.append((str(number), *row))
    return result


def parse_row(kind: Kind, header: Header, number: int, cells: list[str]) -> tuple[list[str], list[Reject]]:
    """The cells as Postgres shall read them (empty for NULL), and every fault found."""
    if len(cells) != len(header.cells):
        shown = header.delimiter.join(cells)
        return [], [Reject(number, "", shown, f"{len(cells)} cells where the header has {len(header.cells)}")]
    row: list[str] = []
    faults: list[Reject] = []
    for column, cell in zip(header.cells, cells, strict=True):
        if column is None:
            continue
        text = cell.strip()
        try:
            if text:
                text = column.type.parse(text)
            elif column.required:
                raise Bad("empty, but required")
        except Bad as bad:
            faults.append(Reject(number, column.name, cell, str(bad)))
        row.append(text)
    if not faults and kind.rules:
        values = {name: value or None for name, value in zip(header.names, row, strict=True)}
        for rule in kind.rules:
            if fault := rule(values):
                faults.append(Reject(number, fault[0], values.get(fault[0]) or "", fault[1]))
    return row, faults
