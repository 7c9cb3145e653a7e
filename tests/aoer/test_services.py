"""What the verbs read: the cache rule, explanations, exposure, revenue, intents, retention."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from console.aoer import exposure_service, intent_service, revenue_service, service
from console.aoer.learn_service import learn_all
from console.aoer.retention import run as clean_up
from console.aoer.revenue import FACTORS, Mode
from console.aoer.tenant import Tenant, find_tenant
from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import Conflict, ConsoleError, NotFound, UsageError
from console.store.database import Database
from console.store.queries import queries
from tests.aoer.database import add_signals, add_tenants
from tests.aoer.panels import invented

ACTOR = Actor(Origin.COMMAND_LINE, "test")


async def rated(db: Database) -> Tenant:
    today = await db.fetchval("SELECT current_date")
    ids = await add_tenants(db, 6)
    x, y = invented(1, 6, 20)
    await add_signals(db, ids, x, y, today)
    await learn_all(db, ACTOR)
    return await find_tenant(db, "tenant-1")


async def test_a_stored_rating_is_shown_for_five_minutes_and_a_recompute_at_once(db: Database) -> None:
    tenant = await rated(db)
    assert (await service.show(db, tenant, 300)).source == "computed now"
    await db.fetch("SELECT * FROM aoer_recompute($1)", [tenant.id])
    assert (await service.show(db, tenant, 300)).source == "stored"
    await db.execute("UPDATE aoer_summary SET aoer_score = 1, last_updated = now() - interval '299 seconds'")
    assert (await service.show(db, tenant, 300)).values["aoer_score"] == 1
    await db.fetch("SELECT * FROM aoer_recompute($1)", [tenant.id])
    assert (await service.show(db, tenant, 300)).values["aoer_score"] != 1
    await db.execute("UPDATE aoer_summary SET aoer_score = 1, last_updated = now() - interval '301 seconds'")
    late = await service.show(db, tenant, 300)
    assert late.source == "computed now" and late.values["aoer_score"] != 1
    assert await db.fetchval("SELECT aoer_score FROM aoer_summary") == 1  # looking writes nothing


async def test_explanation_adds_up_and_what_if_is_monotone(db: Database) -> None:
    tenant = await rated(db)
    now, _ = await service.explain(db, tenant)
    assert now.score is not None and now.level is not None
    assert now.level + sum(part.contribution for part in now.parts) + now.limit == pytest.approx(now.score, abs=1e-9)
    row = await db.fetchrow("SELECT * FROM compute_aoer_for_tenant($1)", tenant.id)
    assert row is not None and float(row["aoer_score"]) == pytest.approx(now.score, abs=1e-6)
    up, _ = await service.explain(db, tenant, {"aeo": "+10", "geo": "99"})
    assert up.score is not None and up.score >= now.score
    assert {part.signal: part.value for part in up.parts}["geo"] == 99
    for wrong in ({"aoe": "5"}, {"aeo": "x"}, {"aeo": "101"}, {"aeo": "+200"}, {"aeo": "nan"}):
        with pytest.raises(UsageError):
            await service.explain(db, tenant, wrong)


async def test_without_learning_there_is_nothing_to_explain(db: Database) -> None:
    await add_tenants(db, 1)
    with pytest.raises(Conflict, match="nothing was learnt"):
        await service.explain(db, await find_tenant(db, "tenant-1"))


async def test_unknown_tenants_get_similar_names(db: Database) -> None:
    await add_tenants(db, 2)
    with pytest.raises(NotFound) as caught:
        await find_tenant(db, "tenant")
    assert "tenant-1" in caught.value.hint
    assert (await find_tenant(db, "Tenant 2")).slug == "tenant-2"


async def add_queries(db: Database, tenant: UUID, week: date, count: int, position: str = "top") -> None:
    await db.execute("SELECT ensure_partitions('aoer_queries', $1, $1)", week)
    await db.execute(
        "INSERT INTO aoer_queries (tenant_id, query, week_start, monthly_volume, serp_position, ai_present,"
        " ai_position, has_our_citation, ai_tokens, metadata)"
        " SELECT $1, 'used cars for sale ' || i, $2, 100, 3, true, $4, false, 300,"
        ' \'{"mentions": {"Us": 1, "Them": 3}}\' FROM generate_series(1, $3) i',
        tenant,
        week,
        count,
        position,
    )


async def test_exposure_report_compares_with_the_range_before(db: Database) -> None:
    (tenant_id,) = await add_tenants(db, 1)
    tenant = await find_tenant(db, "tenant-1")
    week = date(2026, 3, 2)
    await add_queries(db, tenant_id, week - timedelta(weeks=1), 12, "top")
    await add_queries(db, tenant_id, week, 12, "bottom")
    found = await exposure_service.report(db, tenant, week, week + timedelta(days=6), 5)
    assert (found.exposure.rows, found.before.rows, found.trend) == (12, 12, "improving")
    assert len(found.losing) == 5 and found.exposure.sample == "early reading"
    assert [(voice.brand, voice.share.value) for voice in found.voices] == [("Them", 0.75), ("Us", 0.25)]
    await db.execute(
        "UPDATE aoer_queries SET metadata = metadata || '{\"panel_version\": 1}' WHERE week_start < $1", week
    )
    await db.execute(
        "UPDATE aoer_queries SET metadata = metadata || '{\"panel_version\": 2}' WHERE week_start = $1", week
    )
    found = await exposure_service.report(db, tenant, week, week + timedelta(days=6), 5)
    assert found.trend == "another panel: no comparison"
    statistics = await exposure_service.statistics(db, tenant, week - timedelta(weeks=1), week)
    assert statistics["totals"]["total_queries"] == 24 and len(statistics["weeks"]) == 2
    with pytest.raises(UsageError):
        await exposure_service.report(db, tenant, week, week - timedelta(days=1), 5)


async def test_intents_are_classified_reviewed_and_stated(db: Database) -> None:
    (tenant_id,) = await add_tenants(db, 1)
    tenant = await find_tenant(db, "tenant-1")
    week = date(2026, 3, 2)
    await add_queries(db, tenant_id, week, 3)
    await db.execute(
        "INSERT INTO aoer_queries (tenant_id, query, week_start, intent, intent_source) VALUES"
        " ($1, 'glorp', $2, NULL, NULL), ($1, 'sell my car', $2, 'other', 'stated'),"
        " ($1, 'tenant 1 hours', $2, NULL, NULL)",
        tenant_id,
        week,
    )
    await db.execute("UPDATE tenants SET brand_terms = '{tenant 1}'")
    done = await intent_service.classify_all(db, ACTOR)
    assert done["classified"] + done["review"] == 5
    rows = {row["query"]: row for row in await db.fetch("SELECT * FROM aoer_queries")}
    assert (rows["sell my car"]["intent"], rows["sell my car"]["intent_source"]) == ("other", "stated")
    assert rows["used cars for sale 1"]["intent"] == "commercial"
    assert rows["tenant 1 hours"]["intent"] == "navigational"
    await db.execute(
        queries("aoer")["store_intents"],
        [tenant_id],
        ["sell my car"],
        [week],
        ["commercial"],
        ["classified"],
        [0.99],
        ["x"],
    )  # stated while the classifier was thinking
    stated = await db.fetchval("SELECT intent FROM aoer_queries WHERE query = 'sell my car'")
    assert stated == "other"
    waiting = await intent_service.review_list(db, tenant, 10)
    assert len(waiting) == done["review"]
    if waiting:
        query = waiting[0]["query"]
        assert rows[query]["intent"] == "other" and waiting[0]["guess"]
        assert await intent_service.state_intent(db, ACTOR, tenant, query, "informational") == 1
        assert len(await intent_service.review_list(db, tenant, 10)) == done["review"] - 1
    with pytest.raises(UsageError):
        await intent_service.state_intent(db, ACTOR, tenant, "glorp", "buying")
    with pytest.raises(NotFound):
        await intent_service.state_intent(db, ACTOR, tenant, "sell my car", "commercial")


async def test_revenue_needs_a_unit_and_never_mixes_units(db: Database) -> None:
    tenant = await rated(db)
    assert (await revenue_service.revenue_at_risk(db, tenant)).mode is Mode.NOT_COMPUTABLE
    example = dict(zip(FACTORS, (50_000, 0.35, 0.08, 0.15, 0.12, 0.25, 2_500), strict=True))
    await revenue_service.declare(db, ACTOR, tenant, "currency", None, example)
    tenant = await find_tenant(db, "tenant-1")
    got = await revenue_service.revenue_at_risk(db, tenant)
    assert got.mode is Mode.ASSUMPTION and got.p50 == pytest.approx(15_750)
    await db.execute(
        "UPDATE aiv_raw_signals SET observed_rar = 100 * (100 - observed_aiv) WHERE tenant_id = $1", tenant.id
    )
    got = await revenue_service.revenue_at_risk(db, tenant)
    assert got.mode is Mode.OBSERVED and got.n == 20 and got.slope == pytest.approx(100, rel=0.01)
    with pytest.raises(ConsoleError, match="cannot be read as rate"):
        await revenue_service.declare(db, ACTOR, tenant, "rate", None, {})
    today = await db.fetchval("SELECT current_date")
    await revenue_service.declare(db, ACTOR, tenant, "rate", today, {})
    with pytest.raises(Conflict, match="changed meanwhile"):
        await revenue_service.declare(db, ACTOR, tenant, "rate", today, {})
    tenant = await find_tenant(db, "tenant-1")
    assert (tenant.revenue_unit, (await revenue_service.revenue_at_risk(db, tenant)).mode) == (
        "rate",
        Mode.NOT_COMPUTABLE,
    )


async def test_clean_up_takes_what_is_too_old_and_nothing_else(db: Database, owner_dsn: str) -> None:
    (tenant,) = await add_tenants(db, 1)
    await db.execute(
        "INSERT INTO aiv_raw_signals (tenant_id, date, aeo)"
        " VALUES ($1, current_date - 364, 1), ($1, current_date - 366, 1)",
        tenant,
    )
    for age in (89, 91):
        await db.execute(
            "INSERT INTO aoer_failures (tenant_id, job_name, error_text, created_at)"
            " VALUES ($1, 'x', 'y', now() - $2 * interval '1 day')",
            tenant,
            age,
        )
    for age in (179, 181):
        await db.execute(
            "INSERT INTO aoer_predictions (tenant_id, date, model_version, predicted, created_at)"
            " VALUES ($1, current_date - $2::integer, 'm', 1, now() - $2 * interval '1 day')",
            tenant,
            age,
        )
    done = await clean_up(db, Settings(), await db.fetchval("SELECT now()"))
    assert done == {"signals": 1, "failures": 1, "predictions": 1, "models": 0, "answers": 0}
    for table in ("aiv_raw_signals", "aoer_failures", "aoer_predictions"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 1
    with pytest.raises(ConsoleError, match="at least 7 days"):
        await db.execute("SELECT aoer_clean_up('1 day', '90 days', '180 days')")
