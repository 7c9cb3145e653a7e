"""Services behind the terminal: up in order, down without leftovers, scheduler only where it may run."""

import asyncio

import asyncpg
import pytest

from console.cli.terminal_services import TerminalServices
from console.config import Settings, override
from console.domain.enums import Access
from console.errors import DatabaseUnavailable
from tests.waiting import until


async def sessions(owner_dsn: str) -> set[str]:
    """Application names of the console's sessions in the test's database."""
    connection = await asyncpg.connect(owner_dsn)
    rows = await connection.fetch(
        "SELECT application_name FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'aoer-console/%'"
    )
    await connection.close()
    return {row["application_name"] for row in rows}


async def test_feed_and_verbs_come_up_and_everything_goes(settings: Settings, owner_dsn: str) -> None:
    said: list[str] = []
    services = TerminalServices(settings, scheduler=False)
    feed, desk = await services.start(said.append)
    assert said == ["connecting", "reading"]
    assert desk.access is Access.ADMIN
    assert any(action.id == "alert.acknowledge" for action in desk.all_actions())
    seen = asyncio.Event()
    feed.subscribe(lambda overview: seen.set() if overview.header else None)
    async with asyncio.timeout(30):
        await seen.wait()
    names = await sessions(owner_dsn)
    assert "aoer-console/terminal" in names
    assert not any("scheduler" in name for name in names)
    await services.stop()
    assert await sessions(owner_dsn) == set()
    await services.stop()


async def test_the_scheduler_runs_here_on_a_pool_of_its_own(settings: Settings, owner_dsn: str) -> None:
    services = TerminalServices(settings, scheduler=True)
    await services.start(lambda _: None)
    connection = await asyncpg.connect(owner_dsn)
    await until(lambda: connection.fetchval("SELECT EXISTS (SELECT FROM queue_workers WHERE role = 'scheduler')"))
    assert any(name.startswith("aoer-console/terminal-scheduler") for name in await sessions(owner_dsn))
    await services.stop()
    assert await sessions(owner_dsn) == set()
    alive = await connection.fetchval("SELECT count(*) FROM queue_workers WHERE state <> 'stopped'")
    await connection.close()
    assert alive == 0


async def test_a_read_only_terminal_runs_no_scheduler(settings: Settings, owner_dsn: str) -> None:
    services = TerminalServices(override(settings, {"database.read_only": True}), scheduler=True)
    _, desk = await services.start(lambda _: None)
    assert desk.read_only
    assert not any("scheduler" in name for name in await sessions(owner_dsn))
    await services.stop()


async def test_a_start_that_fails_leaves_nothing_and_can_be_tried_again(settings: Settings, owner_dsn: str) -> None:
    gone = override(settings, {"database.dsn": "postgresql://nobody@127.0.0.1:1/x"})
    services = TerminalServices(gone, scheduler=True)
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            await services.start(lambda _: None)
    await services.stop()
    assert await sessions(owner_dsn) == set()
