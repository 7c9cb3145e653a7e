"""Checks of single values, secrets, and key bindings."""

import pytest

from console.config import checks, redact
from console.config.keys import bindings, check, effective, reserved


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
    assert checks.url("ftp://x")
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
    assert list(check({one.id: one.key or "" for one in bindings().values()})) == []
    swallowed = {f"ctrl+{letter}" for letter in "absqzj"}
    assert not swallowed & {one.key for one in bindings().values()}


def test_a_clash_needs_scopes_that_meet() -> None:
    every = bindings()
    retry, resolve = every["job.retry"], every["alert.resolve"]
    assert retry.key == resolve.key, "the same key on rows of different kinds is wanted"
    assert list(check({"job.retry": str(every["job.cancel"].key)}))
    everywhere = next(one for one in every.values() if one.scope == "global" and one.key)
    assert list(check({"job.retry": str(everywhere.key)}))


def test_swapping_two_keys_is_no_clash() -> None:
    every = bindings()
    swap = {"job.retry": str(every["job.cancel"].key), "job.cancel": str(every["job.retry"].key)}
    assert list(check(swap)) == []
    assert effective(swap)["job.retry"].key == every["job.cancel"].key
    assert effective({"job.retry": ""})["job.retry"].key is None


def test_reserved_keys_are_refused() -> None:
    assert all(list(check({"job.retry": key})) for key in reserved())
