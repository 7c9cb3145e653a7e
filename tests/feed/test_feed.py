"""The feed beside other people's writes, on a real database."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from console.config.settings import Settings, override
from console.feed.feed import Feed
from console.feed.model import Overview, SectionName
from console.store.database import Database
from tests.feed.conftest import Until, shows

ADD_ALERT = (
    "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
    " VALUES ($1, 'SLA_BREACH', $2::text::severity_level, $3) RETURNING id"
)


async def tenant(outside: Any, name: str = "Jilin", score: float | None = 70, risk: float | None = 0.3) -> UUID:
    """One commit, so that no snapshot shows a tenant without its rating."""
    found: UUID = await outside.fetchval(
        "WITH made AS (INSERT INTO tenants (name, slug) VALUES ($1, lower($1)) RETURNING id)"
        " INSERT INTO aoer_summary (tenant_id, aoer_score, visibility_risk, status, reason)"
        " SELECT id, $2, $3, $4, 'r' FROM made RETURNING tenant_id",
        name,
        score,
        risk,
        "no_data" if score is None else "calibrated",
    )
    return found


async def test_an_empty_database_is_empty_not_broken(until: Until) -> None:
    seen = await until(lambda o: o.header is not None)
    assert seen.tiles.rows == () and seen.tiles.error is None and seen.tiles.at is not None
    assert [lane.key for lane in seen.queue.lanes] == ["urgent", "high", "medium", "low"]
    assert seen.header is not None and seen.header.role == "op_test" and seen.header.access == "admin"
    assert {"auto_dispatch", "routing"} <= {engine.key for engine in seen.engines.rows}


async def test_an_outside_update_shows_without_any_notification(feed: Feed, outside: Any, until: Until) -> None:
    mine, other = await tenant(outside), await tenant(outside, "Other", 90, 0.1)
    before = await until(lambda o: len(o.tiles.rows) == 2 and None not in {o.alerts.at, o.engines.at})
    feed.every(3600)
    await outside.execute("UPDATE aoer_summary SET aoer_score = 12.5, visibility_risk = 0.9 WHERE tenant_id = $1", mine)
    after = await until(lambda o: o.tiles.rows[0].score == 12.5)
    assert (after.tiles.rows[0].grade, after.tiles.rows[0].risk_band) == ("Poor", "Critical")
    assert after.tiles.rows[0].version != before.tiles.rows[0].version
    assert after.tiles.rows[1].key == str(other) and after.tiles.rows[1] is before.tiles.rows[1]
    assert after.alerts is before.alerts and after.engines is before.engines


async def test_tiles_come_worst_first_with_what_cannot_be_computed_last(outside: Any, until: Until) -> None:
    for name, score, risk in (("Fine", 90, 0.1), ("None", None, None), ("Bad", 20, 0.9), ("Worse", 10, 0.9)):
        await tenant(outside, name, score, risk)
    seen = await until(lambda o: len(o.tiles.rows) == 4 and o.tiles.rows[0].tenant == "Worse")
    assert [tile.tenant for tile in seen.tiles.rows] == ["Worse", "Bad", "Fine", "None"]
    assert (seen.tiles.rows[3].score, seen.tiles.rows[3].reason, seen.tiles.total) == (None, "r", 4)


async def test_a_tile_shows_its_line_and_its_change_against_last_week(outside: Any, until: Until) -> None:
    mine = await tenant(outside, score=70)
    await outside.execute("SELECT ensure_partitions('aoer_history', (now() - interval '40 days')::date, now()::date)")
    await outside.execute(
        "INSERT INTO aoer_history (tenant_id, as_of, score, status) SELECT $1, now() - make_interval(days => d),"
        " 70 - d, 'calibrated' FROM generate_series(0, 30) d",
        mine,
    )
    await outside.execute("UPDATE aoer_summary SET last_updated = clock_timestamp()")
    seen = await until(lambda o: o.tiles.rows and o.tiles.rows[0].history)
    line = [point for point in seen.tiles.rows[0].history if point is not None]
    assert line == sorted(line) and line[-1] == 70 and line[0] <= 41 and len(line) >= 20
    assert seen.tiles.rows[0].change == 7


async def test_alerts_that_wait_come_worst_first_and_snoozed_ones_are_away_until_it_is_over(
    outside: Any, until: Until
) -> None:
    mine = await tenant(outside)
    low = await outside.fetchval(ADD_ALERT, mine, "low", "a")
    await outside.fetchval(ADD_ALERT, mine, "critical", "b")
    slept = await outside.fetchval(ADD_ALERT, mine, "high", "c")
    seen = await until(lambda o: len(o.alerts.rows) == 3)
    assert [row.severity for row in seen.alerts.rows] == ["critical", "high", "low"]
    snooze = (
        "UPDATE dispatch_alerts SET status = 'snoozed', snoozed_until = now() + $2 * interval '1 hour' WHERE id = $1"
    )
    await outside.execute(snooze, slept, 1)
    await until(lambda o: len(o.alerts.rows) == 2)
    await outside.execute(snooze, slept, -1)
    seen = await until(lambda o: len(o.alerts.rows) == 3)
    assert [row.status for row in seen.alerts.rows] == ["open"] * 3
    await outside.execute("UPDATE dispatch_alerts SET status = 'resolved', resolved_at = now() WHERE id = $1", low)
    assert (await until(lambda o: len(o.alerts.rows) == 2)).alerts.total == 2


async def test_both_kinds_of_incidents_share_one_pane_by_weight(outside: Any, until: Until) -> None:
    mine = await tenant(outside)
    await outside.execute(
        "INSERT INTO traffic_incidents (tenant_id, latitude, longitude, incident_type, severity) VALUES"
        " ($1, 1, 1, 'accident', 'SEVERE'), ($1, 1, 1, 'weather', 'LOW')",
        mine,
    )
    await outside.execute(
        "INSERT INTO escalation_logs (tenant_id, escalation_type, severity) VALUES ($1, 'SLA_RISK', 'high')",
        mine,
    )
    seen = await until(lambda o: len(o.incidents.rows) == 3)
    assert [row.severity for row in seen.incidents.rows] == ["SEVERE", "high", "LOW"]


async def test_the_queue_is_counted_by_lane_and_status(outside: Any, until: Until) -> None:
    mine = await tenant(outside)
    await outside.execute(
        "INSERT INTO aoer_queue (tenant_id, priority, dedupe_key, scheduled_at)"
        " SELECT $1, 'high', NULL, now() - interval '95 seconds' FROM generate_series(1, 3)",
        mine,
    )
    await outside.execute(
        "INSERT INTO aoer_queue (tenant_id, priority, status, completed_at) VALUES ($1, 'low', 'failed', now())", mine
    )
    seen = await until(lambda o: o.queue.lanes and o.queue.lanes[1].queued == 3 and o.queue.lanes[3].failed)
    assert seen.queue.lanes[1].oldest_seconds == 90
    assert (seen.queue.lanes[3].failed, seen.queue.lanes[3].queued) == (1, 0)


async def test_a_pane_that_may_not_be_seen_says_so_and_the_others_go_on(
    outside: Any, login: Callable[..., str], settings: Settings
) -> None:
    mine = await tenant(outside)
    await outside.execute("REVOKE SELECT ON dispatch_alerts FROM aoer_viewer")
    await outside.execute("DROP TABLE results_generation_status CASCADE")
    viewer = override(settings, {"database.dsn": login("op_viewer", "aoer_viewer", "aoer_all_tenants")})
    async with Database.open(viewer, application="test") as db:
        feed = Feed(db, viewer)
        await feed.start()
        seen = await shows(feed, lambda o: o.header is not None)
        await feed.stop()
    assert seen.alerts.error is not None and "dispatch_alerts" in seen.alerts.error
    assert seen.generation.error is not None and "results_generation_status" in seen.generation.error
    assert [tile.key for tile in seen.tiles.rows] == [str(mine)]
    assert seen.header is not None and (seen.header.access, seen.header.role) == ("viewer", "op_viewer")


async def test_while_the_database_is_away_it_says_so_and_keeps_the_last_rows_then_misses_nothing(
    feed: Feed, outside: Any, until: Until, server: Any, database_name: str
) -> None:
    mine = await tenant(outside)
    await until(lambda o: len(o.tiles.rows) == 1 and o.header)
    server.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS false")
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", "op_test")
    seen = await until(lambda o: feed.connection.state == "reconnecting")
    assert len(seen.tiles.rows) == 1 and feed.connection.message
    assert seen.header is not None and seen.header.connection == "reconnecting"
    await outside.execute("UPDATE aoer_summary SET aoer_score = 33 WHERE tenant_id = $1", mine)
    server.execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS true")
    seen = await until(lambda o: o.tiles.rows[0].score == 33)
    assert feed.connection.state in {"live", "polling"}
    assert seen.header is not None and seen.header.connection in {"live", "polling"}


async def test_only_wanted_sections_are_read(feed: Feed, outside: Any, until: Until) -> None:
    await until(lambda o: o.header is not None)
    feed.want([SectionName.TILES])
    mine = await tenant(outside)
    await outside.fetchval(ADD_ALERT, mine, "low", "a")
    seen = await until(lambda o: len(o.tiles.rows) == 1)
    await outside.execute("UPDATE aoer_summary SET aoer_score = 1")
    seen = await until(lambda o: o.tiles.rows[0].score == 1)
    assert seen.alerts.rows == ()
    feed.want([SectionName.TILES, SectionName.ALERTS])
    assert len((await until(lambda o: o.alerts.rows)).alerts.rows) == 1


async def test_a_paused_feed_stands_still_and_catches_up(feed: Feed, outside: Any, until: Until) -> None:
    await until(lambda o: o.header is not None)
    feed.pause(True)
    await until(lambda o: feed.connection.state == "paused")
    age = feed.age()
    await tenant(outside)
    feed.pause(False)
    seen = await until(lambda o: len(o.tiles.rows) == 1)
    assert seen.header is not None and age is not None


async def test_a_failing_subscriber_harms_nobody(feed: Feed, outside: Any, until: Until) -> None:
    def bad(_: Overview) -> None:
        raise RuntimeError("pane")

    feed.subscribe(bad)
    await tenant(outside)
    assert len((await until(lambda o: o.tiles.rows)).tiles.rows) == 1


async def test_watching_writes_nothing_and_takes_no_transaction_number(
    feed: Feed, outside: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    await until(lambda o: o.header is not None)
    passed, look = asyncio.Event(), feed._pass

    async def counted() -> None:
        await look()
        passed.set()

    monkeypatch.setattr(feed, "_pass", counted)
    before = await outside.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    for _ in range(10):
        passed.clear()
        feed.refresh()
        await asyncio.wait_for(passed.wait(), 10)
    after = await outside.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    assert after - before <= 2  # the server's own maintenance, not ten passes of seven sections


async def test_it_starts_before_the_database_is_there_and_stops_without_it(settings: Settings) -> None:
    nowhere = override(settings, {"database.dsn": "postgresql://nobody@/none?host=/nonexistent"})
    async with Database.open(nowhere, application="test", wait=False) as db:
        feed = Feed(db, nowhere)
        await feed.start()
        assert (feed.overview, feed.age()) == (Overview(), None)
        await feed.stop()


async def test_silence_beside_a_living_scheduler_is_an_alarm_until_the_next_heartbeat(
    db: Database, settings: Settings, outside: Any
) -> None:
    await outside.execute("INSERT INTO queue_workers (worker_id, role) VALUES (gen_random_uuid(), 'scheduler')")
    late = [0.0]
    feed = Feed(db, settings, clock=lambda: time.monotonic() + late[0])
    await feed.start()
    await shows(feed, lambda o: o.header is not None and o.header.schedulers == 1 and feed.connection.state == "live")
    late[0] = 61.0
    await shows(feed, lambda o: feed.connection.state == "polling")
    assert "heartbeat" in feed.connection.message
    await outside.execute("""SELECT pg_notify('aoer', '{"k": ["heartbeat"]}')""")
    await shows(feed, lambda o: feed.connection.state == "live")
    await feed.stop()
