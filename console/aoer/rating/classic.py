"""The classic rating, kept as a published baseline and as an option."""

import numpy as np

from console.aoer.rating.settings import Floats

CLASSIC_WEIGHTS = np.array([0.40, 0.35, 0.25])
CLASSIC_COLUMNS = (1, 2, 3)
WINDOW_DAYS = 30


def classic_rating(signals: Floats) -> float:
    """Rating 0..100 of one tenant's rows (rows, 5) of the last 30 days; NaN where aeo, geo or ugc was never measured.

    Means of aeo, geo and ugc weighted .40/.35/.25, times 1 - min(volatility/20, .30) with volatility the sample
    standard deviation of aeo, 0 for a single reading. A missing reading leaves its mean: a null is not a zero.
    """
    rows = signals[:, CLASSIC_COLUMNS]
    known = np.isfinite(rows)
    count = known.sum(axis=0)
    if not count.all():
        return float("nan")
    means = np.where(known, rows, 0.0).sum(axis=0) / count
    return float(means @ CLASSIC_WEIGHTS * (1.0 - min(volatility(rows[:, 0]) / 20.0, 0.30)))


def volatility(aeo: Floats) -> float:
    """Sample standard deviation of the aeo readings that exist; 0 with fewer than two."""
    known = aeo[np.isfinite(aeo)]
    return float(np.std(known, ddof=1)) if known.size > 1 else 0.0
