"""Verbs on recompute jobs, carried out by the queue's own service."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from console.actions.model import Outcome, Result, Target
from console.actions.services.rows import SQL, chunks
from console.domain.actor import Actor

_CHUNK = 500
Change = Callable[[Any, Actor, Sequence[UUID]], Awaitable[Sequence[Any]]]


async def retry(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Queue ended jobs again; one whose tenant waits already is left alone."""
    from console.queue import service

    return await _change(db, actor, targets, service.retry, _not_retried, {"queued": "queued again"})


async def cancel(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Cancel waiting jobs, ask the workers of running ones to stop."""
    from console.queue import service

    said = {"cancelled": "cancelled", "running": "being stopped"}
    return await _change(db, actor, targets, service.cancel, _not_cancelled, said)


async def _change(
    db: Any,
    actor: Actor,
    targets: Sequence[Target],
    change: Change,
    why_not: Callable[[Mapping[str, Any]], tuple[Result, str]],
    said: Mapping[str, str],
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for chunk in chunks(targets, _CHUNK):
        ids = [UUID(target.key) for target in chunk]
        done = {str(row.id): row for row in await change(db, actor, ids)}
        left = [job for job in ids if str(job) not in done]
        found = {str(row["id"]): row for row in await db.fetch(SQL["read_jobs"], left)} if left else {}
        for target in chunk:
            key = target.key.lower()
            if key in done:
                after = {"status": done[key].status, "version": done[key].version}
                words = said.get(done[key].status, done[key].status)
                outcomes.append(Outcome(target, Result.DONE, words, after))
            elif key in found:
                result, words = why_not(found[key])
                outcomes.append(Outcome(target, result, words, {"status": found[key]["status"]}))
            else:
                outcomes.append(Outcome(target, Result.GONE, "this job is gone, archived or hidden from this role"))
    return outcomes


def _not_retried(row: Mapping[str, Any]) -> tuple[Result, str]:
    if row["status"] in {"queued", "running"}:
        return Result.ALREADY, f"already {row['status']}"
    if row["status"] == "completed":
        return Result.REFUSED, "it is completed; recompute the tenant instead"
    return Result.REFUSED, "a recompute of this tenant waits already"


def _not_cancelled(row: Mapping[str, Any]) -> tuple[Result, str]:
    if row["status"] == "cancelled":
        return Result.ALREADY, "already cancelled"
    if row["status"] == "running":
        return Result.ALREADY, "already being stopped"
    return Result.CONFLICT, f"it has ended meanwhile: {row['status']}"
