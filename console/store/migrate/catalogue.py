"""What is in a database's catalogue, and how two catalogues differ.

Two sources say what should be there. A scratch database on the same server, migrated from nothing, is the better one:
it cannot have drifted. Where the role may not create databases, the table `schema_catalogue` is used, which each run of
the migrations brings up to date, leaving objects alone that had drifted before the run (see `carry`): otherwise the
next migration would declare any drift to be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from console.store.queries import queries

SCHEMAS = ("public",)
Key = tuple[str, str]
Catalogue = Mapping[Key, str]
_FILES: Key = ("ledger", "files")
_SQL = queries("catalogue")


class Change(StrEnum):
    """How an object differs from what it should be."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """One object that is not what it should be. `expected` or `found` is "" where there is none."""

    kind: str
    identity: str
    change: Change
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        if self.change is Change.CHANGED:
            return f"{self.kind} {self.identity} is changed: {self.found!r} instead of {self.expected!r}"
        return f"{self.kind} {self.identity} is {self.change}"


async def snapshot(connection: asyncpg.Connection, schemas: tuple[str, ...] = SCHEMAS) -> dict[Key, str]:
    """(kind, identity) -> definition of every object."""
    async with connection.transaction(readonly=True):
        await connection.execute(_SQL["enter"])
        rows = await connection.fetch(_SQL["snapshot"], list(schemas))
    return {(row["kind"], row["identity"]): row["definition"] or "" for row in rows}


async def unprotected(connection: asyncpg.Connection, schemas: tuple[str, ...] = SCHEMAS) -> tuple[str, ...]:
    """Relations with tenants' rows that lack row security, once anything has it."""
    return tuple(row["name"] for row in await connection.fetch(_SQL["unprotected"], list(schemas)))


def compare(expected: Catalogue, found: Catalogue) -> tuple[Drift, ...]:
    """Every difference, by kind and name. What belongs to a missing or unexpected relation is not listed by itself."""
    drifts: list[Drift] = []
    for key in sorted(expected.keys() | found.keys()):
        kind, identity = key
        if key not in found:
            drifts.append(Drift(kind, identity, Change.MISSING, expected=expected[key]))
        elif key not in expected:
            drifts.append(Drift(kind, identity, Change.UNEXPECTED, found=found[key]))
        elif expected[key] != found[key]:
            drifts.append(Drift(kind, identity, Change.CHANGED, expected[key], found[key]))
    whole: set[tuple[str, Change]] = {
        (drift.identity, drift.change)
        for drift in drifts
        if drift.kind in _WHOLE and drift.change is not Change.CHANGED
    }
    return tuple(drift for drift in drifts if not _is_part(drift, whole))


_WHOLE = {"table", "view", "materialized view", "sequence", "type", "enum", "domain", "range", "function"}


def _is_part(drift: Drift, whole: set[tuple[str, Change]]) -> bool:
    """Whether the drift follows from that of a whole object which is listed anyway."""
    if drift.kind in {"index", "constraint", "trigger", "rule", "policy"}:
        owner = drift.identity.partition(": ")[0]
    elif drift.kind == "column":
        owner = drift.identity.rpartition(".")[0]
    elif drift.kind in {"owner", "grants"}:
        owner = _object(drift.identity)
    elif drift.kind == "row security":
        owner = drift.identity
    else:
        return False
    return (owner, drift.change) in whole


def _object(identity: str) -> str:
    """The name in "materialized view public.v" or "column public.t.c"."""
    for word in sorted(_WHOLE, key=len, reverse=True):
        if identity.startswith(word + " "):
            return identity[len(word) + 1 :]
    return identity.removeprefix("column ").rpartition(".")[0]


def carry(recorded: Catalogue, before: Catalogue, after: Catalogue) -> dict[Key, str]:
    """What to record after a run of migrations.

    An object that had drifted before the run and that the run did not touch keeps its recorded definition; all others
    are recorded as the run left them.
    """
    kept: dict[Key, str] = {}
    for key in recorded.keys() | after.keys():
        drifted = recorded.get(key) != before.get(key)
        source = recorded if drifted and before.get(key) == after.get(key) else after
        if key in source:
            kept[key] = source[key]
    return kept


async def read_recorded(connection: asyncpg.Connection) -> tuple[dict[Key, str], int]:
    """The catalogue as the last run of migrations recorded it (empty when it never did), and after how many files."""
    try:
        rows = await connection.fetch(_SQL["read_recorded"])
    except asyncpg.UndefinedTableError:
        return {}, 0
    found = {(row["kind"], row["identity"]): row["definition"] for row in rows}
    return found, int(found.pop(_FILES, "0"))


async def write_recorded(connection: asyncpg.Connection, catalogue: Catalogue, files: int) -> None:
    """Replace the recorded catalogue, true after `files` applied files; call inside a transaction of the owner."""
    items = sorted({**catalogue, _FILES: str(files)}.items())
    await connection.execute(_SQL["clear_recorded"])
    kinds, identities = [key[0] for key, _ in items], [key[1] for key, _ in items]
    await connection.execute(_SQL["record"], kinds, identities, [definition for _, definition in items])
