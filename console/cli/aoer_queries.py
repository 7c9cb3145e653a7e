"""`aoer exposure|queries|rar|classify|review`."""

import argparse
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from console.aoer import exposure_service, intent_service, revenue_service
from console.aoer.exposure import Exposure, Rate
from console.aoer.exposure_service import Report
from console.aoer.queries_file import read_queries
from console.aoer.revenue import Mode
from console.aoer.signals_file import open_text
from console.aoer.tenant import find_tenant
from console.cli.context import Context
from console.errors import UsageError

WEEKS = 12


def _days(args: argparse.Namespace) -> tuple[date, date]:
    last = args.last or date.today()
    return args.first or last - timedelta(weeks=WEEKS), last


async def exposure(args: argparse.Namespace, context: Context) -> int:
    """Exposure of a tenant's stored queries or of a file."""
    if (args.tenant is None) == (args.file is None):
        raise UsageError("name a tenant or give --file, not both", hint="aoer-console aoer exposure TENANT")
    if args.file:
        with open_text(args.file) as lines:
            rows = read_queries(lines, args.file).rows
        weeks = [row.week for row in rows] or [date.today()]
        found, name = exposure_service.of_rows(rows, [], min(weeks), max(weeks), args.top), args.file
    else:
        async with context.database(read_only=True) as db:
            tenant = await find_tenant(db, args.tenant)
            found, name = await exposure_service.report(db, tenant, *_days(args), args.top), tenant.name
    if context.out.is_json:
        context.out.json({"tenant": name, **_document(found)})
        return 0
    _print(context.out, found, name)
    return 0


def _document(report: Report) -> dict[str, Any]:
    whole = asdict(report)
    whole["weeks"] = {week.isoformat(): value for week, value in whole["weeks"].items()}
    return whole


def _rate(rate: Rate) -> list[Any]:
    if rate.value is None:
        return ["not observed", rate.n, None]
    return [f"{rate.value:.4f}", rate.n, f"{rate.low:.3f} to {rate.high:.3f}"]


def _print(out: Any, report: Report, name: str) -> None:
    now = report.exposure
    out.line(f"{name}: {now.queries} queries in {now.rows} rows ({now.sample}); high exposure is bad")
    rows = [
        ["exposure", *_rate(now.exposure)],
        ["weighted by volume", *_rate(now.weighted)],
        ["by position", *_rate(now.position)],
        ["by position and volume", *_rate(now.position_weighted)],
        ["citation share", *_rate(now.citation_share)],
    ]
    out.table(("measure", "value", "queries", "95 % interval"), rows)
    loss = "not observed" if now.click_loss is None else f"{now.click_loss:.1f} clicks a month"
    out.line(f"associated with answers: {loss} less, from {now.click_loss_rows} rows")
    out.line(f"trend against the {report.before.queries} queries before: {report.trend}")
    out.table(
        ("losing query", "intent", "volume", "click loss", "claim", "priority"),
        [_losing(one) for one in report.losing],
        empty="no query with an observed answer",
    )
    _groups(out, "intent", [(key, value) for key, value in report.intents.items()])
    _groups(out, "week", [(key.isoformat(), value) for key, value in report.weeks.items() if key.year > 1])
    if report.voices:
        out.table(
            ("brand", "mentions", "share of voice", "named in answers", "answers"),
            [[v.brand, v.mentions, _short(v.share), _short(v.answers), v.answers.n] for v in report.voices],
        )


def _losing(one: Any) -> list[Any]:
    loss = None if one.loss is None else f"{one.loss:.1f}"
    return [one.query.text, one.query.intent, one.query.volume, loss, f"{one.claim:.2f}", f"{one.priority:.1f}"]


def _groups(out: Any, title: str, groups: list[tuple[str, Exposure]]) -> None:
    if len(groups) < 2:
        return
    rows = [
        [key, one.queries, one.sample, _short(one.exposure), _short(one.position_weighted), _short(one.citation_share)]
        for key, one in groups
    ]
    out.table((title, "queries", "sample", "exposure", "by position and volume", "citation share"), rows)


def _short(rate: Rate) -> str | None:
    return None if rate.value is None else f"{rate.value:.3f} ({rate.low:.2f} to {rate.high:.2f})"


async def statistics(args: argparse.Namespace, context: Context) -> int:
    """Totals, intents and weekly trend."""
    async with context.database(read_only=True) as db:
        tenant = await find_tenant(db, args.tenant)
        found = await exposure_service.statistics(db, tenant, *_days(args))
    if context.out.is_json:
        context.out.json(found)
        return 0
    context.out.record(found["totals"], title=f"{tenant.name}, {found['from']} to {found['to']}")
    for key in ("intents", "weeks"):
        rows = found[key]
        if rows:
            columns = tuple(name.replace("_", " ") for name in rows[0])
            context.out.table(columns, [list(row.values()) for row in rows])
    return 0


async def revenue(args: argparse.Namespace, context: Context) -> int:
    """Show revenue at risk, after declaring what was given."""
    stated = dict(_assumption(one) for one in args.assume)
    changing = bool(args.unit or args.since or stated)
    async with context.database(read_only=not changing) as db:
        tenant = await find_tenant(db, args.tenant)
        if changing:
            await revenue_service.declare(db, context.actor(), tenant, args.unit, args.since, stated)
            tenant = await find_tenant(db, args.tenant)
        found = await revenue_service.revenue_at_risk(db, tenant)
    out = context.out
    if out.is_json:
        out.json({"tenant": tenant.slug, **asdict(found)})
        return 0
    out.line(f"{tenant.name}: revenue at risk, {found.mode}")
    if found.mode is Mode.NOT_COMPUTABLE:
        out.line(f"not computable: {found.reason}")
        return 0
    unit = "a month" if found.unit == "currency" else "on 0..100"
    values = [["P10", found.p10], ["P50", found.p50], ["P90", found.p90]]
    out.table(
        ("percentile", f"{found.unit} {unit}"), [[name, f"{value:,.0f}"] for name, value in values if value is not None]
    )
    if found.recoverable:
        low, middle, high = (f"{value:,.0f}" for value in found.recoverable)
        out.line(f"recoverable under the stated share: {low} / {middle} / {high}")
    out.line(found.reason)
    for name, one in found.assumptions.items():
        out.line(f"  assumed {name}: {one.low:g} to {one.high:g}, most likely {one.likely:g}")
    return 0


def _assumption(word: str) -> tuple[str, object]:
    name, equals, values = word.partition("=")
    try:
        numbers = [float(one) for one in values.split(",")]
    except ValueError:
        numbers = []
    if not equals or not numbers:
        raise UsageError(f"{word!r} is not NAME=NUMBER or NAME=LOW,HIGH", hint="such as lead_rate=0.1,0.15")
    return name.strip(), numbers if len(numbers) > 1 else numbers[0]


async def classify(args: argparse.Namespace, context: Context) -> int:
    """Classify queries without an intent."""
    async with context.database() as db:
        tenant = await find_tenant(db, args.tenant) if args.tenant else None
        done = await intent_service.classify_all(db, context.actor(), tenant)
    context.out.record(done)
    return 0


async def review(args: argparse.Namespace, context: Context) -> int:
    """The review list, or a person's word on one query of it."""
    if (args.query is None) != (args.intent is None):
        raise UsageError("--query and --intent belong together")
    async with context.database(read_only=args.query is None) as db:
        tenant = await find_tenant(db, args.tenant)
        if args.query is not None:
            changed = await intent_service.state_intent(db, context.actor(), tenant, args.query, args.intent)
            context.out.record({"query": args.query, "intent": args.intent, "rows": changed})
            return 0
        rows = await intent_service.review_list(db, tenant, args.limit)
    names = ("query", "last_week", "weeks", "monthly_volume", "guess", "confidence")
    columns = tuple(name.replace("_", " ") for name in names)
    context.out.table(columns, [[row[name] for name in names] for row in rows], empty="nothing waits for review")
    return 0
