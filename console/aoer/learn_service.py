"""The weekly learning against the database: read, learn in a thread, store parameters, predictions and events."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np

from console.aoer.learning import (
    CLASSIC_VERSION,
    EQUAL_VERSION,
    VERSIONS,
    Learnt,
    Version,
    contest,
    learn,
)
from console.aoer.panel import Panel
from console.aoer.rating.settings import MODEL_VERSION, SIGNALS, Bools, Floats
from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")
MEMORY_DAYS = 3 * 365
CHUNK = 500


async def run(db: Database, settings: Settings, tick: datetime) -> Mapping[str, Any]:
    """The cycle: learn when a new week began or when readings wait that were never learnt."""
    del settings, tick
    row = await db.fetchrow(_SQL["learning_due"])
    if row is not None and not row["week_began"] and not row["newcomers"]:
        return {"due": False}
    return {"due": True, **await learn_all(db, Actor(Origin.SCHEDULER, "weekly learning"))}


async def learn_all(db: Database, actor: Actor) -> dict[str, Any]:
    """Learn from everything up to today and store it. Safe to run again: parameters are replaced, predictions stand."""
    today: date = await db.fetchval(_SQL["database_day"])
    async with db.transaction(actor) as connection:
        resolved = int((await connection.execute(_SQL["resolve_predictions"])).rpartition(" ")[2])
    promoted = await promote(db, actor)
    panel, pooled = await load_panel(db, today)
    future = await db.fetchval(_SQL["future_rows"], today)
    stats: dict[str, Any] = {
        "tenants": len(panel.tenants),
        "rows": len(panel),
        "outcomes_matched": resolved,
        "promoted": promoted,
        "future_rows_ignored": future,
    }
    if not panel.tenants:
        return stats | {"models": 0, "predictions": 0, "drifts": 0}
    learnt = await asyncio.to_thread(learn, panel, pooled, today)
    return stats | await store(db, actor, learnt, pooled)


async def load_panel(db: Database, today: date, tenant: UUID | None = None) -> tuple[Panel, Bools]:
    """All rows up to `today` of tenants that have readings (or of one), and who may be pooled."""
    listed = await db.fetch(_SQL["tenants_with_readings"], today)
    if tenant is not None:
        listed = [row for row in listed if row["id"] == tenant]
    ids = [row["id"] for row in listed]
    pooled = np.array([row["pooled"] for row in listed], dtype=bool)
    number = {one: index for index, one in enumerate(ids)}
    rows: list[Any] = []
    for first in range(0, len(ids), CHUNK):
        rows += await db.fetch(_SQL["signals_of"], ids[first : first + CHUNK], today, MEMORY_DAYS)
    return await asyncio.to_thread(_panel, [str(one) for one in ids], number, rows), pooled


def _panel(names: list[str], number: Mapping[UUID, int], rows: list[Any]) -> Panel:
    tenant = np.array([number[row["tenant_id"]] for row in rows], dtype=np.int64)
    day = np.array([row["date"].toordinal() for row in rows], dtype=np.int64)
    order = np.lexsort((tenant, day))
    x = np.array([[row[name] for name in SIGNALS] for row in rows], dtype=np.float64).reshape(-1, len(SIGNALS))
    y = np.array([row["observed_aiv"] for row in rows], dtype=np.float64)
    sample = np.array([row["sample_size"] for row in rows], dtype=np.float64)
    return Panel(tuple(names), tenant[order], day[order], x[order], y[order], sample[order])


async def store(db: Database, actor: Actor, learnt: Learnt, pooled: Bools) -> dict[str, Any]:
    """Models, predictions and new drift events, in short transactions of some hundred tenants each."""
    ids = [UUID(name) for name in learnt.tenants]
    before = {row["tenant_id"]: row["trained_to"] for row in await db.fetch(_SQL["trained_to"])}
    drifts = _drifts(learnt.versions[MODEL_VERSION], ids, before)
    await db.execute(_SQL["ensure_event_partition"])
    done = {"models": 0, "predictions": 0, "drifts": len(drifts)}
    for first in range(0, len(ids), CHUNK):
        rows = range(first, min(first + CHUNK, len(ids)))
        models = [
            _model(ids[row], row, name, version, pooled) for name, version in learnt.versions.items() for row in rows
        ]
        predictions = _predictions(learnt, ids, rows)
        mine = set(ids[first : first + CHUNK])
        async with db.transaction(actor) as connection:
            await connection.executemany(_SQL["store_model"], models)
            await connection.executemany(_SQL["store_prediction"], predictions)
            await connection.executemany(_SQL["store_event"], [drift for drift in drifts if drift[0] in mine])
        done["models"] += len(models)
        done["predictions"] += len(predictions)
    async with db.transaction(actor) as connection:
        await connection.execute(_SQL["audit"], None, "aoer.learn", "model", MODEL_VERSION, None, done, "done")
    db.changed("summary")
    return done


def _model(tenant: UUID, row: int, name: str, version: Version, pooled: Bools) -> tuple[Any, ...]:
    p = version.parameters
    settings = VERSIONS[name]
    return (
        tenant,
        name,
        name == MODEL_VERSION,
        float(p.level[row]),
        p.weights[row].tolist(),
        list(settings.prior_weights),
        _nulls(p.references[row]),
        float(version.half_life[row]),
        float(p.scale[row]),
        float(version.alpha[row]),
        float(p.quantile[row]),
        int(version.outcomes[row]),
        bool(pooled[row]),
        date.fromordinal(round(float(p.last[row]) * 7)),
        float(p.median[row]),
        p.cdf[row].tolist(),
        {"signals": list(SIGNALS)},
    )


def _predictions(learnt: Learnt, ids: list[UUID], rows: range) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for row in rows:
        tenant = ids[row]
        day = date.fromordinal(int(learnt.due[row]))
        for name, version in learnt.versions.items():
            rated, median = version.rated, float(version.parameters.median[row])
            extra = {"risk": float(rated.risk[row]), "median": median}
            bounds = (float(rated.low[row]), float(rated.high[row]))
            found.append((tenant, day, name, float(rated.score[row]), float(rated.level[row]), *bounds, extra))
        for name, column in ((CLASSIC_VERSION, learnt.classic), (EQUAL_VERSION, learnt.equal_level)):
            if np.isfinite(column[row]):
                found.append((tenant, day, name, float(column[row]), None, None, None, {}))
    return found


def _drifts(version: Version, ids: list[UUID], before: Mapping[UUID, date]) -> list[tuple[Any, ...]]:
    """Alarms of weeks that no earlier learning had seen."""
    found: list[tuple[Any, ...]] = []
    for drift in version.drifts:
        day = date.fromordinal(round(drift.week * 7))
        known = before.get(ids[drift.row])
        if known is None or day > known:
            data = {
                "date": day.isoformat(),
                "direction": "up" if drift.direction > 0 else "down",
                "half_life_before": drift.before,
                "half_life_after": drift.after,
            }
            found.append((ids[drift.row], "aoer_drift", data))
    return found


async def promote(db: Database, actor: Actor) -> int:
    """Let challengers take over that were better on the same readings, all predicted before they came."""
    promoted = 0
    for row in await db.fetch(_SQL["contests"]):
        result = contest(row["champion_losses"], row["challenger_losses"])
        if not result.promotes:
            continue
        tenant, old, new = row["tenant_id"], row["champion"], row["challenger"]
        evidence = {
            "champion": old,
            "challenger": new,
            "readings": result.n,
            "champion_loss": result.champion_loss,
            "challenger_loss": result.challenger_loss,
            "p": result.p,
        }
        async with db.transaction(actor) as connection:
            if (await connection.execute(_SQL["dethrone"], tenant, old)).endswith(" 0"):
                continue  # somebody else promoted meanwhile
            await connection.execute(_SQL["crown"], tenant, new)
            await connection.execute(_SQL["ensure_event_partition"])
            await connection.execute(_SQL["store_event"], tenant, "aoer_promotion", evidence)
            await connection.execute(
                _SQL["audit"], tenant, "aoer.promote", "model", new, {"champion": old}, evidence, "done"
            )
        promoted += 1
    return promoted


def _nulls(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
