"""Tables of records: columns made from what the first rows hold, with known names drawn as levels, states and ages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from console.feed.model import Record
from console.tui.look.spans import Span, width_of
from console.tui.look.words import NONE, since, title, value, word
from console.tui.panes.cells import level_cell, moment_cell, newest_first, severity_rank, state_cell
from console.tui.widgets.columns import Column

Draw = Callable[[Record, datetime | None], Any]

_LEVELS: Final = frozenset({"severity", "priority", "risk_band"})
_LONG: Final = {
    *("message", "description", "error", "error_text", "error_message", "notes", "reason", "text", "query"),
    *("resolution", "change"),
}
_HIDDEN: Final = {
    *("id", "key", "tenant_id", "order_id", "driver_id", "object_id", "job_id", "request_id", "version"),
    *("row_version", "metadata", "before", "after"),
}
_OPEN: Final = frozenset({"pending", "assigned", "picked_up", "out_for_delivery"})
_SAMPLE: Final = 50


def columns_for(rows: Sequence[Record], first: Sequence[str] = ()) -> tuple[Column[Record], ...]:
    """Columns for these records, `first` leading; ids and bookkeeping are left to the detail screen."""
    names = list(dict.fromkeys(name for row in rows[:_SAMPLE] for name in row.cells))
    ordered = [name for name in first if name in names] + [name for name in names if name not in first]
    shown = [name for name in ordered if name not in _HIDDEN or name in first]
    return tuple(_column(name, place, rows[:_SAMPLE]) for place, name in enumerate(shown))


def _column(name: str, place: int, rows: Sequence[Record]) -> Column[Record]:
    sample = [row.cells.get(name) for row in rows]
    known = [item for item in sample if item is not None]
    numeric = bool(known) and all(isinstance(item, int | float) and not isinstance(item, bool) for item in known)
    moment = bool(known) and all(isinstance(item, datetime) for item in known)
    heading = title(name).removesuffix(" at")
    widest = max((width_of(_plain(item)) for item in known), default=4)
    width = (
        max(12 if name == "promised_at" else 10, len(heading))
        if moment
        else max(len(heading), min(40 if name in _LONG else 24, widest + (2 if name in _LEVELS else 0)))
    )
    if name == "status" or name == "state":
        width = max(width, widest + 2)
    return Column(
        name,
        heading,
        width,
        _draw(name, moment),
        _sort(name, moment),
        least=min(width, 14 if name in _LONG else max(6, min(width, 12))),
        grow=3 if name in _LONG else 0,
        drop=0 if place == 0 else place,
        right=numeric,
        clock=moment,
        descending=numeric,
    )


def _plain(item: Any) -> str:
    return value(item).split("\n", 1)[0][:80]


def _promise(row: Record, now: datetime | None) -> Span:
    """When an open order is due, or how late it is; for one that is over, how late it came or that it was in time."""
    at = row.cells.get("promised_at")
    status = row.cells.get("status")
    if at is not None and now is not None and status in _OPEN and now > at:
        return f"{since(at, now)} late", "bad"
    delivered = row.cells.get("delivered_at") or row.cells.get("last_event_at")
    if at is not None and status == "delivered" and isinstance(delivered, datetime):
        return ("in time", "dim") if delivered <= at else (f"{since(at, delivered)} late", "dim")
    shown = moment_cell(at, now)
    return shown if status in _OPEN or status is None else (shown[0], "dim")


def _draw(name: str, moment: bool) -> Draw:
    if moment and name == "promised_at":
        return _promise
    if moment:
        return lambda row, now: moment_cell(row.cells.get(name), now)
    if name in _LEVELS:
        return lambda row, _: level_cell(str(row.cells[name])) if row.cells.get(name) else (NONE, "dim")
    if name in {"status", "state"}:
        return lambda row, _: state_cell(str(row.cells[name])) if row.cells.get(name) else (NONE, "dim")

    def draw(row: Record, _: datetime | None) -> Span:
        item = row.cells.get(name)
        return (NONE, "dim") if item is None or item == "" else (value(word(name, item)), "text")

    return draw


def _sort(name: str, moment: bool) -> Callable[[Record], Any]:
    if moment:
        return lambda row: newest_first(row.cells.get(name))
    if name in _LEVELS:
        return lambda row: severity_rank(str(row.cells.get(name)))

    def key(row: Record) -> Any:
        item = row.cells.get(name)
        return item.casefold() if isinstance(item, str) else item

    return key
