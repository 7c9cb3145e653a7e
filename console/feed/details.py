"""Snapshots of drill-down screens: frozen values, read once when a screen opens or asks again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.feed.model import Record, Section


@dataclass(frozen=True, slots=True)
class Connection:
    """How the feed stands: `state` is connecting, live (wake-ups arrive), polling, paused or reconnecting."""

    state: str = "connecting"
    message: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a list screen asks for. `text` matches anywhere in a row's words; `fields` are exact, case-insensitive.

    A value in `fields` may hold several words separated by commas; a leading `!` excludes: `{"status": "!resolved"}`.
    """

    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    limit: int = 200
    offset: int = 0


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One recompute: score and interval 0..100, risk 0..1."""

    at: datetime
    score: float | None
    low: float | None
    high: float | None
    risk: float | None


@dataclass(frozen=True, slots=True)
class TenantDetail:
    """A tenant's drill-down. `contributions` are score points by signal; they and the level sum to the score."""

    record: Record
    history: tuple[HistoryPoint, ...] = ()
    level: float | None = None
    contributions: tuple[tuple[str, float], ...] = ()
    queries: Section[Record] = field(default_factory=Section)
    signals: Section[Record] = field(default_factory=Section)
    jobs: Section[Record] = field(default_factory=Section)
    failures: Section[Record] = field(default_factory=Section)
    audit: Section[Record] = field(default_factory=Section)


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """An alert with what happened to it (oldest first) and what it is about."""

    record: Record
    timeline: Section[Record] = field(default_factory=Section)
    order: Record | None = None
    driver: Record | None = None
    runbook: str | None = None
    related: Section[Record] = field(default_factory=Section)


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """A traffic incident or an escalation, with the orders it touches."""

    record: Record
    timeline: Section[Record] = field(default_factory=Section)
    orders: Section[Record] = field(default_factory=Section)


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order, its events and assignments (oldest first), its alerts, its driver."""

    record: Record
    events: Section[Record] = field(default_factory=Section)
    assignments: Section[Record] = field(default_factory=Section)
    alerts: Section[Record] = field(default_factory=Section)
    driver: Record | None = None
    audit: Section[Record] = field(default_factory=Section)


@dataclass(frozen=True, slots=True)
class DriverDetail:
    """A driver, the active orders and the last route optimisations."""

    record: Record
    orders: Section[Record] = field(default_factory=Section)
    routes: Section[Record] = field(default_factory=Section)
    audit: Section[Record] = field(default_factory=Section)


@dataclass(frozen=True, slots=True)
class SessionDetail:
    """A results session with its stage, segments and runs."""

    record: Record
    segments: Section[Record] = field(default_factory=Section)
    audit: Section[Record] = field(default_factory=Section)
