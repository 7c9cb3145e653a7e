"""Layers, origins and messages of settings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from console.config import Settings, load, override
from console.config.document import document
from console.config.loader import examine
from console.config.paths import packaged_file
from console.config.settings import SECTIONS
from console.errors import ConfigError

Write = Callable[[str], Path]


@pytest.fixture
def toml(tmp_path: Path) -> Write:
    """Write a settings file and return its path."""

    def write(text: str) -> Path:
        file = tmp_path / "my.toml"
        file.write_text(text)
        return file

    return write


def nothing(tmp_path: Path) -> dict[str, str]:
    """An environment whose settings file is empty."""
    file = tmp_path / "empty.toml"
    file.write_text("")
    return {"AOER_CONFIG": str(file)}


def test_defaults_are_the_structs_and_the_packaged_file_says_the_same(tmp_path: Path) -> None:
    loaded = load(env=nothing(tmp_path))
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}
    assert load(env={}, file=packaged_file()).settings == Settings()


def test_packaged_file_is_the_generated_document() -> None:
    assert packaged_file().read_text() == document(), "python -m console.config.document > config.toml"


def test_every_key_is_documented() -> None:
    for name, kind in SECTIONS.items():
        assert set(kind.DOCS) == set(kind.__struct_fields__), name


def test_each_layer_beats_the_next(toml: Write) -> None:
    file = toml(
        '[database]\ndsn = "postgresql://file/x"\nprofile = "north"\n[ui]\nenvironment = "file"\n[queue]\nbatch = 5\n'
        '[profiles.north]\ndsn = "postgresql://profile/x"\nenvironment = "profile"\n'
    )
    plain = load(env={}, file=file)
    assert plain.settings.database.dsn == "postgresql://profile/x"
    assert plain.origins["database.dsn"] == f"profile north ({file}:9)"
    assert plain.origins["queue.batch"] == f"{file}:7"
    env = load(env={"AOER_DSN": "postgresql://env/x", "AOER_QUEUE_BATCH": "6"}, file=file)
    assert (env.settings.database.dsn, env.settings.queue.batch) == ("postgresql://env/x", 6)
    assert env.origins["database.dsn"] == "environment AOER_DSN"
    assert env.settings.ui.environment == "profile"
    cli = load(cli={"database.dsn": "postgresql://cli/x"}, env={"AOER_DSN": "postgresql://env/x"}, file=file)
    assert cli.settings.database.dsn == "postgresql://cli/x"
    assert cli.origins["database.dsn"] == "command line"


def test_the_flag_chooses_the_profile_before_the_environment_and_the_file(toml: Write) -> None:
    file = toml(
        '[database]\nprofile = "a"\n[profiles.a]\n[profiles.b]\nread_only = true\n[profiles.c]\ncolor = "red"\n'
    )
    assert load(env={}, file=file).profile == "a"
    assert load(env={"AOER_PROFILE": "b"}, file=file).settings.database.read_only
    chosen = load(env={"AOER_PROFILE": "b"}, file=file, profile="c")
    assert (chosen.profile, chosen.settings.ui.color, chosen.settings.database.read_only) == ("c", "red", False)


@pytest.mark.parametrize(
    ("text", "where", "says", "hint"),
    [
        ("[queue]\n\nbathc = 1\n", ":3:1", "unknown key 'bathc' in [queue]", "'batch'"),
        ("[qeue]\nbatch = 1\n", ":1:1", "unknown section 'qeue'", "'queue'"),
        ("batch = 1\n", ":1:1", "outside a section", "known here"),
        ('[queue]\nbatch = "many"\n', ":2:1", "queue.batch: expected int, got str", ""),
        ("[queue]\nbatch = true\n", ":2:1", "queue.batch: expected int", ""),
        ("[queue]\nbatch = 0\n", ":2:1", "queue.batch: expected int >= 1, not 0", ""),
        ('[scheduler]\nrecompute_cron = "0 25 * * *"\n', ":2:1", "'25' is outside 0-23", ""),
        ('[scheduler]\ntimezone = "Mars/Base"\n', ":2:1", "no time zone is called 'Mars/Base'", ""),
        ('[scheduler]\ndrain_seconds = "soon"\n', ":2:1", "nor a duration", ""),
        ('[serve]\nhost = "two words"\n', ":2:1", "not a host name", ""),
        ('[database]\ndsn = "mysql://x"\n', ":2:1", "neither postgresql://", ""),
        ('[embedded]\nstop = "lats"\n', ":2:1", "embedded.stop: 'lats' is not one of last, never", "'last'"),
        ('[ui]\ntheme = "drak"\n', ":2:1", "'drak' is not one of", "'dark'"),
        ("[ui]\ntheme = {a = 1}\n", ":2:1", "ui.theme: expected str", ""),
        ("[profiles.x]\nenvironmnet = 'y'\n", ":2:1", "unknown key 'environmnet' in profile 'x'", "'environment'"),
        ("[profiles.x]\ndsn = {}\n", ":2:1", "profiles.x.dsn: expected str", ""),
        ('[profiles]\nx = "y"\n', ":2:1", "profile 'x' is a table", "[profiles.x]"),
        ('[database]\nprofile = "nroth"\n[profiles.north]\n', ":2:1", "no profile 'nroth'", "'north'"),
        ("[database]\npool_min = 9\npool_max = 3\n", ":2:1", "above pool_max 3", ""),
        ("[queue]\nheartbeat_seconds = 50\n", ":2:1", "no second try", "at most 30"),
        ("[queue]\nbatch = \n", ":2:9", "not valid TOML", ""),
        ("[queue\n", ":1:7", "not valid TOML", ""),
        ('[keys]\n"alert.resolv" = "R"\n', ":2:1", "no command is called 'alert.resolv'", "'alert.resolve'"),
        ('[keys]\n"alert.resolve" = "a"\n', ":2:1", "is also the key of 'alert.acknowledge'", "another key"),
        ('[keys]\nalert.resolve = "q"\n', ":2:1", "is also the key of 'app.quit'", "another key"),
        ('[keys]\nalert.resolve = "R R"\n', ":2:1", "'R R' is not a key", ""),
        ("queue = 3\n", ":1:1", "queue is a section, not a value", "[queue]"),
    ],
)
def test_messages_name_file_line_and_nearest_key(toml: Write, text: str, where: str, says: str, hint: str) -> None:
    file = toml(text)
    with pytest.raises(ConfigError) as caught:
        load(env={}, file=file)
    assert str(caught.value).startswith(f"{file}{where}: "), str(caught.value)
    assert says in str(caught.value)
    assert hint in caught.value.hint


def test_all_problems_are_found_at_once_in_the_order_of_lines(toml: Write) -> None:
    found = examine(env={}, file=toml("[queue]\nbatch = 0\nx = 1\n[ui]\nmouse = 3\n"))
    assert [problem.line for problem in found.problems] == [2, 3, 5]
    assert found.settings.queue.batch == 400


def test_a_named_file_must_exist_but_the_users_own_need_not(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read"):
        load(env={}, file=tmp_path / "gone.toml")
    assert load(env={"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}).settings is not None


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("AOER_DATABASE_STATEMENT_TIMEOUT_MS", "2s", "statement_timeout_ms", 2000),
        ("AOER_DATABASE_READ_ONLY", "yes", "read_only", True),
        ("AOER_READ_ONLY", "0", "read_only", False),
        ("AOER_DATABASE_PROFILE", "", "profile", None),
        ("AOER_DATABASE_CONNECT_TIMEOUT_SECONDS", "0.5", "connect_timeout_seconds", 0.5),
    ],
)
def test_environment_values_are_converted(tmp_path: Path, variable: str, text: str, key: str, value: object) -> None:
    loaded = load(env=nothing(tmp_path) | {variable: text})
    assert getattr(loaded.settings.database, key) == value
    assert loaded.origins[f"database.{key}"] == f"environment {variable}"


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("AOER_QUEUE_BATCH", "many", "environment AOER_QUEUE_BATCH: queue.batch: expected int"),
        ("AOER_QUEUE_BACTH", "1", "environment AOER_QUEUE_BACTH: no setting has this name"),
        ("AOER_UI_MOUSE", "perhaps", "neither true nor false"),
    ],
)
def test_wrong_environment_variables_are_named(tmp_path: Path, variable: str, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(env=nothing(tmp_path) | {variable: text})
    assert says in str(caught.value)


def test_variables_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    assert load(env=nothing(tmp_path) | {"AOER_TEST_SERVER": "1", "AOERX": "2"}).settings == Settings()


def test_unknown_profile_from_the_command_line_says_so(toml: Write) -> None:
    with pytest.raises(ConfigError, match="command line: no profile 'x'"):
        load(env={}, file=toml(""), profile="x")


def test_durations_are_words_in_a_file_too(toml: Write) -> None:
    settings = load(
        env={}, file=toml('[database]\nstatement_timeout_ms = "2s"\n[queue]\nlease_seconds = "2m"\n')
    ).settings
    assert (settings.database.statement_timeout_ms, settings.queue.lease_seconds) == (2000, 120)


def test_keys_may_be_dotted_or_quoted_and_unbound(toml: Write) -> None:
    file = toml('[keys]\nalert.resolve = "f6"\n"job.retry" = ""\n')
    assert load(env={}, file=file).settings.keys == {"alert.resolve": "f6", "job.retry": ""}


def test_override_replaces_single_values() -> None:
    changed = override(Settings(), {"queue.batch": 3, "database.dsn": "postgresql://x/y"})
    assert (changed.queue.batch, changed.database.dsn, changed.queue.max_retries) == (3, "postgresql://x/y", 3)


def test_windows_line_ends_do_not_shift_lines(tmp_path: Path) -> None:
    file = tmp_path / "crlf.toml"
    file.write_bytes(b"# one\r\n[queue]\r\nbatch = 0\r\n")
    with pytest.raises(ConfigError, match=r"crlf\.toml:3:1"):
        load(env={}, file=file)


def test_a_file_that_is_no_text_is_refused_plainly(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(env={}, file=file)
