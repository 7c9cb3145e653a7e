"""Exposure of a tenant's stored queries, and the statistics of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from console.aoer.exposure import Exposure, Query, by_intent, by_week, measure, trend_word
from console.aoer.priority import Losing, Voice, concentration, ranking, share_of_voice
from console.aoer.tenant import Tenant
from console.errors import UsageError
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")


@dataclass(frozen=True, slots=True)
class Report:
    """Exposure of one tenant and range. `trend` compares it with the range of the same length before it."""

    first: date
    last: date
    exposure: Exposure
    before: Exposure
    trend: str
    intents: dict[str, Exposure]
    weeks: dict[date, Exposure]
    losing: list[Losing]
    voices: list[Voice]
    concentration: float | None


async def read_queries(db: Database, tenant: Tenant, first: date, last: date) -> list[Query]:
    """Stored rows between two days, both included."""
    rows = await db.fetch(_SQL["queries_of"], tenant.id, first, last)
    return [
        Query(
            text=row["query"],
            week=row["week_start"],
            intent=row["intent"],
            volume=row["monthly_volume"],
            rank=row["serp_position"],
            present=row["ai_present"],
            position=row["ai_position"],
            cited=row["has_our_citation"],
            tokens=row["ai_tokens"],
            mentions=_mentions(row["mentions"]),
            panel=row["panel"],
        )
        for row in rows
    ]


def _mentions(value: Any) -> dict[str, int] | None:
    """Brand to count where the stored value is one; anything else was not written by a probe."""
    if not isinstance(value, dict):
        return None
    return {str(brand): int(count) for brand, count in value.items() if isinstance(count, int | float)}


async def report(db: Database, tenant: Tenant, first: date, last: date, top: int) -> Report:
    """Everything the screen and the command line show about exposure."""
    if first > last:
        raise UsageError(f"the range ends ({last}) before it begins ({first})")
    length = (last - first) + timedelta(days=1)
    earlier = await read_queries(db, tenant, first - length, first - timedelta(days=1))
    return of_rows(await read_queries(db, tenant, first, last), earlier, first, last, top)


def of_rows(rows: Sequence[Query], earlier: Sequence[Query], first: date, last: date, top: int) -> Report:
    """As `report`, from rows at hand."""
    now, before = measure(rows), measure(earlier)
    voices = share_of_voice(rows)
    return Report(
        first=first,
        last=last,
        exposure=now,
        before=before,
        trend=trend_word(before, now) if _comparable(earlier, rows) else "another panel: no comparison",
        intents=by_intent(rows),
        weeks=by_week(rows),
        losing=ranking(rows, top),
        voices=voices,
        concentration=concentration(voices),
    )


def _comparable(before: Sequence[Query], after: Sequence[Query]) -> bool:
    """Trends hold within one version of a panel only."""
    first, second = ({row.panel for row in rows if row.panel is not None} for rows in (before, after))
    return not first or not second or first == second


async def statistics(db: Database, tenant: Tenant, first: date, last: date) -> dict[str, Any]:
    """Totals, intents and weekly trend of a tenant's queries between two days, both included."""
    if first > last:
        raise UsageError(f"the range ends ({last}) before it begins ({first})")
    arguments = (tenant.id, first, last)
    totals = await db.fetchrow(_SQL["query_totals"], *arguments)
    return {
        "tenant": tenant.slug,
        "from": first,
        "to": last,
        "totals": dict(totals) if totals is not None else {},
        "intents": [dict(row) for row in await db.fetch(_SQL["query_intents"], *arguments)],
        "weeks": [dict(row) for row in await db.fetch(_SQL["query_trend"], *arguments)],
    }
