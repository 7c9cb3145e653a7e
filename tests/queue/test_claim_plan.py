"""The claim reads what it takes, whatever the statistics say: the plan, and what the server counted while it ran."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.queue import protocol as p

BACKLOG, FINISHED, BATCH = 5_000, 30_000, 50
CLAIM = "SELECT ids FROM queue_claim($1, $2, interval '1 minute', '{recompute}', 1)"


async def fill(eyes: Any, queued: int, finished: int) -> None:
    await eyes.execute(
        "INSERT INTO tenants (name, slug) SELECT 'T' || n, 't-' || n FROM generate_series(1, $1::integer) n", BACKLOG
    )
    if finished:
        await eyes.execute(
            "INSERT INTO aoer_queue (tenant_id, status, completed_at, priority)"
            " SELECT t.id, 'completed', now(), 'low' FROM tenants t, generate_series(1, $1::integer)",
            finished // BACKLOG,
        )
    await eyes.execute("ANALYZE aoer_queue")
    await eyes.execute(
        "INSERT INTO aoer_queue (tenant_id, priority) SELECT id, 'low' FROM tenants ORDER BY id LIMIT $1", queued
    )


async def lane_statement(eyes: Any) -> str:
    """The statement by which queue_claim() finds the jobs of a lane, as it stands in the database."""
    source = await eyes.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'queue_claim'")
    found = re.search(r"IF single THEN.*?got AS MATERIALIZED \((.*?SKIP LOCKED)\s*\)", source, re.DOTALL)
    assert found is not None
    text = found.group(1)
    values = {"p_quick": "true", "served": "'low'", "kinds": "'{recompute}'::text[]", "held": "NULL::uuid[]"}
    values |= {
        "from_turn": "0",
        "from_time": "'-infinity'::timestamptz",
        "from_tenant": f"'{UUID(int=0)}'::uuid",
        "oldest_epoch": "1::bigint",
    }
    for name, value in values.items():
        text = re.sub(rf"\b{name}\b", value, text)
    return text.replace("LIMIT room", f"LIMIT {BATCH}")


async def plan(console: Any, eyes: Any) -> str:
    """The plan as the console's role gets it, under the settings that the function carries."""
    settings = await eyes.fetchval("SELECT proconfig FROM pg_proc WHERE proname = 'queue_claim'")
    for setting in settings:
        name, _, value = setting.partition("=")
        await console.execute(f"SET {name} = {value}")
    rows = await console.fetch("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) " + await lane_statement(eyes))
    await console.execute("RESET ALL")
    return "\n".join(row[0] for row in rows)


async def read_rows(eyes: Any) -> int:
    """Rows of aoer_queue that statements of finished transactions have read."""
    await eyes.execute("SELECT pg_stat_force_next_flush()")
    return int(
        await eyes.fetchval(
            "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
            " WHERE relname = 'aoer_queue'"
        )
    )


@pytest.mark.parametrize(
    ("analysed_with", "queued"), [("nothing queued", BACKLOG), ("an empty table", BACKLOG), ("nothing queued", 60)]
)
async def test_stale_statistics_do_not_lead_the_claim_astray(
    eyes: Any, dsn: str, analysed_with: str, queued: int
) -> None:
    await fill(eyes, queued, FINISHED if analysed_with == "nothing queued" else 0)
    console = await asyncpg.connect(dsn)
    try:
        shown = await plan(console, eyes)
        assert "aoer_queue_ready_idx" in shown
        assert "aoer_queue_slot_idx" in shown
        assert "Seq Scan on aoer_queue" not in shown
        assert "Sort" not in shown
        actual = [int(n) for n in re.findall(r"Index Scan using aoer_queue_ready_idx.*?actual rows=(\d+)", shown)]
        assert actual == [BATCH]
        # Generic plans appear after a few executions: the cost of a claim must stay bounded by its batch.
        worker = uuid4()
        before = await read_rows(console)
        claims = min(8, queued // BATCH)
        for _ in range(claims):
            (row,) = await console.fetch(CLAIM, worker, BATCH)
            assert len(row["ids"]) == BATCH
        assert await read_rows(console) - before < claims * BATCH * 6
    finally:
        await console.close()


async def pages_read(connection: Any) -> int:
    """Visits to pages of aoer_queue by statements of finished transactions, whichever way they came."""
    await connection.execute("SELECT pg_stat_force_next_flush()")
    counted = "SELECT heap_blks_hit + heap_blks_read FROM pg_statio_user_tables WHERE relname = 'aoer_queue'"
    return int(await connection.fetchval(counted))


async def test_a_claim_beside_a_pinned_snapshot_does_not_read_what_is_done(eyes: Any, dsn: str) -> None:
    """Neither the look for a running job nor the uniqueness check may pay for earlier claims of the same tenants."""
    console, pin = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    worker, batch, rounds = uuid4(), 20, 15
    await eyes.execute(
        "INSERT INTO tenants (name, slug) SELECT 'T' || n, 't-' || n FROM generate_series(1, $1::integer) n", batch * 2
    )
    await pin.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tenants")
    try:
        costs: list[int] = []
        for _ in range(rounds):
            await eyes.execute("SELECT count(*) FROM queue_enqueue(array(SELECT id FROM tenants), 'low')")
            args = (worker, batch, p.MINUTE, ["recompute"], 1, False, timedelta(0))
            (first,) = await console.fetch(p.SQL["take"], *args, None)
            before = await pages_read(console)
            (second,) = await console.fetch(p.SQL["take"], *args, first["mark"])
            costs.append(await pages_read(console) - before)
            for row in (first, second):
                jobs = [(t, j, row["lease_id"]) for t, j in zip(row["tenants"], row["ids"], strict=True)]
                assert await p.complete(console, jobs) == batch
            assert await p.next_epoch(console)
        assert costs[-1] < costs[0] + batch * 4, costs
    finally:
        await console.close()
        await pin.close()


async def test_lanes_are_counted_without_reading_what_is_finished(eyes: Any, dsn: str) -> None:
    await fill(eyes, 60, FINISHED)
    one = "(SELECT ctid FROM aoer_queue WHERE status = 'queued' AND priority = 'low' LIMIT 1)"
    running = "status = 'running', slot = 0, lease_id = 1, worker_id = gen_random_uuid()"
    for change in ("status = 'failed', completed_at = now()", "priority = 'high', scheduled_at = 'infinity'", running):
        await eyes.execute(f"UPDATE aoer_queue SET {change} WHERE ctid = {one}")
    await eyes.execute("VACUUM ANALYZE aoer_queue")
    console = await asyncpg.connect(dsn)
    try:
        shown = "\n".join(row[0] for row in await console.fetch("EXPLAIN SELECT * FROM queue_lanes()"))
        assert "Seq Scan on aoer_queue" not in shown, shown
        rows = await console.fetch("SELECT * FROM queue_lanes() ORDER BY lane")
    finally:
        await console.close()
    counted = {row["lane"]: [row[name] for name in ("queued", "delayed", "running", "failed")] for row in rows}
    assert counted == {"urgent": [0] * 4, "high": [1, 1, 0, 0], "medium": [0] * 4, "low": [57, 0, 1, 1]}
    assert [row["oldest_seconds"] is None for row in rows] == [True, True, True, False]


async def test_there_is_no_index_on_status_alone(eyes: Any) -> None:
    plain = await eyes.fetch(
        "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
        " AND a.attnum = ANY (i.indkey) WHERE i.indrelid = 'aoer_queue'::regclass AND a.attname = 'status'"
        " AND pg_get_expr(i.indpred, i.indrelid) IS DISTINCT FROM"  # no claim's, whatever the statistics say
        " '(status = ANY (ARRAY[''failed''::queue_status, ''quarantined''::queue_status]))'"
    )
    assert plain == []
