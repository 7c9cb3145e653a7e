"""Rows of a noun as people name them: by id, the beginning of an id, reference, name or slug."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from console.actions.model import Scope, Target
from console.errors import Conflict, NotFound, UsageError
from console.feed.details import Lookup
from console.feed.model import Record, Section
from console.feed.targets import target_of

if TYPE_CHECKING:
    from console.feed.readers import Readers

SEARCHED = 2000
PREFIX = 4
"""Characters of an id that are enough, if only one row begins with them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """How a noun lists, finds and shows its rows. `names` are columns in which people look for a row's name."""

    scope: Scope
    what: str
    columns: tuple[str, ...]
    names: tuple[str, ...] = ()
    filters: tuple[str, ...] = ("status", "tenant")
    usual: dict[str, str] = field(default_factory=dict)
    detail: str = ""
    empty: str = ""

    async def list(self, readers: "Readers", lookup: Lookup) -> Section[Record]:
        """The matching rows. The reader is the one named like the noun."""
        read: Callable[[Lookup], Awaitable[Section[Record]]] = getattr(readers, f"{self.scope.value}s")
        return await read(lookup)

    async def show(self, readers: "Readers", key: str) -> Any:
        """The detail of one row; raises NotFound."""
        return await getattr(readers, self.scope.value)(key)

    async def find(self, readers: "Readers", word: str, tenant_id: str = "") -> Record:
        """The one row that `word` names. Raises NotFound for none, Conflict for several."""
        inside = {"tenant_id": tenant_id} if tenant_id else {}
        exact = _uuid(word)
        if exact is not None:
            detail = await self.show(readers, exact)
            record: Record = detail.record
            return record
        found = (await self.list(readers, Lookup(word, inside, SEARCHED))).rows
        wanted = word.strip().lower()
        rows = [row for row in found if any(str(row.cells.get(name, "")).lower() == wanted for name in self.names)]
        if not rows and len(wanted) >= PREFIX:
            rows = [row for row in found if row.key.startswith(wanted)]
        if not rows:
            raise NotFound(f"no {self.what} is called {word!r}", hint=f"see: aoer-console {self.scope.value}s list")
        if len(rows) > 1:
            some = ", ".join(row.key for row in rows[:3])
            raise Conflict(f"{len(rows)} {self.what}s are called {word!r}", hint=f"use an id: {some}")
        return rows[0]

    def target(self, row: Record) -> Target:
        """`row` frozen for a verb."""
        return target_of(row, self.scope)


ROWS = {
    "alerts": Rows(
        Scope.ALERT,
        "alert",
        ("id", "severity", "type", "status", "message", "tenant", "order", "assignee", "occurrences", "created_at"),
        filters=("status", "severity", "type", "tenant", "assignee"),
        usual={"status": "!resolved"},
        empty="no alert waits (--all shows resolved ones too)",
    ),
    "incidents": Rows(
        Scope.INCIDENT,
        "incident",
        ("id", "kind", "type", "severity", "status", "description", "tenant", "affected_orders", "reported_at"),
        filters=("kind", "status", "severity", "type", "tenant"),
        usual={"status": "!resolved"},
        empty="no open incident (--all shows resolved ones too)",
    ),
    "orders": Rows(
        Scope.ORDER,
        "order",
        ("id", "reference", "status", "priority", "service_type", "promised_at", "driver", "tenant"),
        names=("reference",),
        filters=("status", "priority", "service_type", "driver", "tenant"),
        usual={"status": "pending,assigned,picked_up,out_for_delivery"},
        empty="no open order (--all shows the others; aoer-console import orders FILE brings some in)",
    ),
    "drivers": Rows(
        Scope.DRIVER,
        "driver",
        ("id", "name", "reference", "status", "active", "capacity", "vehicle_type", "position_at", "tenant"),
        names=("name", "reference"),
        filters=("status", "vehicle_type", "tenant"),
        empty="no driver (aoer-console import drivers FILE brings some in)",
    ),
    "tenants": Rows(
        Scope.TENANT,
        "tenant",
        ("id", "name", "slug", "score", "grade", "risk", "risk_band", "status", "reason", "last_updated"),
        names=("slug", "name"),
        filters=("status", "grade", "risk_band"),
        usual={"active": "true"},
        empty="no tenant (aoer-console import tenants FILE brings some in)",
    ),
    "sessions": Rows(
        Scope.SESSION,
        "session",
        (
            "id",
            "topic",
            "status",
            "stage",
            "percent",
            "segments_done",
            "segments_total",
            "error",
            "tenant",
            "created_at",
        ),
        names=("topic",),
        empty="no results session yet",
    ),
}


def rows_of(scope: Scope) -> Rows | None:
    """The rows that a verb of this scope applies to."""
    return next((rows for rows in ROWS.values() if rows.scope is scope), None)


def fields_of(pairs: list[str], known: tuple[str, ...]) -> dict[str, str]:
    """FIELD=VALUE words as a filter; raises UsageError for anything else."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or name not in known:
            raise UsageError(f"{pair!r} is not FIELD=VALUE", hint=f"fields: {', '.join(known)}")
        found[name] = value
    return found


def _uuid(word: str) -> str | None:
    try:
        return str(UUID(word))
    except ValueError:
        return None
