"""Read the health of everything over one connection; what cannot be read says why instead."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from console.errors import ConsoleError, DatabaseUnavailable, MigrationError

if TYPE_CHECKING:
    import asyncpg

    from console.config import Settings
    from console.store import locate
    from console.store.target import Target

Section = dict[str, Any]
ACCESS = ["aoer_admin", "aoer_operator", "aoer_viewer", "aoer_worker"]
SILENT_SECONDS = 60.0
LATE_SECONDS = 900.0
LONGEST_SECONDS = 20.0


async def read_status(settings: "Settings", *, longest_seconds: float = LONGEST_SECONDS) -> dict[str, Section]:
    """Section name to its values, or to {"error", "hint"}. "database" is always there; without it nothing else is.

    Raises DatabaseUnavailable when nobody answers, or not within `longest_seconds` once connected.
    """
    place = await _find(settings)
    try:
        connection = await _connect(settings, place.target)
        try:
            async with asyncio.timeout(longest_seconds):
                found = await _sections(connection, place.target.embedded)
        except TimeoutError:
            message = f"the database at {place.target} stopped answering for {longest_seconds:g} s"
            raise DatabaseUnavailable(message, hint="see its load, its locks and the network in between") from None
        finally:
            await _close(connection)
    finally:
        await place.release()
    found["database"] |= {"where": str(place.target), "read_only": settings.database.read_only}
    return found


async def _connect(settings: "Settings", target: "Target") -> "asyncpg.Connection":
    import asyncpg

    from console.store.sessions import prepare_session, session_settings
    from console.store.translate import connecting

    with connecting(str(target)):
        connection = await asyncpg.connect(
            **target.arguments(),
            timeout=settings.database.connect_timeout_seconds,
            server_settings=session_settings(settings.database, "status", read_only=True),
        )
        await prepare_session(connection)
    return connection


async def _close(connection: "asyncpg.Connection") -> None:
    import asyncpg

    try:
        await connection.close(timeout=2)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()


async def _find(settings: "Settings") -> "locate.Place":
    """The server, also when its schema is not right: the sections say what is wrong and show what can be read."""
    from console.store import locate
    from console.store.embedded import ensure_running
    from console.store.target import Target

    dsn = settings.database.dsn
    try:
        return await locate.find(settings, dsn)
    except MigrationError:
        if dsn is not None:
            return locate.Place(Target(dsn=dsn))
        running = await asyncio.to_thread(ensure_running, settings)
        return locate.Place(running.target, running)


async def _sections(connection: "asyncpg.Connection", embedded: bool) -> dict[str, Section]:
    readers: dict[str, Callable[[asyncpg.Connection], Awaitable[Section]]] = {
        "migrations": _migrations,
        "queue": _queue,
        "scheduler": _scheduler,
        "engines": _engines,
        "alerts": _alerts,
        "feed": _feed,
    }
    found = {"database": await _database(connection, embedded)}
    for name, reader in readers.items():
        found[name] = await _or_why_not(reader, connection)
    return found


async def _or_why_not(
    reader: "Callable[[asyncpg.Connection], Awaitable[Section]]", connection: "asyncpg.Connection"
) -> Section:
    """A section, or why it cannot be read: a table that is missing, a privilege, a time limit."""
    from console.store.translate import translated

    try:
        with translated():
            return await reader(connection)
    except ConsoleError as error:
        return {"error": error.message, "hint": error.hint, "kind": type(error).__name__}


async def _rows(connection: "asyncpg.Connection", name: str, *args: Any) -> list[Section]:
    from console.store.queries import queries

    return [dict(row) for row in await connection.fetch(queries("status")[name], *args)]


async def _database(connection: "asyncpg.Connection", embedded: bool) -> Section:
    from console.store.translate import translated

    with translated():
        (row,) = await _rows(connection, "database")
        groups = [one["role"] for one in await _rows(connection, "access", ACCESS)]
    access = groups[0].removeprefix("aoer_") if groups else None
    return {"reachable": True, "embedded": embedded, **row, "access": access, "groups": groups}


async def _migrations(connection: "asyncpg.Connection") -> Section:
    from console.store.migrate import discover, read_standing

    files = discover()
    standing = await read_standing(connection, files)
    state = "current" if standing.current else "behind"
    if standing.changed or standing.unknown:
        state = "changed" if standing.changed else "newer"
    if standing.rows is None:
        state = "none"
    return {
        "state": state,
        "files": len(files),
        "applied": len(standing.rows or ()) - len(standing.unfinished),
        "pending": [file.name for file in standing.pending],
        "changed": [file.name for file in standing.changed],
        "unknown": list(standing.unknown),
        "unfinished": [{"file": row.name, "status": row.status, "error": row.error} for row in standing.unfinished],
        "latest": max((file.version for file in files), default=None),
    }


async def _queue(connection: "asyncpg.Connection") -> Section:
    lanes = await _rows(connection, "lanes")
    totals = {
        key: sum(lane[key] for lane in lanes) for key in ("queued", "delayed", "running", "failed", "quarantined")
    }
    oldest = max((lane["oldest_seconds"] for lane in lanes if lane["oldest_seconds"] is not None), default=None)
    return {**totals, "oldest_seconds": oldest, "lanes": lanes, "pauses": await _rows(connection, "pauses")}


async def _scheduler(connection: "asyncpg.Connection") -> Section:
    workers = await _rows(connection, "workers", SILENT_SECONDS)
    return {
        "schedulers": sum(one["alive"] for one in workers if one["role"] == "scheduler"),
        "workers": sum(one["alive"] for one in workers if one["role"] == "worker"),
        "processes": workers,
        "leases": await _rows(connection, "leases"),
        "cycles": await _rows(connection, "cycles", LATE_SECONDS),
    }


async def _engines(connection: "asyncpg.Connection") -> Section:
    return {"engines": await _rows(connection, "engines")}


async def _alerts(connection: "asyncpg.Connection") -> Section:
    severities = await _rows(connection, "alerts")
    return {"open": sum(one["open"] for one in severities), "severities": severities}


async def _feed(connection: "asyncpg.Connection") -> Section:
    (row,) = await _rows(connection, "feed")
    (tenants,) = await _rows(connection, "tenants")
    (ratings,) = await _rows(connection, "ratings")
    return {**row, **tenants, **ratings}
