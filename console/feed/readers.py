"""Detail screens: read once when one opens, in parallel where the parts do not depend on each other."""

import asyncio
from collections.abc import Mapping
from typing import Any

from console.errors import NotFound
from console.feed import build
from console.feed.details import (
    AlertDetail,
    DriverDetail,
    HistoryPoint,
    IncidentDetail,
    Lookup,
    OrderDetail,
    SessionDetail,
    TenantDetail,
)
from console.feed.lists import Lists, patterns
from console.feed.model import Record, Section
from console.feed.places import LIMIT, MapDetail, PlaceReader


class Readers(Lists):
    """Readers of detail screens. Raises NotFound when the row is gone; parts degrade on their own (`Section.error`)."""

    def __init__(self, db: Any) -> None:
        super().__init__(db)
        self._places = PlaceReader()

    async def places(self, tenants: str = "") -> MapDetail:
        """Drivers, open orders and traffic incidents of tenants whose name holds every word of `tenants`."""
        from console.store.queries import queries

        rows = await self._db.fetch(queries("map")["places"], patterns(tenants), LIMIT)
        return await self._places.build(rows)

    async def tenant(self, key: str) -> TenantDetail:
        """One tenant."""
        row = await self._one("tenant", "tenant", key)
        own = Lookup(fields={"tenant_id": str(row["id"])}, limit=50)
        past, parts = await asyncio.gather(
            self._fetch("tenant_history", row["id"]), self._fetch("tenant_parts", row["id"])
        )
        queries, signals, jobs, failures, audit = await asyncio.gather(
            self._records("tenant_queries", row["id"]),
            self._records("tenant_signals", row["id"]),
            self.jobs(own),
            self.failures(own),
            self.audit(own),
        )
        return TenantDetail(
            record=build.record(row),
            history=tuple(HistoryPoint(p["as_of"], p["score"], p["low"], p["high"], p["risk"]) for p in past),
            level=parts[0]["level"] if parts else None,
            contributions=_contributions(parts[0]["contributions"] if parts else {}),
            queries=queries,
            signals=signals,
            jobs=jobs,
            failures=failures,
            audit=audit,
        )

    async def alert(self, key: str) -> AlertDetail:
        """One alert with its timeline, order, driver and runbook."""
        row = await self._one("alert", "alert", key)
        noun = "audit_alert" if row["kind"] == "audit" else "alert"
        timeline = await self._past(row["tenant_id"], noun, str(row["id"]))
        runbook = build.text(row["runbook"])
        if row["order_id"] is None:
            return AlertDetail(build.record(row), timeline, runbook=runbook)
        orders, related = await asyncio.gather(
            self._records("orders_by_id", row["tenant_id"], [row["order_id"]]),
            self._records("alerts_of_order", row["tenant_id"], row["order_id"]),
        )
        order = orders.rows[0] if orders.rows else None
        driver = await self._driver_of(order)
        others = tuple(other for other in related.rows if other.key != key.lower())
        return AlertDetail(
            build.record(row), timeline, order, driver, runbook, Section(others, len(others), error=related.error)
        )

    async def incident(self, key: str) -> IncidentDetail:
        """One traffic incident or escalation with its orders."""
        try:
            row = await self._one("incident", "incident", key)
        except NotFound:
            row = await self._one("incident", "escalation", key)
        noun = "traffic_incident" if row["kind"] == "traffic" else "escalation"
        timeline, orders = await asyncio.gather(
            self._past(row["tenant_id"], noun, str(row["id"])),
            self._records("orders_by_id", row["tenant_id"], list(row["order_ids"])),
        )
        return IncidentDetail(build.record(row), timeline, orders)

    async def order(self, key: str) -> OrderDetail:
        """One order with its events, assignments, alerts and driver."""
        row = await self._one("order", "order", key)
        ids = row["tenant_id"], row["id"]
        record = build.record(row)
        events, assignments, alerts, audit, driver = await asyncio.gather(
            self._records("order_events", *ids),
            self._records("order_assignments", *ids),
            self._records("alerts_of_order", *ids),
            self._past(row["tenant_id"], "order", str(row["id"])),
            self._driver_of(record),
        )
        return OrderDetail(record, events, assignments, alerts, driver, audit)

    async def driver(self, key: str) -> DriverDetail:
        """One driver with active orders and the last routes."""
        row = await self._one("driver", "driver", key)
        ids = row["tenant_id"], row["id"]
        orders, routes, audit = await asyncio.gather(
            self._records("driver_orders", *ids),
            self._records("driver_routes", *ids),
            self._past(row["tenant_id"], "driver", str(row["id"])),
        )
        return DriverDetail(build.record(row), orders, routes, audit)

    async def session(self, key: str) -> SessionDetail:
        """One results session with its segments."""
        row = await self._one("session", "session", key)
        segments, audit = await asyncio.gather(
            self._records("session_segments", row["tenant_id"], row["id"]),
            self._past(row["tenant_id"], "session", str(row["id"])),
        )
        return SessionDetail(build.record(row), segments, audit)

    async def _driver_of(self, order: Record | None) -> Record | None:
        driver = order.cells.get("driver_id") if order is not None else None
        if driver is None:
            return None
        rows = await self._records("driver", driver)
        return rows.rows[0] if rows.rows else None


def _contributions(parts: Any) -> tuple[tuple[str, float], ...]:
    if not isinstance(parts, Mapping):
        return ()
    # Stored parts add up to the score by themselves: the level is shown on its own, a limit that cut nothing is not.
    skip = {"level"} | ({"limit"} if not parts.get("limit") else set())
    numbers = ((str(name), value) for name, value in parts.items() if name not in skip)
    return tuple((name, float(value)) for name, value in numbers if isinstance(value, int | float))
