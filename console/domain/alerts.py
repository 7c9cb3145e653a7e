"""The life of a dispatch alert.

    open -> acknowledged -> resolved        acknowledged goes back to open when `ack_until` passes
    open | acknowledged -> snoozed          snoozed goes back to open when `snoozed_until` passes
    acknowledged | snoozed | resolved -> open (reopen)

Pure: every function takes the alert as it is locked in the database and the database's clock, and returns the new one
or raises `NoChange` / `Refused`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from console.domain.enums import AlertStatus
from console.domain.states import NoChange, Refused

MAX_MINUTES = 7 * 24 * 60
"""A week: nobody may hide an alert for longer in one go."""


@dataclass(frozen=True, slots=True)
class Alert:
    """The columns that verbs change. Times are timezone-aware; `ack_until` None means that it never lapses."""

    status: AlertStatus
    assignee: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    ack_until: datetime | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    resolution: str | None = None

    @property
    def resolved(self) -> bool:
        """The column of the same name."""
        return self.status is AlertStatus.RESOLVED

    def cells(self) -> dict[str, str | None]:
        """Plain words for audit rows and undo; `from_cells` reads them back."""
        names = [name for name in self.__slots__ if name != "status"]
        cells = {name: _word(getattr(self, name)) for name in names}
        return {"status": self.status.value, **cells}

    @classmethod
    def from_cells(cls, cells: Mapping[str, Any]) -> "Alert":
        """The inverse of `cells`; raises ValueError for an unknown status or a broken time."""
        return cls(
            status=AlertStatus(cells["status"]),
            assignee=cells.get("assignee"),
            acknowledged_by=cells.get("acknowledged_by"),
            acknowledged_at=_moment(cells.get("acknowledged_at")),
            ack_until=_moment(cells.get("ack_until")),
            snoozed_until=_moment(cells.get("snoozed_until")),
            resolved_at=_moment(cells.get("resolved_at")),
            resolved_by=cells.get("resolved_by"),
            resolution=cells.get("resolution"),
        )


def current(alert: Alert, now: datetime) -> Alert:
    """The alert with lapsed acknowledgements and snoozes taken back, as if maintenance had just run."""
    lapsed_ack = alert.status is AlertStatus.ACKNOWLEDGED and alert.ack_until is not None and alert.ack_until <= now
    lapsed_snooze = (
        alert.status is AlertStatus.SNOOZED and alert.snoozed_until is not None and alert.snoozed_until <= now
    )
    return _opened(alert) if lapsed_ack or lapsed_snooze else alert


def acknowledge(alert: Alert, who: str, now: datetime, minutes: int) -> Alert:
    """`who` is on it until `minutes` from now. Only the same person extends it; raises NoChange for anybody else."""
    alert = current(alert, now)
    if alert.resolved:
        raise Refused("it is resolved; reopen it first")
    until = now + timedelta(minutes=_checked(minutes))
    if alert.status is AlertStatus.ACKNOWLEDGED and not (alert.acknowledged_by == who and _later(until, alert)):
        raise NoChange(f"already acknowledged by {alert.acknowledged_by or 'somebody'}")
    return replace(
        alert,
        status=AlertStatus.ACKNOWLEDGED,
        acknowledged_by=who,
        acknowledged_at=now,
        ack_until=until,
        snoozed_until=None,
    )


def _later(until: datetime, alert: Alert) -> bool:
    return alert.ack_until is not None and alert.ack_until < until


def snooze(alert: Alert, now: datetime, minutes: int) -> Alert:
    """Hide until `minutes` from now; a snoozed one may be snoozed anew."""
    if alert.resolved:
        raise Refused("it is resolved; there is nothing to snooze")
    return replace(
        current(alert, now),
        status=AlertStatus.SNOOZED,
        snoozed_until=now + timedelta(minutes=_checked(minutes)),
        ack_until=None,
    )


def resolve(alert: Alert, who: str, now: datetime, resolution: str | None) -> Alert:
    """Close it."""
    if alert.resolved:
        raise NoChange(f"already resolved by {alert.resolved_by or 'somebody'}")
    return replace(
        alert,
        status=AlertStatus.RESOLVED,
        resolved_at=now,
        resolved_by=who,
        resolution=resolution or None,
        snoozed_until=None,
        ack_until=None,
    )


def reopen(alert: Alert, now: datetime) -> Alert:
    """Back to open, whatever it was."""
    if current(alert, now).status is AlertStatus.OPEN and alert.status is AlertStatus.OPEN:
        raise NoChange("already open")
    return _opened(alert)


def assign(alert: Alert, assignee: str) -> Alert:
    """Name who looks after it; an empty name takes it back."""
    if alert.resolved:
        raise Refused("it is resolved; reopen it first")
    wanted = assignee.strip() or None
    if wanted == alert.assignee:
        raise NoChange(f"already assigned to {wanted}" if wanted else "assigned to nobody already")
    return replace(alert, assignee=wanted)


def _opened(alert: Alert) -> Alert:
    return Alert(status=AlertStatus.OPEN, assignee=alert.assignee)


def _checked(minutes: int) -> int:
    if not 1 <= minutes <= MAX_MINUTES:
        raise Refused(f"minutes must be between 1 and {MAX_MINUTES}, not {minutes}")
    return minutes


def _word(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else str(value)


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None if value is None else datetime.fromisoformat(str(value))
