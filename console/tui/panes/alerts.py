"""The alerts and incidents panes."""

from typing import Final

from console.feed.model import AlertRow, IncidentRow
from console.tui.look.spans import Span
from console.tui.look.words import until
from console.tui.panes.cells import age_cell, kind_title, level_cell, newest_first, severity_rank, state_cell, text_cell
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.live_view import Now


def _status(row: AlertRow) -> list[Span]:
    return state_cell(row.status)


ALERT_COLUMNS: Final[tuple[Column[AlertRow], ...]] = (
    Column(
        "severity", "Severity", 10, lambda r, _: level_cell(r.severity), lambda r: severity_rank(r.severity), drop=0
    ),
    Column("status", "Status", 14, lambda r, _: _status(r), lambda r: r.status, least=6, drop=2),
    Column("type", "Type", 19, lambda r, _: text_cell(kind_title(r.type)), lambda r: r.type, least=11, drop=5),
    Column("message", "Message", 34, lambda r, _: text_cell(r.message), lambda r: r.message, least=16, grow=4, drop=0),
    Column("order", "Order", 12, lambda r, _: text_cell(r.order, "info"), lambda r: r.order, least=8, drop=6),
    Column("tenant", "Tenant", 16, lambda r, _: text_cell(r.tenant, "dim"), lambda r: r.tenant, least=10, drop=7),
    Column("assignee", "Assignee", 10, lambda r, _: text_cell(r.assignee), lambda r: r.assignee, drop=8),
    Column(
        "occurrences", "×", 3, lambda r, _: (str(r.occurrences), "dim"), lambda r: r.occurrences, drop=6, right=True
    ),
    Column(
        "snoozed",
        "Until",
        8,
        lambda r, now: (until(r.snoozed_until, now) if r.snoozed_until else "", "dim"),
        lambda r: newest_first(r.snoozed_until),
        drop=10,
        clock=True,
    ),
    Column(
        "age",
        "Age",
        6,
        lambda r, now: age_cell(r.created_at, now),
        lambda r: newest_first(r.created_at),
        drop=1,
        right=True,
        clock=True,
    ),
)

INCIDENT_COLUMNS: Final[tuple[Column[IncidentRow], ...]] = (
    Column(
        "severity", "Severity", 10, lambda r, _: level_cell(r.severity), lambda r: severity_rank(r.severity), drop=0
    ),
    Column("kind", "Kind", 10, lambda r, _: text_cell(r.kind, "dim"), lambda r: r.kind, drop=8),
    Column("type", "Type", 18, lambda r, _: text_cell(kind_title(r.type)), lambda r: r.type, least=10, drop=2),
    Column("status", "Status", 15, lambda r, _: state_cell(r.status), lambda r: r.status, least=8, drop=6),
    Column(
        "description",
        "What",
        24,
        lambda r, _: text_cell(r.description),
        lambda r: r.description,
        least=10,
        grow=4,
        drop=1,
    ),
    Column("tenant", "Tenant", 14, lambda r, _: text_cell(r.tenant, "dim"), lambda r: r.tenant, least=8, drop=7),
    Column(
        "orders",
        "Orders",
        6,
        lambda r, _: (str(r.affected_orders), "text"),
        lambda r: r.affected_orders,
        drop=5,
        right=True,
    ),
    Column(
        "age",
        "Age",
        6,
        lambda r, now: age_cell(r.reported_at, now),
        lambda r: newest_first(r.reported_at),
        drop=6,
        right=True,
        clock=True,
    ),
)


def alerts_pane(now: Now) -> LiveTable[AlertRow]:
    """Active alerts, worst first."""
    return LiveTable(
        "Alerts",
        ALERT_COLUMNS,
        scope="alert",
        number=3,
        empty="No active alerts. The escalation and dispatch engines raise them here.",
        now=now,
        id="alerts",
    )


def incidents_pane(now: Now) -> LiveTable[IncidentRow]:
    """Traffic incidents and open escalations."""
    return LiveTable(
        "Incidents",
        INCIDENT_COLUMNS,
        scope="incident",
        number=4,
        empty="No traffic incidents or open escalations.",
        now=now,
        id="incidents",
    )


def alert_summary(rows: tuple[AlertRow, ...], total: int) -> list[Span]:
    """Counts for the title: how many, and how many of them are critical."""
    if not rows:
        return []
    critical = sum(1 for row in rows if row.severity.lower() == "critical")
    shown = f"{max(total, len(rows))} active"
    return [(shown, "text"), *([(f"  █ {critical} critical", "crit")] if critical else [])]


def incident_summary(rows: tuple[IncidentRow, ...], total: int) -> list[Span]:
    """Counts for the title."""
    if not rows:
        return []
    return [(f"{max(total, len(rows))} active", "text")]
