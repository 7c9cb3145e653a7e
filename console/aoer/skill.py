"""How good predictions were: the same past readings for every model, told also where the skill is negative."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from console.aoer.rating.settings import DEFAULT, Bools, Floats, RatingSettings


@dataclass(frozen=True, slots=True)
class ModelError:
    """Errors of one model over n readings, in points. `ratio` is its RMSE over that of equal weights plus level."""

    model: str
    n: int
    rmse: float
    mae: float
    bias: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Skill:
    """Errors of all models on the same n readings, coverage of the 90 % interval, and the Brier score of risk.

    `climatology` is the Brier score of always saying the share of drops that happened (known only afterwards).
    """

    n: int
    errors: tuple[ModelError, ...]
    coverage: float
    width: float
    brier: float
    climatology: float
    drops: float

    @property
    def risk_skill(self) -> float:
        """1 - Brier/climatology: 1 is perfect, 0 is no better than the share, negative is worse."""
        return 1.0 - self.brier / self.climatology if self.climatology > 0 else float("nan")


def measure(
    outcome: Floats,
    predictions: Mapping[str, Floats],
    low: Floats,
    high: Floats,
    risk: Floats,
    median: Floats,
    settings: RatingSettings = DEFAULT,
) -> Skill:
    """Skill over the rows where the outcome, the interval and every prediction exist; all arrays (R,).

    A model without a prediction anywhere (classic without signals) is left out rather than emptying the comparison.
    """
    used = {name: column for name, column in predictions.items() if np.isfinite(column).any()}
    rows = np.isfinite(outcome) & np.isfinite(low) & np.isfinite(risk)
    for column in used.values():
        rows &= np.isfinite(column)
    errors = {name: column[rows] - outcome[rows] for name, column in used.items()}
    base = _rmse(errors["equal_level"]) if "equal_level" in errors else float("nan")
    dropped = (outcome[rows] < median[rows] - settings.risk_drop).astype(np.float64)
    share = _mean(dropped)
    return Skill(
        n=int(rows.sum()),
        errors=tuple(_errors(name, error, base) for name, error in errors.items()),
        coverage=_mean(((outcome >= low) & (outcome <= high))[rows]),
        width=_mean((high - low)[rows]),
        brier=_mean((risk[rows] - dropped) ** 2),
        climatology=share * (1.0 - share),
        drops=share,
    )


def _errors(name: str, error: Floats, base: float) -> ModelError:
    rmse = _rmse(error)
    ratio = rmse / base if base > 0 else float("nan")
    return ModelError(name, error.size, rmse, _mean(np.abs(error)), _mean(error), ratio)


def _rmse(error: Floats) -> float:
    return float(np.sqrt(_mean(error**2)))


def _mean(values: Floats | Bools) -> float:
    return float(np.mean(values)) if values.size else float("nan")
