"""Reading the sections of the overview, each with its own bounded statements."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic

from console.feed import build
from console.feed.keep import Kept
from console.feed.model import Header, QueueDepth, RowT, Section, SectionName, Tile
from console.feed.source import Source

LIMITS = {
    SectionName.TILES: 200,
    SectionName.ALERTS: 200,
    SectionName.INCIDENTS: 200,
    SectionName.GENERATION: 50,
    SectionName.ENGINES: 50,
}
SAMPLES = 60
SAMPLE_SECONDS = 2.0
LINES_AT_ONCE = 20


class Rows(Generic[RowT]):
    """A section that is one statement."""

    def __init__(self, name: SectionName, make: Callable[[Any], RowT], key: str = "id") -> None:
        self._name = name
        self._kept = Kept(make, key)

    async def read(self, source: Source, old: Section[RowT], now: Any) -> Section[RowT]:
        """The section as it is now; `old` itself when nothing changed."""
        records = await source.fetch(self._name.value, LIMITS[self._name])
        total = records[0]["total"] if records and "total" in records[0] else len(records)
        return renewed(old, self._kept.rows(records), total, now)


class Tiles:
    """Tenants, worst first. Sparklines are read only for tenants whose rating was computed since, a few at a time:
    while every tenant is recomputed, the ratings themselves must not wait for lines. Until its turn a line ends in the
    new score, so what is shown is never older than the tile."""

    def __init__(self) -> None:
        self._lines: dict[Any, Line] = {}
        self._kept: Kept[Tile] = Kept(self._tile, "tenant_id")
        self.unfinished = False

    async def read(self, source: Source, old: Section[Tile], now: Any) -> Section[Tile]:
        """The section as it is now; `old` itself when nothing changed."""
        records = await source.fetch("tiles", LIMITS[SectionName.TILES])
        stamps = {r["tenant_id"]: r["last_updated"] for r in records}
        stale = [tenant for tenant, at in stamps.items() if at != self._line(tenant).at]
        self.unfinished = len(stale) > LINES_AT_ONCE
        if stale:
            for line in await source.fetch("histories", stale[:LINES_AT_ONCE], build.SPARK):
                points = build.spark(line["slots"], line["scores"])
                self._lines[line["tenant_id"]] = Line(stamps[line["tenant_id"]], points, line["week_ago"])
        self._lines = {tenant: self._line(tenant) for tenant in stamps}
        return renewed(old, self._kept.rows(records, self._lines), records[0]["total"] if records else 0, now)

    def _line(self, tenant: Any) -> "Line":
        return self._lines.get(tenant, NO_LINE)

    def _tile(self, record: Any) -> Tile:
        line = self._line(record["tenant_id"])
        points = line.points
        if points and line.at != record["last_updated"]:
            points = (*points[:-1], record["score"])
        return build.tile(record, points, line.week_ago)


@dataclass(frozen=True, slots=True)
class Line:
    """A sparkline, for the rating computed `at`, and the score of about a week ago."""

    at: Any = None
    points: tuple[float | None, ...] = ()
    week_ago: float | None = None


NO_LINE = Line()


class Queue:
    """Lanes, rate and workers; depth is sampled here, every two seconds at most."""

    def __init__(self) -> None:
        self._kept = Kept(build.lane, "lane")
        self._depths: deque[int] = deque(maxlen=SAMPLES)
        self._sampled_at: float = float("-inf")

    async def read(self, source: Source, old: QueueDepth, now: Any) -> QueueDepth:
        """The pane as it is now; `old` itself when nothing changed."""
        records = await source.fetch("queue_lanes")
        pulse = await source.fetchrow("queue_pulse")
        depth = sum(record["queued"] + record["running"] for record in records)
        if now.timestamp() - self._sampled_at >= SAMPLE_SECONDS:
            self._sampled_at = now.timestamp()
            self._depths.append(depth)
        # The rate's denominator moves with the clock: without rounding the pane would be new at every read.
        rate = None if pulse["per_minute"] is None else float(round(pulse["per_minute"]))
        fresh = QueueDepth(
            lanes=tuple(self._kept.rows([{**r, "total": None} for r in records])),
            completed_per_minute=rate,
            depth_history=tuple(self._depths),
            workers=pulse["workers"],
            paused=pulse["paused"],
        )
        return old if fresh == old else fresh


class Top:
    """The header: who we are asked once a connection, the fleet each time."""

    def __init__(self, environment: str, access: Callable[[], Awaitable[str]]) -> None:
        self._environment = environment
        self._access = access
        self._known: dict[str, Any] | None = None

    def forget(self) -> None:
        """A new connection may have another role."""
        self._known = None

    async def read(self, source: Source, old: Header | None, now: Any) -> Header:
        """The header as it is now; `old` itself when nothing changed."""
        if self._known is None:
            row = await source.fetchrow("header")
            self._known = {**row, "access": await self._access()}
        fleet = await source.fetchrow("fleet")
        demo = await source.fetchrow("has_demo")
        fresh = {
            "environment": self._environment,
            "database": build.text(self._known["database"]) or "",
            "role": build.text(self._known["role"]) or "",
            "access": self._known["access"],
            "read_only": self._known["read_only"],
            "demo": demo["demo"],
            "connection": old.connection if old else "",
            "leader": build.text(fleet["leader"]),
            "schedulers": fleet["schedulers"],
        }
        if old is not None and all(getattr(old, name) == value for name, value in fresh.items()):
            return old
        return Header(**fresh, feed_at=now)


def renewed(old: Section[RowT], rows: tuple[RowT, ...], total: int, now: Any) -> Section[RowT]:
    """`old` when it shows the same, else a new section; `at` is when the contents last changed."""
    if rows is old.rows and total == old.total and old.error is None and old.at is not None:
        return old
    return Section(rows=rows, total=total, at=now)


__all__ = ["Queue", "Rows", "Tiles", "Top", "renewed"]
