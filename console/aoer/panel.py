"""Rows of many tenants as arrays in date order: what learning and backtests walk through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from console.aoer.rating.settings import SIGNALS, Floats, Ints


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the import format; None where nothing was measured."""

    tenant: str
    date: date
    signals: tuple[float | None, ...]
    observed_aiv: float | None = None
    observed_rar: float | None = None
    sample_size: int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """R rows sorted by day and tenant: index into `tenants` (R,), day ordinal (R,), x (R, 5), y and sample (R,)."""

    tenants: tuple[str, ...]
    tenant: Ints
    day: Ints
    x: Floats
    y: Floats
    sample: Floats

    def __len__(self) -> int:
        return self.tenant.size

    def rows_of_tenants(self) -> list[Ints]:
        """Rows of each tenant in date order."""
        order = np.argsort(self.tenant, kind="stable")
        edges = np.searchsorted(self.tenant[order], np.arange(1, len(self.tenants)))
        return np.split(order, edges)

    def steps(self) -> Iterator[tuple[float, slice]]:
        """Each day that has rows, as a week number (days over 7), with the slice of its rows."""
        edges = np.flatnonzero(np.diff(self.day)) + 1
        bounds = [0, *edges.tolist(), len(self)]
        for first, last in pairwise(bounds):
            if first < last:
                yield self.day[first] / 7.0, slice(first, last)


def build_panel(rows: Sequence[Row]) -> Panel:
    """The panel of `rows`. Tenants are numbered by name, so that the order of rows and of tenants has no effect."""
    tenants = tuple(sorted({row.tenant for row in rows}))
    number = {name: index for index, name in enumerate(tenants)}
    tenant = np.array([number[row.tenant] for row in rows], dtype=np.int64)
    day = np.array([row.date.toordinal() for row in rows], dtype=np.int64)
    order = np.lexsort((tenant, day))
    x = _floats([row.signals for row in rows]).reshape(len(rows), len(SIGNALS))
    y = _floats([row.observed_aiv for row in rows])
    sample = _floats([row.sample_size for row in rows])
    return Panel(tenants, tenant[order], day[order], x[order], y[order], sample[order])


def _floats(values: Sequence[object]) -> Floats:
    return np.array(values, dtype=np.float64)  # None becomes NaN
