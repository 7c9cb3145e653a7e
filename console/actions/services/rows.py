"""The frame of every verb on rows: lock in key order, look again, write, audit, commit, re-read.

A chunk of rows is one transaction. Where a chunk meets a row that somebody else holds, its rows are tried one by one,
so that one busy row does not spoil the others.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from console.actions.model import Outcome, Result, Target
from console.domain.actor import Actor
from console.domain.states import NoChange, Refused
from console.errors import Conflict, DatabaseUnavailable
from console.store.queries import queries

SQL = queries("actions")
CHUNK = 100
LOCK_WAIT = "1500ms"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row. `rows` completes the query names lock_, free_ and read_; `wakes` is what the feed listens for."""

    noun: str
    rows: str
    wakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What a verb does to one row: statements by query name, the words for the audit row, and the way back."""

    writes: tuple[tuple[str, tuple[Any, ...]], ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    message: str
    undo: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verb:
    """An action on a kind of row. `decide` raises NoChange or Refused when there is nothing to do."""

    action_id: str
    kind: Kind
    decide: Callable[[Any, Row, datetime], Awaitable[Step]]


def chunks(targets: Sequence[Target], size: int = CHUNK) -> Iterator[Sequence[Target]]:
    """Slices of at most `size` rows."""
    for start in range(0, len(targets), size):
        yield targets[start : start + size]


async def each(db: Any, actor: Actor, targets: Sequence[Target], verb: Verb) -> list[Outcome]:
    """Do `verb` to every target; one outcome each, in order, re-read after its commit."""
    outcomes: list[Outcome] = []
    for chunk in chunks(targets):
        try:
            done = await _in_one(db, actor, chunk, verb)
        except Conflict:
            done = [outcome for target in chunk for outcome in await _alone(db, actor, target, verb)]
        except DatabaseUnavailable as error:
            if not outcomes:
                raise
            rest = targets[len(outcomes) :]
            return outcomes + [Outcome(t, Result.REFUSED, f"not tried: {error.message}") for t in rest]
        outcomes.extend(done)
    if any(outcome.result is Result.DONE for outcome in outcomes):
        db.changed(*verb.kind.wakes)
    return outcomes


async def _alone(db: Any, actor: Actor, target: Target, verb: Verb) -> list[Outcome]:
    try:
        return await _in_one(db, actor, [target], verb)
    except Conflict as error:
        return [Outcome(target, Result.CONFLICT, error.message)]


async def _in_one(db: Any, actor: Actor, targets: Sequence[Target], verb: Verb) -> list[Outcome]:
    keys = _keys(targets)
    results: list[Outcome] = []
    async with db.transaction(actor) as connection:
        await connection.execute(SQL["limit_lock_wait"], LOCK_WAIT)
        locked = _by_id(await connection.fetch(SQL[f"lock_{verb.kind.rows}"], *keys))
        rows = _by_id(await connection.fetch(SQL[f"read_{verb.kind.rows}"], *keys))
        now = await connection.fetchval(SQL["clock"])
        for target in targets:
            row = rows.get(target.key.lower())
            if row is not None and target.key.lower() not in locked:
                # Row level security shows it and does not let it be locked: an update would touch nothing, silently.
                results.append(Outcome(target, Result.REFUSED, "this role may only look at rows of this tenant"))
                continue
            results.append(await _one(connection, target, row, verb, now))
    if not any(outcome.result is Result.DONE for outcome in results):
        return results
    fresh = _by_id(await db.fetch(SQL[f"read_{verb.kind.rows}"], *keys))
    return [_reread(outcome, fresh) for outcome in results]


async def _one(connection: Any, target: Target, row: Row | None, verb: Verb, now: datetime) -> Outcome:
    if row is None:
        return Outcome(target, Result.GONE, f"this {verb.kind.noun} is gone, or this role may not see it")
    if target.version and target.version != row["version"]:
        return Outcome(target, Result.CONFLICT, f"changed meanwhile: it is {row['status']} now; look again", cells(row))
    try:
        step = await verb.decide(connection, row, now)
    except NoChange as unchanged:
        return Outcome(target, Result.ALREADY, str(unchanged), cells(row))
    except Refused as refused:
        return Outcome(target, Result.REFUSED, str(refused), cells(row))
    for name, arguments in step.writes:
        await connection.execute(SQL[name], row["tenant_id"], row["id"], *arguments)
    await audit(connection, row["tenant_id"], verb.action_id, verb.kind.noun, str(row["id"]), step.before, step.after)
    return Outcome(target, Result.DONE, step.message, step.after, step.undo)


async def audit(
    connection: Any,
    tenant: UUID | None,
    action_id: str,
    noun: str,
    key: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    outcome: str = "done",
) -> None:
    """One audit row in the same transaction; who and why come from the transaction's actor."""
    words = [None if given is None else cells(given) for given in (before, after)]
    await connection.execute(SQL["audit"], tenant, action_id, noun, key, *words, outcome)


def cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON knows them: times as ISO text, uuids and decimals as text and numbers."""
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _keys(targets: Sequence[Target]) -> tuple[list[UUID], list[UUID]]:
    return [UUID(t.tenant_id) for t in targets], [UUID(t.key) for t in targets]


def _by_id(rows: Sequence[Row]) -> dict[str, Row]:
    return {str(row["id"]): row for row in rows}


def _reread(outcome: Outcome, fresh: Mapping[str, Row]) -> Outcome:
    row = fresh.get(outcome.target.key.lower())
    if outcome.result is not Result.DONE or row is None:
        return outcome
    return Outcome(outcome.target, outcome.result, outcome.message, cells(row), outcome.undo)
