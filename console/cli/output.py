"""What a verb prints: data to stdout, narration to stderr; one JSON document with --json.

Text from the database is data, never markup, and loses its control characters before it reaches a terminal.
"""

import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TextIO

from console.domain.text import clean


class Output:
    """The two streams of one run. `is_json` says that stdout carries exactly one JSON document."""

    def __init__(self, *, is_json: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        self.is_json = is_json
        self.stdout: TextIO = stdout or sys.stdout
        self.stderr: TextIO = stderr or sys.stderr

    @property
    def is_terminal(self) -> bool:
        """Whether people look at stdout directly."""
        return self.stdout.isatty()

    @property
    def colour(self) -> bool:
        """Colours only on a terminal that wants them (https://no-color.org)."""
        return self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def json(self, document: Any) -> None:
        """Print the document. Dates, uuids, decimals, enums, dataclasses, Structs and database rows serialise."""
        if isinstance(self.stdout, io.TextIOWrapper):
            self.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the locale
        self.stdout.write(encode(document) + "\n")
        self.stdout.flush()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "", empty: str = "") -> None:
        """Rows under their columns. With --json a list of objects keyed by column (spaces become underscores).

        `empty` is what to say (on stderr) when there is no row, for example what to do next.
        """
        listed = [list(row) for row in rows]
        if self.is_json:
            keys = [column.replace(" ", "_").lower() for column in columns]
            self.json([dict(zip(keys, row, strict=True)) for row in listed])
        elif not listed:
            self.note(empty or "nothing to show")
        else:
            from console.cli.tables import print_table

            print_table(self, columns, listed, title)

    def record(self, values: Mapping[str, Any], *, title: str = "") -> None:
        """One thing, a line per value; with --json an object."""
        if self.is_json:
            self.json(values)
            return
        width = max((len(key) for key in values), default=0)
        if title:
            self.line(title)
        for key, value in values.items():
            self.line(f"{key.replace('_', ' '):<{width}}  {plain(value)}")

    def line(self, text: str) -> None:
        """One line for people (line ends in it become spaces); with --json on stderr: stdout stays one document."""
        stream = self.stderr if self.is_json else self.stdout
        stream.write(clean(text) + "\n")

    def raw(self, text: str) -> None:
        """Text of our own making, such as a script, as it is."""
        self.stdout.write(text)

    def note(self, text: str) -> None:
        """Narration on stderr."""
        self.stdout.flush()
        self.stderr.write(clean(text) + "\n")
        self.stderr.flush()

    def progress(self, label: str, total: float | None = None) -> AbstractContextManager[Callable[[float], None]]:
        """A bar on stderr while it is a terminal, else nothing. Call the yielded function with the amount done."""
        from console.cli.tables import progress

        return progress(self, label, total)


def encode(document: Any) -> str:
    """`document` as indented JSON in one stable layout."""
    import msgspec

    raw = msgspec.json.Encoder(enc_hook=_other, decimal_format="number").encode(document)
    return msgspec.json.format(raw, indent=2).decode()


def _other(value: Any) -> Any:
    if hasattr(value, "items"):  # asyncpg.Record and other mappings
        return dict(value.items())
    return str(value)


def plain(value: Any) -> str:
    """A value as people read it: nothing for None, local ISO times without fractions, no exponent soup."""
    from datetime import datetime

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return (value.astimezone() if value.tzinfo else value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(plain(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{clean(str(key))}={plain(item)}" for key, item in value.items())
    return clean(str(value))
