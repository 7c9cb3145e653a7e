"""Reading ratings: as stored, as computed now, explained, what they would be, and how good they were."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from console.aoer.backtest import walk_forward
from console.aoer.learn_service import load_panel
from console.aoer.rating.parameters import Parameters, Rated, rate
from console.aoer.rating.settings import SIGNALS, Floats
from console.aoer.skill import Skill, measure
from console.aoer.tenant import Tenant
from console.errors import Conflict, UsageError
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")


@dataclass(frozen=True, slots=True)
class Shown:
    """A rating with where it comes from: "stored", or "computed now" because what is stored is older than allowed."""

    source: str
    age_seconds: float | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One signal of an explanation; `usual` is what its contribution is counted from."""

    signal: str
    value: float | None
    usual: float | None
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Explained:
    """level + contributions + limit = score."""

    score: float | None
    level: float | None
    limit: float
    parts: tuple[Part, ...]
    low: float | None
    high: float | None
    risk: float | None
    risk_below: float | None
    weeks_without_reading: int
    last_reading: date | None
    readings: int
    pooled: bool
    model_version: str


async def show(db: Database, tenant: Tenant, cache_seconds: float) -> Shown:
    """The stored rating while it is younger than `cache_seconds`, else the one computed now (nothing is written).

    The stored row itself is read every time, so a recompute in between is seen at once.
    """
    stored = await db.fetchrow(_SQL["stored_summary"], tenant.id)
    if stored is not None and stored["age_seconds"] <= cache_seconds:
        return Shown("stored", stored["age_seconds"], dict(stored))
    fresh = await db.fetchrow(_SQL["compute"], tenant.id)
    return Shown("computed now", None, dict(fresh) if fresh is not None else {})


async def champion(db: Database, tenant: Tenant) -> tuple[Parameters, Any] | None:
    """Stored parameters of one tenant (k = 1) with their row; None before anything was learnt."""
    row = await db.fetchrow(_SQL["champion"], tenant.id)
    if row is None or row["level"] is None:
        return None

    def one(value: Any) -> Floats:
        return np.array([value], dtype=np.float64)

    parameters = Parameters(
        level=one(row["level"]),
        weights=one(row["weights"]),
        references=one(row["signal_means"]),
        scale=one(row["residual_scale"]),
        quantile=one(row["interval_radius"]),
        cdf=one(row["risk_cdf"]),
        median=one(row["risk_median"]),
        last=one(row["trained_to"].toordinal() / 7.0),
    )
    return parameters, row


async def explain(db: Database, tenant: Tenant, changes: Mapping[str, str] | None = None) -> tuple[Explained, date]:
    """The calibrated rating of today in its parts, at the newest signals or with `changes` ("70", "+5", "-5") to them.

    Raises Conflict where nothing was learnt about the tenant yet.
    """
    found = await champion(db, tenant)
    if found is None:
        raise Conflict(
            f"nothing was learnt about {tenant.name} yet: there is no calibrated rating to explain",
            hint="readings of visibility (observed_aiv) and aoer-console aoer learn make one",
        )
    parameters, row = found
    today: date = await db.fetchval(_SQL["database_day"])
    signals = await db.fetchrow(_SQL["newest_signals"], tenant.id, today)
    values = [signals[name] if signals is not None else None for name in SIGNALS]
    x = np.array([_changed(values, changes or {})], dtype=np.float64)
    rated = rate(parameters, x, today.toordinal() / 7.0)
    return _explained(parameters, rated, x[0], row), signals["date"] if signals is not None else today


def _changed(values: list[float | None], changes: Mapping[str, str]) -> list[float | None]:
    unknown = sorted(set(changes) - set(SIGNALS))
    if unknown:
        raise UsageError(f"unknown signal {unknown[0]!r}", hint=f"one of: {', '.join(SIGNALS)}")
    return [_apply(name, value, changes.get(name)) for name, value in zip(SIGNALS, values, strict=True)]


def _apply(name: str, value: float | None, change: str | None) -> float | None:
    if change is None:
        return value
    try:
        amount = float(change)
    except ValueError:
        raise UsageError(f"{name}={change}: {change!r} is not a number", hint="such as aeo=70 or aeo=+5") from None
    if change[0] in "+-":
        if value is None:
            raise UsageError(f"{name} was not measured: it can be set, not raised", hint=f"{name}=50")
        amount += value
    if not 0 <= amount <= 100:
        raise UsageError(f"{name}={change} gives {amount:g}, outside 0..100")
    return amount


def _explained(parameters: Parameters, rated: Rated, x: Floats, row: Any) -> Explained:
    parts = tuple(
        Part(name, _none(x[i]), _none(parameters.references[0, i]), float(parameters.weights[0, i]), float(part))
        for i, (name, part) in enumerate(zip(SIGNALS, rated.contributions[0], strict=True))
    )
    return Explained(
        score=_none(rated.score[0]),
        level=_none(rated.level[0]),
        limit=float(rated.limit[0]),
        parts=parts,
        low=_none(rated.low[0]),
        high=_none(rated.high[0]),
        risk=_none(rated.risk[0]),
        risk_below=_none(parameters.median[0] - 5.0),
        weeks_without_reading=int(rated.stale[0]),
        last_reading=row["trained_to"],
        readings=row["outcomes"],
        pooled=row["pooled"],
        model_version=row["model_version"],
    )


async def history(db: Database, tenant: Tenant, since: datetime, limit: int) -> list[Any]:
    """Stored recomputes, newest first."""
    return await db.fetch(_SQL["history"], tenant.id, since, limit)


async def logged_skill(db: Database, tenant: Tenant | None, weeks: int) -> Skill:
    """Skill of predictions that were stored before their reading came."""
    today: date = await db.fetchval(_SQL["database_day"])
    since = today - timedelta(weeks=weeks)
    rows = await db.fetch(_SQL["logged_predictions"], tenant.id if tenant else None, since)

    def column(name: str) -> Floats:
        return np.array([row[name] for row in rows], dtype=np.float64)

    models = {name: column(name) for name in ("calibrated", "classic", "equal_level")}
    return measure(column("outcome"), models, column("low"), column("high"), column("risk"), column("median"))


async def replayed_skill(db: Database, tenant: Tenant | None, weeks: int) -> Skill:
    """Skill of a walk-forward replay of the stored rows over the last weeks, all tenants learning together."""
    import asyncio

    today: date = await db.fetchval(_SQL["database_day"])
    panel, pooled = await load_panel(db, today)
    walk = await asyncio.to_thread(walk_forward, panel, pooled)
    rows = panel.day > today.toordinal() - 7 * weeks
    if tenant is not None:
        mine = panel.tenants.index(str(tenant.id)) if str(tenant.id) in panel.tenants else -1
        rows &= panel.tenant == mine
    order = ("classic", "last", "ewma", "equal_level", "prior_level")
    models = {"calibrated": walk.prediction[rows]} | {name: walk.rivals[name][rows] for name in order}
    return measure(panel.y[rows], models, walk.low[rows], walk.high[rows], walk.risk[rows], walk.median[rows])


def _none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
