"""The exception tree: every error a person can meet, with an exit code and a next step.

ConsoleError
├── UsageError            2   the command line was wrong
├── ConfigError           3   config.toml, a profile or an environment variable is wrong
├── QueryFailed           1   a statement failed for a reason that has no class of its own here
├── DatabaseUnavailable   4   the server cannot be reached (the terminal retries for ever)
│   ├── ServerStartError  4   the embedded server would not start
│   └── StatementTimeout  4   the server did not finish a statement in the time it is given
├── PermissionDenied      5   the database role may not do this
├── NotFound              6   no such tenant, order, alert ...
├── Conflict              7   the row changed meanwhile, or the verb does not apply in its state
├── InputRejected         8   rows of an input file were rejected
├── MigrationError        9   the schema cannot be brought to, or is not at, the expected version
│   ├── ChecksumMismatch  9
│   └── DatabaseNewer     9
├── RateLimited          75   try again in N seconds (EX_TEMPFAIL)
└── NotAvailable         69   the service behind this verb is not installed or not configured (EX_UNAVAILABLE)

Exit code 0 is success, 1 an unexpected error, 10 a check that ran and found something unhealthy (`status`), 130 an
interrupt, 141 output that was closed early. The numbers are an interface: do not renumber.
"""

import math
from typing import ClassVar


class ConsoleError(Exception):
    """What happened, and what to do about it.

    `hint` is one sentence naming the next step; it is printed below the message.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ConsoleError):
    """The command line was wrong."""

    exit_code = 2


class ConfigError(ConsoleError):
    """A setting is unknown, of the wrong type or out of range."""

    exit_code = 3


class DatabaseUnavailable(ConsoleError):
    """The server cannot be reached or went away."""

    exit_code = 4


class ServerStartError(DatabaseUnavailable):
    """The embedded server would not start."""


class StatementTimeout(DatabaseUnavailable):
    """The server did not finish a statement in the time it is given; the connection is fine."""


class QueryFailed(ConsoleError):
    """A statement failed for a reason that has no class of its own here; the driver's error is its cause."""


class PermissionDenied(ConsoleError):
    """The connected database role may not do this. `recorded`: the audit record has it already."""

    exit_code = 5
    recorded = False


class NotFound(ConsoleError):
    """Nothing by that name or id is visible to this role."""

    exit_code = 6


class Conflict(ConsoleError):
    """The row changed meanwhile, or the verb does not apply in its present state."""

    exit_code = 7


class InputRejected(ConsoleError):
    """Rows of an input file were rejected."""

    exit_code = 8


class MigrationError(ConsoleError):
    """The schema cannot be brought to, or is not at, the expected version."""

    exit_code = 9


class ChecksumMismatch(MigrationError):
    """A migration file differs from what was applied."""


class DatabaseNewer(MigrationError):
    """The database has migrations that this program does not know."""


class NotAvailable(ConsoleError):
    """The service behind this verb is not installed or not configured."""

    exit_code = 69


class RateLimited(ConsoleError):
    """Too many requests; `retry_after` is in seconds, infinite for what a rule never grants."""

    exit_code = 75

    def __init__(self, message: str, *, retry_after: float, hint: str = "") -> None:
        super().__init__(message, hint=hint or f"try again in {math.ceil(retry_after)} s")
        self.retry_after = retry_after
