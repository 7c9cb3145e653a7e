"""Rows keep their identity while nothing visible in them changes, so that panes compare objects instead of contents."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Generic, Protocol

from console.feed.model import RowT


class RecordLike(Protocol):
    """What a row of the driver offers (`asyncpg.Record`)."""

    def __getitem__(self, name: str, /) -> Any: ...
    def values(self) -> Iterable[Any]: ...


def version_of(*values: object) -> int:
    """A number that is the same for the same contents in every process. Compare it, never order it."""
    return int.from_bytes(blake2b(repr(values).encode(), digest_size=8).digest(), "big") >> 4


class Kept(Generic[RowT]):
    """Turns records into rows, giving back the very same row for the same contents.

    `build(record)` makes a row; `key` names the column that tells rows apart. A last column `total` counts all matches
    and is no part of the row.
    """

    def __init__(self, build: Callable[[Any], RowT], key: str = "id") -> None:
        self._build = build
        self._key = key
        self._kept: dict[Any, tuple[tuple[Any, ...], RowT]] = {}
        self._rows: tuple[RowT, ...] = ()

    def rows(self, records: Iterable[RecordLike], extra: Mapping[Any, Any] | None = None) -> tuple[RowT, ...]:
        """The rows of `records`, in order; the same tuple as before when nothing changed.

        `extra` adds something per key that belongs to the row's contents (a sparkline).
        """
        fresh: dict[Any, tuple[tuple[Any, ...], RowT]] = {}
        for record in records:
            key = record[self._key]
            seen = (*tuple(record.values())[:-1], extra.get(key) if extra else None)
            old = self._kept.get(key)
            if old is not None and old[0] == seen:
                fresh[key] = old
                continue
            row = self._build(record)
            fresh[key] = (seen, old[1] if old is not None and old[1] == row else row)
        rows = tuple(row for _, row in fresh.values())
        self._kept = fresh
        if len(rows) != len(self._rows) or any(a is not b for a, b in zip(rows, self._rows, strict=True)):
            self._rows = rows
        return self._rows
