"""What is told to systemd arrives, and a listener that is gone or deaf stops nobody."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from console.scheduler.systemd import Systemd


@pytest.fixture
def heard(tmp_path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.setblocking(False)
    return listener


def read(listener: socket.socket) -> list[bytes]:
    said = []
    while True:
        try:
            said.append(listener.recv(4096))
        except BlockingIOError:
            return said


def test_states_are_lines_of_one_message(heard: socket.socket, tmp_path: Path) -> None:
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}).stopping()
    assert read(heard) == [b"STOPPING=1\nSTATUS=draining"]


async def test_the_watchdog_is_fed_while_healthy_even_when_nobody_reads(heard: socket.socket, tmp_path: Path) -> None:
    systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300"})
    fed = 0
    enough = asyncio.Event()

    def healthy() -> bool:
        nonlocal fed
        fed += 1
        if fed > 2000:  # more than any kernel queues for a reader (net.unix.max_dgram_qlen)
            enough.set()
        return True

    systemd.ready(healthy)
    async with asyncio.timeout(60):
        await enough.wait()
    systemd.stopping()
    systemd.close()
    said = read(heard)
    assert said[0].startswith(b"READY=1")
    assert b"WATCHDOG=1" in said


async def test_the_unhealthy_do_not_feed_the_watchdog(heard: socket.socket, tmp_path: Path) -> None:
    systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300"})
    asked = asyncio.Event()
    systemd.ready(lambda: bool(asked.set()))
    async with asyncio.timeout(60):
        await asked.wait()
    systemd.close()
    assert read(heard) == [b"READY=1\nSTATUS=working"]


def test_a_socket_that_is_gone_and_none_at_all_are_no_trouble(tmp_path: Path) -> None:
    for env in ({"NOTIFY_SOCKET": str(tmp_path / "gone")}, {}):
        Systemd(env).stopping()
    assert not list(tmp_path.iterdir())


def test_the_watchdog_of_another_process_is_not_ours_to_feed() -> None:
    theirs = {"NOTIFY_SOCKET": "@nobody", "WATCHDOG_USEC": "300", "WATCHDOG_PID": str(os.getpid() + 1)}
    Systemd(theirs).ready(lambda: pytest.fail("fed"))
