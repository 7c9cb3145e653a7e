"""Which screens there are, and which one a row opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from console.tui.screens.base import ConsoleScreen


@dataclass(frozen=True, slots=True)
class Listing:
    """A list screen: `reader` is the feed's method, `first` the columns that lead."""

    name: str
    title: str
    reader: str
    scope: str | None
    first: tuple[str, ...]
    empty: str


LISTINGS: Final = {
    listing.name: listing
    for listing in (
        Listing(
            "jobs",
            "Queue jobs",
            "jobs",
            "job",
            ("tenant", "status", "priority", "error_message", "retry_count", "created_at", "kind"),
            "No jobs. Recompute a rating with r in the ratings pane, or run: aoer-console queue add --all",
        ),
        Listing(
            "failures",
            "Failed attempts",
            "failures",
            None,
            ("created_at", "tenant", "error", "retry_count", "job"),
            "No failed attempts.",
        ),
        Listing(
            "alerts",
            "All alerts",
            "alerts",
            "alert",
            ("severity", "status", "type", "message", "order", "tenant"),
            "No alerts in any state.",
        ),
        Listing(
            "incidents",
            "All incidents",
            "incidents",
            "incident",
            ("severity", "kind", "type", "status", "description", "tenant"),
            "No traffic incidents or escalations in any state.",
        ),
        Listing(
            "orders",
            "Orders",
            "orders",
            "order",
            ("reference", "status", "driver", "promised_at", "priority", "service_type", "tenant"),
            "No orders. Bring some in: aoer-console import orders FILE --tenant NAME",
        ),
        Listing(
            "drivers",
            "Drivers",
            "drivers",
            "driver",
            ("name", "status", "active", "capacity", "position_at", "vehicle_type", "tenant"),
            "No drivers. Bring some in: aoer-console import drivers FILE --tenant NAME",
        ),
        Listing(
            "tenants",
            "Tenants",
            "tenants",
            "tenant",
            ("name", "score", "grade", "risk_band", "risk", "status", "last_updated", "reason"),
            "No tenants. Bring some in: aoer-console import tenants FILE",
        ),
        Listing(
            "sessions",
            "Results sessions",
            "sessions",
            "session",
            ("topic", "status", "stage", "percent", "tenant"),
            "No results sessions.",
        ),
        Listing(
            "audit",
            "Audit log",
            "audit",
            None,
            ("at", "os_user", "action", "object", "change", "reason", "origin", "db_role", "outcome", "tenant"),
            "Nothing has been written yet. Every change made by anyone is listed here.",
        ),
    )
}

SPECIAL: Final = {
    "overview": "Overview",
    "map": "Map",
    "engines": "Engines and cycles",
    "log": "Command log",
    "help": "Help",
}
ALIASES: Final = {
    "queue": "jobs",
    "cycles": "engines",
    "commands": "log",
    "ratings": "tenants",
    "generation": "sessions",
}


def names() -> dict[str, str]:
    """Every screen by name, with its title."""
    return {**SPECIAL, **{name: listing.title for name, listing in LISTINGS.items()}}


def make(name: str, lookup: str = "") -> ConsoleScreen | None:
    """A new screen, None for an unknown name."""
    name = ALIASES.get(name, name)
    if name in LISTINGS:
        from console.tui.screens.listing import ListScreen

        return ListScreen(LISTINGS[name], lookup)
    if name == "map":
        from console.tui.screens.map import MapScreen

        return MapScreen(lookup=lookup)
    if name == "engines":
        from console.tui.screens.engines import EnginesScreen

        return EnginesScreen()
    if name == "log":
        from console.tui.screens.log import LogScreen

        return LogScreen()
    if name == "help":
        from console.tui.screens.help import HelpScreen

        return HelpScreen(None)
    return None


def detail(scope: str | None, row: Any) -> ConsoleScreen | None:
    """The screen behind a row, None where there is none."""
    from console.tui.screens import details, tenant

    makers: dict[str, Callable[[str], ConsoleScreen]] = {
        "tenant": tenant.TenantScreen,
        "alert": details.AlertScreen,
        "incident": details.IncidentScreen,
        "order": details.OrderScreen,
        "driver": details.DriverScreen,
        "session": details.SessionScreen,
    }
    if scope in makers:
        return makers[scope](row.key)
    return details.RowScreen(scope, row)
