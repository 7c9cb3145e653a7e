"""The scheduler in a thread of its own: it works there, and it goes when it is told, whatever it is doing."""

import asyncio
import threading

import asyncpg

from console.config.settings import Settings, override
from console.scheduler.apart import SchedulerThread
from tests.waiting import until

ALIVE = "SELECT EXISTS (SELECT FROM queue_workers WHERE role = 'scheduler' AND state <> 'stopped')"


async def test_it_works_in_its_own_thread_and_says_good_bye(settings: Settings, owner_dsn: str) -> None:
    connection = await asyncpg.connect(owner_dsn)
    apart = SchedulerThread(settings, "apart")
    apart.start()
    await until(lambda: connection.fetchval(ALIVE))
    assert "scheduler" in {thread.name for thread in threading.enumerate()}
    await apart.stop(1.0)
    assert not await connection.fetchval(ALIVE), "it says good-bye in the database"
    assert "scheduler" not in {thread.name for thread in threading.enumerate()}
    await apart.stop(1.0)
    await connection.close()


async def test_it_can_be_stopped_before_it_has_begun_or_was_started(settings: Settings) -> None:
    await SchedulerThread(settings, "apart").stop(1.0)
    gone = override(settings, {"database.dsn": "postgresql://nobody@127.0.0.1:1/x"})
    for one in (settings, gone):
        apart = SchedulerThread(one, "apart")
        apart.start()
        async with asyncio.timeout(20):
            await apart.stop(0.0)
        assert "scheduler" not in {thread.name for thread in threading.enumerate()}
