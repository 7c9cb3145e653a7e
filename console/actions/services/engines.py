"""Desired state of engines and cycles: written here, obeyed by every scheduler."""

from collections.abc import Mapping, Sequence
from typing import Any

from console.actions.model import Outcome, Result, Target
from console.actions.services.rows import SQL, audit
from console.domain.actor import Actor
from console.errors import NotFound

_AS_CYCLE = {"running": "enabled", "stopped": "paused"}


async def start(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Should run."""
    return await _set(db, actor, targets, "engine.start", "running")


async def stop(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Should not run; what runs ends its round."""
    return await _set(db, actor, targets, "engine.stop", "stopped")


async def run_now(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """One round at once, in this process, as a tick that no scheduler repeats."""
    try:
        from console.automation.control import by_hand
        from console.scheduler.desired import run_now as run
    except ModuleNotFoundError:
        return [
            Outcome(target, Result.NOT_AVAILABLE, "the scheduler is not part of this installation")
            for target in targets
        ]
    outcomes = []
    for target in targets:
        try:
            with by_hand():
                ended = await run(db, db.settings, target.key)
        except NotFound:
            outcomes.append(Outcome(target, Result.GONE, "there is no such engine or cycle"))
            continue
        after = {"outcome": ended.outcome, "seconds": ended.seconds, "error": ended.error}
        async with db.transaction(actor) as connection:
            await audit(connection, None, "engine.run_now", "cycle", target.key, None, after, ended.outcome)
        outcomes.append(_ran(target, ended))
    db.changed("engines")
    return outcomes


def _ran(target: Target, ended: Any) -> Outcome:
    after = {"outcome": ended.outcome, "stats": dict(ended.stats or {})}
    if ended.outcome == "done":
        told = ", ".join(f"{name} {value}" for name, value in after["stats"].items() if isinstance(value, int | float))
        return Outcome(target, Result.DONE, f"ran in {ended.seconds:.1f} s" + (f": {told}" if told else ""), after)
    result = Result.REFUSED if ended.outcome in {"failed", "timeout"} else Result.CONFLICT
    return Outcome(target, result, f"{ended.outcome}: {ended.error}" if ended.error else ended.outcome, after)


async def _set(db: Any, actor: Actor, targets: Sequence[Target], action_id: str, state: str) -> list[Outcome]:
    outcomes = [await _one(db, actor, target, action_id, state) for target in targets]
    if any(outcome.result is Result.DONE for outcome in outcomes):
        db.changed("engines")
    return outcomes


async def _one(db: Any, actor: Actor, target: Target, action_id: str, state: str) -> Outcome:
    async with db.transaction(actor) as connection:
        noun, wanted = "engine", state
        found = await connection.fetchrow(SQL["lock_engine"], target.key)
        if found is None:
            noun, wanted = "cycle", _AS_CYCLE[state]
            found = await connection.fetchrow(SQL["lock_cycle"], target.key)
        if found is None:
            return Outcome(target, Result.GONE, "there is no such engine or cycle")
        before = found["desired"]
        if before == wanted:
            return Outcome(target, Result.ALREADY, f"should be {state} already")
        row = await connection.fetchrow(SQL[f"write_{noun}"], target.key, wanted, actor.reason)
        await audit(connection, None, action_id, noun, target.key, {"desired": before}, {"desired": wanted})
    return Outcome(target, Result.DONE, f"should be {state} now", {"desired": state, "version": row["version"]})
