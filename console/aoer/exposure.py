"""Exposure: how far AI answers stand between a dealership's queries and its page. High is bad, unlike the rating.

What was not observed leaves the measure it belongs to and lowers its n; nothing missing is taken for a zero. The
sampling unit is the query: a query seen in five weeks is one query when an interval is computed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Final

POSITION_WEIGHT: Final = {"top": 1.0, "mid": 0.6, "bottom": 0.3, "none": 0.0}
RETAINED: Final = {"top": 0.55, "mid": 0.70, "bottom": 0.85, "none": 1.0}
PROMINENCE: Final = {"top": 100.0, "mid": 60.0, "bottom": 30.0, "none": 0.0}
BASELINE_CTR: Final = (0.28, 0.16, 0.11, 0.08, 0.06)
OTHER_CTR: Final = 0.03
FULL_DEPTH_TOKENS: Final = 600.0
MOVED: Final = 0.05
TOO_THIN, EARLY = 10, 32


@dataclass(frozen=True, slots=True)
class Query:
    """One query in one week; None where it was not observed.

    `mentions` counts brands named by the answer, `panel` is the version of the prompt panel it was asked with.
    """

    text: str
    week: date
    intent: str | None = None
    volume: int | None = None
    rank: int | None = None
    present: bool | None = None
    position: str | None = None
    cited: bool | None = None
    tokens: int | None = None
    mentions: dict[str, int] | None = None
    panel: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate 0..1 with the number of queries behind it and its 95 % Wilson interval; None where n is 0."""

    value: float | None
    n: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exposure of a set of queries. Weighted measures weigh by monthly volume; click loss is clicks a month."""

    queries: int
    rows: int
    sample: str
    exposure: Rate
    weighted: Rate
    position: Rate
    position_weighted: Rate
    citation_share: Rate
    click_loss: float | None
    click_loss_rows: int


def wilson(share: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927); also used, cautiously, for weighted shares of n queries."""
    centre = share + z * z / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return max(0.0, (centre - reach) / whole), min(1.0, (centre + reach) / whole)


def sample_word(queries: int) -> str:
    """How far a sample of this many queries carries."""
    if queries < TOO_THIN:
        return "too thin"
    return "early reading" if queries <= EARLY else "enough"


def baseline_ctr(rank: int | None) -> float:
    """Click-through rate of a plain result by rank; the last step also where the page is not ranked."""
    return BASELINE_CTR[rank - 1] if rank is not None and rank <= len(BASELINE_CTR) else OTHER_CTR


def answer_position(query: Query) -> str | None:
    """Where the answer stands: "none" without one, None where that was not observed."""
    if query.present is None:
        return None
    return (query.position or None) if query.present else "none"


def click_loss(query: Query) -> float | None:
    """Clicks a month associated with the answer: volume x CTR x (1 - retained share)."""
    position = answer_position(query)
    if query.volume is None or position is None:
        return None
    return query.volume * baseline_ctr(query.rank) * (1.0 - RETAINED[position])


def claim_score(query: Query) -> float | None:
    """How much of the answer's ground is taken by others, 0..100; None where presence was not observed.

    Parts: 45 presence, 25 prominence, 20 no citation of ours, 10 depth. A part that was not observed is left out and
    the others are scaled up to 100.
    """
    if query.present is None:
        return None
    position = answer_position(query)
    tokens = query.tokens if query.present or query.tokens is not None else 0
    cited = query.cited if query.present or query.cited is not None else False
    depth = None if tokens is None else min(1.0, tokens / FULL_DEPTH_TOKENS) * 100.0
    parts = (
        (45.0, 100.0 if query.present else 0.0),
        (25.0, None if position is None else PROMINENCE[position]),
        (20.0, None if cited is None else (0.0 if cited else 100.0)),
        (10.0, depth),
    )
    known = [(weight, value) for weight, value in parts if value is not None]
    return sum(weight * value for weight, value in known) / sum(weight for weight, _ in known)


def measure(rows: Sequence[Query]) -> Exposure:
    """Exposure of `rows` (any weeks)."""
    losses = [loss for loss in map(click_loss, rows) if loss is not None]
    queries = len({row.text for row in rows})
    return Exposure(
        queries=queries,
        rows=len(rows),
        sample=sample_word(queries),
        exposure=_rate(rows, _present),
        weighted=_rate(rows, _present, by_volume=True),
        position=_rate(rows, _position),
        position_weighted=_rate(rows, _position, by_volume=True),
        citation_share=_rate([row for row in rows if row.present], _cited),
        click_loss=sum(losses) if losses else None,
        click_loss_rows=len(losses),
    )


def _present(row: Query) -> float | None:
    return None if row.present is None else float(row.present)


def _position(row: Query) -> float | None:
    position = answer_position(row)
    return None if position is None else POSITION_WEIGHT[position]


def _cited(row: Query) -> float | None:
    return None if row.cited is None else float(row.cited)


def _rate(rows: Sequence[Query], value: Callable[[Query], float | None], *, by_volume: bool = False) -> Rate:
    weighed = []
    for row in rows:
        one, weight = value(row), (row.volume if by_volume else 1)
        if one is not None and weight is not None:
            weighed.append((row.text, one, weight))
    total = sum(weight for _, _, weight in weighed)
    n = len({text for text, _, _ in weighed})
    if not total:
        return Rate(None, n, None, None)
    share = sum(one * weight for _, one, weight in weighed) / total
    return Rate(share, n, *wilson(share, n))


def trend_word(before: Exposure, after: Exposure) -> str:
    """What changed from one period to the next: improving, worsening, mixed, stable, or "no comparison"."""
    position = _change(before.position_weighted, after.position_weighted)
    cited = _change(before.citation_share, after.citation_share)
    if (position is None and cited is None) or min(before.queries, after.queries) < TOO_THIN:
        return "no comparison"
    better = (position is not None and position < -MOVED) or (cited is not None and cited > MOVED)
    worse = (position is not None and position > MOVED) or (cited is not None and cited < -MOVED)
    if better and worse:
        return "mixed"
    return "improving" if better else "worsening" if worse else "stable"


def _change(before: Rate, after: Rate) -> float | None:
    if before.value is None or after.value is None:
        return None
    # Sums of volumes are not exact in binary: a change of exactly .05 is not more than .05.
    return round(after.value - before.value, 9)


def by_intent(rows: Sequence[Query]) -> dict[str, Exposure]:
    """Exposure of each intent, most queries first; "unclassified" where none is known."""
    groups: dict[str, list[Query]] = {}
    for row in rows:
        groups.setdefault(row.intent or "unclassified", []).append(row)
    measured = {intent: measure(group) for intent, group in groups.items()}
    return dict(sorted(measured.items(), key=lambda item: (-item[1].queries, item[0])))


def by_week(rows: Sequence[Query]) -> dict[date, Exposure]:
    """Exposure of each ISO week (its Monday) that has rows, in order."""
    groups: dict[date, list[Query]] = {}
    for row in rows:
        groups.setdefault(row.week - timedelta(days=row.week.weekday()), []).append(row)
    return {week: measure(groups[week]) for week in sorted(groups)}
