"""Places of the map on a real database."""
# ruff: noqa: E501 - rows of SQL are read as rows

from typing import Any

import pytest

from console.feed import places
from console.feed.feed import Feed
from console.feed.readers import Readers
from console.store.database import Database
from tests.feed.conftest import shows

_SEED = """
WITH t AS (INSERT INTO tenants (name, slug) VALUES ('Harbour 100%', 'harbour'), ('Valley', 'valley') RETURNING id, slug),
d AS (
  INSERT INTO drivers (tenant_id, reference, name, status, lat, lon, position_at)
  SELECT t.id, w.* FROM t, (VALUES
    ('1', 'Ann' || chr(27) || '[2J', 'busy', 52.0::float8, 4.0::float8, now()), ('2', 'Zero', 'available', 0, 0, now()),
    ('3', 'None', 'offline', NULL, NULL, NULL)) AS w (reference, name, status, lat, lon, position_at)
   WHERE t.slug = 'harbour'
  RETURNING tenant_id, id, name
), i AS (
  INSERT INTO traffic_incidents (tenant_id, latitude, longitude, severity, incident_type, affected_radius_meters)
  SELECT t.id, 52, 4, s.severity::traffic_severity, s.kind, 300
    FROM t, (VALUES ('SEVERE', 'road_closure'), ('LOW', 'road_closure')) AS s (severity, kind) WHERE t.slug = 'valley'
)
INSERT INTO orders (tenant_id, reference, status, driver_id, pickup_lat, pickup_lon, dropoff_lat, dropoff_lon, metadata)
SELECT d.tenant_id, w.reference, w.status, CASE WHEN w.status = 'assigned' THEN d.id END, 52, 4, w.lat, 4.1, w.metadata::jsonb
  FROM d, (VALUES ('A', 'assigned', 52.1, '{"route": [0, 3]}'), ('B', 'pending', 52.2, '{"route": "no"}'),
                  ('C', 'delivered', 52.3, '{}')) AS w (reference, status, lat, metadata)
 WHERE d.name LIKE 'Ann%'
"""


@pytest.fixture
async def readers(db: Database, outside: Any) -> Readers:
    await outside.execute(_SEED)
    return Readers(db)


async def test_places_are_read_and_cleaned(readers: Readers) -> None:
    found = await readers.places()
    by_name = {driver.name: driver for driver in found.drivers}
    assert by_name["Ann[2J"].at == (52.0, 4.0), "control characters never leave the feed"
    assert by_name["Zero"].at is None, "0/0 is where broken devices say they are"
    assert by_name["None"].at is None
    orders = {order.reference: order for order in found.orders}
    assert set(orders) == {"A", "B"}, "what is over is not on the map"
    assert orders["A"].legs == (0.0, 3.0)
    assert orders["A"].driver_id == by_name["Ann[2J"].key
    assert orders["B"].legs is None, "anybody may write metadata"
    assert {(i.severity, i.closed) for i in found.incidents} == {("SEVERE", True), ("LOW", False)}
    assert found.totals == (3, 2, 2)


async def test_only_tenants_whose_name_has_the_words(readers: Readers) -> None:
    assert [i.tenant for i in (await readers.places("valley")).incidents] == ["Valley", "Valley"]
    assert (await readers.places("valley")).drivers == ()
    assert len((await readers.places("100% harb")).drivers) == 3
    assert (await readers.places("_")).totals == (0, 0, 0)


async def test_what_did_not_change_is_the_same_object(readers: Readers, outside: Any) -> None:
    before = await readers.places()
    assert await readers.places() is before
    await outside.execute("UPDATE drivers SET lat = 52.5 WHERE name = 'Zero'")
    after = await readers.places()
    old, new = ({d.name: d for d in detail.drivers} for detail in (before, after))
    assert new["Zero"].at == (52.5, 0.0)
    assert new["Zero"].version != old["Zero"].version
    assert new["None"] is old["None"]
    assert after.orders[0] is before.orders[0]


async def test_the_map_is_bounded_and_says_what_it_left_out(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.feed.readers.LIMIT", 1)
    found = await readers.places()
    assert [d.name for d in found.drivers] == ["Ann[2J"], "those on duty first"
    assert [o.reference for o in found.orders] == ["B"], "waiting ones first"
    assert found.totals == (3, 2, 2)


async def test_others_get_a_turn_while_a_big_map_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []

    async def turn() -> None:
        turns.append(1)

    monkeypatch.setattr(places, "_AT_ONCE", 2)
    rows: list[dict[str, Any]] = [
        {"kind": "incident", "id": i, "tenant_id": 1, "version": 1, "tenant": "t", "label": "", "status": "LOW",
         "what": "accident", "lat": 1.0, "lon": 1.0, "amount": 5, "at": None, "total": 7}
        for i in range(7)
    ]  # fmt: skip
    found = await places.PlaceReader().build(rows, turn)
    assert len(found.incidents) == 7
    assert len(turns) == 3


async def test_commits_of_anybody_are_counted(feed: Feed, outside: Any) -> None:
    await shows(feed, lambda o: o.header is not None)
    before = feed.changes
    await outside.execute("INSERT INTO tenants (name, slug) VALUES ('New', 'new')")
    await shows(feed, lambda o: any(tile.tenant == "New" for tile in o.tiles.rows))
    assert feed.changes > before
