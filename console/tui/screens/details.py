"""Alert, incident, order, driver, session; and any other row as its plain fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from textual.widget import Widget

from console.feed.details import AlertDetail, DriverDetail, IncidentDetail, OrderDetail, SessionDetail
from console.feed.model import Record, Section
from console.tui.look.spans import Span, wrap
from console.tui.look.words import title
from console.tui.screens.base import ConsoleScreen
from console.tui.screens.detail import DetailScreen
from console.tui.widgets.deck import Deck, Page
from console.tui.widgets.facts import Facts, field
from console.tui.widgets.rows import state_of

_IDS: Final = frozenset({"id", "key", "tenant_id", "order_id", "driver_id", "version", "row_version"})
_TIMELINE: Final = ("at", "action", "event", "event_type", "who", "os_user", "change", "reason", "text", "message")
_ORDER: Final = ("reference", "status", "driver", "promised_at")


def heading(text: str) -> list[Span]:
    """A heading inside the facts."""
    return [(text, "accent")]


def block(name: str, record: Record | None, width: int) -> list[list[Span]]:
    """A related row as a few lines."""
    if record is None:
        return []
    shown = [key for key, item in record.cells.items() if key not in _IDS and item not in (None, "")][:8]
    label = max((len(title(key)) for key in shown), default=0) + 2
    return [[], heading(name), *(line for key in shown for line in field(key, record.cells[key], label, width)[:1])]


def page_of(record: Record | None) -> Section[Record]:
    """One related row as a section, so that it can be opened and acted on."""
    return Section((record,), 1) if record is not None else Section()


class AlertScreen(DetailScreen):
    """An alert with its timeline, runbook, order and driver."""

    scope: ClassVar[str | None] = "alert"
    heading: ClassVar[str] = "Alert"

    async def read(self) -> AlertDetail:
        """Ask the feed."""
        assert self.console.feed is not None
        return await self.console.feed.alert(self.key)

    def take(self, detail: AlertDetail) -> None:
        """Facts with the runbook below; timeline, order, driver and related alerts at the right."""
        facts = self.query_one(Facts)
        facts.first, facts.hide = ("severity", "status", "message", "type", "assignee", "occurrences"), _IDS

        def extra(width: int) -> Sequence[Sequence[Span]]:
            text = detail.runbook or "No runbook is written for this kind of alert."
            return [[], heading("What to do"), *([(line, "text")] for line in wrap(text, width))]

        facts.extra = extra
        facts.show_record(detail.record)
        self.query_one(Deck).show_pages(
            [
                Page("Timeline", detail.timeline, first=_TIMELINE, empty="Nobody has touched this alert yet."),
                Page("Order", page_of(detail.order), "order", _ORDER, "This alert is about no order."),
                Page("Driver", page_of(detail.driver), "driver", ("name", "status"), "This alert is about no driver."),
                Page("Related", detail.related, "alert", ("severity", "status", "message"), "No related alerts."),
            ]
        )


class IncidentScreen(DetailScreen):
    """A traffic incident or an escalation."""

    scope: ClassVar[str | None] = "incident"
    heading: ClassVar[str] = "Incident"

    async def read(self) -> IncidentDetail:
        """Ask the feed."""
        assert self.console.feed is not None
        return await self.console.feed.incident(self.key)

    def take(self, detail: IncidentDetail) -> None:
        """Facts; orders it touches, timeline."""
        facts = self.query_one(Facts)
        facts.first, facts.hide = ("severity", "kind", "type", "status", "description"), _IDS
        facts.show_record(detail.record)
        self.query_one(Deck).show_pages(
            [
                Page("Orders", detail.orders, "order", _ORDER, "No orders are affected."),
                Page("Timeline", detail.timeline, first=_TIMELINE, empty="Nobody has touched this incident yet."),
            ]
        )


class OrderScreen(DetailScreen):
    """An order: events, assignments, alerts."""

    scope: ClassVar[str | None] = "order"
    heading: ClassVar[str] = "Order"

    async def read(self) -> OrderDetail:
        """Ask the feed."""
        assert self.console.feed is not None
        return await self.console.feed.order(self.key)

    def take(self, detail: OrderDetail) -> None:
        """Facts with the driver below; events, assignments, alerts, audit."""
        facts = self.query_one(Facts)
        facts.first, facts.hide = ("reference", "status", "priority", "promised_at", "driver"), _IDS
        facts.extra = lambda width: block("Driver", detail.driver, width)
        facts.show_record(detail.record)
        self.query_one(Deck).show_pages(
            [
                Page("Events", detail.events, first=_TIMELINE, empty="No events yet."),
                Page("Assignments", detail.assignments, empty="Never assigned."),
                Page(
                    "Alerts", detail.alerts, "alert", ("severity", "status", "message"), "No alerts about this order."
                ),
                Page("Driver", page_of(detail.driver), "driver", ("name", "status"), "No driver has this order."),
                Page("Audit", detail.audit, first=_TIMELINE, empty="No changes by people yet."),
            ]
        )


class DriverScreen(DetailScreen):
    """A driver: active orders, routes."""

    scope: ClassVar[str | None] = "driver"
    heading: ClassVar[str] = "Driver"

    async def read(self) -> DriverDetail:
        """Ask the feed."""
        assert self.console.feed is not None
        return await self.console.feed.driver(self.key)

    def take(self, detail: DriverDetail) -> None:
        """Facts; orders, routes, audit."""
        facts = self.query_one(Facts)
        facts.first, facts.hide = ("name", "status", "vehicle_type", "position_at"), _IDS
        facts.show_record(detail.record)
        self.query_one(Deck).show_pages(
            [
                Page("Orders", detail.orders, "order", _ORDER, "No active orders."),
                Page("Routes", detail.routes, empty="No route has been optimised yet."),
                Page("Audit", detail.audit, first=_TIMELINE, empty="No changes by people yet."),
            ]
        )


class SessionScreen(DetailScreen):
    """A results session: segments, audit."""

    scope: ClassVar[str | None] = "session"
    heading: ClassVar[str] = "Results session"

    async def read(self) -> SessionDetail:
        """Ask the feed."""
        assert self.console.feed is not None
        return await self.console.feed.session(self.key)

    def take(self, detail: SessionDetail) -> None:
        """Facts; segments, audit."""
        facts = self.query_one(Facts)
        facts.first, facts.hide = ("topic", "status", "stage", "percent"), _IDS
        facts.show_record(detail.record)
        self.query_one(Deck).show_pages(
            [
                Page("Segments", detail.segments, empty="No segments yet."),
                Page("Audit", detail.audit, first=_TIMELINE, empty="No changes by people yet."),
            ]
        )


class RowScreen(ConsoleScreen):
    """Any other row: all its fields as they were when it was opened."""

    AUTO_FOCUS = "Facts"

    def __init__(self, scope: str | None, row: Any) -> None:
        super().__init__()
        self.crumbs = (scope or "row").replace("_", " ")
        self.scope, self.row = scope, row

    def compose_body(self) -> Iterable[Widget]:
        """Facts alone."""
        yield Facts(title(self.crumbs), self.scope, now=self.console.now)

    def on_mount(self) -> None:
        """Show the row."""
        row = self.row
        record = row if isinstance(row, Record) else Record(row.key, row.version, state_of(row))
        self.query_one(Facts).show_record(record)
