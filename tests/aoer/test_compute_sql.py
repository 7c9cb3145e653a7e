"""The set-based rating of the database says what the arrays say, to a millionth."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from console.aoer.learn_service import learn_all, load_panel
from console.aoer.learning import learn
from console.aoer.rating.parameters import prior_index, rate
from console.aoer.rating.settings import MODEL_VERSION, SIGNALS
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.store.database import Database
from tests.aoer.database import add_signals, add_tenants
from tests.aoer.panels import invented

ACTOR = Actor(Origin.COMMAND_LINE, "test")


@pytest.mark.parametrize(("tenants", "missing", "weeks_late"), [(7, 0.25, 0), (3, 0.0, 4), (6, 0.1, 9)])
async def test_database_and_arrays_agree(db: Database, tenants: int, missing: float, weeks_late: int) -> None:
    today: date = await db.fetchval("SELECT current_date")
    ids = await add_tenants(db, tenants)
    x, y = invented(5, tenants, 20, missing)
    y[:, -1] = np.where(np.arange(tenants) % 2, np.nan, y[:, -1])
    await add_signals(db, ids, x, y, today - timedelta(weeks=weeks_late))
    await learn_all(db, ACTOR)
    panel, pooled = await load_panel(db, today)
    version = learn(panel, pooled, today).versions[MODEL_VERSION]
    newest = np.array([x[i, -1] for i in range(tenants)])
    expected = rate(version.parameters, newest, today.toordinal() / 7)
    rows = {row["tenant_id"]: row for row in await db.fetch("SELECT * FROM aoer_calibrated($1)", ids)}
    for i, tenant in enumerate(ids):
        got = rows[tenant]
        pairs = (
            ("aoer_score", expected.score),
            ("interval_low", expected.low),
            ("interval_high", expected.high),
            ("visibility_risk", expected.risk),
            ("level", expected.level),
        )
        for name, column in pairs:
            assert float(got[name]) == pytest.approx(column[i], abs=1e-6), name
        parts: dict[str, Any] = got["contributions"]
        assert sum(parts.values()) == pytest.approx(float(got["aoer_score"]), abs=1e-9)
        for j, signal in enumerate(SIGNALS):
            assert parts[signal] == pytest.approx(expected.contributions[i, j], abs=1e-6)
        assert got["status"] == ("stale" if expected.stale[i] >= 8 else "calibrated")
        assert got["metrics"]["weeks_without_reading"] == expected.stale[i]


async def test_without_outcomes_the_prior_index_or_the_classic_rating(db: Database) -> None:
    today: date = await db.fetchval("SELECT current_date")
    ids = await add_tenants(db, 2)
    x, _ = invented(6, 2, 3)
    x[1, -1, 2:] = np.nan
    await add_signals(db, ids, x, np.full((2, 3), np.nan), today)
    index, _ = prior_index(x[:, -1])
    rows = {row["tenant_id"]: row for row in await db.fetch("SELECT * FROM aoer_calibrated($1)", ids)}
    for i, tenant in enumerate(ids):
        assert float(rows[tenant]["aoer_score"]) == pytest.approx(index[i], abs=1e-9)
        assert rows[tenant]["status"] == "uncalibrated"
        assert rows[tenant]["interval_low"] is rows[tenant]["visibility_risk"] is None
    automatic = await db.fetch("SELECT * FROM aoer_compute($1)", ids)
    assert {row["model_version"] for row in automatic} == {"classic-1"}


async def test_no_rows_is_null_with_a_reason(db: Database) -> None:
    ids = await add_tenants(db, 1, rating="calibrated")
    row = await db.fetchrow("SELECT * FROM aoer_compute($1)", ids)
    assert row is not None
    assert (row["aoer_score"], row["status"], row["reason"]) == (None, "no_data", "no signals yet")
    stored = await db.fetchrow("SELECT * FROM aoer_recompute($1)", ids)
    assert stored is not None and stored["aoer_score"] is None
    assert await db.fetchval("SELECT aoer_score IS NULL AND reason IS NOT NULL FROM aoer_summary")


async def test_the_rating_setting_chooses(db: Database) -> None:
    today: date = await db.fetchval("SELECT current_date")
    ids = await add_tenants(db, 6)
    x, y = invented(7, 6, 20)
    await add_signals(db, ids, x, y, today)

    async def version() -> str:
        return str(await db.fetchval("SELECT min(model_version) FROM aoer_compute($1)", ids))

    assert await version() == "classic-1"  # nothing learnt yet
    await learn_all(db, ACTOR)
    assert await version() == MODEL_VERSION
    await db.execute('UPDATE tenants SET settings = \'{"rating": "classic"}\'')
    assert await version() == "classic-1"
    await db.execute("UPDATE tenants SET settings = '{}'")
    async with db.transaction(None) as connection:
        await connection.execute("SET LOCAL aoer.rating = 'classic'")
        assert await connection.fetchval("SELECT min(model_version) FROM aoer_compute($1)", ids) == "classic-1"


async def test_each_tenant_of_a_batch_gets_its_own_rating(db: Database) -> None:
    """Both ratings in one statement are what the statement of each says by itself."""
    today: date = await db.fetchval("SELECT current_date")
    ids = await add_tenants(db, 6)
    x, y = invented(9, 6, 20)
    await add_signals(db, ids, x, y, today)
    await learn_all(db, ACTOR)
    await db.execute('UPDATE tenants SET settings = \'{"rating": "classic"}\' WHERE id = ANY ($1)', ids[::2])
    alone = "SELECT * FROM aoer_classic($1) UNION ALL SELECT * FROM aoer_calibrated($2) ORDER BY tenant_id"
    expected = await db.fetch(alone, ids[::2], ids[1::2])
    assert await db.fetch("SELECT * FROM aoer_compute($1) ORDER BY tenant_id", ids) == expected
    stored = await db.fetch("SELECT * FROM aoer_recompute($1) ORDER BY tenant_id", ids)
    assert [{**row, "changed": None} for row in stored] == [{**row, "changed": None} for row in expected]


async def test_recompute_stores_summary_history_and_event(db: Database) -> None:
    today: date = await db.fetchval("SELECT current_date")
    ids = await add_tenants(db, 6)
    x, y = invented(8, 6, 20)
    await add_signals(db, ids, x, y, today)
    await learn_all(db, ACTOR)
    rows = await db.fetch("SELECT * FROM aoer_recompute($1)", ids)
    assert len(rows) == 6 and all(row["changed"] for row in rows)
    again = await db.fetch("SELECT * FROM aoer_recompute($1)", ids)
    assert not any(row["changed"] for row in again)
    summary = await db.fetchrow("SELECT * FROM aoer_summary WHERE tenant_id = $1", ids[0])
    assert summary is not None
    assert summary["metrics"]["contributions"]["level"] == pytest.approx(float(summary["level"]), abs=1e-4)
    assert await db.fetchval("SELECT count(*) FROM aoer_history") == 12
    history = await db.fetchrow("SELECT * FROM aoer_history LIMIT 1")
    assert history is not None
    assert sum(history["contributions"].values()) == pytest.approx(float(history["score"]), abs=0.005)
