"""Orders, drivers and batches are found by name or id through an index, never by reading them all."""

import uuid

import pytest

from console.automation.batching.verbs import show
from console.automation.dispatch.verbs import find_driver, find_order
from console.errors import Conflict, NotFound
from console.store.database import Database
from console.store.queries import queries
from tests.automation.conftest import Town

KEY = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("room", "query", "values", "table"),
    [
        ("dispatch", "find_order", (str(KEY), KEY, None, None), "orders"),
        ("dispatch", "decisions_of_order", (20, str(KEY), KEY), "orders"),
        ("dispatch", "find_driver", (str(KEY), KEY, KEY), "drivers"),
        ("batching", "lock_batch", (str(KEY), KEY), "order_batches"),
    ],
)
async def test_a_look_up_is_a_look_into_an_index(
    town: Town, room: str, query: str, values: tuple[object, ...], table: str
) -> None:
    """Small tables are read whole, so reading them is made dear: an id compared as text would still have to."""
    async with town.outside.transaction():
        await town.outside.execute("SET LOCAL enable_seqscan = off")
        rows = await town.outside.fetch("EXPLAIN (COSTS OFF) " + queries(room)[query], *values)
    plan = "\n".join(row[0] for row in rows)
    assert f"Seq Scan on {table}" not in plan, plan
    assert "::text =" not in plan, plan
    assert "id = " in plan


async def test_by_reference_or_id_within_a_tenant(db: Database, town: Town) -> None:
    order, driver = await town.order("o1"), await town.driver("ann")
    for name, tenant in (("o1", None), (str(order), None), ("o1", "Town"), (str(order).upper(), str(town.tenant))):
        assert (await find_order(db, name, tenant))["id"] == order
    for name in ("ann", str(driver)):
        assert (await find_driver(db, name, town.tenant))["id"] == driver
    for name, tenant in (("o2", None), ("o1", "Village"), (str(driver), None), ("o1", str(uuid.uuid4()))):
        with pytest.raises(NotFound):
            await find_order(db, name, tenant)
    other = await town.outside.fetchval("INSERT INTO tenants (name, slug) VALUES ('Village', 'v') RETURNING id")
    await town.outside.execute("INSERT INTO orders (tenant_id, reference) VALUES ($1, 'o1')", other)
    with pytest.raises(Conflict):
        await find_order(db, "o1", None)


async def test_a_batch_by_number_or_id(db: Database, town: Town) -> None:
    batch = await town.outside.fetchval(
        "INSERT INTO order_batches (tenant_id, batch_number, order_ids, order_count, service_type)"
        " VALUES ($1, 'B7', '{}', 0, 'standard') RETURNING id",
        town.tenant,
    )
    for name in ("B7", str(batch)):
        assert (await show(db, name))[0]["id"] == batch
    with pytest.raises(NotFound):
        await show(db, "B8")
