"""The queue pane: depth by lane as a table, and its course as a chart below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.events import Resize
from textual.strip import Strip

from console.feed.model import LaneDepth, QueueDepth
from console.tui.look.glyphs import level
from console.tui.look.plot import columns as column_chart
from console.tui.look.plot import sparkline
from console.tui.look.spans import Span, cut, justify, strip
from console.tui.look.words import age, count, number
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import Now

_LANES: Final = ("urgent", "high", "medium", "low")


def _lane(row: LaneDepth) -> list[Span]:
    glyph, role = level(row.key)
    return [(glyph, role), (f" {row.key}", "text")]


def _count(value: int, role: str) -> Span:
    return (count(value), role) if value else ("·", "dim")


QUEUE_COLUMNS: Final[tuple[Column[LaneDepth], ...]] = (
    Column("lane", "Lane", 8, lambda r, _: _lane(r), lambda r: _LANES.index(r.key) if r.key in _LANES else 9, drop=0),
    Column("queued", "Waiting", 7, lambda r, _: _count(r.queued, "text"), lambda r: r.queued,
           least=5, drop=0, right=True, short="Wait"),
    Column("running", "Running", 7, lambda r, _: _count(r.running, "info"), lambda r: r.running,
           least=4, drop=1, right=True, short="Run"),
    Column("failed", "Failed", 6, lambda r, _: _count(r.failed, "bad"), lambda r: r.failed,
           least=4, drop=2, right=True, short="Fail"),
    Column("quarantined", "Quarantined", 11, lambda r, _: _count(r.quarantined, "bad"), lambda r: r.quarantined,
           least=5, drop=4, right=True, short="Quar."),
    Column(
        "oldest",
        "Oldest",
        7,
        lambda r, _: (age(r.oldest_seconds), "warn" if (r.oldest_seconds or 0) > 600 else "dim"),
        lambda r: None if r.oldest_seconds is None else -r.oldest_seconds,
        drop=3,
        grow=1,
        right=True,
    ),
)  # fmt: skip


def stuck(depth: QueueDepth) -> str:
    """Why nothing moves, and what to do about it; empty while somebody works or nothing waits."""
    if depth.paused:
        return "paused; goes on with: aoer-console queue resume"
    if depth.workers == 0 and any(lane.queued for lane in depth.lanes):
        return "nobody works it off; start: aoer-console --scheduler-only"
    return ""


def _foot(depth: QueueDepth) -> tuple[object, ...]:
    return depth.depth_history, depth.completed_per_minute, depth.workers, stuck(depth)


class QueuePane(LiveTable[LaneDepth]):
    """Lanes, and under them depth over the last samples: one line where room is short, a chart where it is not."""

    def __init__(self, now: Now) -> None:
        super().__init__(
            "Queue",
            QUEUE_COLUMNS,
            scope="lane",
            number=1,
            empty="The queue is empty. Recompute a rating with r in the ratings pane, or: aoer-console queue add --all",
            now=now,
            id="queue",
        )
        self.depth = QueueDepth()
        self.foot = 1

    def on_resize(self, _: Resize) -> None:
        """Give the chart what the lanes leave over."""
        self.foot = max(1, min(10, self.size.height - self.head - len(_LANES)))

    def show_depth(self, depth: QueueDepth) -> None:
        """Take the newest depth."""
        before, self.depth = self.depth, depth
        waiting = sum(row.queued for row in depth.lanes)
        running = sum(row.running for row in depth.lanes)
        summary: list[Span] = [(f"{count(waiting)} waiting", "text")]
        if running:
            summary.append((f" {count(running)} running", "info"))
        if depth.paused:
            summary.append(("  ‖ paused", "warn"))
        elif stuck(depth):
            summary.append(("  ▲ no worker", "bad"))
        self.show_rows(depth.lanes, error=depth.error, summary=summary)
        if _foot(depth) != _foot(before):
            self.refresh_foot()

    def foot_strip(self, y: int, width: int) -> Strip:
        """The chart; its last line tells the rate and the workers."""
        paint = self.paint("base")
        if self.connecting:
            return strip([], width, paint)
        if y == self.foot - 1 and (why := stuck(self.depth)):
            return strip([("  ", "text"), (cut(why, width - 2), "warn")], width, paint)
        tail: list[Span] = [
            (f"{number(self.depth.completed_per_minute, 0)}/min", "text"),
            (f" · {self.depth.workers} worker{'' if self.depth.workers == 1 else 's'} ", "dim"),
        ]
        history: Sequence[float | None] = self.depth.depth_history
        if self.foot == 1:
            room = max(0, width - sum(len(text) for text, _ in tail) - 4)
            return strip(
                [("  ", "text"), *justify([(sparkline(history, room, low=0), "chart")], tail, width - 2)], width, paint
            )
        if y == self.foot - 1:
            high = max(self.depth.depth_history, default=0)
            return strip(
                [("  ", "text"), *justify([(f"depth, peak {count(high)}", "dim")], tail, width - 2)], width, paint
            )
        lines = column_chart(history, max(1, width - 4), self.foot - 1)
        return strip([("  ", "text"), (lines[y], "chart")], width, paint)
