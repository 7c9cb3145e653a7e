"""Decayed sufficient statistics, updated one row at a time.

Weighted means and centred cross-moments follow West (1979): with mass m before and weight v of the new row, the
centred sum of products grows by v m/(v+m) times the product of deviations from the old means. Signals may be missing
one by one: each keeps its own mass, and a missing one adds nothing (it is neither zero nor the mean).
"""

from dataclasses import dataclass

import numpy as np

from console.aoer.rating.settings import Bools, Floats


@dataclass(slots=True)
class Means:
    """Decayed means of signals (n, 5) and outcome (n,) at one speed, with their masses."""

    x: Floats
    x_mass: Floats
    y: Floats
    y_mass: Floats

    @classmethod
    def empty(cls, tenants: int, signals: int) -> "Means":
        """No row seen yet: reference signals are NaN until one was."""
        return cls(
            np.full((tenants, signals), np.nan),
            np.zeros((tenants, signals)),
            np.full(tenants, np.nan),
            np.zeros(tenants),
        )

    def update(self, rows: Bools | np.ndarray, decay: Floats, x: Floats, y: Floats, weight: Floats) -> None:
        """Age the tenants `rows` by `decay` (k,), then add one row each: x (k, 5) with NaN where missing, y (k,)."""
        known = np.isfinite(x)
        x_mass = self.x_mass[rows] * decay[:, None] + known * weight[:, None]
        old = self.x[rows]
        step = np.divide(known * weight[:, None], x_mass, out=np.zeros_like(x), where=x_mass > 0)
        moved = old + step * np.where(known, x - np.nan_to_num(old), 0.0)
        self.x[rows] = np.where(known & ~np.isfinite(old), x, moved)
        self.x_mass[rows] = x_mass
        y_mass = self.y_mass[rows] * decay + weight
        first = self.y_mass[rows] <= 0
        level = np.nan_to_num(self.y[rows])
        self.y[rows] = np.where(first, y, level + weight / y_mass * (y - level))
        self.y_mass[rows] = y_mass


@dataclass(slots=True)
class Products:
    """Centred sums of products: `gram` (n, 5, 5) of signals, `cross` (n, 5) of signals with the outcome."""

    gram: Floats
    cross: Floats

    @classmethod
    def empty(cls, tenants: int, signals: int) -> "Products":
        """Nothing seen yet."""
        return cls(np.zeros((tenants, signals, signals)), np.zeros((tenants, signals)))

    def update(self, rows: np.ndarray, decay: Floats, means: Means, x: Floats, y: Floats, weight: Floats) -> None:
        """Age and add one row each; `means` are those *before* this row and are not changed here."""
        x_mass = means.x_mass[rows] * decay[:, None]
        y_mass = means.y_mass[rows] * decay
        usable = np.isfinite(x) & np.isfinite(means.x[rows])
        x_step = np.where(usable, np.sqrt(weight[:, None] * x_mass / (weight[:, None] + x_mass)), 0.0)
        deviation = x_step * np.where(usable, x - means.x[rows], 0.0)
        y_deviation = np.sqrt(weight * y_mass / (weight + y_mass)) * np.nan_to_num(y - means.y[rows])
        self.gram[rows] = self.gram[rows] * decay[:, None, None] + deviation[:, :, None] * deviation[:, None, :]
        self.cross[rows] = self.cross[rows] * decay[:, None] + deviation * y_deviation[:, None]
