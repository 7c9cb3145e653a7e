"""List and detail screens on a real database."""

from collections.abc import Callable

import pytest

from console.actions.model import Scope
from console.actions.registry import by_id
from console.actions.run import perform
from console.config.settings import Settings, override
from console.domain.actor import Actor
from console.errors import NotFound
from console.feed.details import Lookup
from console.feed.readers import Readers
from console.store.database import Database
from console.store.queries import queries
from console.tui.screens.directory import LISTINGS
from tests.actions.conftest import Town, actor, town

__all__ = ["actor", "town"]
NOBODY = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
async def readers(db: Database, town: Town) -> Readers:
    """Beside the town: five more alerts and a foreign tenant with one."""
    await town.outside.execute(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message, status, resolved_at)"
        " SELECT $1::uuid, 'DISPATCH_FAILED', 'low', 'no driver-' || i,"
        " CASE WHEN i < 3 THEN 'resolved' ELSE 'open' END, CASE WHEN i < 3 THEN now() END FROM generate_series(1, 5) i",
        town.tenant,
    )
    await town.outside.execute(
        "WITH t AS (INSERT INTO tenants (name, slug) VALUES ('Other, Inc.', 'other') RETURNING id)"
        " INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
        " SELECT id, 'SLA_BREACH', 'critical', 'x' FROM t"
    )
    return Readers(db)


@pytest.mark.parametrize(
    ("lookup", "count"),
    [
        (Lookup(), 7),
        (Lookup(fields={"status": "open"}), 5),
        (Lookup(fields={"status": "!resolved"}), 5),
        (Lookup(fields={"status": "OPEN,resolved"}), 7),
        (Lookup(fields={"severity": "low", "status": "open"}), 3),
        (Lookup(fields={"severity": "!low,critical"}), 1),
        (Lookup(fields={"nothing": "x"}), 0),
        (Lookup(text="no driver-4"), 1),
        (Lookup(text="DRIVER jilin"), 5),
        (Lookup(text="%"), 0),
        (Lookup(text="[@click"), 1),
        (Lookup(fields={"tenant": "jilin"}), 6),
    ],
)
async def test_lists_are_filtered_by_the_database(readers: Readers, lookup: Lookup, count: int) -> None:
    section = await readers.alerts(lookup)
    assert (section.total, len(section.rows)) == (count, count)


async def test_pages_know_the_number_of_all_and_come_worst_first(readers: Readers) -> None:
    first = await readers.alerts(Lookup(limit=3))
    rest = await readers.alerts(Lookup(limit=10, offset=3))
    assert (first.total, len(first.rows), len(rest.rows)) == (7, 3, 4)
    assert not {row.key for row in first.rows} & {row.key for row in rest.rows}
    assert [row.cells["severity"] for row in first.rows] == ["critical", "high", "low"]
    assert [row.cells["status"] for row in rest.rows[-2:]] == ["resolved", "resolved"]


async def test_a_list_of_one_tenant_reads_that_tenant_only(readers: Readers, town: Town) -> None:
    section = await readers.alerts(Lookup(fields={"tenant_id": town.tenant}))
    assert {row.tenant_id for row in section.rows} == {town.tenant} and section.total == 6
    with pytest.raises(NotFound):
        await readers.alerts(Lookup(fields={"tenant_id": "jilin"}))


async def test_every_list_answers(readers: Readers, town: Town) -> None:
    await town.outside.execute("INSERT INTO aoer_queue (tenant_id) VALUES ($1)", town.tenant)
    await town.outside.execute(
        "INSERT INTO aoer_failures (tenant_id, job_name, error_text) VALUES ($1, 'recompute', E'bad\\x1b[2J')",
        town.tenant,
    )
    (job,) = (await readers.jobs()).rows
    assert (job.cells["tenant"], job.cells["status"], job.row_version) == ("Jilin", "queued", 1)
    (failure,) = (await readers.failures()).rows
    assert failure.cells["error"] == "bad[2J"
    assert {row.cells["kind"] for row in (await readers.incidents()).rows} == {"traffic", "escalation"}
    assert [row.cells["reference"] for row in (await readers.orders()).rows] == ["A-1"]
    assert {row.cells["name"]: row.cells["active"] for row in (await readers.drivers()).rows} == {
        "Ann": 1,
        "Bob": 0,
        "Eve": 0,
    }
    assert {row.cells["slug"] for row in (await readers.tenants()).rows} == {"jilin", "other"}
    assert [row.cells["status"] for row in (await readers.sessions()).rows] == ["not started"]


async def test_the_audit_list_names_who_and_why(readers: Readers, db: Database, town: Town, actor: Actor) -> None:
    target = town.target(Scope.ALERT, town.alert)
    await perform(db, by_id("alert.resolve"), [target], {}, actor)
    (row,) = (await readers.audit(Lookup(fields={"action": "alert.resolve"}))).rows
    assert (row.cells["os_user"], row.cells["db_role"], row.cells["reason"]) == ("ann", "op_test", "because it rains")
    detail = await readers.alert(town.alert)
    assert [entry.cells["action"] for entry in detail.timeline.rows] == ["alert.resolve"]
    assert detail.timeline.rows[0].cells["before"]["status"] == "open"


async def test_details_bring_what_belongs_to_a_row(readers: Readers, town: Town) -> None:
    await town.outside.execute(
        """UPDATE tenants SET settings = '{"runbooks": {"SLA_BREACH": "https://runbook"}}' WHERE slug = 'jilin'"""
    )
    alert = await readers.alert(town.alert)
    assert alert.order is not None and alert.order.cells["reference"] == "A-1"
    assert alert.driver is not None and alert.driver.cells["name"] == "Ann"
    assert (alert.runbook, alert.record.row_version) == ("https://runbook", 1)
    order = await readers.order(town.order)
    assert order.driver is not None and [row.key for row in order.alerts.rows] == [town.alert]
    driver = await readers.driver(town.ann)
    assert [row.cells["reference"] for row in driver.orders.rows] == ["A-1"]
    assert (await readers.incident(town.traffic)).record.cells["kind"] == "traffic"
    escalation = await readers.incident(town.escalation)
    assert [row.key for row in escalation.orders.rows] == [town.order]
    assert (await readers.session(town.session)).record.cells["topic"] == "shoes"


async def test_a_tenant_brings_history_parts_and_its_own_rows_only(readers: Readers, town: Town) -> None:
    await town.outside.execute(
        "INSERT INTO aoer_history (tenant_id, as_of, score, status, level, contributions) VALUES"
        " ($1, now() - interval '1 hour', 60, 'calibrated', 50, '{}'),"
        """ ($1, now(), 62, 'calibrated', 51, '{"seo": 4.5, "aeo": 6.5, "note": "x"}')""",
        town.tenant,
    )
    await town.outside.execute("INSERT INTO aoer_queue (tenant_id) SELECT id FROM tenants")
    tenant = await readers.tenant(town.tenant)
    assert [point.score for point in tenant.history] == [60, 62]
    assert (tenant.level, dict(tenant.contributions)) == (51, {"seo": 4.5, "aeo": 6.5})
    assert [row.tenant_id for row in tenant.jobs.rows] == [town.tenant]


@pytest.mark.parametrize("kind", ["tenant", "alert", "incident", "order", "driver", "session"])
@pytest.mark.parametrize("key", [NOBODY, "not an id"])
async def test_a_row_that_is_not_there_is_not_found(readers: Readers, kind: str, key: str) -> None:
    with pytest.raises(NotFound):
        await getattr(readers, kind)(key)


async def test_a_detail_without_a_privilege_shows_the_rest(
    town: Town, login: Callable[..., str], settings: Settings
) -> None:
    await town.outside.execute("REVOKE SELECT ON order_events FROM aoer_viewer")
    viewer = override(settings, {"database.dsn": login("op_viewer", "aoer_viewer", "aoer_all_tenants")})
    async with Database.open(viewer, application="test") as db:
        order = await Readers(db).order(town.order)
    assert order.events.error is not None and "order_events" in order.events.error
    assert order.record.cells["reference"] == "A-1" and order.alerts.error is None


async def test_candidates_who_can_take_it_come_first_and_nearest_first(readers: Readers, town: Town) -> None:
    await town.outside.execute("UPDATE orders SET pickup_lat = 43.80, pickup_lon = 126.50")
    await town.outside.execute("UPDATE drivers SET lat = 43.81, lon = 126.51 WHERE name = 'Eve'")
    await town.outside.execute("UPDATE drivers SET lat = 43.90, lon = 126.60 WHERE name = 'Bob'")
    await town.outside.execute(
        "INSERT INTO drivers (tenant_id, reference, name, status) VALUES ($1, 'Off', 'Off', 'offline')", town.tenant
    )
    found = (await readers.candidates(town.order)).rows
    assert [row.cells["name"] for row in found] == ["Eve", "Bob", "Ann", "Off"]
    assert [row.cells["fits"] for row in found] == [True, True, False, False]
    assert found[0].cells["distance_km"] == pytest.approx(1.37, abs=0.02)
    assert [row.cells["reason"] for row in found[2:]] == ["has it already", "is offline"]
    assert (await readers.candidates(NOBODY)).rows == ()


async def test_the_audit_list_says_what_was_changed_on_what(
    readers: Readers, db: Database, town: Town, actor: Actor
) -> None:
    await perform(db, by_id("order.unassign"), [town.target(Scope.ORDER, town.order)], {}, actor)
    (row,) = (await readers.audit(Lookup(fields={"action": "order.unassign"}))).rows
    assert row.cells["object"] == "A-1"
    assert "status assigned → pending" in row.cells["change"]
    (entry,) = (await readers.order(town.order)).audit.rows
    assert entry.cells["change"] == row.cells["change"]


async def test_jobs_that_wait_for_a_person_come_first(readers: Readers, town: Town) -> None:
    await town.outside.execute(
        "INSERT INTO aoer_queue (tenant_id, status, error_message, completed_at, created_at)"
        " SELECT $1::uuid, s::queue_status, s, CASE WHEN s <> 'queued' THEN now() END,"
        " now() - make_interval(days => n::integer)"
        " FROM unnest(ARRAY['queued', 'failed', 'quarantined']) WITH ORDINALITY AS w (s, n)",
        town.tenant,
    )
    rows = (await readers.jobs()).rows
    assert [row.cells["status"] for row in rows][2:] == ["queued"]
    assert {row.cells["status"] for row in rows[:2]} == {"failed", "quarantined"}
    assert "failed" not in rows[0].cells


async def test_the_columns_that_lead_a_list_are_there(readers: Readers, town: Town) -> None:
    described = {"jobs": "list_jobs", "failures": "list_failures", "audit": "list_audit"}
    for listing in LISTINGS.values():
        name = described.get(listing.reader, f"list_{listing.reader}")
        statement = await town.outside.prepare(queries("details")[name])
        there = {attribute.name for attribute in statement.get_attributes()} | {"change"}
        assert set(listing.first) <= there, listing.name
