"""Will it be late? Predicted arrival with its uncertainty, and the severity of what is coming.

The prediction error of an arrival that lies m minutes ahead is taken as normal with mean `bias * m` and standard
deviation sqrt(floor^2 + (spread * m)^2); both are learned from finished deliveries.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Minutes to the promise below which risk is medium, high, critical."""

    warn: float = 60.0
    high: float = 30.0
    critical: float = 15.0


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """Relative bias and spread of predictions, and the spread that stays at the doorstep (minutes)."""

    bias: float = 0.0
    spread: float = 0.18
    floor: float = 3.0

    def deviation(self, ahead: float) -> float:
        """Standard deviation of an arrival predicted `ahead` minutes away."""
        return math.hypot(self.floor, self.spread * max(0.0, ahead))


@dataclass(frozen=True, slots=True)
class Risk:
    """Judgement of one order. `margin` is promise minus predicted arrival (minutes left when none is predicted)."""

    at_risk: bool
    severity: str
    margin: float
    probability: float
    reason: str


def chance_late(left: float, ahead: float, model: ErrorModel) -> float:
    """Probability that an arrival predicted `ahead` minutes away comes after the promise, `left` minutes away."""
    mean = ahead * (1.0 + model.bias)
    return 0.5 * math.erfc((left - mean) / (model.deviation(ahead) * math.sqrt(2.0)))


def severity(minutes: float, steps: Thresholds) -> str:
    """Critical, high, medium or low by minutes to the breach."""
    if minutes < steps.critical:
        return "critical"
    if minutes < steps.high:
        return "high"
    return "medium" if minutes < steps.warn else "low"


def judge(left: float | None, ahead: float | None, steps: Thresholds, model: ErrorModel) -> Risk:
    """Risk of an order with `left` minutes to its promise and a predicted arrival in `ahead` minutes (None: unknown).

    Without a prediction an order is at risk when the time left is at most the warning threshold. With one, when the
    arrival is predicted after the promise or is late with even odds once its uncertainty is counted.
    """
    if left is None:
        return Risk(False, "low", math.inf, 0.0, "nothing is promised")
    if ahead is None:
        at_risk = left <= steps.warn
        return Risk(
            at_risk, severity(left, steps), left, 1.0 if left <= 0 else 0.5, f"no arrival predicted, {_clock(left)}"
        )
    probability = chance_late(left, ahead, model)
    margin = left - ahead
    sure = f"late with probability {probability:.0%}"
    if margin < 0:
        reason = f"predicted {_minutes(-margin)} after the promise, {sure}"
    else:
        reason = f"predicted {_minutes(margin)} before the promise, {sure}"
    return Risk(margin < 0 or probability >= 0.5, severity(left, steps), margin, probability, reason)


def _clock(left: float) -> str:
    return f"{_minutes(left)} left" if left >= 0 else f"{_minutes(-left)} past the promise"


def _minutes(length: float) -> str:
    return f"{length:.0f} min" if length >= 0.5 else "less than a minute"


def fit_errors(predicted: Sequence[float], actual: Sequence[float], *, at_least: int = 30) -> ErrorModel:
    """Bias and spread from pairs of minutes predicted and taken; the default where there are too few."""
    ratios = [a / p - 1.0 for p, a in zip(predicted, actual, strict=True) if p >= 5.0 and a >= 0]
    if len(ratios) < at_least:
        return ErrorModel()
    bias = median(ratios)
    spread = 1.4826 * median(abs(ratio - bias) for ratio in ratios)
    return ErrorModel(bias, max(0.05, spread), ErrorModel().floor)
