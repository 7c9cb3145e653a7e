"""Driver errors into `console.errors`: what happened, in words, and what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from console.errors import (
    Conflict,
    ConsoleError,
    DatabaseUnavailable,
    MigrationError,
    PermissionDenied,
    QueryFailed,
    StatementTimeout,
)

_GONE = ("08", "57P01", "57P02", "57P03", "57P05", "53300", "58", "XX001", "XX002")
POOLER_PARAMETERS = (
    "statement_timeout, idle_in_transaction_session_timeout, jit, tcp_keepalives_idle, tcp_keepalives_interval,"
    " tcp_keepalives_count, default_transaction_isolation, default_transaction_read_only, aoer.rating"
)
_WRONG_ADDRESS = {"28000", "28P01", "3D000"}
DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises of its own."""
_RETRY = {"40001", "40P01", "55P03"}
_SCHEMA = {"42P01", "42703", "42883", "42704", "3F000"}


def sqlstate(error: BaseException | None) -> str:
    """The five characters of the driver's error, also of one wrapped in a ConsoleError; "" when there are none."""
    while error is not None:
        code = getattr(error, "sqlstate", None)
        if isinstance(code, str):
            return code
        error = error.__cause__
    return ""


def is_gone(error: BaseException) -> bool:
    """Whether the server or the connection to it went away (as opposed to a statement that failed)."""
    if isinstance(error, StatementTimeout):
        return False
    if isinstance(error, asyncpg.InternalClientError):
        return True  # the driver lost track of a connection that was cut off at a bad moment
    if isinstance(error, asyncpg.InterfaceError):
        return "clos" in str(error) or "connection" in str(error)
    if isinstance(error, asyncpg.PostgresError):
        return sqlstate(error).startswith(_GONE) or _takes_nobody(error)
    return isinstance(error, OSError | TimeoutError | DatabaseUnavailable)


def translate(error: BaseException, where: str = "") -> ConsoleError:
    """The ConsoleError for an error of the driver. `where` names the server in messages about reaching it."""
    if isinstance(error, ConsoleError):
        return error
    if isinstance(error, asyncpg.PostgresError):
        return _from_server(error, where)
    if isinstance(error, asyncpg.InterfaceError) and not is_gone(error):
        return QueryFailed(str(error), hint="this is a mistake in the program; please report it")
    at = f" at {where}" if where else ""
    if isinstance(error, TimeoutError):
        return DatabaseUnavailable(f"the database{at} did not answer in time", hint="check that the server runs")
    text = str(error) or type(error).__name__
    return DatabaseUnavailable(f"the database{at} cannot be reached: {text}", hint="check that the server runs")


def _from_server(error: asyncpg.PostgresError, where: str) -> ConsoleError:
    code = sqlstate(error)
    text = _text(error)
    if _takes_nobody(error):
        code = "57P03"
    hint = str(getattr(error, "hint", None) or "")
    at = f" at {where}" if where else ""
    if "unsupported startup parameter" in text:
        return DatabaseUnavailable(
            f"the pooler{at} refuses the console's session settings: {text}",
            hint=f"connect past the pooler, or set its ignore_startup_parameters = {POOLER_PARAMETERS}",
        )
    if code.startswith(_GONE):
        wait = "too many connections are open" if code == "53300" else text
        return DatabaseUnavailable(f"the database{at} is not available: {wait}", hint=hint or "it is tried again")
    if code in _WRONG_ADDRESS:
        return DatabaseUnavailable(f"the database{at} refused the connection: {text}", hint="check the DSN")
    if code == "57014":
        return StatementTimeout(f"the statement was stopped: {text}", hint="see database.statement_timeout_ms")
    if code == "42501":
        return PermissionDenied(f"the database role may not do this: {text}", hint=hint or "ask an admin for the role")
    if code == "25006":
        return PermissionDenied(f"the session is read only: {text}", hint="start without --read-only")
    if code in _RETRY:
        return Conflict(f"someone else changes the same rows at this moment: {text}", hint="try again")
    if code in {"23505", "23P01", "P0001"}:
        return Conflict(text, hint=hint)
    if code in _SCHEMA:
        return MigrationError(f"the schema does not fit this program: {text}", hint="run: aoer-console db migrate")
    return QueryFailed(f"{text} (SQLSTATE {code})", hint=hint)


def _takes_nobody(error: asyncpg.PostgresError) -> bool:
    """A database closed for connections says so with a code that also means a hundred other things."""
    return sqlstate(error) == "55000" and "accepting connections" in str(error)


def _text(error: asyncpg.PostgresError) -> str:
    message = str(getattr(error, "message", None) or error)
    detail = getattr(error, "detail", None)
    return f"{message} ({str(detail).rstrip('.')})" if detail else message


@contextmanager
def translated(where: str = "") -> Iterator[None]:
    """Errors of the driver leave this block as ConsoleErrors; others (also OSErrors of the caller's files) pass."""
    try:
        yield
    except DRIVER as error:
        raise translate(error, where) from error


@contextmanager
def connecting(where: str = "") -> Iterator[None]:
    """Like `translated`, for blocks that do nothing but talk to the server: their OSErrors are about the server."""
    try:
        yield
    except (*DRIVER, OSError, TimeoutError) as error:
        raise translate(error, where) from error
