"""Who may do what: group roles, membership, read-only sessions; the database has the last word."""

import asyncio
from collections.abc import Callable

import pytest

from console.actions.desk import Desk
from console.actions.dry_run import dry_run
from console.actions.model import Result, Scope
from console.actions.permissions import Standing, standing
from console.actions.registry import by_id
from console.actions.run import perform, reason_not, service_of
from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.domain.enums import Access
from console.errors import PermissionDenied, UsageError
from console.store.database import Database
from tests.actions.conftest import Town

RESOLVE = by_id("alert.resolve")


async def test_a_viewer_is_refused_by_us_and_by_the_database(
    town: Town, login: Callable[..., str], settings: Settings, actor: Actor
) -> None:
    dsn = login("op_viewer", "aoer_viewer", "aoer_all_tenants")
    target = town.target(Scope.ALERT, town.alert)
    async with Database.open(override(settings, {"database.dsn": dsn}), application="test") as db:
        with pytest.raises(PermissionDenied, match="operator"):
            await perform(db, RESOLVE, [target], {}, actor)
        with pytest.raises(PermissionDenied, match="permission denied"):
            await service_of(RESOLVE)(db, actor, [target], {})
    assert (await town.row("dispatch_alerts", town.alert))["status"] == "open"
    assert await town.audit("alert.resolve") == []


async def test_an_operator_acts_only_in_the_tenants_of_membership(
    town: Town, login: Callable[..., str], settings: Settings, actor: Actor
) -> None:
    other = await town.outside.fetchval("INSERT INTO tenants (name, slug) VALUES ('Other', 'other') RETURNING id")
    foreign = await town.outside.fetchval(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
        " VALUES ($1, 'SLA_BREACH', 'low', 'x') RETURNING id::text",
        other,
    )
    await town.outside.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'op_member', 'operator'),"
        " ($2, 'op_member', 'viewer')",
        town.tenant,
        other,
    )
    mine = town.target(Scope.ALERT, town.alert)
    theirs = town.target(Scope.ALERT, foreign)
    seen = type(theirs)(theirs.scope, theirs.key, 1, str(other))
    dsn = login("op_member", "aoer_operator")
    async with Database.open(override(settings, {"database.dsn": dsn}), application="test") as db:
        held = await standing(db)
        assert (held.access, held.everywhere) == (Access.OPERATOR, False)
        assert held.within(str(other)) is Access.VIEWER and held.within("nowhere") is None
        counts = await dry_run(db, RESOLVE, [mine, seen], {})
        assert (len(counts.eligible), counts.refused) == (1, 1)
        done, refused = await perform(db, RESOLVE, [mine, seen], {}, actor)
        assert (done.result, refused.result) == (Result.DONE, Result.REFUSED)
        (direct,) = await service_of(RESOLVE)(db, actor, [seen], {})
        assert direct.result is Result.REFUSED and "look" in direct.message
        all_of_them = await perform(db, by_id("alert.note"), [mine], {"text": "n"}, actor)
        assert all_of_them[0].result is Result.CONFLICT
    assert (await town.row("dispatch_alerts", foreign))["status"] == "open"


async def test_recomputing_all_needs_an_admin_and_takes_what_the_role_operates(
    town: Town, login: Callable[..., str], settings: Settings, actor: Actor
) -> None:
    other = await town.outside.fetchval("INSERT INTO tenants (name, slug) VALUES ('Other', 'other') RETURNING id")
    await town.outside.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'op_chief', 'admin'),"
        " ($2, 'op_chief', 'viewer')",
        town.tenant,
        other,
    )
    dsn = login("op_chief", "aoer_admin")
    async with Database.open(override(settings, {"database.dsn": dsn}), application="test") as db:
        outcomes = await perform(db, by_id("tenant.recompute_all"), [], {}, actor)
    assert [(o.target.key, o.result) for o in outcomes] == [(town.tenant, Result.DONE)]


async def test_a_read_only_session_does_nothing(town: Town, settings: Settings, actor: Actor) -> None:
    async with Database.open(settings, application="test", read_only=True) as db:
        desk = Desk(db)
        await desk.refresh()
        target = town.target(Scope.ALERT, town.alert)
        assert desk.read_only and desk.reason_not(RESOLVE, target) == "this session is read-only"
        with pytest.raises(PermissionDenied, match="read-only"):
            await desk.perform("alert.resolve", [target], {})


async def test_the_desk_knows_its_access_and_undoes(town: Town, db: Database) -> None:
    desk = Desk(db)
    assert desk.access is Access.VIEWER
    assert await desk.refresh() is Access.ADMIN
    target = town.target(Scope.ALERT, town.alert)
    assert desk.reason_not(RESOLVE, target) is None
    done = await desk.perform("alert.resolve", [target], {}, "fixed")
    back = await desk.undo("alert.resolve", done)
    assert [o.result for o in back] == [Result.DONE]
    assert (await town.row("dispatch_alerts", town.alert))["status"] == "open"
    assert (await town.audit("alert.restore"))[0]["reason"] == "undo of alert.resolve"


async def test_what_was_confirmed_is_done_even_when_nobody_waits_for_it_any_more(town: Town, db: Database) -> None:
    desk, target = Desk(db), town.target(Scope.ALERT, town.alert)
    async with asyncio.timeout(10):
        async with town.outside.transaction():
            await town.outside.execute("SELECT FROM dispatch_alerts FOR UPDATE")
            waiting = asyncio.create_task(desk.perform("alert.resolve", [target], {}))
            while not await town.outside.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        while (await town.row("dispatch_alerts", town.alert))["status"] != "resolved":
            pass
    assert len(await town.audit("alert.resolve")) == 1


async def test_a_verb_on_everything_needs_a_reason(town: Town, db: Database) -> None:
    with pytest.raises(UsageError, match="reason"):
        await Desk(db).perform("tenant.recompute_all", [], {})
    assert await town.outside.fetchval("SELECT count(*) FROM aoer_queue") == 0


async def test_a_row_that_is_named_twice_is_done_once(town: Town, db: Database) -> None:
    target = town.target(Scope.ALERT, town.alert)
    outcomes = await Desk(db).perform("alert.note", [target, target], {"text": "once"})
    assert [outcome.result for outcome in outcomes] == [Result.DONE] * 2
    assert len(await town.audit("alert.note")) == 1


def test_words_for_a_refusal_name_the_role_and_the_tenant() -> None:
    viewer = Standing(Access.VIEWER)
    assert "operator" in str(reason_not(RESOLVE, None, viewer)) and "viewer" in str(reason_not(RESOLVE, None, viewer))
