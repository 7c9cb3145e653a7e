"""Sections about the database, the process and its log."""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from console.config.types import Dsn, Milliseconds, Seconds


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every section. `DOCS` explains each key; a test asks for an entry per key."""

    TITLE: ClassVar[str] = ""
    DOCS: ClassVar[dict[str, str]] = {}


class DatabaseSettings(Section, frozen=True):
    """Which Postgres and how patient to be with it."""

    TITLE = "Which Postgres, and how patient to be with it."
    DOCS: ClassVar[dict[str, str]] = {
        "dsn": "postgresql://user@host:port/name of a Postgres 15 to 18; without it an embedded server is used",
        "profile": "profile of [profiles.NAME] used when neither --profile nor AOER_PROFILE names one",
        "read_only": "open every session read only; operator verbs are refused",
        "pool_min": "connections kept open",
        "pool_max": "connections at most, per process",
        "connect_timeout_seconds": "give up on one connection attempt after this long",
        "statement_timeout_ms": "Postgres cancels a console statement after this long; 0 = never",
        "idle_in_transaction_timeout_ms": "Postgres ends a session that idles inside a transaction; 0 = never",
        "reconnect_max_seconds": "longest pause between two attempts to reconnect",
    }

    dsn: Dsn | None = None
    profile: str | None = None
    read_only: bool = False
    pool_min: Annotated[int, Meta(ge=0, le=100)] = 1
    pool_max: Annotated[int, Meta(ge=1, le=500)] = 8
    connect_timeout_seconds: Seconds = 5
    statement_timeout_ms: Milliseconds = 5000
    idle_in_transaction_timeout_ms: Milliseconds = 15000
    reconnect_max_seconds: Seconds = 10


class EmbeddedSettings(Section, frozen=True):
    """The Postgres that the console brings along."""

    TITLE = "The Postgres that comes along, used when no dsn is set."
    DOCS: ClassVar[dict[str, str]] = {
        "data_dir": "where its files live; without it the user's data directory (as root /var/lib/aoer-console)",
        "stop": 'stop the server with the "last" process that uses it, or "never"',
        "version": 'major version for a new data directory, or "auto" for the newest that is installed',
    }

    data_dir: str | None = None
    stop: Literal["last", "never"] = "last"
    version: Literal["auto", "15", "16", "17", "18"] = "auto"


class LogSettings(Section, frozen=True):
    """What headless processes say on stderr."""

    TITLE = "What headless processes write to stderr."
    DOCS: ClassVar[dict[str, str]] = {
        "format": '"text" for people, "json" for one JSON object a line',
        "level": "least important level that is written",
    }

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class ProfileSettings(Section, frozen=True):
    """A named place to connect to."""

    TITLE = "A named place to connect to, chosen by --profile NAME or AOER_PROFILE."
    DOCS: ClassVar[dict[str, str]] = {
        "dsn": "overrides database.dsn",
        "environment": "overrides ui.environment",
        "color": "overrides ui.color",
        "read_only": "overrides database.read_only",
        "data_dir": "overrides embedded.data_dir",
    }

    dsn: Dsn | None = None
    environment: str | None = None
    color: Annotated[str, Meta(extra={"check": "color"})] | None = None
    read_only: bool | None = None
    data_dir: str | None = None


PROFILE_TARGETS = {
    "dsn": "database.dsn",
    "environment": "ui.environment",
    "color": "ui.color",
    "read_only": "database.read_only",
    "data_dir": "embedded.data_dir",
}
"""Which setting each key of a profile overrides."""
