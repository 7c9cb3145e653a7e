"""What an operator verb is: one entry generates its key, footer, help, palette entry, CLI verb and role check."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from console.domain.actor import Actor
from console.domain.enums import Access
from console.domain.limits import BULK


class Scope(StrEnum):
    """The kind of row a verb applies to; GLOBAL verbs need none."""

    GLOBAL = "global"
    TENANT = "tenant"
    JOB = "job"
    ALERT = "alert"
    INCIDENT = "incident"
    ORDER = "order"
    DRIVER = "driver"
    SESSION = "session"
    ENGINE = "engine"


class Tier(StrEnum):
    """Danger: reversible = no dialog and an undo toast; irreversible = y/n; bulk = typed count and a reason."""

    REVERSIBLE = "reversible"
    IRREVERSIBLE = "irreversible"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Target:
    """A row frozen at the key press: its scope, key and version, and a label for people."""

    scope: Scope
    key: str
    version: int = 0
    tenant_id: str = ""
    label: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Param:
    """One input of a verb. `choices` names a feed list ("drivers", "tenants") or gives fixed words."""

    name: str
    help: str
    required: bool = True
    choices: str | tuple[str, ...] | None = None
    default: str | None = None


class Result(StrEnum):
    """What became of one row."""

    DONE = "done"
    ALREADY = "already"
    CONFLICT = "conflict"
    GONE = "gone"
    REFUSED = "refused"
    NOT_AVAILABLE = "not_available"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Per-row result, re-read from the database after the commit."""

    target: Target
    result: Result
    message: str
    after: Mapping[str, Any] = field(default_factory=dict)
    undo: Mapping[str, str] = field(default_factory=dict)
    """Parameters with which the inverse verb restores what was there before."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a verb would do to a set of rows, counted by the database before anybody confirms."""

    eligible: tuple[Target, ...] = ()
    already: int = 0
    refused: int = 0
    locked: int = 0
    gone: int = 0

    @property
    def total(self) -> int:
        """Rows asked for."""
        return len(self.eligible) + self.already + self.refused + self.locked + self.gone

    def describe(self) -> str:
        """One line for a dialog: `12 eligible, 3 already done, 1 locked`."""
        parts = [f"{len(self.eligible)} eligible"]
        counts = {
            "already done": self.already,
            "not applicable": self.refused,
            "locked": self.locked,
            "gone": self.gone,
        }
        return ", ".join(parts + [f"{n} {word}" for word, n in counts.items() if n])


class Service(Protocol):
    """Carries a verb out in one short transaction. `db` is a `console.store.database.Database`."""

    def __call__(
        self, db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str], /
    ) -> Awaitable[list[Outcome]]: ...


@dataclass(frozen=True, slots=True)
class Action:
    """One verb. `predicate` returns why it does not apply to a target, or None when it does.

    `service` is "package.module:function", imported at first use so that listing verbs costs nothing.
    `cli` is (noun, verb). `inverse` is the id of the action that undoes it.
    """

    id: str
    title: str
    scope: Scope
    tier: Tier
    permission: Access
    service: str
    cli: tuple[str, str]
    key: str | None = None
    inverse: str | None = None
    params: tuple[Param, ...] = ()
    predicate: Callable[[Target], str | None] = lambda _: None
    help: str = ""
    limit: str | None = None
    """What is asked of the rate limits before it is done to one row; several rows ask for `bulk`."""

    def asks(self, rows: int) -> str | None:
        """The rate-limited action that doing it to so many rows is, or None: most verbs on one row are not limited."""
        return BULK if self.tier is Tier.BULK or rows > 1 else self.limit
