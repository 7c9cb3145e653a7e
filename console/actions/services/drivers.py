"""Verbs on drivers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.actions.model import Outcome, Target
from console.actions.services.rows import Kind, Row, Step, Verb, each
from console.domain.actor import Actor
from console.domain.states import NoChange

DRIVER = Kind("driver", "drivers", ("drivers",))


async def offline(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """No new orders for the driver."""
    return await _set(db, actor, targets, "driver.offline", "offline")


async def online(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """The driver may get orders again (or, in an undo, does what was done before)."""
    return await _set(db, actor, targets, "driver.online", params.get("status", "available"))


async def _set(db: Any, actor: Actor, targets: Sequence[Target], action_id: str, status: str) -> list[Outcome]:
    async def decide(_connection: Any, row: Row, _now: datetime) -> Step:
        if row["status"] == status:
            raise NoChange(f"already {status}")
        undo = {"action": "driver.offline"}
        if row["status"] != "offline":
            undo = {"action": "driver.online", "status": row["status"]}
        return Step(
            (("write_driver", (status,)),), {"status": row["status"]}, {"status": status}, f"{status} now", undo
        )

    return await each(db, actor, targets, Verb(action_id, DRIVER, decide))
