"""The live feed: one for each process, outside the widget tree; panes get immutable snapshots.

It only reads. Wake-ups of our own programs arrive by LISTEN; writes of anybody else are found by the probe (see
`console.feed.schedule`). One pass runs at a time: what wakes the feed meanwhile sets a flag, and no query in flight is
ever cancelled. After a lost connection it tries again for ever and then reads everything.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from console.actions.permissions import standing
from console.errors import ConsoleError, StatementTimeout
from console.feed import build, sections
from console.feed.details import Connection
from console.feed.model import Overview, QueueDepth, Section, SectionName
from console.feed.readers import Readers
from console.feed.schedule import Schedule
from console.feed.source import Source, lost

if TYPE_CHECKING:
    from console.feed.ports import FeedPort

_log = logging.getLogger(__name__)
DEBOUNCE = 0.010
TOGETHER = 0.015
"""Sections that were read within this many seconds are published together; a slow one does not hold up the others."""
RETRY = 1.0
SILENT = 60.0
"""Schedulers send a heartbeat four times in this many seconds."""


class Feed(Readers):
    """Implements `console.feed.ports.FeedPort` over a `console.store.database.Database`.

    `settings` is `console.config.Settings`; of it `ui.poll_seconds` and `ui.environment` are used. `clock` is
    monotonic, in seconds.
    """

    def __init__(self, db: Any, settings: Any, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(db)
        self._clock = clock
        self._schedule = Schedule(float(settings.ui.poll_seconds))
        self._source = Source(db)
        self._top = sections.Top(str(settings.ui.environment), self._access)
        self._readers: dict[SectionName, Any] = {
            SectionName.TILES: sections.Tiles(),
            SectionName.ALERTS: sections.Rows(SectionName.ALERTS, build.alert),
            SectionName.INCIDENTS: sections.Rows(SectionName.INCIDENTS, build.incident),
            SectionName.GENERATION: sections.Rows(SectionName.GENERATION, build.generation),
            SectionName.ENGINES: sections.Rows(SectionName.ENGINES, build.engine, "key"),
            SectionName.QUEUE: sections.Queue(),
            SectionName.HEADER: self._top,
        }
        self._overview = Overview()
        self._changes = 0
        self._connection = Connection()
        self._subscribers: list[Callable[[Overview], None]] = []
        self._wake = asyncio.Event()
        self._heard = False
        self._paused = False
        self._stopping = False
        self._heard_at = clock()
        self._seen = ""
        self._read_at: float | None = None
        self._listener: Any = None
        self._task: asyncio.Task[None] | None = None

    @property
    def overview(self) -> Overview:
        """The latest snapshot."""
        return self._overview

    @property
    def connection(self) -> Connection:
        """How the feed stands."""
        return self._connection

    @property
    def changes(self) -> int:
        """Commits seen, in passes of the probe."""
        return self._changes

    async def start(self) -> None:
        """Begin in the background; the database need not be there yet."""
        from console.store.listen import Listener

        if self._task is None:
            self._stopping = False
            self._listener = Listener(self._db, [], self._on_payload, self._on_gap)
            await self._listener.start()
            self._task = asyncio.create_task(self._run(), name="feed")

    async def stop(self) -> None:
        """End after the query in flight, if there is one."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping = True
        self._wake.set()
        await self._listener.stop()
        if not self._source.connected:
            task.cancel()  # it waits for a server, not for a query
        await asyncio.wait([task])
        self._source.close()

    def subscribe(self, callback: Callable[[Overview], None]) -> Callable[[], None]:
        """Call back after each change, on the event loop; returns what unsubscribes."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return unsubscribe

    def want(self, sections: Iterable[SectionName]) -> None:
        """Read only these from now on; new ones are read at once."""
        if self._schedule.want(sections):
            self._wake.set()

    def pause(self, paused: bool) -> None:
        """Stop or go on publishing."""
        self._paused = paused
        if not paused:
            self._schedule.mark_all(at_once=True)
        self._wake.set()

    def focus(self, focused: bool) -> None:
        """Whether somebody looks."""
        self._schedule.focused = focused
        self._wake.set()

    def every(self, seconds: float) -> None:
        """Period of the fallback poll."""
        self._schedule.poll_seconds = max(0.1, seconds)

    def refresh(self) -> None:
        """Read everything wanted now."""
        self._schedule.mark_all(at_once=True)
        self._wake.set()

    def age(self) -> float | None:
        """Seconds since the last successful pass."""
        return None if self._read_at is None else max(0.0, self._clock() - self._read_at)

    def _on_payload(self, _channel: str, payload: dict[str, Any]) -> None:
        self._heard_at = self._clock()
        kinds = payload.get("k")
        self._schedule.mark([str(kind) for kind in kinds] if isinstance(kinds, list) else ["*"])
        self._heard = True
        self._wake.set()

    def _on_gap(self) -> None:
        self._heard_at = self._clock()
        self._schedule.mark_all()
        self._wake.set()

    async def _run(self) -> None:
        while not self._stopping:
            if self._paused:
                self._stand("paused")
                await self._wait(None)
                continue
            try:
                await self._pass()
            except ConsoleError as error:
                self._stand("reconnecting", error.message)
                await self._wait(RETRY)
            except Exception as error:
                # For example the driver's own, when the server ends an idle connection at the moment it is used.
                _log.exception("the feed stumbled; it goes on")
                self._stand("reconnecting", f"{type(error).__name__}: {error}")
                self._source.close()  # whatever state the connection is in: the next pass has a new one
                await self._wait(RETRY)
            else:
                await self._wait(self._schedule.delay(self._clock()))

    async def _wait(self, seconds: float | None) -> None:
        """Until something wakes the feed or the time is over; notifications that come together are taken together."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        if self._heard and not self._stopping:
            self._heard = False
            await asyncio.sleep(DEBOUNCE)
        self._wake.clear()

    async def _pass(self) -> None:
        if await self._source.open():
            self._seen = ""
            self._top.forget()
            self._schedule.mark_all(at_once=True)
        probe = await self._source.fetchrow("probe")
        # Asked before the sections are read: what is committed from here on shows in the next answer.
        if probe["seen"] != self._seen:
            self._seen = probe["seen"]
            self._changes += 1
            self._schedule.changed(self._clock())
        self._stand(*self._hearing())
        changes: dict[str, Any] = {}
        since = self._clock()
        for name in self._schedule.due(since):
            old = getattr(self._overview, name.value)
            fresh = await self._section(name, old, probe["now"])
            if fresh is not old:
                changes[name.value] = fresh
            if changes and self._clock() - since > TOGETHER:
                self._publish(replace(self._overview, now=probe["now"], **changes))
                changes, since = {}, self._clock()
        self._read_at = self._clock()
        if changes:
            self._publish(replace(self._overview, now=probe["now"], **changes))

    def _hearing(self) -> tuple[str, str]:
        """Whether wake-ups arrive. Schedulers send one every few seconds: silence beside a living one is an alarm."""
        if not self._listener.hears:
            return "polling", self._listener.problem
        header = self._overview.header
        silence = self._clock() - self._heard_at
        if header is not None and header.schedulers and silence > SILENT:
            return "polling", "notifications do not arrive: no heartbeat of a scheduler for a minute"
        return "live", ""

    async def _section(self, name: SectionName, old: Any, now: datetime) -> Any:
        started = self._clock()
        self._schedule.starting(name)
        broken = True
        try:
            fresh = await self._readers[name].read(self._source, old, now)
            broken = False
        except ConsoleError as error:
            if lost(error):
                self._schedule.mark_all()
                raise
            fresh = _failed(name, old, error)
        self._schedule.finished(name, started, self._clock(), broken=broken)
        if getattr(self._readers[name], "unfinished", False):
            self._schedule.again(name)
        return fresh

    async def _access(self) -> str:
        return (await standing(self._db)).access.value

    def _stand(self, state: str, message: str = "") -> None:
        if (state, message) == (self._connection.state, self._connection.message):
            return
        since = self._connection.since if state == self._connection.state else datetime.now(UTC)
        self._connection = Connection(state, build.text(message) or "", since)
        header = self._overview.header
        if header is not None:
            self._publish(replace(self._overview, header=replace(header, connection=state)))
        else:
            self._publish(self._overview)

    def _publish(self, overview: Overview) -> None:
        self._overview = overview
        for callback in list(self._subscribers):
            try:
                callback(overview)
            except Exception:
                _log.exception("a subscriber of the feed failed")


def _failed(name: SectionName, old: Any, error: ConsoleError) -> Any:
    """What a section shows when it cannot be read: the old rows after a time-out, none when it may not be seen."""
    message = build.text(build.told(error.message, error.hint))
    if name is SectionName.HEADER:
        return old
    if name is SectionName.QUEUE:
        fresh: Any = replace(old, error=message) if isinstance(error, StatementTimeout) else QueueDepth(error=message)
    elif isinstance(error, StatementTimeout):
        fresh = replace(old, error=message)
    else:
        fresh = Section(error=message)
    return old if fresh == old else fresh


def _fits(feed: Feed) -> "FeedPort":
    """The type checker's proof that the feed is what the terminal codes against."""
    return feed
