"""Everything the machine does on its own, declared in one place.

A cycle's function is `async def run(db: Database, settings: Settings, tick: datetime) -> Mapping[str, Any]`; what it
returns is kept with the run. It is imported at its first tick, so declaring costs nothing. It runs on the event loop
that may also draw the terminal: what computes for more than a few milliseconds belongs into a thread or process.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from console.config.settings import Settings
from console.errors import NotAvailable, NotFound
from console.store.database import Database

Run = Callable[[Database, Settings, datetime], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Cycle:
    """One recurring duty of the fleet.

    Exactly one of `cron` (five fields) and `every` (seconds). `jitter` and `timeout` are seconds. A tick that comes
    while the run before still goes is left out and reported; several missed ticks become one. A tick later than
    `grace` seconds is left out; the latest cron tick missed within `grace` is made up for at the start.
    """

    name: str
    title: str
    run: str
    cron: str | None = None
    every: float | None = None
    jitter: float = 0.0
    timeout: float = 300.0
    grace: float = 300.0
    enabled: bool = True

    @property
    def schedule(self) -> str:
        """For people."""
        return f"cron {self.cron}" if self.cron else f"every {self.every:g} s"

    @property
    def installed(self) -> bool:
        """Whether the module of its function is there."""
        module = self.run.partition(":")[0]
        try:
            return find_spec(module) is not None
        except ModuleNotFoundError:
            return False

    def function(self) -> Run:
        """The function. Raises NotAvailable where its room is missing."""
        module, _, name = self.run.partition(":")
        if not self.installed:
            raise NotAvailable(f"cycle {self.name} is not part of this installation")
        found: Run = getattr(import_module(module), name)
        return found


def all_cycles(settings: Settings) -> tuple[Cycle, ...]:
    """Every cycle with its schedule as configured; those of missing rooms are left out."""
    scheduler, grace = settings.scheduler, settings.scheduler.misfire_grace_seconds
    jitter = scheduler.jitter_seconds
    declared = (
        Cycle(
            "recompute",
            "Queue tenants with new signals",
            "console.queue.duties:recompute",
            cron=scheduler.recompute_cron,
            jitter=jitter,
            timeout=600,
            grace=grace,
        ),
        Cycle("queue_care", "Rescue and age waiting jobs", "console.queue.duties:care", every=30, timeout=25),
        Cycle(
            "maintenance",
            "Archive jobs, make partitions, prune",
            "console.scheduler.maintenance:run",
            cron=scheduler.maintenance_cron,
            jitter=jitter,
            timeout=600,
            grace=grace,
        ),
        Cycle("audit_seal", "Seal the audit record", "console.governance.cycles:seal", every=300, timeout=60),
        Cycle("audit_watch", "Raise alerts from the record", "console.governance.cycles:watch", every=20, timeout=60),
        Cycle("retention", "Drop what is past its retention", "console.governance.cycles:retention", every=3600),
        Cycle("alert_lapse", "Open alerts whose time is over", "console.actions.lapse:run", every=15, timeout=10),
        Cycle("feed_heartbeat", "Tell consoles that we live", "console.scheduler.pulse:run", every=15, timeout=10),
    )
    return tuple(cycle for cycle in (*declared, *_ratings(settings), *_deliveries(settings)) if cycle.installed)


def _ratings(settings: Settings) -> tuple[Cycle, ...]:
    """What ratings need beside their recompute."""
    aoer, room = settings.aoer, "console.aoer"
    duties = (
        ("aoer_learn", "Learn ratings weekly", f"{room}.learn_service:run", aoer.learn_cron, 1800),
        ("aoer_intents", "Classify new queries", f"{room}.intent_service:run", aoer.intent_cron, 300),
        ("aoer_clean_up", "Delete old signals, failures, audits", f"{room}.retention:run", aoer.clean_up_cron, 600),
    )
    return tuple(Cycle(name, title, run, cron=cron, timeout=limit) for name, title, run, cron, limit in duties)


def _deliveries(settings: Settings) -> tuple[Cycle, ...]:
    """The delivery engines. Each looks at its desired state (`engine_control`) before it does anything."""
    pace, room = settings.automation, "console.automation"
    duties = (
        ("auto_dispatch", "Give orders to drivers", f"{room}.dispatch.cycle:run", pace.dispatch_seconds, 60),
        ("routing", "Improve drivers' routes", f"{room}.routing.cycle:run", pace.routing_seconds, 240),
        ("traffic", "Lead drivers around incidents", f"{room}.routing.cycle:check_traffic", pace.traffic_seconds, 120),
        ("batching", "Batch orders", f"{room}.batching.cycle:run", pace.batching_seconds, 120),
        ("escalation", "Find deliveries in danger", f"{room}.escalation.cycle:run", pace.escalation_seconds, 120),
        ("daily_statistics", "Add up daily statistics", f"{room}.daily:run", 60.0, 900),
        ("travel_factors", "Learn how fast trips are", f"{room}.travel.learning:run", 3600.0, 120),
        ("webhooks", "Tell sinks outside", "console.notify.cycle:run", 5.0, 60),
    )
    return tuple(Cycle(name, title, run, every=every, timeout=limit) for name, title, run, every, limit in duties)


def find_cycle(settings: Settings, name: str) -> Cycle:
    """The cycle of that name. Raises NotFound."""
    cycles = all_cycles(settings)
    for cycle in cycles:
        if cycle.name == name:
            return cycle
    raise NotFound(f"no cycle is called {name!r}", hint=f"known: {', '.join(cycle.name for cycle in cycles)}")
