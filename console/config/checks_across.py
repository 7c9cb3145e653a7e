"""Rules between settings: each names the key to change, what is wrong and what to do."""

from collections.abc import Iterator

from console.config import keys
from console.config.settings import Settings


def across(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """(section.key, message, hint) for every rule that is broken."""
    database, queue = settings.database, settings.queue
    if database.pool_min > database.pool_max:
        yield "database.pool_min", f"pool_min {database.pool_min} is above pool_max {database.pool_max}", "lower it"
    if queue.heartbeat_seconds * 2 > queue.lease_seconds:
        message = f"heartbeat_seconds {queue.heartbeat_seconds:g} leaves no second try within lease_seconds"
        yield "queue.heartbeat_seconds", message, f"at most {queue.lease_seconds / 2:g}"
    if settings.keys:
        yield from keys.check(settings.keys)
