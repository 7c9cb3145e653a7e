"""The statements of the queue, as a worker sends them, for tests that play several workers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from console.store.queries import queries
from tests.waiting import until

SQL = queries("queue")
MINUTE = timedelta(minutes=1)


async def claim(connection: Any, worker: UUID, limit: int = 10, slots: int = 1) -> list[Any]:
    """(tenant, id, lease) of what was claimed."""
    rows = await connection.fetch(SQL["claim"], worker, limit, MINUTE, ["recompute", "other"], slots)
    return [(t, j, row["lease_id"]) for row in rows for t, j in zip(row["tenants"], row["ids"], strict=True)]


async def complete(connection: Any, jobs: list[Any]) -> int:
    """Acknowledge; returns how many were still ours."""
    tenants, ids, leases = ([job[n] for job in jobs] for n in range(3))
    rows = await connection.fetch(SQL["complete"], tenants, ids, leases)
    return sum(len(row["ids"] or ()) + row["cancelled"] for row in rows)


async def rate(connection: Any, job: Any) -> int:
    """Acknowledge one recompute with its rating; 1 when it was still ours."""
    (row,) = await connection.fetch(SQL["complete_recomputes"], [job[0]], [job[1]], job[2], timedelta(0))
    return len(row["tenants"])


async def fail(connection: Any, jobs: list[Any], base: timedelta = MINUTE) -> list[Any]:
    """Spend an attempt."""
    tenants, ids, leases = ([job[n] for job in jobs] for n in range(3))
    found: list[Any] = await connection.fetch(SQL["fail"], tenants, ids, leases, ["no"] * len(jobs), base)
    return found


async def release(connection: Any, jobs: list[Any]) -> None:
    """Give back."""
    tenants, ids, leases = ([job[n] for job in jobs] for n in range(3))
    await connection.fetch(SQL["release"], tenants, ids, leases)


async def rescue(connection: Any, *, crashes: int = 3, delay: timedelta = timedelta(0)) -> list[Any]:
    """Take back from workers silent for a minute."""
    found: list[Any] = await connection.fetch(SQL["rescue"], MINUTE, timedelta(seconds=5), crashes, delay)
    return found


async def alive(connection: Any, worker: UUID) -> None:
    """A heartbeat."""
    await connection.execute(SQL["heartbeat"], worker, "worker", "h", 1, "test", "active", ["recompute"], 0, 0)


async def silence(connection: Any, worker: UUID) -> None:
    """The worker was last heard of long ago."""
    await connection.execute(
        "UPDATE queue_workers SET heartbeat_at = now() - interval '1 hour' WHERE worker_id = $1", worker
    )


async def next_epoch(connection: Any) -> bool:
    """A new epoch of claims, however few were made in the present one."""
    (row,) = await connection.fetch(SQL["next_epoch"], 0)
    return bool(row["queue_next_epoch"])


async def blocked(eyes: Any) -> None:
    """Wait until some session of this database waits for a lock."""
    await until(
        lambda: eyes.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
    )
