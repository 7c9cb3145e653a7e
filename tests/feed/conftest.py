"""A running feed, and a way to wait for what it shows without sleeping."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from console.config.settings import Settings
from console.feed.feed import Feed
from console.feed.model import Overview
from console.store.database import Database

Until = Callable[[Callable[[Overview], Any]], Awaitable[Overview]]


@pytest.fixture
async def outside(owner_dsn: str) -> AsyncIterator[Any]:
    """Somebody else's SQL client."""
    connection = await asyncpg.connect(owner_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def feed(db: Database, settings: Settings) -> AsyncIterator[Feed]:
    """Started, stopped at the end."""
    running = Feed(db, settings)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def until(feed: Feed) -> Until:
    """until(condition): the first snapshot, from now on, for which it holds."""

    async def wait(condition: Callable[[Overview], Any]) -> Overview:
        return await shows(feed, condition)

    return wait


async def shows(feed: Feed, condition: Callable[[Overview], Any]) -> Overview:
    """The first snapshot for which `condition` holds; fails after ten seconds."""
    if condition(feed.overview):
        return feed.overview
    found: asyncio.Future[Overview] = asyncio.get_running_loop().create_future()

    def look(overview: Overview) -> None:
        if not found.done() and condition(overview):
            found.set_result(overview)

    stop = feed.subscribe(look)
    try:
        return await asyncio.wait_for(found, 10)
    finally:
        stop()
