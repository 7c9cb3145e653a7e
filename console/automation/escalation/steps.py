"""Escalation in steps: the same trouble is one alert, louder with time, and quiet again when its cause is gone."""

from dataclasses import dataclass
from enum import StrEnum

RANK = {"low": 0, "medium": 1, "high": 2, "critical": 3}


class Move(StrEnum):
    """What to do about an alert."""

    OPEN = "open"
    KEEP = "keep"
    RAISE = "raise"
    REOPEN = "reopen"
    RESOLVE = "resolve"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert as it stands; minutes since it was last seen and since it was acknowledged."""

    status: str
    severity: str
    seen_minutes: float
    acknowledged_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes: not escalated twice within `quiet`; an acknowledgement lasts `acknowledge`."""

    quiet: float = 10.0
    acknowledge: float = 30.0


def fingerprint(kind: str, key: str) -> str:
    """Names a trouble; one open alert and one open escalation for each."""
    return f"{kind.lower()}:{key}"


def next_move(standing: Standing | None, severity: str | None, pace: Pace) -> Move:
    """`severity` is the trouble's as found now; None when it is gone."""
    if standing is None or standing.status == "resolved":
        return Move.OPEN if severity is not None else Move.LEAVE
    if severity is None:
        return Move.RESOLVE
    if RANK[severity] > RANK[standing.severity]:
        return Move.RAISE
    overdue = standing.acknowledged_minutes is not None and standing.acknowledged_minutes >= pace.acknowledge
    if standing.status == "acknowledged" and overdue:
        return Move.REOPEN
    return Move.KEEP if standing.seen_minutes >= pace.quiet else Move.LEAVE
