"""`aoer show|explain|history|what-if|learn|skill`."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from console.aoer import service
from console.aoer.learn_service import learn_all
from console.aoer.skill import Skill
from console.aoer.tenant import Tenant, find_tenant
from console.cli.context import Context
from console.errors import UsageError


async def show(args: argparse.Namespace, context: Context) -> int:
    """The rating as stored, or as of now where the stored one is too old."""
    async with context.database(read_only=True) as db:
        tenant = await find_tenant(db, args.tenant)
        shown = await service.show(db, tenant, context.settings.aoer.cache_seconds)
    values = {
        "tenant": tenant.name,
        **{key: _rounded(shown.values.get(key)) for key in _SHOWN},
        "source": shown.source,
        "age_seconds": shown.age_seconds,
    }
    if context.out.is_json:
        values["metrics"] = shown.values.get("metrics")
    context.out.record(values)
    return 0


def _rounded(value: Any) -> Any:
    """Numbers as the summary keeps them."""
    return round(float(value), 2) if isinstance(value, (Decimal, float)) else value


_SHOWN = (
    "aoer_score",
    "interval_low",
    "interval_high",
    "visibility_risk",
    "status",
    "reason",
    "level",
    "model_version",
    "last_updated",
)


async def explain(args: argparse.Namespace, context: Context) -> int:
    """The rating in its parts."""
    async with context.database(read_only=True) as db:
        tenant = await find_tenant(db, args.tenant)
        force = (await service.show(db, tenant, 0.0)).values
        if not str(force.get("model_version")).startswith("calibrated"):
            return _explain_plain(context.out, tenant, force)
        found, day = await service.explain(db, tenant)
    if context.out.is_json:
        context.out.json({"tenant": tenant.slug, "signals_of": day, **asdict(found)})
        return 0
    _print_parts(context.out, found, f"{tenant.name}, signals of {day}")
    return 0


def _explain_plain(out: Any, tenant: Tenant, force: Mapping[str, Any]) -> int:
    """The parts of a rating that was not calibrated."""
    parts = force.get("contributions") or {}
    if out.is_json:
        out.json({"tenant": tenant.slug, **{key: _rounded(force.get(key)) for key in _SHOWN}, "contributions": parts})
        return 0
    out.line(f"{tenant.name}: {force.get('model_version')}, {force.get('status')}")
    if parts:
        rows = [[name, f"{float(value):+.2f}"] for name, value in parts.items()]
        out.table(("part", "points"), [*rows, ["rating", _two(force["aoer_score"])]])
    if force.get("reason"):
        out.line(str(force["reason"]))
    out.line("not calibrated: no reading of visibility was learnt, or the setting says classic")
    return 0


def _print_parts(out: Any, found: service.Explained, title: str) -> None:
    out.line(title)
    rows: list[list[Any]] = [["own level", None, None, None, _two(found.level)]]
    rows += [
        [part.signal, _two(part.value), _two(part.usual), f"{part.weight:.3f}", f"{part.contribution:+.2f}"]
        for part in found.parts
    ]
    if found.limit:
        rows.append(["bounds 0..100", None, None, None, f"{found.limit:+.2f}"])
    rows.append(["rating", None, None, None, _two(found.score)])
    out.table(("part", "now", "usual", "weight", "points"), rows)
    missing = [part.signal for part in found.parts if part.value is None]
    if missing:
        out.line(f"not measured, so without a part: {', '.join(missing)}")
    out.line(f"90 % of next readings are expected between {_two(found.low)} and {_two(found.high)}")
    if found.risk is not None:
        out.line(f"the chance that the next reading falls below {_two(found.risk_below)} is {found.risk:.2f}")
    learnt = f"{found.readings} readings, the last of {found.last_reading}"
    pool = "together with the other tenants" if found.pooled else "from this tenant alone (pooling is opted out of)"
    out.line(f"learnt from {learnt}, {pool}; {found.weeks_without_reading} weeks without a reading")
    out.line("points are associated with the signals; they do not say what changing a signal would bring about")


def _two(value: Any) -> str | None:
    return None if value is None else f"{value:.2f}"


async def history(args: argparse.Namespace, context: Context) -> int:
    """Stored recomputes."""
    if args.days < 1 or args.limit < 1:
        raise UsageError("--days and --limit must be at least 1")
    since = datetime.now(UTC) - timedelta(days=args.days)
    async with context.database(read_only=True) as db:
        tenant = await find_tenant(db, args.tenant)
        rows = await service.history(db, tenant, since, args.limit)
    if context.out.is_json:
        context.out.json([dict(row) for row in rows])
        return 0
    names = ("as_of", "score", "interval_low", "interval_high", "risk", "status", "model_version")
    columns = tuple(name.replace("_", " ") for name in names)
    context.out.table(columns, [[row[name] for name in names] for row in rows], empty="no recompute in these days")
    return 0


async def what_if(args: argparse.Namespace, context: Context) -> int:
    """The rating at other signals."""
    changes = dict(_change(one) for one in args.changes)
    async with context.database(read_only=True) as db:
        tenant = await find_tenant(db, args.tenant)
        now, day = await service.explain(db, tenant)
        then, _ = await service.explain(db, tenant, changes)
    difference = None if now.score is None or then.score is None else then.score - now.score
    if context.out.is_json:
        both = {"now": asdict(now), "then": asdict(then)}
        context.out.json({"tenant": tenant.slug, "signals_of": day, "difference": difference, **both})
        return 0
    _print_parts(context.out, then, f"{tenant.name} with {', '.join(args.changes)} (else signals of {day})")
    if difference is not None:
        context.out.line(
            f"such signals are associated with a rating {difference:+.2f} points from today's {now.score:.2f}"
        )
    return 0


def _change(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not value:
        raise UsageError(f"{word!r} is not SIGNAL=VALUE", hint="such as aeo=70 or aeo=+5")
    return name, value


async def learn(args: argparse.Namespace, context: Context) -> int:
    """Learn now."""
    del args
    async with context.database() as db:
        done = await learn_all(db, context.actor())
    context.out.record(done)
    if done["future_rows_ignored"]:
        context.out.note(f"{done['future_rows_ignored']} rows are dated after today: they are not learnt from")
    return 0


async def skill(args: argparse.Namespace, context: Context) -> int:
    """Errors of stored predictions and of a replay."""
    if args.weeks < 1:
        raise UsageError("--weeks must be at least 1")
    async with context.database(read_only=True) as db:
        tenant = await find_tenant(db, args.tenant) if args.tenant else None
        logged = await service.logged_skill(db, tenant, args.weeks)
        replayed = await service.replayed_skill(db, tenant, args.weeks)
    if context.out.is_json:
        context.out.json({"logged": _document(logged), "replayed": _document(replayed)})
        return 0
    _print_skill(context.out, logged, "predictions stored before their reading came")
    _print_skill(context.out, replayed, "walk-forward replay of the stored rows")
    return 0


def _document(skill: Skill) -> dict[str, Any]:
    whole = {**asdict(skill), "risk_skill": skill.risk_skill}
    return {key: _finite(value) for key, value in whole.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value


def _print_skill(out: Any, skill: Skill, title: str) -> None:
    out.line(f"{title}: {skill.n} readings")
    if not skill.n:
        out.note("nothing to compare yet")
        return
    rows = [[one.model, one.n, *(f"{v:.3f}" for v in (one.rmse, one.mae, one.bias, one.ratio))] for one in skill.errors]
    out.table(("model", "n", "rmse", "mae", "bias", "over equal+level"), rows)
    out.line(f"90 % interval: {skill.coverage:.3f} covered, {skill.width:.1f} points wide")
    out.line(f"risk: Brier {skill.brier:.4f}, always saying {skill.drops:.3f}: {skill.climatology:.4f},"
             f" skill {skill.risk_skill:+.3f}")  # fmt: skip
