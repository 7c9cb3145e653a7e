"""APScheduler behind a small face: when cycles are due, and the nominal tick of each firing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from console.config.settings import Settings
from console.scheduler.crons import Cron, as_trigger
from console.scheduler.cycles import Cycle

Fire = Callable[[Cycle, datetime | None], Awaitable[None]]
EPOCH_OFFSET = 0.25
"""Interval cycles fire this part of the interval after their bin begins: a late firing is still in the same bin."""


class Timetable:
    """Calls `fire(cycle, tick)` when a cycle is due; `tick` is the nominal cron moment, None for intervals.

    Missed firings become one, and a cycle that still runs here is fired nevertheless, so that the database can record
    that its tick was left out.
    """

    def __init__(self, settings: Settings, fire: Fire) -> None:
        self.zone = ZoneInfo(settings.scheduler.timezone)
        self._settings = settings
        self._fire = fire
        self._scheduler: Any = None
        self._nominal: dict[str, datetime] = {}
        self._cycles: dict[str, Cycle] = {}

    def start(self, cycles: Iterable[Cycle]) -> None:
        """Begin; a second call does nothing."""
        if self._scheduler is not None:
            return
        from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_SUBMITTED
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = AsyncIOScheduler(
            timezone=self.zone,
            job_defaults={"coalesce": True, "max_instances": 1},
            event_loop=asyncio.get_running_loop(),
        )
        self._scheduler.add_listener(self._submitted, EVENT_JOB_SUBMITTED)
        self._scheduler.add_listener(self._still_running, EVENT_JOB_MAX_INSTANCES)
        for cycle in cycles:
            self._cycles[cycle.name] = cycle
            self._scheduler.add_job(
                self._due,
                self._trigger(cycle),
                [cycle.name],
                id=cycle.name,
                misfire_grace_time=max(1, int(cycle.grace)),
            )
        self._scheduler.start()

    def pause(self) -> None:
        """No more firings; what runs goes on."""
        if self._scheduler is not None:
            self._scheduler.pause()

    def stop(self) -> None:
        """End. Firings that still run are cancelled."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def next_run(self, name: str) -> datetime | None:
        """When the cycle is due next."""
        job = self._scheduler.get_job(name) if self._scheduler is not None else None
        found: datetime | None = getattr(job, "next_run_time", None)
        return found

    def realign(self) -> None:
        """After the machine's clock was set back: what it had planned by the old one is planned anew."""
        if self._scheduler is None:
            return
        now = datetime.now(UTC)
        for cycle in self._cycles.values():
            job, planned = self._scheduler.get_job(cycle.name), self.next_run(cycle.name)
            due = self._cron(cycle.cron).next(now) if cycle.cron else now + timedelta(seconds=cycle.every or 0)
            slack = timedelta(seconds=cycle.every or 0)
            if job is not None and planned is not None and due is not None and planned > due + slack:
                job.modify(next_run_time=due.astimezone(self.zone))

    def missed(self, cycle: Cycle) -> datetime | None:
        """The latest cron tick of the last `grace` seconds."""
        if cycle.cron is None:
            return None
        now = datetime.now(UTC)
        ticks = list(self._cron(cycle.cron).between(now - timedelta(seconds=cycle.grace), now))
        return ticks[-1] if ticks else None

    def _cron(self, expression: str) -> Cron:
        return Cron.parse(expression, self._settings.scheduler.timezone)

    def _trigger(self, cycle: Cycle) -> Any:
        if cycle.cron is not None:
            return as_trigger(self._cron(cycle.cron))
        from apscheduler.triggers.interval import IntervalTrigger

        assert cycle.every is not None, f"cycle {cycle.name} has neither cron nor every"
        now = datetime.now(UTC).timestamp()
        first = now - now % cycle.every + cycle.every * (1 + EPOCH_OFFSET)
        return IntervalTrigger(
            seconds=cycle.every, start_date=datetime.fromtimestamp(first, self.zone), timezone=self.zone
        )

    def _submitted(self, event: Any) -> None:
        self._nominal[event.job_id] = event.scheduled_run_times[-1]

    def _still_running(self, event: Any) -> None:
        cycle = self._cycles[event.job_id]
        tick = event.scheduled_run_times[-1] if cycle.cron else None
        self._report = asyncio.ensure_future(self._fire(cycle, tick))

    async def _due(self, name: str) -> None:
        cycle = self._cycles[name]
        tick = self._nominal.pop(name, None)
        await self._fire(cycle, tick if cycle.cron else None)
