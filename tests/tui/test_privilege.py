"""The terminal on a real database, as roles that may do less: what they lack is dimmed and says so, nothing crashes."""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from textual.pilot import Pilot

from console.cli.terminal_services import TerminalServices
from console.config.settings import Settings, override
from console.tui.app import ConsoleApp, build_keys
from tests.tui.screen_text import text
from tests.waiting import until

Login = Callable[..., str]


@pytest.fixture
async def outside(owner_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Tenants north and south with an open alert each; a superuser's connection."""
    connection = await asyncpg.connect(owner_dsn)
    for name in ("north", "south"):
        tenant = await connection.fetchval("INSERT INTO tenants (name, slug) VALUES ($1, $1) RETURNING id", name)
        await connection.execute(
            "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
            " VALUES ($1, 'SLA_BREACH', 'high', $2)",
            tenant,
            f"late in the {name}",
        )
    yield connection
    await connection.close()


async def join(outside: asyncpg.Connection, member: str, **access: str) -> None:
    for tenant, level in access.items():
        await outside.execute(
            "INSERT INTO tenant_members (tenant_id, member, access) SELECT id, $1, $2 FROM tenants WHERE slug = $3",
            member,
            level,
            tenant,
        )


def terminal(dsn: str, **more: object) -> ConsoleApp:
    settings = override(Settings(), {"database.dsn": dsn, **{k.replace("__", "."): v for k, v in more.items()}})
    return ConsoleApp(TerminalServices(settings, scheduler=False), settings, build_keys(settings))


async def shown(pilot: Pilot[int], *words: str) -> None:
    """Wait until all of these are on the screen; the database answers when it does."""

    async def there() -> bool:
        await pilot.pause()
        await asyncio.sleep(0)
        return all(word in text(pilot.app) for word in words)

    try:
        await until(there)
    except TimeoutError:
        raise AssertionError(f"{words} not on the screen:\n{text(pilot.app)}") from None


async def gone(pilot: Pilot[int], words: str) -> None:
    """Wait until this is no longer on the screen."""

    async def away() -> bool:
        await pilot.pause()
        return words not in text(pilot.app)

    await until(away)


async def test_a_viewer_sees_dimmed_keys_that_say_why(outside: asyncpg.Connection, login: Login) -> None:
    dsn = login("ui_viewer", "aoer_viewer")
    await join(outside, "ui_viewer", north="viewer")
    app = terminal(dsn)
    async with app.run_test(size=(140, 40)) as pilot:
        await shown(pilot, "late in the north", "(a acknowledge)", "· viewer ·")
        assert "south" not in text(app)
        await pilot.press("a")
        await shown(pilot, "needs the role of operator; yours is viewer")
        await pilot.press("A")
        await shown(pilot, "needs the role of admin; yours is viewer")
    assert await outside.fetchval("SELECT count(*) FROM dispatch_alerts WHERE status <> 'open'") == 0


async def test_keys_follow_the_access_in_the_tenant_of_the_row(outside: asyncpg.Connection, login: Login) -> None:
    dsn = login("ui_mixed", "aoer_operator")
    await join(outside, "ui_mixed", north="operator", south="viewer")
    await outside.execute("UPDATE dispatch_alerts SET severity = 'critical' WHERE message LIKE '%south'")
    app = terminal(dsn)
    async with app.run_test(size=(140, 40)) as pilot:
        await shown(pilot, "late in the south", "(a acknowledge)")
        await pilot.press("a")
        await shown(pilot, "in this tenant; there you are viewer")
        await pilot.press("down")
        await shown(pilot, "a acknowledge")
        await gone(pilot, "(a acknowledge)")
        await pilot.press("a")
        await shown(pilot, "Acknowledge")
        await until(lambda: _status(outside, "north", "acknowledged"))
    assert await _status(outside, "south", "open")


async def _status(outside: asyncpg.Connection, tenant: str, status: str) -> bool:
    found = await outside.fetchval("SELECT status FROM dispatch_alerts WHERE message LIKE '%' || $1", tenant)
    return bool(found == status)


async def test_read_only_is_the_sessions_and_the_header_says_it(outside: asyncpg.Connection, login: Login) -> None:
    dsn = login("ui_admin", "aoer_admin")
    await join(outside, "ui_admin", north="admin")
    app = terminal(dsn, database__read_only=True)
    async with app.run_test(size=(140, 40)) as pilot:
        await shown(pilot, "READ-ONLY", "late in the north", "(a acknowledge)")
        await pilot.press("a")
        await shown(pilot, "this session is read-only")
        assert app.actions is not None
        db = app.actions._db  # type: ignore[attr-defined]
        for setting in ("default_transaction_read_only", "transaction_read_only"):
            assert await db.fetchval(f"SHOW {setting}") == "on"
        # What the terminal would never send, Postgres refuses.
        with pytest.raises(Exception, match="read-only transaction"):
            await db.execute("UPDATE dispatch_alerts SET assignee = 'x'")
    assert await outside.fetchval("SELECT count(*) FROM dispatch_alerts WHERE status <> 'open'") == 0


async def test_a_pane_without_the_privilege_says_so_and_the_others_live(
    outside: asyncpg.Connection, login: Login
) -> None:
    dsn = login("ui_partly", "aoer_viewer")
    await join(outside, "ui_partly", north="viewer")
    await outside.execute("REVOKE SELECT ON traffic_incidents, escalation_logs FROM aoer_viewer")
    app = terminal(dsn)
    async with app.run_test(size=(140, 40)) as pilot:
        await shown(pilot, "late in the north", "permission denied", "for table traffic_incidents")
        await outside.execute("GRANT SELECT ON traffic_incidents, escalation_logs TO aoer_viewer")
        await pilot.press("R")
        await gone(pilot, "permission denied")
