"""From blocks of a file to blocks for COPY: untouched where a whole block is canonical, cell by cell elsewhere."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from console.importer.header import Header
from console.importer.kinds import Kind
from console.importer.records import check_block
from console.importer.report import Reject
from console.importer.source import Block, Source
from console.importer.types import MARK


@dataclass(slots=True)
class Prepared:
    """CSV for the staging table. `doubtful` is the block behind it where only its shape was looked at: values that
    Postgres then refuses are found by reading it again carefully."""

    payload: bytes
    read: int
    rows: Sequence[tuple[str, ...]] = ()
    rejected: list[list[Reject]] = field(default_factory=list)
    doubtful: Block | None = None


class Preparer:
    """Reads a source block by block. Used by one thread at a time."""

    def __init__(self, kind: Kind, header: Header, source: Source) -> None:
        self.kind = kind
        self.header = header
        self.source = source
        self._canonical = canonical(kind, header)

    def next(self) -> Prepared | None:
        """The next block, None at the end of the file."""
        block = self.source.block()
        if block is None:
            return None
        return self._untouched(block) or self._careful(block, self.source)

    def carefully(self, block: Block) -> Prepared:
        """A doubtful block once more, cell by cell."""
        return self._careful(block, None)

    def _untouched(self, block: Block) -> Prepared | None:
        if self._canonical is None:
            return None
        try:
            text = block.data.decode("utf-8")
        except UnicodeDecodeError:
            return None
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        # Outer blanks belong to no cell; testing for them here keeps the pattern simple and fast.
        mark = self.header.delimiter
        if f" {mark}" in text or f"{mark} " in text or " \n" in text or "\n " in text or text.startswith(" "):
            return None
        if '"' in text and ('" ' in text or ' "' in text):
            return None
        if self._canonical.fullmatch(text) is None:
            return None
        lines = text.split("\n")
        lines.pop()
        numbered = "\n".join([f"{number}{mark}{line}" for number, line in enumerate(lines, block.first_line)])
        return Prepared((numbered + "\n").encode(), len(lines), doubtful=block)

    def _careful(self, block: Block, source: Source | None) -> Prepared:
        checked = check_block(self.kind, self.header, block, source)
        return Prepared(pack(checked.rows, self.header.delimiter), checked.read, checked.rows, checked.rejected)


def canonical(kind: Kind, header: Header) -> re.Pattern[str] | None:
    """The pattern of a whole block whose every line passes through untouched; None where a kind has rules of its own.

    Cells may be quoted. Possessive repetition: a block that fails must fail at once, not after trying every split.
    """
    if not kind.fast or any(column is None for column in header.cells):
        return None
    mark = header.delimiter
    cells = []
    for column in header.cells:
        assert column is not None
        plain = column.type.canonical.replace(MARK, re.escape(mark))
        cells.append(f'(?:{plain}|"{plain}")' if column.required else f'(?:{plain}|"{plain}"|"")?')
    return re.compile("(?:" + re.escape(mark).join(cells) + "\n)*+")


def pack(rows: Iterable[Sequence[str]], delimiter: str) -> bytes:
    """Rows as CSV for COPY; empty cells are NULL."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")
