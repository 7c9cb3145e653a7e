"""Cron expressions as everybody writes them: weekdays from Sunday, two day fields are alternatives, clocks may change.

At a clock change forward a tick inside the gap comes right after it; at one backward a tick of a fixed hour comes once,
one of every hour ("*") keeps its rhythm through the repeated hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEARS = 9  # 29 February on a weekday can be that far away


def values(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers that a field names: lists of numbers, names, ranges and steps. `names[0]` stands for `low`."""
    chosen: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if span == "*" else _number(first, low, names)
        end = _number(last, low, names) if dash else high if span == "*" or step else start
        chosen.update(range(start, end + 1, int(step or 1)))
    return frozenset(chosen)


def _number(word: str, low: int, names: tuple[str, ...]) -> int:
    return names.index(word) + low if word in names else int(word)


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression in a time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    zone: ZoneInfo

    @classmethod
    def parse(cls, expression: str, timezone: str) -> "Cron":
        """Five fields (minute hour day month weekday), checked already by the settings."""
        minute, hour, day, month, weekday = expression.split()
        return cls(
            tuple(sorted(values(minute, 0, 59))),
            tuple(sorted(values(hour, 0, 23))),
            values(day, 1, 31),
            values(month, 1, 12, _MONTHS),
            frozenset(number % 7 for number in values(weekday, 0, 6, _DAYS)),
            day.startswith("*"),
            weekday.startswith("*"),
            ZoneInfo(timezone),
        )

    def fits(self, day: date) -> bool:
        """Whether any tick is on `day`. Of two given day fields either is enough."""
        if day.month not in self.months:
            return False
        monthday, weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return monthday and weekday if self.any_day or self.any_weekday else monthday or weekday

    def next(self, after: datetime) -> datetime | None:
        """The first tick later than `after`, in UTC; None when there is none for years."""
        day = after.astimezone(self.zone).date() - timedelta(days=1)
        for _ in range(_YEARS * 366):
            if self.fits(day):
                for tick in self._ticks(day):
                    if tick > after:
                        return tick
            day += timedelta(days=1)
        return None

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Ticks in (after, until], oldest first."""
        tick = self.next(after)
        while tick is not None and tick <= until:
            yield tick
            tick = self.next(tick)

    def _ticks(self, day: date) -> list[datetime]:
        folds = (0, 1) if len(self.hours) == 24 else (0,)
        found = {
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone, fold=fold).astimezone(UTC)
            for hour, fold, minute in product(self.hours, folds, self.minutes)
        }
        return sorted(found)


def as_trigger(cron: Cron) -> Any:
    """`cron` as a trigger of APScheduler, whose own cron repeats itself for ever in a repeated hour."""
    from apscheduler.triggers.base import BaseTrigger

    class CronTrigger(BaseTrigger):  # type: ignore[misc]
        """Fires at the ticks of `cron`."""

        def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
            """The tick after `previous`, or the first one from `now` on."""
            return cron.next(previous if previous is not None else now - timedelta(microseconds=1))

    return CronTrigger()
