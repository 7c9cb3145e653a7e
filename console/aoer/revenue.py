"""Revenue at risk: from observed losses where there are some, from stated assumptions else, or not at all.

A figure is always labelled with how it came about and is a range, P10 to P90. It is associated with visibility, not
caused by it. Without revenue input the answer is "not computable", never a number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np

from console.aoer.rating.settings import DEFAULT, Floats
from console.aoer.rating.weights import shrunken_weights
from console.errors import InputRejected

FACTORS: Final = (
    "impressions",
    "ai_share",
    "baseline_ctr",
    "ctr_drop",
    "lead_rate",
    "close_rate",
    "gross",
)
SHARES: Final = frozenset(FACTORS[1:6]) | {"recoverable"}
DRAWS: Final = 20_000
MINIMUM_OBSERVED: Final = 8


class Mode(StrEnum):
    """How a figure came about."""

    OBSERVED = "observed"
    ASSUMPTION = "assumption"
    NOT_COMPUTABLE = "not computable"


@dataclass(frozen=True, slots=True)
class Range:
    """A stated quantity: lowest, most likely, highest. Equal ends mean a constant."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class RevenueAtRisk:
    """`unit` is currency (a month) or rate (0..100); percentiles are None where not computable, with `reason`.

    `n` is the number of observed pairs behind the observed mode. `slope` is the loss associated with one point less
    visibility there. `recoverable` holds P10, P50, P90 of the recoverable part where its share is stated.
    """

    mode: Mode
    unit: str | None = None
    p10: float | None = None
    p50: float | None = None
    p90: float | None = None
    recoverable: tuple[float, float, float] | None = None
    n: int = 0
    slope: float | None = None
    reason: str = ""
    assumptions: dict[str, Range] = field(default_factory=dict)


def parse_assumptions(stated: Mapping[str, object]) -> dict[str, Range]:
    """Ranges from numbers, [low, high] or [low, likely, high]. Raises InputRejected naming what is wrong."""
    known = {*FACTORS, "recoverable"}
    unknown = sorted(set(stated) - known)
    if unknown:
        raise InputRejected(f"unknown assumption {unknown[0]!r}", hint=f"known: {', '.join(sorted(known))}")
    return {name: _range(name, value) for name, value in stated.items()}


def _range(name: str, value: object) -> Range:
    numbers: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    good = all(isinstance(n, int | float) and not isinstance(n, bool) and np.isfinite(n) for n in numbers)
    if not good or len(numbers) not in (1, 2, 3):
        raise InputRejected(f"assumption {name}: {value!r} is not a number, [low, high] or [low, likely, high]")
    low, high = float(numbers[0]), float(numbers[-1])
    likely = float(numbers[1]) if len(numbers) == 3 else (low + high) / 2.0
    if not 0 <= low <= likely <= high or (name in SHARES and high > 1):
        bounds = "between 0 and 1" if name in SHARES else "from 0"
        raise InputRejected(f"assumption {name}: {value!r} must be rising and {bounds}")
    return Range(low, likely, high)


def assumed(assumptions: Mapping[str, Range], unit: str | None) -> RevenueAtRisk:
    """The event model over stated ranges (triangular, or even where no most likely value is stated)."""
    missing = [name for name in FACTORS if name not in assumptions]
    if unit != "currency":
        why = (
            "no revenue unit is declared" if unit is None else "assumptions give currency, the declared unit is a rate"
        )
        return RevenueAtRisk(Mode.NOT_COMPUTABLE, unit, reason=why)
    if missing:
        return RevenueAtRisk(Mode.NOT_COMPUTABLE, unit, reason=f"nothing is stated about {', '.join(missing)}")
    rng = np.random.default_rng(20_260_101)  # the same assumptions always give the same figure
    loss = np.ones(DRAWS)
    for name in FACTORS:
        loss = loss * _draw(rng, assumptions[name])
    p10, p50, p90 = _percentiles(loss)
    share = assumptions.get("recoverable")
    return RevenueAtRisk(
        mode=Mode.ASSUMPTION,
        unit=unit,
        p10=p10,
        p50=p50,
        p90=p90,
        recoverable=_percentiles(loss * _draw(rng, share)) if share else None,
        reason="from stated assumptions, not from observed revenue",
        assumptions=dict(assumptions),
    )


def _draw(rng: np.random.Generator, stated: Range) -> Floats:
    if stated.high == stated.low:
        return np.full(DRAWS, stated.low)
    if stated.likely == (stated.low + stated.high) / 2.0:
        return rng.uniform(stated.low, stated.high, DRAWS)
    return rng.triangular(stated.low, stated.likely, stated.high, DRAWS)


def _percentiles(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, (10, 50, 90))
    return float(low), float(middle), float(high)


def observed(
    losses: Sequence[float], visibility: Sequence[float], age_weeks: Sequence[float], now: float, unit: str | None
) -> RevenueAtRisk:
    """Loss associated with a visibility of `now`, from pairs (loss, visibility 0..100) of some weeks ago.

    Decayed (half-life 26 weeks) regression of the loss on the shortfall 100 - visibility; the slope is not negative and
    shrunk, with the weight of 8 pairs, to the one of a loss proportional to the shortfall. The range is that of the
    residuals, widened for the pairs being few.
    """
    n = len(losses)
    if unit is None:
        return RevenueAtRisk(Mode.NOT_COMPUTABLE, reason="no revenue unit is declared")
    if n < MINIMUM_OBSERVED:
        return RevenueAtRisk(
            Mode.NOT_COMPUTABLE, unit, n=n, reason=f"{n} observed losses with a reading, {MINIMUM_OBSERVED} are needed"
        )
    loss, short = np.asarray(losses, dtype=np.float64), 100.0 - np.asarray(visibility, dtype=np.float64)
    if unit == "rate" and (loss > 100).any():
        largest = float(loss.max())
        raise InputRejected(
            f"observed_rar of {largest:g} is not a rate 0..100, which is the declared unit",
            hint="declare the unit again with --since and the first day of the new unit, or correct the rows",
        )
    weight = np.exp2(-np.asarray(age_weeks, dtype=np.float64) / DEFAULT.half_life)
    mass = weight.sum()
    loss_mean, short_mean = float(weight @ loss / mass), float(weight @ short / mass)
    spread = float(weight @ (short - short_mean) ** 2)
    cross = float(weight @ ((short - short_mean) * (loss - loss_mean)))
    centre = loss_mean / short_mean if short_mean > 0 else 0.0
    penalty = MINIMUM_OBSERVED * max(spread / mass, 1.0)
    slope = float(
        shrunken_weights(np.array([[[spread]]]), np.array([[cross]]), np.array([penalty]), np.array([[centre]]))[0, 0]
    )
    residual = loss - loss_mean - slope * (short - short_mean)
    middle = loss_mean + slope * (100.0 - now - short_mean)
    reach = _reach(residual, weight)
    ceiling = 100.0 if unit == "rate" else np.inf
    p10, p50, p90 = (float(np.clip(middle + step * reach, 0.0, ceiling)) for step in (-1.0, 0.0, 1.0))
    return RevenueAtRisk(
        Mode.OBSERVED, unit, p10, p50, p90, n=n, slope=slope, reason="associated with visibility, from observed losses"
    )


def _reach(residual: Floats, weight: Floats) -> float:
    """Distance of P90 from P50: Student's t on the effective number of pairs."""
    from scipy.stats import t

    effective = float(weight.sum() ** 2 / (weight @ weight))
    scale = np.sqrt((weight @ residual**2) / weight.sum() * effective / max(effective - 2.0, 1.0))
    return float(t.ppf(0.9, max(effective - 2.0, 1.0)) * scale * np.sqrt(1.0 + 1.0 / effective))
