"""Immutable snapshots of what panes show. The feed publishes them; widgets only read them.

`key` is the row's primary key as text and `version` changes whenever anything visible in the row changed, so a table
can keep one rendered line for each (key, version, width, state). `row_version` is the database row's own version (0
where it has none): an action sends it back, so that a row that changed in between is refused. All text comes from the
database, never as markup.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

RowT = TypeVar("RowT")


class SectionName(StrEnum):
    """The sections of the overview; a pane asks for the ones it shows (`Feed.want`)."""

    QUEUE = "queue"
    TILES = "tiles"
    ALERTS = "alerts"
    INCIDENTS = "incidents"
    GENERATION = "generation"
    ENGINES = "engines"
    HEADER = "header"


@dataclass(frozen=True)  # no slots: `Section[Row]()` of a frozen generic with slots fails on Python 3.11
class Section(Generic[RowT]):
    """Rows of one pane. `error` says why none can be trusted (privilege, time-out); `total` counts all matches."""

    rows: tuple[RowT, ...] = ()
    total: int = 0
    at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class LaneDepth:
    """One priority lane of the recompute queue. Counts of live jobs; `oldest_seconds` of the oldest due one."""

    key: str
    version: int
    queued: int
    running: int
    failed: int
    quarantined: int
    oldest_seconds: float | None


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """The queue pane: lanes, completed jobs a minute, and depth over the last samples (oldest first)."""

    lanes: tuple[LaneDepth, ...] = ()
    completed_per_minute: float | None = None
    depth_history: tuple[int, ...] = ()
    workers: int = 0
    paused: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """One tenant's rating. Score and interval 0..100, risk 0..1; None with `reason` where it cannot be computed."""

    key: str
    version: int
    tenant: str
    score: float | None
    grade: str | None
    change: float | None
    low: float | None
    high: float | None
    risk: float | None
    risk_band: str | None
    status: str
    reason: str | None
    history: tuple[float | None, ...]
    updated_at: datetime | None
    row_version: int = 0


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert: of an engine (`kind` "dispatch") or about the audit record ("audit")."""

    key: str
    version: int
    tenant_id: str
    tenant: str
    type: str
    severity: str
    status: str
    message: str
    order: str | None
    order_id: str | None
    occurrences: int
    assignee: str | None
    snoozed_until: datetime | None
    created_at: datetime
    row_version: int = 0
    kind: str = "dispatch"


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A traffic incident or an open escalation (`kind` is "traffic" or "escalation")."""

    key: str
    version: int
    tenant_id: str
    tenant: str
    kind: str
    type: str
    severity: str
    status: str
    description: str
    affected_orders: int
    reported_at: datetime
    row_version: int = 0


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """Progress of one results session; `percent` 0..100."""

    key: str
    version: int
    tenant_id: str
    tenant: str
    topic: str
    status: str
    stage: str | None
    percent: float
    segments_done: int
    segments_total: int
    error: str | None
    started_at: datetime | None
    row_version: int = 0


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine, or one of the scheduler's own cycles: desired state, what it does now, last and next run, health."""

    key: str
    version: int
    title: str
    desired: str
    state: str
    last_run_at: datetime | None
    last_seconds: float | None
    next_run_at: datetime | None
    health: str
    message: str | None
    engine: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The top line."""

    environment: str
    database: str
    role: str
    access: str
    read_only: bool
    demo: bool
    connection: str
    leader: str | None
    schedulers: int
    feed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview shows, at one moment of the database clock (`now`)."""

    now: datetime | None = None
    header: Header | None = None
    queue: QueueDepth = field(default_factory=QueueDepth)
    tiles: Section[Tile] = field(default_factory=Section)
    alerts: Section[AlertRow] = field(default_factory=Section)
    incidents: Section[IncidentRow] = field(default_factory=Section)
    generation: Section[GenerationRow] = field(default_factory=Section)
    engines: Section[EngineRow] = field(default_factory=Section)


@dataclass(frozen=True, slots=True)
class Record:
    """A generic row of a drill-down list or detail: column name to plain value, already free of control characters."""

    key: str
    version: int
    cells: Mapping[str, Any]
    row_version: int = 0
    tenant_id: str = ""
