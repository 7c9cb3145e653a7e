"""When the feed asks what. Pure: the caller says what time it is, in seconds of a monotonic clock.

Two questions are asked of the database. The *probe* (`pg_current_snapshot()`) touches no table and changes exactly when
a transaction that wrote something has ended, whoever sent it: that is how writes of programs that know nothing of our
notifications are seen, without triggers, counters or locks in anybody's commit. It is asked every 100 ms while somebody
looks, every 50 ms shortly after a change, twice a second while the terminal is unfocused. The *sections* are read again
only when the probe changed, a notification named them, or the poll interval is over (lapsed snoozes and late engines
change without a write; five intervals while nothing is written): wanted ones only, and none more often than its spacing
or ten times what it costs.

On a server where other databases write all the time the probe changes all the time; the spacing then bounds the cost.
On a standby it sees the newest commit only, so a longer transaction that ends later may wait for the poll.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from console.feed.model import SectionName

IDLE, BUSY, UNFOCUSED = 0.100, 0.050, 0.500
BUSY_FOR = 5.0
RESTING = 5.0
"""Poll intervals are so many times longer while the probe sees no commit: only clocks can change what is shown."""
SPACING = {
    SectionName.TILES: 0.100,
    SectionName.ALERTS: 0.100,
    SectionName.INCIDENTS: 0.100,
    SectionName.GENERATION: 0.100,
    SectionName.QUEUE: 0.200,
    SectionName.ENGINES: 0.250,
    SectionName.HEADER: 1.0,
}
COST_FACTOR = 10.0
LONGEST = 1.0
RETRY_BROKEN = 5.0
KINDS = {
    "queue": (SectionName.QUEUE,),
    "summary": (SectionName.TILES,),
    "tenants": (SectionName.TILES,),
    "alerts": (SectionName.ALERTS,),
    "incidents": (SectionName.INCIDENTS,),
    "generation": (SectionName.GENERATION,),
    "engines": (SectionName.ENGINES, SectionName.HEADER),
    "cycles": (SectionName.ENGINES, SectionName.HEADER),
    "orders": (SectionName.ALERTS,),
    "drivers": (),
    "work": (),
    "heartbeat": (),
}


@dataclass(slots=True)
class _Plan:
    dirty: bool = True
    read_at: float = float("-inf")
    cost: float = 0.0
    broken: bool = False


class Schedule:
    """Which sections to read now, and how long to wait before looking again."""

    def __init__(self, poll_seconds: float, draw: Random | None = None) -> None:
        self.poll_seconds = poll_seconds
        self.focused = True
        self._draw = draw or Random()
        self._plans = {name: _Plan() for name in SectionName}
        self._wanted = frozenset(SectionName)
        self._changed_at = float("-inf")
        self._poll_at = float("-inf")

    @property
    def wanted(self) -> frozenset[SectionName]:
        """Sections that somebody shows."""
        return self._wanted

    def want(self, sections: Iterable[SectionName]) -> bool:
        """Read only these from now on; answers whether there is a new one, which is read at once."""
        wanted = frozenset(sections)
        new = wanted - self._wanted
        self._wanted = wanted
        for name in new:
            self._plans[name] = _Plan()
        return bool(new)

    def mark(self, kinds: Iterable[str]) -> None:
        """Rows of these kinds changed; an unknown kind may be anything."""
        for kind in kinds:
            for name in KINDS.get(kind, tuple(SectionName)):
                self._plans[name].dirty = True

    def mark_all(self, *, at_once: bool = False) -> None:
        """Everything may have changed; `at_once` forgets spacing and errors too (reconnected, refresh key)."""
        for name, plan in self._plans.items():
            plan.dirty = True
            if at_once:
                self._plans[name] = _Plan(cost=plan.cost)

    def changed(self, now: float) -> None:
        """The probe saw a commit."""
        self._changed_at = now
        self._poll_at = min(self._poll_at, now + self.poll_seconds)
        self.mark_all()

    def due(self, now: float) -> list[SectionName]:
        """Sections to read now, in the order in which operators look at them."""
        if now >= self._poll_at:
            if self._poll_at > float("-inf"):
                self.mark_all()
            # Many consoles started by one script must not poll in step for ever.
            rest = 1.0 if now - self._changed_at < BUSY_FOR else RESTING
            self._poll_at = now + self.poll_seconds * rest * self._draw.uniform(0.9, 1.1)
        return [
            name for name in SPACING if name in self._wanted and self._plans[name].dirty and self._ready(name) <= now
        ]

    def starting(self, name: SectionName) -> None:
        """`name` is about to be read: what changes from here on makes it dirty again."""
        self._plans[name].dirty = False

    def finished(self, name: SectionName, started: float, now: float, *, broken: bool) -> None:
        """`name` was read from `started` to `now`."""
        plan = self._plans[name]
        spent = now - started
        plan.cost = spent if not plan.cost else 0.7 * plan.cost + 0.3 * spent
        plan.read_at, plan.broken = started, broken

    def again(self, name: SectionName) -> None:
        """Only a part of `name` was read; go on when its spacing is over."""
        self._plans[name].dirty = True

    def delay(self, now: float) -> float:
        """Seconds until the next probe, poll or section that became dirty before its spacing was over."""
        period = BUSY if now - self._changed_at < BUSY_FOR else IDLE
        if not self.focused:
            period = UNFOCUSED
        waiting = [self._ready(name) for name in self._wanted if self._plans[name].dirty]
        return max(0.0, min([now + period, self._poll_at, *waiting]) - now)

    def _ready(self, name: SectionName) -> float:
        plan = self._plans[name]
        if plan.broken:
            return plan.read_at + RETRY_BROKEN
        return plan.read_at + min(LONGEST, max(SPACING[name], COST_FACTOR * plan.cost))
