"""The bare call on a real pseudo-terminal: opens on a server of its own, shows the panes, quits cleanly."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
SECONDS = 60


class Window:
    """A terminal of 80x24 with the console in it."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        env = {key: value for key, value in os.environ.items() if not key.startswith("AOER_")}
        env |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
        env |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
        command = ["-m", "console", "--data-dir", str(folder / "data"), *words]
        self.child = pexpect.spawn(sys.executable, command, env=env, dimensions=(24, 80), timeout=SECONDS)

    def until(self, *words: str) -> str:
        """Read until the screen shows all `words`; its text."""
        shown = ""
        while not all(word in shown for word in words):
            self.stream.feed(self.child.read_nonblocking(65536, timeout=SECONDS))
            shown = "\n".join(self.screen.display)
        return shown

    def ended(self) -> int | None:
        """Exit code at the end."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return None if self.child.exitstatus is None else int(self.child.exitstatus)


@pytest.fixture
def folder() -> Iterator[Path]:
    """As root the server runs under an account of its own, which has to get in: not below pytest's directory."""
    made = Path(tempfile.mkdtemp(prefix="aoer-terminal-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_opens_on_its_own_server_and_quits_with_q(folder: Path) -> None:
    window = Window(folder)
    shown = window.until("Queue", "Alerts", "admin")
    assert "Traceback" not in shown
    window.child.send("q")
    assert window.ended() == 0


def test_sigterm_ends_it_cleanly(folder: Path) -> None:
    window = Window(folder, "--no-scheduler")
    window.until("Queue", "Alerts")
    window.child.kill(signal.SIGTERM)
    assert window.ended() == 0


def test_wrong_keys_are_refused_before_the_screen_is_taken(folder: Path) -> None:
    (folder / "aoer-console").mkdir()
    (folder / "aoer-console" / "config.toml").write_text('[keys]\n"alert.resolve" = "q"\n')
    window = Window(folder)
    window.child.expect("config.toml:2:1: key 'q' of 'alert.resolve' is also the key of 'app.quit'")
    assert window.ended() == 3
