"""What the terminal may ask of the rooms below it: Protocols, so that a screen test runs on plain objects in memory.

The terminal imports these and the snapshot types, never the store; `console.feed.feed.Feed` and
`console.actions.desk.Desk` are the real ones. Every reader raises `ConsoleError` subclasses only: `NotFound` (the row
vanished), `PermissionDenied` (show the message in the pane), `DatabaseUnavailable` (keep the last rows and show how
old they are).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from console.actions.model import Action, DryRun, Outcome, Target
from console.domain.enums import Access
from console.feed.details import (
    AlertDetail,
    Connection,
    DriverDetail,
    IncidentDetail,
    Lookup,
    OrderDetail,
    SessionDetail,
    TenantDetail,
)
from console.feed.model import Overview, Record, Section, SectionName
from console.feed.places import MapDetail


class FeedPort(Protocol):
    """Snapshots pushed to panes, and readers for drill-downs. One for each process, outside the widget tree."""

    @property
    def overview(self) -> Overview:
        """The latest snapshot; empty before the first read. Unchanged rows are the same objects as before."""
        ...

    @property
    def connection(self) -> Connection:
        """Whether wake-ups arrive, reads work, and why not."""
        ...

    def subscribe(self, callback: Callable[[Overview], None]) -> Callable[[], None]:
        """Call back (on the event loop, never re-entrantly) after each change; returns what unsubscribes."""
        ...

    def want(self, sections: Iterable[SectionName]) -> None:
        """Read only these from now on (panes that are visible). Newly wanted ones are read at once."""
        ...

    def pause(self, paused: bool) -> None:
        """Stop or go on publishing; going on reads everything wanted at once."""
        ...

    def focus(self, focused: bool) -> None:
        """Probe less often while nobody looks (terminal unfocused)."""
        ...

    def every(self, seconds: float) -> None:
        """Set the period of the fallback poll (the refresh-interval keys)."""
        ...

    def refresh(self) -> None:
        """Read everything wanted now, as the refresh key asks."""
        ...

    def age(self) -> float | None:
        """Seconds since the last successful read; None before the first."""
        ...

    @property
    def changes(self) -> int:
        """Grows when some transaction that wrote something has ended: whoever reads for himself looks again then."""
        ...

    async def places(self, tenants: str = "") -> MapDetail:
        """Drivers, open orders and traffic incidents of tenants whose name holds every word of `tenants`; what reads
        as before is the same object."""
        ...

    async def tenant(self, key: str) -> TenantDetail:
        """One tenant: rating, history, contributions, jobs, audit."""
        ...

    async def alert(self, key: str) -> AlertDetail:
        """One alert with its timeline, order, driver and runbook."""
        ...

    async def incident(self, key: str) -> IncidentDetail:
        """One traffic incident or escalation."""
        ...

    async def order(self, key: str) -> OrderDetail:
        """One order with its events and assignments."""
        ...

    async def driver(self, key: str) -> DriverDetail:
        """One driver with active orders."""
        ...

    async def session(self, key: str) -> SessionDetail:
        """One results session with stage and segments."""
        ...

    async def jobs(self, lookup: Lookup | None = None) -> Section[Record]:
        """Queue jobs, newest first; fields: status, priority, tenant, kind."""
        ...

    async def failures(self, lookup: Lookup | None = None) -> Section[Record]:
        """Failed attempts, newest first; fields: tenant, job."""
        ...

    async def alerts(self, lookup: Lookup | None = None) -> Section[Record]:
        """Alerts in any state, worst first; fields: status, severity, type, tenant, assignee."""
        ...

    async def incidents(self, lookup: Lookup | None = None) -> Section[Record]:
        """Traffic incidents and escalations in any state; fields: kind, status, severity, type, tenant."""
        ...

    async def orders(self, lookup: Lookup | None = None) -> Section[Record]:
        """Orders, most urgent first; fields: status, tenant, driver, service_type."""
        ...

    async def drivers(self, lookup: Lookup | None = None) -> Section[Record]:
        """Drivers with their load; fields: status, tenant, vehicle_type."""
        ...

    async def tenants(self, lookup: Lookup | None = None) -> Section[Record]:
        """Tenants with their rating; fields: name, active."""
        ...

    async def sessions(self, lookup: Lookup | None = None) -> Section[Record]:
        """Results sessions, newest first; fields: status, tenant."""
        ...

    async def audit(self, lookup: Lookup | None = None) -> Section[Record]:
        """Audit rows, newest first; fields: action, object_type, object_id, db_role, origin, tenant."""
        ...

    async def candidates(self, order_key: str) -> Section[Record]:
        """Drivers who could take an order, best first, with distance, load and a reason when one does not fit."""
        ...


class ActionsPort(Protocol):
    """Verbs: what may be done here, why not, doing it, and undoing it."""

    @property
    def access(self) -> Access:
        """What this database role may do; refreshed after each reconnect. VIEWER until it is known."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether the session cannot write at all."""
        ...

    def all_actions(self) -> tuple[Action, ...]:
        """Every verb, in display order."""
        ...

    def reason_not(self, action: Action, target: Target | None) -> str | None:
        """Why `action` cannot be done to `target` now (role, read-only, state), or None. Costs no query."""
        ...

    async def dry_run(self, action_id: str, targets: Sequence[Target], params: Mapping[str, str]) -> DryRun:
        """Count eligible, already done, locked and gone rows; writes nothing."""
        ...

    async def perform(
        self, action_id: str, targets: Sequence[Target], params: Mapping[str, str], reason: str = ""
    ) -> list[Outcome]:
        """Do it: one outcome for each target, in order, re-read from the database."""
        ...

    async def ask_limit(self, what: str) -> None:
        """Count one `what` of console.domain.limits before it is done; raises RateLimited with the seconds to wait."""
        ...

    async def undo(self, action_id: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Apply the inverse to the rows that were done, guarded by the versions they had right after."""
        ...
