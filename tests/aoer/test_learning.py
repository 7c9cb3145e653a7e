"""Learning against the database: predictions before outcomes, promotion by the stated test, drift, what is left out."""

from datetime import date, timedelta

import numpy as np
import pytest

from console.aoer.learn_service import learn_all, promote, run
from console.aoer.learning import CHALLENGER_VERSION, contest, learn, next_periods
from console.aoer.rating.settings import MODEL_VERSION
from console.aoer.service import logged_skill, replayed_skill
from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.store.database import Database
from tests.aoer.database import add_signals, add_tenants
from tests.aoer.panels import invented, panel_of

ACTOR = Actor(Origin.COMMAND_LINE, "test")


async def day(db: Database) -> date:
    return date.fromisoformat(str(await db.fetchval("SELECT current_date")))


async def test_predictions_are_stored_before_their_reading_and_stand(db: Database) -> None:
    today = await day(db)
    ids = await add_tenants(db, 6)
    x, y = invented(1, 6, 21)
    await add_signals(db, ids, x[:, :20], y[:, :20], today - timedelta(weeks=1))
    done = await learn_all(db, ACTOR)
    assert (done["tenants"], done["outcomes_matched"]) == (6, 0)
    first = {(r["tenant_id"], r["model_version"]): r for r in await db.fetch("SELECT * FROM aoer_predictions")}
    assert {version for _, version in first} == {MODEL_VERSION, CHALLENGER_VERSION, "classic-1", "equal-level-1"}
    assert all(row["date"] == today and row["outcome"] is None for row in first.values())
    await db.execute("UPDATE aiv_raw_signals SET observed_aiv = 90")
    await learn_all(db, ACTOR)  # again, knowing better: what was said stands
    await add_signals(db, ids, x[:, :20], y[:, :20], today - timedelta(weeks=1))
    assert await db.fetchval("SELECT count(*) FROM aoer_predictions") == len(first)

    await add_signals(db, ids, x[:, 20:], y[:, 20:], today)
    done = await learn_all(db, ACTOR)
    assert done["outcomes_matched"] == len(first)
    for row in await db.fetch("SELECT * FROM aoer_predictions WHERE date = $1", today):
        assert row["predicted"] == first[row["tenant_id"], row["model_version"]]["predicted"]
        assert row["outcome"] == pytest.approx(y[ids.index(row["tenant_id"]), 20])
        assert row["outcome_at"] >= row["predicted_at"]
    skill = await logged_skill(db, None, 4)
    assert skill.n == 6 and {one.model for one in skill.errors} == {"calibrated", "classic", "equal_level"}
    replayed = await replayed_skill(db, None, 10)
    assert replayed.n == 60


async def test_a_reading_that_was_known_before_is_no_outcome_of_a_prediction(db: Database) -> None:
    today = await day(db)
    ids = await add_tenants(db, 1)
    x, y = invented(2, 1, 10)
    await add_signals(db, ids, x, y, today)
    await db.execute(
        "INSERT INTO aoer_predictions (tenant_id, date, model_version, predicted, predicted_at)"
        " VALUES ($1, $2, 'late', 50, now() + interval '1 minute')",
        ids[0],
        today,
    )
    done = await learn_all(db, ACTOR)
    assert done["outcomes_matched"] == 0


async def test_a_late_outcome_is_learnt_at_its_own_date(db: Database) -> None:
    today = await day(db)
    ids = await add_tenants(db, 6)
    x, y = invented(3, 6, 16)
    late = y.copy()
    late[2, 8] = np.nan
    await add_signals(db, ids, x, late, today)
    await learn_all(db, ACTOR)
    without = await db.fetchval("SELECT level FROM aoer_model WHERE tenant_id = $1 AND role = 'champion'", ids[2])
    await add_signals(db, ids, x, y, today)
    await learn_all(db, ACTOR)
    with_it = await db.fetchval("SELECT level FROM aoer_model WHERE tenant_id = $1 AND role = 'champion'", ids[2])
    panel = panel_of(x, y)
    expected = learn(panel, np.ones(6, dtype=bool), date.fromordinal(int(panel.day[-1])))
    assert with_it != without
    assert with_it == pytest.approx(expected.versions[MODEL_VERSION].parameters.level[2], abs=1e-9)


async def test_rows_after_today_and_inactive_tenants_are_left_out_and_told(db: Database) -> None:
    today = await day(db)
    ids = await add_tenants(db, 6)
    x, y = invented(4, 6, 12)
    await add_signals(db, ids, x, y, today + timedelta(weeks=2))
    await db.execute("UPDATE tenants SET active = false WHERE id = $1", ids[0])
    done = await learn_all(db, ACTOR)
    assert (done["future_rows_ignored"], done["tenants"], done["rows"]) == (12, 5, 50)
    assert await db.fetchval("SELECT max(trained_to) FROM aoer_model") == today


async def test_drift_is_an_event_once(db: Database) -> None:
    today = await day(db)
    ids = await add_tenants(db, 6)
    x, y = invented(8, 6, 40)
    y[2, 30:] = np.clip(y[2, 30:] + 25, 0, 100)
    await add_signals(db, ids, x, y, today)
    first, second = await learn_all(db, ACTOR), await learn_all(db, ACTOR)
    events = await db.fetch("SELECT tenant_id, event_data FROM metrics_events WHERE event_type = 'aoer_drift'")
    assert first["drifts"] == len(events) > 0 and second["drifts"] == 0
    assert any(row["tenant_id"] == ids[2] and row["event_data"]["direction"] == "up" for row in events)


async def test_the_cycle_learns_when_a_week_begins_or_newcomers_wait(db: Database) -> None:
    today = await day(db)
    ids = await add_tenants(db, 2)
    x, y = invented(5, 2, 10)
    await add_signals(db, ids[:1], x, y, today)
    tick = await db.fetchval("SELECT now()")
    assert (await run(db, Settings(), tick))["due"] is True
    assert (await run(db, Settings(), tick))["due"] is False
    await add_signals(db, ids[1:], x[1:], y[1:], today)
    assert (await run(db, Settings(), tick))["tenants"] == 2


async def contested(db: Database, gain: float, readings: int) -> str:
    """Predictions of both versions on some readings, the challenger's errors smaller by `gain`; the champion after."""
    (tenant,) = await add_tenants(db, 1)
    for version, role in ((MODEL_VERSION, "champion"), (CHALLENGER_VERSION, "challenger")):
        await db.execute(
            "INSERT INTO aoer_model (tenant_id, model_version, role, level) VALUES ($1, $2, $3, 50)",
            tenant,
            version,
            role,
        )
        for week in range(readings):
            error = 6 + week % 3 - (gain if role == "challenger" else 0)
            await db.execute(
                "INSERT INTO aoer_predictions (tenant_id, date, model_version, role, predicted, outcome, outcome_at)"
                " VALUES ($1, $2, $3, $4, $5, 50, now() + interval '1 day')",
                tenant,
                date(2026, 1, 5) + timedelta(weeks=week),
                version,
                role,
                50 + error + 0.1 * week * (role == "challenger"),
            )
    await promote(db, ACTOR)
    return str(await db.fetchval("SELECT model_version FROM aoer_model WHERE role = 'champion'"))


@pytest.mark.parametrize(
    ("gain", "readings", "winner"),
    [(2, 8, CHALLENGER_VERSION), (2, 7, MODEL_VERSION), (-2, 12, MODEL_VERSION), (0, 12, MODEL_VERSION)],
)
async def test_a_challenger_takes_over_only_by_the_stated_test(
    db: Database, gain: float, readings: int, winner: str
) -> None:
    assert await contested(db, gain, readings) == winner
    events = await db.fetchval("SELECT count(*) FROM metrics_events WHERE event_type = 'aoer_promotion'")
    assert events == (winner == CHALLENGER_VERSION)
    # The same evidence does not count twice: the new champion is judged on what it predicts from now on.
    assert await promote(db, ACTOR) == 0


async def test_evidence_from_before_a_promotion_does_not_count(db: Database) -> None:
    (tenant,) = await add_tenants(db, 1)
    for version, role, error in ((MODEL_VERSION, "champion", 9.0), (CHALLENGER_VERSION, "challenger", 1.0)):
        await db.execute(
            "INSERT INTO aoer_model (tenant_id, model_version, role, level, promoted_at)"
            " VALUES ($1, $2, $3, 50, now() + interval '1 hour')",
            tenant,
            version,
            role,
        )
        await db.execute(
            "INSERT INTO aoer_predictions (tenant_id, date, model_version, predicted, outcome, outcome_at)"
            " SELECT $1, current_date - 7 * w, $2, 50 + $3 + 0.1 * w, 50, now() FROM generate_series(1, 12) w",
            tenant,
            version,
            error,
        )
    assert await promote(db, ACTOR) == 0
    await db.execute("UPDATE aoer_model SET promoted_at = NULL")
    assert await promote(db, ACTOR) == 1


def test_contest_is_one_sided_and_paired() -> None:
    rng = np.random.default_rng(3)
    hard = rng.uniform(0, 100, 12)
    better = contest(hard.tolist(), (hard - 1 - rng.uniform(0, 1, 12)).tolist())
    assert better.promotes and better.p < 0.001
    assert not contest((hard - 1).tolist(), hard.tolist()).promotes
    luck = contest([10.0, 1.0] * 6, [1.0, 9.9] * 6)
    assert luck.challenger_loss < luck.champion_loss and not luck.promotes
    noise = contest(hard.tolist(), rng.uniform(0, 100, 12).tolist())
    assert noise.p > 0.01
    assert not contest([2.0] * 20, [1.0] * 7 + [3.0] * 13).promotes


def test_the_next_period_is_the_waiting_row_or_the_week_after() -> None:
    x, y = invented(1, 2, 4)
    y[1, 3] = np.nan
    panel = panel_of(x, y)
    due, signals = next_periods(panel)
    last = int(panel.day[-1])
    assert due.tolist() == [last + 7, last]
    np.testing.assert_array_equal(signals, x[:, 3])
