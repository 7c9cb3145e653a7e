"""Telling systemd how we are (sd_notify), without its library: datagrams to the socket named by NOTIFY_SOCKET."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

PATIENCE_SECONDS = 0.2
"""How long a change of state waits for room in a full socket: the event loop waits with it."""


class Systemd:
    """Sends states; does nothing outside systemd."""

    def __init__(self, env: Mapping[str, str] = os.environ) -> None:
        self._address = env.get("NOTIFY_SOCKET", "")
        self._watchdog = int(env.get("WATCHDOG_USEC") or 0) / 1e6
        if env.get("WATCHDOG_PID") not in {None, "", str(os.getpid())}:
            self._watchdog = 0.0
        self._task: asyncio.Task[None] | None = None

    def tell(self, *states: str, patience: float = PATIENCE_SECONDS) -> None:
        """Send lines such as READY=1. A socket that is gone or that nobody reads is no reason to stop working: after
        `patience` seconds the states are lost.
        """
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.settimeout(patience)
            try:
                out.sendto("\n".join(states).encode(), address)
            except OSError:
                return

    def ready(self, healthy: Callable[[], bool]) -> None:
        """Say that we serve, and feed the watchdog for as long as `healthy()`."""
        self.tell("READY=1", "STATUS=working")
        if self._address and self._watchdog:
            self._task = asyncio.create_task(self._feed(healthy), name="systemd watchdog")

    def stopping(self) -> None:
        """Say that we drain."""
        self.tell("STOPPING=1", "STATUS=draining")

    def close(self) -> None:
        """End the watchdog."""
        if self._task is not None:
            self._task.cancel()

    async def _feed(self, healthy: Callable[[], bool]) -> None:
        while True:
            if healthy():
                self.tell("WATCHDOG=1", patience=0)  # the next one is soon
            await asyncio.sleep(self._watchdog / 3)
