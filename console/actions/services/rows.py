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
from console.store.sessions import encode_json

SQL = queries("actions")
CHUNK = 100
LOCK_WAIT = "1500ms"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row: `rows` is its table, which read_... is a query of, and `wakes` is what the feed listens for.

    `in_turn` says that deciding about a row looks at what was written for those before it.
    """

    noun: str
    rows: str
    wakes: tuple[str, ...]
    in_turn: bool = False

    def statement(self, name: str) -> str:
        """The query `name`; one that serves several tables, for this one."""
        return SQL.named(name, rows=self.rows) if "{rows}" in SQL[name] else SQL[name]


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


async def each_of(db: Any, actor: Actor, targets: Sequence[Target], verbs: Mapping[str, Verb]) -> list[Outcome]:
    """Do a verb to rows of several tables: `verbs` by the word that `state["kind"]` of a target has.

    A target that does not say where it is, as one undo or a script made, is looked for in each table in turn.
    """
    found: dict[int, Outcome] = {}
    *_, last = verbs
    for word, verb in verbs.items():
        left = [(i, t) for i, t in enumerate(targets) if i not in found and t.state.get("kind", word) == word]
        outcomes = await each(db, actor, [t for _, t in left], verb)
        for (index, target), outcome in zip(left, outcomes, strict=True):
            if outcome.result is not Result.GONE or word == last or "kind" in target.state:
                found[index] = outcome
    return [found[i] for i in range(len(targets))]


async def _alone(db: Any, actor: Actor, target: Target, verb: Verb) -> list[Outcome]:
    try:
        return await _in_one(db, actor, [target], verb)
    except Conflict as error:
        return [Outcome(target, Result.CONFLICT, error.message)]


async def _in_one(db: Any, actor: Actor, targets: Sequence[Target], verb: Verb) -> list[Outcome]:
    keys = _keys(targets)
    results: list[Outcome] = []
    async with db.transaction(actor) as connection:
        writer = _Writer(connection, verb)
        await connection.execute(SQL["limit_lock_wait"], LOCK_WAIT)
        locked = _by_id(await connection.fetch(verb.kind.statement("lock"), *keys))
        rows = _by_id(await connection.fetch(SQL[f"read_{verb.kind.rows}"], *keys))
        now = await connection.fetchval(SQL["clock"])
        for target in targets:
            row = rows.get(target.key.lower())
            if row is not None and target.key.lower() not in locked:
                # Row level security shows it and does not let it be locked: an update would touch nothing, silently.
                results.append(Outcome(target, Result.REFUSED, "this role may only look at rows of this tenant"))
                continue
            results.append(await _one(writer, target, row, now))
        await writer.finish()
    if not any(outcome.result is Result.DONE for outcome in results):
        return results
    fresh = _by_id(await db.fetch(SQL[f"read_{verb.kind.rows}"], *keys))
    return [_reread(outcome, fresh) for outcome in results]


async def _one(writer: "_Writer", target: Target, row: Row | None, now: datetime) -> Outcome:
    verb = writer.verb
    if row is None:
        return Outcome(target, Result.GONE, f"this {verb.kind.noun} is gone, or this role may not see it")
    if target.version and target.version != row["version"]:
        return Outcome(target, Result.CONFLICT, f"changed meanwhile: it is {row['status']} now; look again", cells(row))
    try:
        step = await verb.decide(writer.connection, row, now)
    except NoChange as unchanged:
        return Outcome(target, Result.ALREADY, str(unchanged), cells(row))
    except Refused as refused:
        return Outcome(target, Result.REFUSED, str(refused), cells(row))
    await writer.add(row, step)
    return Outcome(target, Result.DONE, step.message, step.after, step.undo)


class _Writer:
    """Statements of a chunk, sent together where no row's decision depends on another's: on a link with any latency
    a round trip for each would be most of the time."""

    def __init__(self, connection: Any, verb: Verb) -> None:
        self.connection = connection
        self.verb = verb
        self._writes: dict[str, list[tuple[Any, ...]]] = {}
        self._entries: list[tuple[UUID, str, str, str]] = []

    async def add(self, row: Row, step: Step) -> None:
        """What `step` does to `row`, now or with the others."""
        for name, arguments in step.writes:
            self._writes.setdefault(name, []).append((row["tenant_id"], row["id"], *arguments))
        before, after = encode_json(cells(step.before)), encode_json(cells(step.after))
        self._entries.append((row["tenant_id"], str(row["id"]), before, after))
        if self.verb.kind.in_turn:
            await self._send()

    async def finish(self) -> None:
        """Send what waits, then the audit rows."""
        await self._send()
        if self._entries:
            columns = [list(column) for column in zip(*self._entries, strict=True)]
            await self.connection.execute(SQL["audit_many"], self.verb.action_id, self.verb.kind.noun, *columns)

    async def _send(self) -> None:
        for name, rows in self._writes.items():
            await self.connection.executemany(self.verb.kind.statement(name), rows)
        self._writes = {}


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
