"""Which engines there are and whether they should run. The desired state is in the database: any console may set it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from console.domain.actor import Actor
from console.domain.enums import Origin
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("engines")


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: its name in `engine_control`, the cycles that do its work, the view with its daily numbers."""

    name: str
    title: str
    cycles: tuple[str, ...]
    stats: str


ENGINES: tuple[Engine, ...] = (
    Engine("auto_dispatch", "Auto-dispatch", ("auto_dispatch",), "stats_auto_dispatch"),
    Engine("routing", "Route optimiser", ("routing", "traffic"), "stats_routing"),
    Engine("batching", "Smart batching", ("batching",), "stats_batching"),
    Engine("escalation", "Escalation", ("escalation",), "stats_escalation"),
)

STOPPED: Mapping[str, Any] = {"skipped": "stopped"}
"""What a cycle reports when its engine should not run."""


_BY_HAND: ContextVar[bool] = ContextVar("by_hand", default=False)


@contextmanager
def by_hand() -> Iterator[None]:
    """Inside, engines run whatever their desired state: somebody asked for one round now."""
    token = _BY_HAND.set(True)
    try:
        yield
    finally:
        _BY_HAND.reset(token)


async def should_run(db: Database, engine: str) -> bool:
    """The desired state of an engine; an engine nobody has started does not run, except by hand."""
    return _BY_HAND.get() or bool(await db.fetchval(_SQL["should_run"], engine))


async def overrides(db: Database, engine: str) -> Mapping[str, Any]:
    """Settings of one engine changed while it runs (`engine_control.config`)."""
    found = await db.fetchval(_SQL["config"], engine)
    return found if isinstance(found, dict) else {}


def machine(engine: str, reason: str = "") -> Actor:
    """Who acts when an engine does."""
    return Actor(Origin.SCHEDULER, reason or f"engine {engine}")
