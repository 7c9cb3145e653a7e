"""Which queries to look at first, and how often answers name whom."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from console.aoer.exposure import Query, Rate, claim_score, click_loss, wilson


@dataclass(frozen=True, slots=True)
class Losing:
    """One query of the ranking: clicks a month associated with the answer, claim 0..100, priority 0..100."""

    query: Query
    loss: float | None
    claim: float
    priority: float


@dataclass(frozen=True, slots=True)
class Voice:
    """Share of voice of one brand: its mentions over all tracked mentions, and the share of answers that name it."""

    brand: str
    mentions: int
    share: Rate
    answers: Rate


def percentile(values: Sequence[float], share: float) -> float:
    """The percentile with linear interpolation, as percentile_cont of SQL; 0 of nothing."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def ranking(rows: Sequence[Query], limit: int | None = None) -> list[Losing]:
    """Queries by priority, from the newest row of each; those without an observed presence are left out.

    Priority = 100 (.5 min(1, loss/p95 loss) + .5 claim/100) (.6 min(1, volume/p95 volume) + .4).
    """
    newest: dict[str, Query] = {}
    for row in rows:
        if row.present is not None and (row.text not in newest or newest[row.text].week < row.week):
            newest[row.text] = row
    losses = [loss for loss in map(click_loss, newest.values()) if loss is not None]
    volumes = [float(row.volume) for row in newest.values() if row.volume is not None]
    loss_scale, volume_scale = percentile(losses, 0.95), percentile(volumes, 0.95)
    ranked = [_losing(row, loss_scale, volume_scale) for row in newest.values()]
    ranked.sort(key=lambda one: (-one.priority, -(one.loss or 0.0), one.query.text))
    return ranked[:limit]


def _losing(row: Query, loss_scale: float, volume_scale: float) -> Losing:
    loss, claim = click_loss(row), claim_score(row) or 0.0
    lost = min(1.0, loss / loss_scale) if loss and loss_scale else 0.0
    large = min(1.0, row.volume / volume_scale) if row.volume and volume_scale else 0.0
    return Losing(row, loss, claim, 100.0 * (0.5 * lost + 0.5 * claim / 100.0) * (0.6 * large + 0.4))


def share_of_voice(rows: Sequence[Query]) -> list[Voice]:
    """Share of voice of every brand that answers were searched for; empty where no answer was.

    Only answers that were read count; an answer that names nobody counts as an answer.
    """
    read = [row for row in rows if row.mentions is not None]
    mentions: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for row in read:
        for brand, count in (row.mentions or {}).items():
            mentions[brand] += count
            named[brand] += count > 0
    total = mentions.total()
    voices = [
        Voice(brand, count, _share(count, total), _share(named[brand], len(read))) for brand, count in mentions.items()
    ]
    return sorted(voices, key=lambda voice: (-voice.mentions, voice.brand))


def concentration(voices: Sequence[Voice]) -> float | None:
    """Herfindahl-Hirschman index of the shares, 0..1: 1 means one brand has every mention."""
    shares = [voice.share.value for voice in voices if voice.share.value is not None]
    return sum(share * share for share in shares) if shares else None


def _share(count: int, n: int) -> Rate:
    return Rate(count / n, n, *wilson(count / n, n)) if n else Rate(None, 0, None, None)
