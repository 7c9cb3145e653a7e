"""From settings to a server that answers and has the right schema."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.errors import ServerStartError
from console.store.ports import StoreSettings
from console.store.target import Target
from console.store.translate import is_gone

if TYPE_CHECKING:
    from console.store.embedded import Running

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and the share in keeping it running when it is the embedded one."""

    target: Target
    running: "Running | None" = None

    async def release(self) -> None:
        """Give the share back; the last one may stop the server."""
        if self.running is not None:
            await asyncio.to_thread(self.running.release)


def embedded_start() -> "Callable[[StoreSettings], Running]":
    """`ensure_running`, where there is one: it needs Unix sockets, peer identification and flock."""
    try:
        from console.store.embedded import ensure_running
    except ImportError as error:  # pragma: no cover - other systems
        raise ServerStartError(
            f"the server that comes along does not run on this system ({error})", hint="use --dsn with another Postgres"
        ) from error
    return ensure_running


async def find(settings: StoreSettings, dsn: str | None, *, previous: Place | None = None) -> Place:
    """The server to use, started and with its schema in order.

    Raises ServerStartError, DatabaseUnavailable, or MigrationError for a server whose schema is missing, old or newer
    than this program (on the embedded server a missing or old one is brought up to date instead).
    """
    from console.store import readiness

    if dsn is not None:
        target = Target(dsn=dsn)
        await readiness.check(target, settings)
        return Place(target)
    ensure_running = embedded_start()
    for attempt in range(_ATTEMPTS):
        running = await asyncio.to_thread(ensure_running, settings)
        if previous is not None and previous.running is not None:
            await asyncio.to_thread(previous.running.forget)
        try:
            await readiness.prepare(running.target, settings)
            break
        except BaseException as error:
            await asyncio.shield(asyncio.to_thread(running.release))
            # It may have gone between the look and the knock: another console stopped it, or it was killed.
            if not is_gone(error) or attempt == _ATTEMPTS - 1:
                raise
    return Place(running.target, running)
