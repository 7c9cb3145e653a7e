"""What a live list holds, apart from any drawing: rows by key, their order, the cursor, marks, filter, sort, freeze.

The cursor and the marks are keys. While the operator moves the cursor the order is frozen: rows that leave stay as
ghosts in their place and new ones wait, so that no key press can land on a row other than the one that was read.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

FREEZE_SECONDS = 1.5
"""How long rows keep their place after the cursor moved, unless `ui.freeze_seconds` says otherwise."""


class Row(Protocol):
    """Anything with a primary key as text and a version that changes with what is visible."""

    @property
    def key(self) -> str:
        """Primary key."""
        ...

    @property
    def version(self) -> int:
        """Changes whenever anything visible in the row does."""
        ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Change:
    """What an update touched: everything (`all`), or only the lines at `lines`."""

    all: bool = False
    lines: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return self.all or bool(self.lines)


class RowModel(Generic[R]):
    """Rows and the operator's place among them. `clock` is monotonic seconds (injected in tests)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows: dict[str, R] = {}
        self._source: list[str] = []
        self._ghosts: dict[str, R] = {}
        self.freeze_seconds = FREEZE_SECONDS
        self._frozen_until = float("-inf")
        self.order: list[str] = []
        self.position: dict[str, int] = {}
        self.cursor: str | None = None
        self.marks: set[str] = set()
        self.anchor: str | None = None
        self.waiting = 0
        self.keep: Callable[[R], bool] | None = None
        self.sort_key: Callable[[R], Any] | None = None
        self.descending = False

    def __len__(self) -> int:
        return len(self.order)

    @property
    def held(self) -> int:
        """Rows there are, before the filter."""
        return len(self._rows)

    def row(self, key: str) -> R | None:
        """The row of `key`, also when it has just gone."""
        return self._rows.get(key) or self._ghosts.get(key)

    def at(self, index: int) -> R | None:
        """The row at a line, None past the end."""
        return self.row(self.order[index]) if 0 <= index < len(self.order) else None

    def is_gone(self, key: str) -> bool:
        """Whether the row has left and only its ghost is shown."""
        return key in self._ghosts and key not in self._rows

    @property
    def index(self) -> int:
        """Line of the cursor, -1 in an empty list."""
        return self.position.get(self.cursor, -1) if self.cursor is not None else -1

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return None if self.cursor is None else self.row(self.cursor)

    def visible(self) -> list[R]:
        """Rows that pass the filter, in the order shown."""
        return [row for key in self.order if (row := self._rows.get(key)) is not None]

    def chosen(self) -> list[R]:
        """Marked rows in their order, or the one under the cursor; never a ghost."""
        keys = [key for key in self.order if key in self.marks] or ([self.cursor] if self.cursor else [])
        return [self._rows[key] for key in keys if key in self._rows]

    @property
    def frozen(self) -> bool:
        """Whether the order is held because the operator is moving."""
        return self._clock() < self._frozen_until

    @property
    def thaw_in(self) -> float:
        """Seconds until the order may change again, 0 when it already may."""
        return max(0.0, self._frozen_until - self._clock())

    def replace(self, rows: Sequence[R]) -> Change:
        """Take a new set of rows; says which lines to repaint."""
        if (quick := self._replace_in_place(rows)) is not None:
            return quick
        fresh = {row.key: row for row in rows}
        old = self._rows
        before = self.order
        self._source = list(fresh)
        if self.frozen and before:
            return self._replace_frozen(fresh)
        self._rows = fresh
        self._ghosts.clear()
        self.waiting = 0
        wanted = self._arranged()
        if wanted == before:
            return Change(lines=tuple(i for i, key in enumerate(before) if _stamp(old.get(key)) != _stamp(fresh[key])))
        self._set_order(wanted)
        return Change(all=True)

    def _replace_in_place(self, rows: Sequence[R]) -> Change | None:
        """The common case, the same rows in the same order with a few changed: one pass, no new order. Else None."""
        if self.keep is not None or self.sort_key is not None or self._ghosts or len(rows) != len(self.order):
            return None
        changed: list[int] = []
        fresh: list[R] = []
        for line, (key, row) in enumerate(zip(self.order, rows, strict=True)):
            held = self._rows.get(key)
            if held is row:
                continue
            if held is None or row.key != key:
                return None
            fresh.append(row)
            if held.version != row.version:
                changed.append(line)
        self._rows.update((row.key, row) for row in fresh)
        self.waiting = 0
        return Change(lines=tuple(changed))

    def _replace_frozen(self, fresh: dict[str, R]) -> Change:
        old, shown = self._rows, set(self.order)
        gone = {key for key in shown if key not in fresh}
        came_or_went = {key for key in gone if key not in self._ghosts} | {k for k in self._ghosts if k in fresh}
        for key in gone:
            if key in old:
                self._ghosts[key] = old[key]
        for key in [key for key in self._ghosts if key in fresh]:
            del self._ghosts[key]
        self._rows = fresh
        self.waiting = sum(1 for key in self._arranged() if key not in shown)
        return Change(
            lines=tuple(
                i
                for i, key in enumerate(self.order)
                if key in came_or_went or (key in fresh and _stamp(old.get(key)) != _stamp(fresh[key]))
            )
        )

    def thaw(self) -> Change:
        """Let the order catch up, unless the operator moved again meanwhile."""
        if self.frozen or not self._stale_order():
            return Change()
        self.rearrange()
        return Change(all=True)

    def _stale_order(self) -> bool:
        return bool(self._ghosts) or self.order != self._arranged()

    def rearrange(self) -> None:
        """Apply filter and sort now (the operator asked for it, so no freeze)."""
        self._ghosts.clear()
        self.waiting = 0
        self._set_order(self._arranged())

    def _arranged(self) -> list[str]:
        rows: Iterable[R] = (self._rows[key] for key in self._source)
        if self.keep is not None:
            rows = filter(self.keep, rows)
        if self.sort_key is None:
            return [row.key for row in rows]
        return [row.key for row in sort_rows(list(rows), self.sort_key, self.descending)]

    def _set_order(self, wanted: list[str]) -> None:
        line = max(0, self.index)
        self.order = wanted
        self.position = {key: i for i, key in enumerate(wanted)}
        self.marks &= self._rows.keys()
        if self.cursor not in self.position:
            self.cursor = wanted[min(line, len(wanted) - 1)] if wanted else None

    def hold(self) -> None:
        """Freeze the order for a moment: the operator is choosing."""
        self._frozen_until = self._clock() + self.freeze_seconds

    def release(self) -> None:
        """End the freeze: the list moved the cursor itself."""
        self._frozen_until = float("-inf")

    def move_to(self, line: int) -> bool:
        """Put the cursor on a line (clamped); False when it was there."""
        if not self.order:
            return False
        key = self.order[min(max(0, line), len(self.order) - 1)]
        moved = key != self.cursor
        self.cursor = key
        self.hold()
        return moved

    def toggle_mark(self) -> None:
        """Mark or unmark the row under the cursor and remember it as the start of a range."""
        if self.cursor is None or self.cursor not in self._rows:
            return
        self.hold()
        self.marks ^= {self.cursor}
        self.anchor = self.cursor

    def mark_range(self) -> None:
        """Mark everything from the last mark to the cursor."""
        if self.cursor is None:
            return
        self.hold()
        start = self.position.get(self.anchor or self.cursor, self.index)
        low, high = sorted((start, self.index))
        self.marks |= {key for key in self.order[low : high + 1] if key in self._rows}
        self.anchor = self.cursor

    def mark_all(self) -> None:
        """Mark every row that passes the filter, or unmark all when they are."""
        every = {key for key in self.order if key in self._rows}
        self.marks = set() if every and every <= self.marks else self.marks | every


def _stamp(row: Row | None) -> Hashable:
    return None if row is None else row.version


def sort_rows(rows: list[R], key: Callable[[R], Any], descending: bool) -> list[R]:
    """Stable sort; rows without a value come last either way, mixed types are compared as text."""
    with_value = [row for row in rows if key(row) is not None]
    without = [row for row in rows if key(row) is None]
    try:
        with_value.sort(key=key, reverse=descending)
    except TypeError:
        with_value.sort(key=lambda row: str(key(row)), reverse=descending)
    return with_value + without


def state_of(row: Any) -> Mapping[str, Any]:
    """A row's fields as a mapping, for predicates and for freezing at a key press."""
    cells = getattr(row, "cells", None)
    if isinstance(cells, Mapping):
        return dict(cells)
    return {name: getattr(row, name) for name in getattr(type(row), "__slots__", ())}
