"""The audit record: read, seal, verify."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from console.domain.actor import Actor
from console.errors import UsageError
from console.governance.events import threat
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("governance")
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """All that are given must hold. `action` also matches what begins with it and a dot; `thing` is an id or a type."""

    tenant: UUID | None = None
    action: str | None = None
    who: str | None = None
    thing: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcome: str | None = None


async def entries(db: Database, wanted: Filter, limit: int | None = None) -> AsyncIterator[Mapping[str, Any]]:
    """Rows, newest first, a page a query: an export of years holds no snapshot and little memory."""
    at, last, left = None, None, limit
    while left is None or left > 0:
        rows = await db.fetch(
            _SQL["audit_list"],
            wanted.tenant,
            wanted.action,
            wanted.who,
            wanted.thing,
            wanted.since,
            wanted.until,
            wanted.outcome,
            at,
            last,
            PAGE if left is None else min(PAGE, left),
        )
        for row in rows:
            yield dict(row)
        if len(rows) < PAGE:
            return
        at, last = rows[-1]["at"], rows[-1]["id"]
        left = None if left is None else left - len(rows)


async def seal(db: Database, actor: Actor) -> tuple[int, int, list[Mapping[str, Any]]]:
    """Seal what is surely committed: (rows, blocks, findings as of `verify`).

    What was altered between writing and sealing is found on the way and put on record as a threat.
    """
    done = await db.fetchrow(_SQL["audit_seal"])
    assert done is not None
    found: list[Mapping[str, Any]] = [{**row, "tenant_id": UUID(row["tenant_id"])} for row in done["findings"]]
    if found:
        await threat(db, actor, found)
    return done["rows_sealed"], done["blocks"], found


async def heads(db: Database) -> list[dict[str, Any]]:
    """The ends of all chains."""
    return [dict(row) for row in await db.fetch(_SQL["audit_heads"])]


async def verify(db: Database, heads: Any = None) -> list[Mapping[str, Any]]:
    """What does not fit the seals; empty when all is as it was. `heads` is what `seal` exported earlier.

    Reads the whole record, however long that takes. Raises UsageError when `heads` is not such a document.
    """
    expected = _heads(heads)
    async with db.transaction(None) as connection:
        await connection.execute(_SQL["no_time_limit"])
        return [dict(row) for row in await connection.fetch(_SQL["audit_verify"], expected)]


def _heads(document: Any) -> dict[str, dict[str, Any]] | None:
    if document is None:
        return None
    try:
        return {
            str(UUID(row["tenant_id"])): {"seq": int(row["seq"]), "hash": str(row["hash"])} for row in document["heads"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("the file holds no exported heads", hint="make one with: audit seal --json > FILE") from error
