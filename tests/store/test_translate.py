import asyncpg
import pytest

from console.config.settings import Settings
from console.errors import ConsoleError, DatabaseUnavailable, QueryFailed, StatementTimeout
from console.store.sessions import session_settings
from console.store.translate import POOLER_PARAMETERS, connecting, is_gone, sqlstate, translate, translated

GONE = [
    asyncpg.AdminShutdownError("terminating connection"),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.InterfaceError("connection is closed"),
    ConnectionRefusedError("refused"),
    TimeoutError(),
]


@pytest.mark.parametrize("error", GONE, ids=lambda error: type(error).__name__)
def test_a_server_that_went_away_is_unavailable_with_a_next_step(error: Exception) -> None:
    ours = translate(error, "there")
    assert isinstance(ours, DatabaseUnavailable)
    assert "there" in ours.message
    assert ours.hint
    assert is_gone(error)
    assert is_gone(ours)


@pytest.mark.parametrize(
    "error",
    [asyncpg.UniqueViolationError("x"), asyncpg.QueryCanceledError("x"), asyncpg.InterfaceError("bad argument")],
)
def test_a_failed_statement_is_not_a_lost_server(error: Exception) -> None:
    assert not is_gone(error)
    assert not is_gone(translate(error))


def test_a_time_limit_is_told_apart_from_a_lost_server() -> None:
    assert isinstance(translate(asyncpg.QueryCanceledError("canceling statement")), StatementTimeout)


def test_unknown_errors_keep_their_code() -> None:
    ours = translate(asyncpg.DivisionByZeroError("division by zero"))
    assert isinstance(ours, QueryFailed)
    assert "22012" in ours.message


def test_a_pooler_that_refuses_our_settings_is_told_how_to_be_set_up() -> None:
    ours = translate(asyncpg.ProtocolViolationError("unsupported startup parameter: statement_timeout"))
    assert isinstance(ours, DatabaseUnavailable)
    assert "ignore_startup_parameters = statement_timeout" in ours.hint
    sent = session_settings(Settings().database, "x", read_only=True)
    assert set(POOLER_PARAMETERS.split(", ")) == set(sent) - {"application_name", "timezone"} | {"aoer.rating"}


def test_the_code_is_found_behind_our_own_error() -> None:
    with pytest.raises(ConsoleError) as caught, translated():
        raise asyncpg.ForeignKeyViolationError("x")
    assert sqlstate(caught.value) == "23503"
    assert sqlstate(ValueError()) == ""


def test_only_blocks_that_talk_to_the_server_take_os_errors_for_the_servers() -> None:
    with pytest.raises(FileNotFoundError), translated():
        raise FileNotFoundError("somebody's file")
    with pytest.raises(DatabaseUnavailable), connecting():
        raise FileNotFoundError("no socket")


def test_a_connection_out_of_step_is_gone() -> None:
    """Cut off between two messages, the driver complains about its own state: the statement may be sent again."""
    error = asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
    assert is_gone(error)
    with pytest.raises(DatabaseUnavailable), connecting("here"):
        raise error
