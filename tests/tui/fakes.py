"""In-memory feed, verbs and services: screen tests need no database and no clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from console.actions.model import Action, DryRun, Outcome, Result, Target
from console.actions.permissions import Standing
from console.actions.registry import all_actions, by_id
from console.actions.run import reason_not
from console.domain.enums import Access
from console.errors import ConsoleError, RateLimited
from console.feed.details import (
    AlertDetail,
    Connection,
    DriverDetail,
    HistoryPoint,
    IncidentDetail,
    Lookup,
    OrderDetail,
    SessionDetail,
    TenantDetail,
)
from console.feed.model import Overview, Record, Section, SectionName
from console.feed.places import MapDetail
from tests.tui import sample


def records(*rows: Mapping[str, Any]) -> Section[Record]:
    made = tuple(
        Record(str(r.get("key", i)), 1, {k: v for k, v in r.items() if k != "key"}, 1, str(r.get("tenant_id", "")))
        for i, r in enumerate(rows)
    )
    return Section(made, len(made), sample.NOW)


def _cells(row: Any, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


class FakeFeed:
    """Publishes whatever a test puts in."""

    def __init__(self, overview: Overview | None = None) -> None:
        self._overview = overview or Overview()
        self.connection = Connection("live")
        self.seconds: float | None = 0.0
        self.wanted: frozenset[SectionName] = frozenset()
        self.paused = False
        self.period = 0.0
        self.refreshed = 0
        self.changes = 0
        self.map: MapDetail | ConsoleError = MapDetail()
        self.asked_places: list[str] = []
        self.lists: dict[str, Section[Record]] = {}
        self.lookups: list[tuple[str, Lookup | None]] = []
        self._callbacks: list[Callable[[Overview], None]] = []

    @property
    def overview(self) -> Overview:
        return self._overview

    def publish(self, overview: Overview | None = None, **sections: Any) -> None:
        self._overview = replace(overview or self._overview, **sections)
        if not self.paused:
            for callback in list(self._callbacks):
                callback(self._overview)

    def subscribe(self, callback: Callable[[Overview], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def want(self, sections: Iterable[SectionName]) -> None:
        self.wanted = frozenset(sections)

    def pause(self, paused: bool) -> None:
        self.paused = paused

    def focus(self, focused: bool) -> None:
        self.focused = focused

    def every(self, seconds: float) -> None:
        self.period = seconds

    def refresh(self) -> None:
        self.refreshed += 1

    def age(self) -> float | None:
        return self.seconds

    async def places(self, tenants: str = "") -> MapDetail:
        self.asked_places.append(tenants)
        if isinstance(self.map, ConsoleError):
            raise self.map
        return self.map

    def _find(self, rows: Sequence[Any], key: str) -> Any:
        return next(row for row in rows if row.key == key)

    async def tenant(self, key: str) -> TenantDetail:
        tile = self._find(self._overview.tiles.rows, key)
        history = tuple(
            HistoryPoint(sample.NOW, value, value - 5, value + 5, tile.risk)
            for value in tile.history
            if value is not None
        )
        cells = _cells(tile, "tenant score grade change low high risk risk_band status reason updated_at")
        parts = (("seo", 2.4), ("aeo", -3.1), ("geo", 1.2), ("ugc", 0.4), ("geolocal", -0.2))
        return TenantDetail(Record(key, 1, cells, 1, key), history, 61.0, parts, jobs=self._list("jobs"))

    async def alert(self, key: str) -> AlertDetail:
        row = self._find(self._overview.alerts.rows, key)
        cells = _cells(row, "severity status type message order order_id assignee occurrences created_at tenant")
        return AlertDetail(
            Record(key, row.version, cells, row.row_version, row.tenant_id),
            records(
                {"at": sample.NOW, "action": "raised", "who": "escalation", "reason": ""},
                {"at": sample.NOW, "action": "acknowledge", "who": "maria", "reason": "on it"},
            ),
            Record(
                "o001", 1, {"reference": row.order, "status": "pending", "promised_at": sample.NOW}, 1, row.tenant_id
            ),
            None,
            "Look for a driver within 20 km.\nOffer the order to the next ring, or call the customer.",
        )

    async def incident(self, key: str) -> IncidentDetail:
        row = self._find(self._overview.incidents.rows, key)
        cells = _cells(row, "kind type severity status description reported_at")
        return IncidentDetail(Record(key, row.version, cells, 1, row.tenant_id), orders=self._list("orders"))

    async def order(self, key: str) -> OrderDetail:
        row = self._find(self._list("orders").rows, key)
        return OrderDetail(row, records({"at": sample.NOW, "event": "created"}))

    async def driver(self, key: str) -> DriverDetail:
        return DriverDetail(self._find(self._list("drivers").rows, key))

    async def session(self, key: str) -> SessionDetail:
        row = self._find(self._overview.generation.rows, key)
        return SessionDetail(Record(key, 1, {"topic": row.topic, "status": row.status}, 1, row.tenant_id))

    def _list(self, name: str, lookup: Lookup | None = None) -> Section[Record]:
        self.lookups.append((name, lookup))
        return self.lists.get(name, Section())

    async def jobs(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("jobs", lookup)

    async def failures(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("failures", lookup)

    async def alerts(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("alerts", lookup)

    async def incidents(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("incidents", lookup)

    async def orders(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("orders", lookup)

    async def drivers(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("drivers", lookup)

    async def tenants(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("tenants", lookup)

    async def sessions(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("sessions", lookup)

    async def audit(self, lookup: Lookup | None = None) -> Section[Record]:
        return self._list("audit", lookup)

    async def candidates(self, order_key: str) -> Section[Record]:
        return self._list("candidates")


class FakeActions:
    """Says yes to everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.access = Access.ADMIN
        self.read_only = False
        self.done: list[tuple[str, tuple[Target, ...], dict[str, str], str]] = []
        self.undone: list[str] = []
        self.results: dict[str, Result] = {}
        self.messages: dict[str, str] = {}
        self.asked: list[str] = []
        self.limited: RateLimited | None = None

    async def ask_limit(self, what: str) -> None:
        self.asked.append(what)
        if self.limited is not None:
            raise self.limited

    def all_actions(self) -> tuple[Action, ...]:
        return all_actions()

    def reason_not(self, action: Action, target: Target | None) -> str | None:
        return reason_not(action, target, Standing(access=self.access, read_only=self.read_only))

    async def dry_run(self, action_id: str, targets: Sequence[Target], params: Mapping[str, str]) -> DryRun:
        return DryRun(tuple(targets))

    async def perform(
        self, action_id: str, targets: Sequence[Target], params: Mapping[str, str], reason: str = ""
    ) -> list[Outcome]:
        self.done.append((action_id, tuple(targets), dict(params), reason))
        return [
            Outcome(
                t,
                self.results.get(t.key, Result.DONE),
                self.messages.get(t.key, f"{by_id(action_id).title}: {t.label}"),
            )
            for t in targets
        ]

    async def undo(self, action_id: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
        self.undone.append(action_id)
        return [Outcome(o.target, Result.DONE, "restored") for o in outcomes]


class FakeServices:
    """Up at once, unless a test says otherwise."""

    def __init__(self, feed: FakeFeed | None = None, actions: FakeActions | None = None) -> None:
        self.feed = feed or FakeFeed(sample.overview())
        self.actions = actions or FakeActions()
        self.errors: list[Exception] = []
        self.stopped = 0
        self.gate: Any = None

    async def start(self, say: Callable[[str], None]) -> tuple[FakeFeed, FakeActions]:
        say("connecting")
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        return self.feed, self.actions

    async def stop(self) -> None:
        self.stopped += 1
