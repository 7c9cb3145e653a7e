"""Small invented panels for tests of the rating."""

from datetime import date, timedelta

import numpy as np

from console.aoer.panel import Panel, Row, build_panel
from console.aoer.rating.settings import SIGNALS, Floats

START = date(2025, 1, 6)


def invented(seed: int, tenants: int = 6, weeks: int = 12, missing: float = 0.0) -> tuple[Floats, Floats]:
    """Signals (tenants, weeks, 5) and readings (tenants, weeks); a share `missing` of all cells is NaN."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(30, 70, (tenants, 1, 5))
    x = np.clip(centre + rng.normal(0, 6, (tenants, weeks, 5)), 0, 100)
    level = rng.normal(0, 5, (tenants, 1))
    y = np.clip(level + x @ rng.dirichlet(np.ones(5)) + rng.normal(0, 3, (tenants, weeks)), 0, 100)
    x[rng.random(x.shape) < missing] = np.nan
    y[rng.random(y.shape) < missing] = np.nan
    return x, y


def rows_of(x: Floats, y: Floats, sample: int | None = 48) -> list[Row]:
    """The panel in rows, weekly from START; tenants are t00, t01 ..."""
    rows = []
    for tenant in range(x.shape[0]):
        for week in range(x.shape[1]):
            signals = tuple(None if np.isnan(v) else float(v) for v in x[tenant, week])
            reading = None if np.isnan(y[tenant, week]) else float(y[tenant, week])
            day = START + timedelta(weeks=week)
            rows.append(Row(f"t{tenant:02d}", day, signals, reading, None, sample))
    return rows


def panel_of(x: Floats, y: Floats, sample: int | None = 48) -> Panel:
    """As `rows_of`, as arrays."""
    assert x.shape[2] == len(SIGNALS)
    return build_panel(rows_of(x, y, sample))
