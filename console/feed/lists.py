"""List screens: one bounded statement each, filtered by the database."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from console.domain.enums import DriverStatus
from console.domain.orders import Driver, distance_km, warning, why_not
from console.errors import NotFound
from console.feed import build
from console.feed.changes import changed
from console.feed.details import Lookup
from console.feed.model import Record, Section

HIDDEN = {"weight", "live", "open", "failed"}
"""Columns that only sort."""
Tell = Callable[[Any], Mapping[str, Any]]
"""A row with further cells."""
AT_ONCE = 64
"""Rows built at a stretch: two or three milliseconds."""


class Lists:
    """Readers of list screens over a `console.store.database.Database`. Raises ConsoleError subclasses only."""

    def __init__(self, db: Any) -> None:
        self._db = db

    async def jobs(self, lookup: Lookup | None = None) -> Section[Record]:
        """Queue jobs, live ones first, then newest first."""
        return await self._list("list_jobs", lookup)

    async def failures(self, lookup: Lookup | None = None) -> Section[Record]:
        """Failed attempts, newest first."""
        return await self._list("list_failures", lookup)

    async def alerts(self, lookup: Lookup | None = None) -> Section[Record]:
        """Alerts in any state, worst first."""
        return await self._list("list_alerts", lookup)

    async def incidents(self, lookup: Lookup | None = None) -> Section[Record]:
        """Traffic incidents and escalations in any state."""
        return await self._list("list_incidents", lookup)

    async def orders(self, lookup: Lookup | None = None) -> Section[Record]:
        """Orders, open ones first, by promise."""
        return await self._list("list_orders", lookup)

    async def drivers(self, lookup: Lookup | None = None) -> Section[Record]:
        """Drivers with their load."""
        return await self._list("list_drivers", lookup)

    async def tenants(self, lookup: Lookup | None = None) -> Section[Record]:
        """Tenants with their rating, worst first."""
        return await self._list("list_tenants", lookup)

    async def sessions(self, lookup: Lookup | None = None) -> Section[Record]:
        """Results sessions, newest first."""
        return await self._list("list_sessions", lookup)

    async def audit(self, lookup: Lookup | None = None) -> Section[Record]:
        """Audit rows, newest first, with what they changed in words."""
        return await self._list("list_audit", lookup, _told)

    async def candidates(self, order_key: str) -> Section[Record]:
        """Drivers for an order: those who can take it first, nearest first. Cells: name, status, active, capacity,
        distance_km (None without positions), on_time_rate, has_it, fits, reason (why not), caution."""
        rows = await self._fetch("candidates", identifier(order_key, "order"))
        ranked = sorted((_candidate(row) for row in rows), key=_rank)
        return Section(tuple(ranked), len(ranked), rows[0]["now"] if rows else None)

    async def _list(self, name: str, lookup: Lookup | None, tell: Tell = dict) -> Section[Record]:
        lookup = lookup or Lookup()
        fields = dict(lookup.fields)
        tenant = fields.pop("tenant_id", None)
        tenant_id = identifier(tenant, "tenant") if tenant else None
        rows = await self._fetch(name, patterns(lookup.text), fields, lookup.limit, lookup.offset, tenant_id)
        return Section(await _shown(rows, tell), rows[0]["total"] if rows else 0)

    async def _fetch(self, name: str, *args: Any) -> list[Any]:
        from console.store.queries import queries

        rows: list[Any] = await self._db.fetch(queries("details")[name], *args)
        return rows

    async def _records(self, name: str, *args: Any) -> Section[Record]:
        """Rows of a detail; a part that this role may not see, or that is not installed, says so instead."""
        return await self._part(lambda rows: tuple(build.record(row) for row in rows), name, *args)

    async def _past(self, tenant: Any, noun: str, key: str) -> Section[Record]:
        """What happened to one row, oldest first, each entry with what it changed in words."""
        return await self._part(
            lambda rows: tuple(build.record(_told(row)) for row in rows), "history_of", tenant, noun, key
        )

    async def _part(
        self, make: Callable[[Sequence[Any]], tuple[Record, ...]], name: str, *args: Any
    ) -> Section[Record]:
        from console.errors import MigrationError, PermissionDenied, StatementTimeout

        try:
            rows = make(await self._fetch(name, *args))
        except (PermissionDenied, MigrationError, StatementTimeout) as error:
            return Section(error=build.text(error.message))
        return Section(rows, len(rows))

    async def _one(self, what: str, name: str, key: str) -> Any:
        rows = await self._fetch(name, identifier(key, what))
        if not rows:
            raise NotFound(f"this {what} is gone, or this role may not see it", hint="go back and refresh")
        return rows[0]


async def _shown(rows: Sequence[Any], tell: Tell = dict) -> tuple[Record, ...]:
    """Rows for people; keys get a turn after every few of them, because a list may have ten thousand."""
    shown: list[Record] = []
    for place, row in enumerate(rows):
        if place % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        shown.append(build.record({k: v for k, v in tell(row).items() if k not in HIDDEN}))
    return tuple(shown)


def _told(row: Any) -> dict[str, Any]:
    return {**row, "change": changed(row["before"], row["after"])}


def patterns(words: str) -> list[str]:
    """LIKE patterns, one a word, that find the word anywhere in lower case text."""
    escaped = words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [f"%{word}%" for word in escaped.split()]


def identifier(key: str, what: str) -> UUID:
    """The uuid in `key`; raises NotFound for anything else, because no row can have it."""
    try:
        return UUID(key)
    except ValueError:
        raise NotFound(f"{key!r} is not the id of any {what}", hint=f"list them first ({what}s list)") from None


def _candidate(row: Any) -> Record:
    driver = Driver(
        id=str(row["id"]),
        name=row["name"],
        status=DriverStatus(row["status"]),
        active=row["active"],
        capacity=row["capacity"],
        carried_kg=float(row["carried_kg"]),
        capacity_kg=row["capacity_kg"],
        position_at=row["position_at"],
    )
    reason = "has it already" if row["has_it"] else why_not(driver, row["weight_kg"])
    places = [row[name] for name in ("lat", "lon", "pickup_lat", "pickup_lon")]
    cells = {
        "id": row["id"],
        "tenant_id": row["tenant_id"],
        "name": row["name"],
        "reference": row["reference"],
        "status": row["status"],
        "vehicle_type": row["vehicle_type"],
        "active": row["active"],
        "capacity": row["capacity"],
        "distance_km": None if None in places else round(distance_km(*places), 2),
        "on_time_rate": row["on_time_rate"],
        "has_it": bool(row["has_it"]),
        "fits": reason is None,
        "reason": reason,
        "caution": warning(driver, row["now"]),
        "version": row["version"],
    }
    return build.record(cells)


def _rank(row: Record) -> tuple[bool, bool, float, float, str]:
    cells = row.cells
    far = cells["distance_km"]
    load = cells["active"] / max(1, cells["capacity"])
    return (not cells["fits"], far is None, far or 0.0, load, str(cells["name"]))
