"""The terminal on a real pseudo-terminal over a real database: live rows, verbs with their audit, loss of the link."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.waiting import until

pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
SECONDS = 60


class Window:
    """The console in a terminal of 120x40."""

    def __init__(self, dsn: str, folder: Path, *words: str, **variables: str) -> None:
        self.screen = pyte.Screen(120, 40)
        self.stream = pyte.ByteStream(self.screen)
        env = {key: value for key, value in os.environ.items() if not key.startswith("AOER_") and key != "NO_COLOR"}
        env |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **variables}
        command = ["-m", "console", "--dsn", dsn, "--no-scheduler", *words]
        self.child = pexpect.spawn(sys.executable, command, env=env, dimensions=(40, 120), timeout=SECONDS)

    @property
    def shown(self) -> str:
        return "\n".join(self.screen.display)

    def until(self, *words: str, without: str = "\x00") -> str:
        """Read until the screen shows all `words` and not `without`."""
        while not (all(word in self.shown for word in words) and without not in self.shown):
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=SECONDS))
            except (pexpect.TIMEOUT, pexpect.EOF) as error:
                raise AssertionError(f"{words} not seen:\n{self.shown}") from error
        return self.shown

    def ended(self) -> int | None:
        """Exit code at the end."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return None if self.child.exitstatus is None else int(self.child.exitstatus)


@pytest.fixture
def open_window(dsn: str, tmp_path: Path) -> Iterator[Any]:
    opened: list[Window] = []

    def start(*words: str) -> Window:
        opened.append(Window(dsn, tmp_path, *words))
        return opened[-1]

    yield start
    for window in opened:
        window.child.close(force=True)


@pytest.fixture
async def outside(owner_dsn: str) -> Any:
    """Somebody else's connection; it never notifies."""
    connection = await asyncpg.connect(owner_dsn)
    yield connection
    await connection.close()


async def add_tenant(outside: Any, name: str, score: float) -> Any:
    tenant = await outside.fetchval("INSERT INTO tenants (name, slug) VALUES ($1, lower($1)) RETURNING id", name)
    await outside.execute(
        "INSERT INTO aoer_summary (tenant_id, aoer_score, visibility_risk, status, last_updated)"
        " VALUES ($1, $2, 0.4, 'calibrated', now())"
        " ON CONFLICT (tenant_id) DO UPDATE SET aoer_score = excluded.aoer_score, status = excluded.status,"
        " visibility_risk = excluded.visibility_risk, last_updated = now()",
        tenant,
        score,
    )
    return tenant


async def test_a_tile_follows_an_update_made_elsewhere(open_window: Any, outside: Any) -> None:
    tenant = await add_tenant(outside, "Halden", 61.5)
    window = open_window()
    window.until("Ratings", "Halden", "61.5", "● live")
    await outside.execute("UPDATE aoer_summary SET aoer_score = 77.3 WHERE tenant_id = $1", tenant)
    window.until("77.3", without="61.5")
    window.child.send("q")
    assert window.ended() == 0


async def test_a_key_acts_and_leaves_an_audit_row_with_who_and_why(open_window: Any, outside: Any) -> None:
    tenant = await add_tenant(outside, "Halden", 61.5)
    await outside.execute(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
        " VALUES ($1, 'SLA_BREACH', 'critical', '[@click=app.quit]late[/] and \x1b[31mred')",
        tenant,
    )
    window = open_window()
    window.until("[@click=app.quit]late[/]", "● open", "a acknowledge")
    window.child.send("a")
    window.until("acknowledged", "undoes it")
    row = await outside.fetchrow("SELECT status, acknowledged_by FROM dispatch_alerts")
    assert row["status"] == "acknowledged"
    audit = await outside.fetchrow(
        "SELECT * FROM audit_logs WHERE object_type LIKE '%alert%' AND origin = 'terminal' ORDER BY at DESC LIMIT 1"
    )
    assert audit["os_user"]
    assert audit["request_id"]
    window.child.send("z")

    async def is_open() -> bool:
        return bool(await outside.fetchval("SELECT status = 'open' FROM dispatch_alerts"))

    await until(is_open)
    window.until("● open")
    window.child.send("q")
    assert window.ended() == 0


async def test_a_lost_link_comes_back_by_itself(open_window: Any, outside: Any) -> None:
    tenant = await add_tenant(outside, "Halden", 61.5)
    window = open_window()
    window.until("61.5", "● live")
    await outside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database() AND application_name LIKE 'aoer-console%'"
    )
    await outside.execute("UPDATE aoer_summary SET aoer_score = 44.4 WHERE tenant_id = $1", tenant)
    window.until("44.4", "● live")
    window.child.send("q")
    assert window.ended() == 0


def test_a_server_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    window = Window("postgresql://nobody@127.0.0.1:1/none", tmp_path)
    shown = window.until("Queue", "connecting…", "✗")
    assert "Traceback" not in shown
    window.child.send("q")
    assert window.ended() == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_end_it_cleanly(open_window: Any, name: str) -> None:
    window = open_window()
    window.until("Queue", "● live")
    window.child.kill(getattr(signal, name))
    assert window.ended() == 0


def test_a_closed_terminal_ends_it(open_window: Any) -> None:
    window = open_window()
    window.until("Queue", "● live")
    window.child.close(force=False)
    assert not window.child.isalive()


def test_no_color_is_monochrome(dsn: str, tmp_path: Path) -> None:
    window = Window(dsn, tmp_path, NO_COLOR="1")
    window.until("Queue", "● live")
    colours = {cell.fg for line in window.screen.buffer.values() for cell in line.values()}
    greys = {c for c in colours if c == "default" or (len(c) == 6 and c[:2] == c[2:4] == c[4:6])}
    assert colours - greys <= {"white", "black", "brightwhite"}
    window.child.send("q")
    assert window.ended() == 0
