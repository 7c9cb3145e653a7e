"""Generating results again. The room that does it is not there yet: the verb says so and leaves its trace."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from console.actions.model import Outcome, Result, Target
from console.actions.services.rows import SQL, audit
from console.domain.actor import Actor

NOT_YET = "results generation is not available yet"


async def rerun(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Answer that it is not available, with an audit row for each request; nothing is pretended."""
    outcomes: list[Outcome] = []
    async with db.transaction(actor) as connection:
        keys = [UUID(t.tenant_id) for t in targets], [UUID(t.key) for t in targets]
        known = {str(row["id"]): row for row in await connection.fetch(SQL["find_sessions"], *keys)}
        for target in targets:
            row = known.get(target.key.lower())
            if row is None:
                outcomes.append(Outcome(target, Result.GONE, "this session is gone, or this role may not see it"))
                continue
            after = {"answer": NOT_YET}
            await audit(
                connection, row["tenant_id"], "session.rerun", "session", target.key, None, after, "not_available"
            )
            outcomes.append(Outcome(target, Result.NOT_AVAILABLE, NOT_YET))
    return outcomes
