"""A cycle: acknowledgements and snoozes whose time is over become open again, by the database's clock."""

from collections.abc import Mapping
from typing import Any

from console.domain.actor import Actor
from console.domain.enums import Origin


async def run(db: Any, _settings: Any, _tick: Any) -> Mapping[str, int]:
    """Open what has lapsed, with one audit row each. Returns {"opened": rows}."""
    from console.actions.services.alerts import KINDS

    rows: list[Any] = []
    async with db.transaction(Actor(Origin.SCHEDULER, "its time is over")) as connection:
        for kind in KINDS.values():
            rows += await connection.fetch(kind.statement("lapse_alerts"), kind.noun)
    if rows:
        db.changed("alerts")
    return {"opened": len(rows)}
