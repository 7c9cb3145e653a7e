"""Counters of one worker by lane and kind, kept in memory and written every few seconds."""

from dataclasses import dataclass

Row = tuple[str, str, int, int, int, int, float, float, float, float]


@dataclass(slots=True)
class Count:
    """Sums since the last flush; times in milliseconds."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    lost: int = 0
    wait_ms: float = 0.0
    run_ms: float = 0.0
    max_wait_ms: float = 0.0
    max_run_ms: float = 0.0


class Tally:
    """Adds up what became of jobs. `completed` and `failed` are totals since the start."""

    def __init__(self) -> None:
        self.completed = 0
        self.failed = 0
        self._counts: dict[tuple[str, str], Count] = {}

    def add(
        self,
        lane: str,
        kind: str,
        *,
        completed: int = 0,
        failed: int = 0,
        cancelled: int = 0,
        lost: int = 0,
        waited: float = 0.0,
        ran: float = 0.0,
        max_waited: float = 0.0,
        max_ran: float = 0.0,
    ) -> None:
        """Count jobs of one lane and kind; `waited` and `ran` are sums in seconds."""
        count = self._counts.setdefault((lane, kind), Count())
        count.completed += completed
        count.failed += failed
        count.cancelled += cancelled
        count.lost += lost
        count.wait_ms += waited * 1000
        count.run_ms += ran * 1000
        count.max_wait_ms = max(count.max_wait_ms, max_waited * 1000)
        count.max_run_ms = max(count.max_run_ms, max_ran * 1000)
        self.completed += completed
        self.failed += failed

    def take(self) -> list[Row]:
        """What was counted since the last take, in the order of the query `count`."""
        counts, self._counts = self._counts, {}
        return [
            (lane, kind, c.completed, c.failed, c.cancelled, c.lost, c.wait_ms, c.run_ms, c.max_wait_ms, c.max_run_ms)
            for (lane, kind), c in sorted(counts.items())
        ]

    def give_back(self, rows: list[Row]) -> None:
        """Count rows of a flush that failed once more."""
        for lane, kind, completed, failed, cancelled, lost, wait, run, max_wait, max_run in rows:
            self.add(
                lane,
                kind,
                completed=completed,
                failed=failed,
                cancelled=cancelled,
                lost=lost,
                waited=wait / 1000,
                ran=run / 1000,
                max_waited=max_wait / 1000,
                max_ran=max_run / 1000,
            )
            self.completed -= completed
            self.failed -= failed
