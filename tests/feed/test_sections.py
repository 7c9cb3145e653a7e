"""Sections over a source in memory: what is read, how often, and what is shown meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from console.feed.model import QueueDepth, Section, Tile
from console.feed.sections import LINES_AT_ONCE, Queue, Tiles
from console.feed.source import Source

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Memory:
    """Answers by query name and remembers what was asked."""

    def __init__(self, tenants: int = 0) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.tiles = {
            i: {
                "tenant_id": i, "tenant_name": f"T{i}", "score": 50.0, "grade": "Fair", "risk": 0.1, "risk_band": "Low",
                "status": "calibrated", "reason": None, "low": None, "high": None, "last_updated": NOW, "version": 1,
                "total": tenants,
            }
            for i in range(tenants)
        }  # fmt: skip
        self.queued = 3
        self.per_minute: float | None = 0.4

    async def fetch(self, name: str, *args: Any) -> list[Any]:
        self.asked.append((name, args))
        if name == "tiles":
            return list(self.tiles.values())
        if name == "histories":
            return [{"tenant_id": t, "slots": [1, 2], "scores": [40.0, 50.0], "week_ago": 45.0} for t in args[0]]
        lane = {"running": 1, "failed": 0, "quarantined": 0, "oldest_seconds": 1.0}
        return [{"lane": "high", "queued": self.queued, **lane}]

    async def fetchrow(self, name: str, *args: Any) -> Any:
        return {"per_minute": self.per_minute, "workers": 1, "paused": False}

    def histories(self) -> list[list[int]]:
        return [list(args[0]) for name, args in self.asked if name == "histories"]


def source(memory: Memory) -> Source:
    return cast(Source, memory)


async def test_lines_are_read_a_few_at_a_time_worst_first_until_all_are_there() -> None:
    memory, tiles, seen = Memory(LINES_AT_ONCE + 5), Tiles(), Section[Tile]()
    seen = await tiles.read(source(memory), seen, NOW)
    assert tiles.unfinished and len(seen.rows) == LINES_AT_ONCE + 5
    assert [bool(row.history) for row in seen.rows] == [True] * LINES_AT_ONCE + [False] * 5
    seen = await tiles.read(source(memory), seen, NOW)
    assert not tiles.unfinished and all(row.history == (40.0, 50.0) for row in seen.rows)
    assert memory.histories() == [list(range(LINES_AT_ONCE)), list(range(LINES_AT_ONCE, LINES_AT_ONCE + 5))]
    assert await tiles.read(source(memory), seen, NOW) is seen
    assert len(memory.histories()) == 2


async def test_a_line_that_waits_for_its_turn_ends_in_the_new_score() -> None:
    memory, tiles = Memory(LINES_AT_ONCE + 1), Tiles()
    seen = await tiles.read(source(memory), Section[Tile](), NOW)
    seen = await tiles.read(source(memory), seen, NOW)
    for row in memory.tiles.values():
        row |= {"score": 60.0, "last_updated": NOW + timedelta(seconds=1)}
    seen = await tiles.read(source(memory), seen, NOW)
    assert seen.rows[-1].history == (40.0, 60.0) and seen.rows[-1].change == 15.0
    assert tiles.unfinished


async def test_a_tenant_that_left_the_page_is_forgotten() -> None:
    memory, tiles = Memory(2), Tiles()
    seen = await tiles.read(source(memory), Section[Tile](), NOW)
    gone = memory.tiles.pop(1)
    seen = await tiles.read(source(memory), seen, NOW)
    memory.tiles[1] = gone
    await tiles.read(source(memory), seen, NOW)
    assert memory.histories() == [[0, 1], [1]]


async def test_depth_is_sampled_by_the_clock_and_an_unchanged_queue_is_the_same_object() -> None:
    memory, queue, seen = Memory(), Queue(), QueueDepth()
    seen = await queue.read(source(memory), seen, NOW)
    memory.per_minute = 0.3
    assert await queue.read(source(memory), seen, NOW + timedelta(seconds=1)) is seen
    memory.queued = 9
    seen = await queue.read(source(memory), seen, NOW + timedelta(seconds=2))
    assert (seen.depth_history, seen.completed_per_minute) == ((4, 10), 0.0)
