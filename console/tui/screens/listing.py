"""A list of records read from the database: jobs, orders, drivers, audit; the server helps with the filter."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from textual.timer import Timer
from textual.widget import Widget

from console.domain.enums import (
    AlertStatus,
    DriverStatus,
    EscalationStatus,
    JobStatus,
    OrderStatus,
    Priority,
    Severity,
    TrafficSeverity,
)
from console.errors import ConsoleError, DatabaseUnavailable
from console.feed.details import Lookup
from console.feed.model import Record, Section
from console.tui.look.words import count
from console.tui.panes.records import columns_for
from console.tui.screens.base import ConsoleScreen
from console.tui.screens.directory import Listing
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable

LIMIT: Final = 500
MOST: Final = 10_000
"""Rows read and marked at most when everything that matches is wanted."""
_LOOK_SECONDS: Final = 2.0
_REREAD_SECONDS: Final = 10.0
"""While nobody writes, a list is read only so often."""
_FIELD: Final = re.compile(r"^(!?)([a-z_]+):([^<>=].*)$")
_EXACT: Final = frozenset({"status", "severity", "priority", "kind"})
_WORDS: Final = frozenset(
    str(word).casefold()
    for words in (
        JobStatus,
        AlertStatus,
        EscalationStatus,
        OrderStatus,
        DriverStatus,
        Severity,
        TrafficSeverity,
        Priority,
    )
    for word in words
)


class ListScreen(ConsoleScreen):
    """One list. It reads again when somebody wrote something, and every few seconds; never two reads at once."""

    def __init__(self, listing: Listing, lookup: str = "") -> None:
        super().__init__()
        self.listing = listing
        self.crumbs = listing.title.lower()
        self._lookup = lookup
        self._reading = False
        self._seen = -1
        self._read_at = float("-inf")
        self._timer: Timer | None = None
        self._shape: tuple[str, ...] = ()
        self._truncated = False
        self._limit = LIMIT
        self._section: Section[Record] | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The table."""
        yield LiveTable[Record](
            self.listing.title, (), scope=self.listing.scope, empty=self.listing.empty, now=self.console.now, id="list"
        )

    def habit_of(self, table: LiveTable[Record]) -> str:  # noqa: ARG002 - one table a screen
        """Each list has its own habit."""
        return self.listing.name

    @property
    def table(self) -> LiveTable[Record]:
        """The table."""
        return self.query_one("#list", LiveTable)

    def on_mount(self) -> None:
        """Read at once, then from time to time."""
        self.set_interval(_LOOK_SECONDS, self._look)
        if self._lookup:
            self.table.filter_text = self._lookup
        self.reread()

    def _look(self) -> None:
        """Read again when somebody wrote something, and from time to time in any case."""
        feed = self.console.feed
        if feed is not None and (feed.changes != self._seen or time.monotonic() - self._read_at >= _REREAD_SECONDS):
            self.reread()

    def reread(self) -> None:
        """Read again, unless a read is under way or somebody paused the screen."""
        if self._reading or self.console.feed is None or not self.is_attached:
            return
        if self.console.paused and self._shape:
            return
        self._reading = True
        self._seen, self._read_at = self.console.feed.changes, time.monotonic()
        self.console.background(self._read(), self.listing.title)

    def _read_all(self) -> bool:
        """Mark everything that matches, not only what has been read; False when all has been read."""
        section = self._section
        if self.table.model.marks or section is None or section.total <= len(section.rows) or self._limit == MOST:
            return False
        self._limit = MOST
        self.console.background(self._mark_all(), self.listing.title)
        return True

    async def _mark_all(self) -> None:
        await self._read()
        section = self._section
        if not self.is_attached or section is None:
            return
        self.table.model.mark_all()
        self.table.refresh()
        marked = len(self.table.model.marks)
        left = section.total - len(section.rows)
        rest = f"; {count(left)} more are too many to act on at once, narrow the filter" if left > 0 else ""
        self.say([(f"{count(marked)} matching rows are marked{rest}.", "text")])

    async def _read(self) -> None:
        try:
            reader: Callable[[Lookup], Awaitable[Section[Record]]] = getattr(self.console.feed, self.listing.reader)
            section = await reader(server_lookup(self.table.filter_text, self._truncated, self._limit))
        except ConsoleError as error:
            section = Section(error=error.message)
            if isinstance(error, DatabaseUnavailable) and self._section is not None and self._section.rows:
                section = self._section  # what was read last stays readable; the header says how old it is
                self.console.say_error(error)
        finally:
            self._reading = False
        if self.is_attached:
            self._take(section)

    def _take(self, section: Section[Record]) -> None:
        table = self.table
        table.read_all = self._read_all
        self._section = section
        shape = tuple(dict.fromkeys(name for row in section.rows[:50] for name in row.cells))
        columns = columns_for(section.rows, self.listing.first) if shape else ()
        if shape and (shape != self._shape or outgrown(table.columns, columns)):
            self._shape = shape
            table.set_columns(columns)
            self.console.memory.restore(self.habit_of(table), table)
            self._refilter()
        self._truncated = self._truncated or section.total > len(section.rows)
        shown = count(len(section.rows))
        if section.total > len(section.rows):
            shown = f"newest {shown} of {count(section.total)}"
        table.show_rows(section.rows, error=section.error, summary=[(shown, "text")])
        self.show_keys()

    def _refilter(self) -> None:
        """A filter given before the columns were known."""
        try:
            self.table.set_filter(self.table.filter_text)
        except ConsoleError as error:
            self.say([(error.message, "warn"), (f"  {error.hint}", "dim")])
            self.table.filter_text = ""

    def _filter(self, text: str) -> None:
        """Typing filters what is here; the server is asked for the rest."""
        super()._filter(text)
        self._limit = LIMIT
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(0.25, self.reread)


def outgrown(old: Sequence[Column[Record]], new: Sequence[Column[Record]]) -> bool:
    """Whether what the rows hold now wants wider columns; narrower ones would only make the list jump."""
    return any(b.width > a.width for a, b in zip(old, new, strict=False))


def server_lookup(text: str, truncated: bool, limit: int = LIMIT) -> Lookup:
    """The part of a filter line that the database can apply without hiding rows that the table would keep.

    Fields with a whole status, severity or priority word are exact either way; plain words are handed over only
    when the list was cut off, since the table's own search also finds letters that follow each other.
    """
    fields: dict[str, str] = {}
    words: list[str] = []
    for term in text.casefold().split():
        match = _FIELD.match(term)
        if match and match[2] in _EXACT and match[3] in _WORDS:
            fields[match[2]] = match[1] + match[3]
        elif match is None and ":" not in term and not term.startswith("!"):
            words.append(term)
    return Lookup(text=" ".join(words) if truncated else "", fields=fields, limit=limit)
