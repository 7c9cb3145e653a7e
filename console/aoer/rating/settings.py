"""Numbers of the rating. They are the declared model, so changing one is a new model version."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

SIGNALS: Final = ("seo", "aeo", "geo", "ugc", "geolocal")
WEIGHT_SETS: Final = ("none", "equal", "prior", "pooled", "tenant")
MODEL_VERSION: Final = "calibrated-1"


@dataclass(frozen=True, slots=True)
class RatingSettings:
    """Declared constants; times are in weeks, scores 0..100.

    `speeds` are half-lives of the three level experts, 0 meaning "the last value". `speed_mass` and `set_mass` are the
    prior masses of speeds and weight sets (in the order of WEIGHT_SETS). `panel_evidence` is the share of the panel's
    evidence about weight sets that counts for each tenant. When a tenant's level is found to have moved, its half-life
    is halved and recovers, doubling every `drift_recovery` weeks.
    """

    prior_weights: tuple[float, ...] = (0.25, 0.30, 0.20, 0.15, 0.10)
    speeds: tuple[float, ...] = (0.0, 4.0, 26.0)
    speed_mass: tuple[float, ...] = (0.01, 0.03, 0.96)
    set_mass: tuple[float, ...] = (0.02, 0.30, 0.33, 0.28, 0.07)
    half_life: float = 26.0
    pool_penalty: float = 100.0
    tenant_penalty: float = 128.0
    pool_minimum: int = 5
    panel_periods: float = 8.0
    speed_periods: float = 2.0
    panel_evidence: float = 0.1
    kept_mass: float = 0.01
    scale_periods: float = 10.0
    start_periods: float = 5.0
    start_scale: float = 8.0
    misfit: float = 3.0
    saturation: float = 1000.0
    alpha: float = 0.10
    alpha_step: float = 0.02
    cusum_slack: float = 0.5
    cusum_limit: float = 5.0
    drift_recovery: float = 26.0
    minimum_half_life: float = 4.0
    risk_drop: float = 5.0
    risk_weeks: float = 26.0
    kept_scores: int = 104
    kept_readings: int = 192


DEFAULT: Final = RatingSettings()
