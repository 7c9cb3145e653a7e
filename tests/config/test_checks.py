"""Checks of single values, secrets, and key bindings."""

import pytest

from console.config import checks, redact
from console.config.keys import bindings, check, effective, is_key, long_name


@pytest.mark.parametrize("good", ["0 */6 * * *", "*/15 0-6,22 1 jan-mar MON-fri", "0 0 31 12 7", "5 4 * * sun"])
def test_crons_that_are_right(good: str) -> None:
    assert checks.cron(good) is None


@pytest.mark.parametrize(
    "bad", ["", "* * * *", "60 * * * *", "*/0 * * * *", "5-1 * * * *", "a * * * *", "1-2-3 * * * *", "* * 0 * *"]
)
def test_crons_that_are_wrong(bad: str) -> None:
    assert checks.cron(bad)


@pytest.mark.parametrize("good", ["localhost", "db.example.org", "10.0.0.1", "::1", "[::1]", "a_b"])
def test_hosts(good: str) -> None:
    assert checks.host(good) is None


@pytest.mark.parametrize("bad", ["", "a b", "-x", "300.1.1.1", "http://x", "a..b"])
def test_not_hosts(bad: str) -> None:
    assert checks.host(bad)


@pytest.mark.parametrize(
    "good",
    [
        "postgresql://u:p@h:5432/d?sslmode=require",
        "postgres:///d?host=/run/postgresql",
        "postgresql://%2Frun%2Fpg/d",
        "postgresql://h1:1,h2:2/d",
        "host=/tmp dbname=x",
    ],
)
def test_dsns(good: str) -> None:
    assert checks.dsn(good) is None


@pytest.mark.parametrize("bad", ["h/d", "postgresql://h:port/d", "postgresql://[::1/d", "http://h/d"])
def test_not_dsns(bad: str) -> None:
    assert checks.dsn(bad)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("90s", "seconds", 90),
        ("5m", "seconds", 300),
        ("250ms", "ms", 250),
        ("2 h", "minutes", 120),
        ("1.5s", "ms", 1500),
    ],
)
def test_durations(text: str, unit: str, value: float) -> None:
    assert checks.duration(text, unit) == pytest.approx(value)


def test_url_and_colour() -> None:
    assert checks.url("https://hooks.example.org/x") is None
    assert checks.url("") is None
    assert checks.url("ftp://x")
    assert checks.url("https://")
    assert checks.color("#d70000") is None
    assert checks.color("#d7000")


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://me:hush@h/d",
        "postgresql://me@h/d?password=hush&sslmode=require",
        "host=h password=hush dbname=d",
        "host=h password='hush \\' hush' dbname=d",
    ],
)
def test_passwords_never_show(dsn: str) -> None:
    shown = redact.setting("database.dsn", dsn)
    assert "hush" not in shown
    assert "***" in shown
    assert shown.startswith(dsn[:6])


def test_secrets_by_name_are_hidden_and_ports_are_not() -> None:
    assert redact.setting("notify.slack_webhook", "https://x/y") == "***"
    assert redact.setting("database.dsn", "postgresql://me@h:5432/d") == "postgresql://me@h:5432/d"


def test_default_keys_do_not_clash_and_avoid_what_terminals_swallow() -> None:
    every = bindings()
    assert list(check({one.id: ",".join(one.keys) for one in every.values()})) == []
    swallowed = {f"ctrl+{letter}" for letter in "absqzj"}
    assert not swallowed & {key for one in every.values() for key in one.keys}


def test_a_clash_needs_places_that_meet() -> None:
    every = bindings()
    retry, resolve = every["job.retry"], every["alert.resolve"]
    assert retry.keys == resolve.keys, "the same key on rows of different kinds is wanted"
    for other in ("job.cancel", "app.quit", "list.down", "overview.pane_1"):
        found = list(check({"job.retry": every[other].keys[0]}))
        assert [(key, other in message) for key, message, _ in found] == [("keys.job.retry", True)], other


def test_swapping_two_keys_is_no_clash() -> None:
    every = bindings()
    swap = {"job.retry": every["job.cancel"].keys[0], "job.cancel": every["job.retry"].keys[0]}
    assert list(check(swap)) == []
    assert effective(swap)["job.retry"].keys == every["job.cancel"].keys
    assert effective({"job.retry": ""})["job.retry"].keys == ()


def test_a_freed_key_can_be_taken() -> None:
    assert list(check({"app.quit": "Q", "job.retry": "q"})) == []
    assert list(check({"job.retry": "q"}))


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("?", "question_mark"),
        ("/", "slash"),
        ("ctrl+/", "ctrl+slash"),
        ("+", "plus"),
        ("-", "minus"),
        ("r", "r"),
        ("R", "R"),
    ],
)
def test_signs_have_long_names(key: str, name: str) -> None:
    assert long_name(key) == name
    assert is_key(long_name(key))


@pytest.mark.parametrize("key", ["R R", "ctrl+", "", "ctrl+ctrlx+", "Enter"])
def test_not_keys(key: str) -> None:
    assert not is_key(long_name(key))


def test_the_terminals_own_commands_are_listed_as_they_are() -> None:
    pytest.importorskip("console.tui.commands")
    from console.tui.commands import all_commands

    mine = [(one.id, one.keys, one.title, one.place) for one in bindings().values()]
    theirs = [(one.id, one.keys, one.title, one.place) for one in all_commands()]
    missing = [row for row in theirs if row not in mine]
    assert sorted(mine) == sorted(theirs), f"python -m tests.config.terminal_keys (missing {missing})"


def test_the_themes_that_settings_offer_exist() -> None:
    from console.config.convert import hints
    from console.config.sections.terminal import UiSettings
    from console.tui.look.palette import named

    (meta,) = hints(UiSettings)["theme"].__metadata__
    assert len({named(name).name for name in meta.extra["choices"]}) == len(meta.extra["choices"]) >= 4
