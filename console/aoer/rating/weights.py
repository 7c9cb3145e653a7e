"""Shrunken non-negative weights: least squares on decayed moments with a ridge towards a centre.

argmin over w >= 0 of w'Gw - 2c'w + penalty |w - centre|^2 is non-negative least squares on the Cholesky factor L of
G + penalty I, with right-hand side L^-1 (c + penalty centre) (Lawson and Hanson 1974, chapter 23).
"""

from typing import Final

import numpy as np

from console.aoer.rating.settings import Floats

ROUNDS: Final = 8


def signal_variance(gram: Floats, mass: Floats) -> Floats:
    """Mean variance of the signals, in points squared, for moments (..., 5, 5) and mass (...); at least 1."""
    trace = np.asarray(np.trace(gram, axis1=-2, axis2=-1)) / gram.shape[-1]
    variance = np.divide(trace, mass, out=np.zeros_like(trace), where=mass > 0)
    return np.asarray(np.maximum(variance, 1.0))


def shrunken_weights(gram: Floats, cross: Floats, penalty: Floats, centre: Floats) -> Floats:
    """Weights (k, 5) for moments (k, 5, 5), (k, 5), penalties (k,) and centres (k, 5)."""
    size = gram.shape[-1]
    matrix = gram + penalty[:, None, None] * np.eye(size)
    right = cross + penalty[:, None] * centre
    free: Floats = np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0], dtype=np.float64)
    negative = np.flatnonzero((free < 0).any(axis=1))
    if negative.size:
        free[negative] = _non_negative(matrix[negative], right[negative], free[negative])
    return free


def _non_negative(matrix: Floats, right: Floats, free: Floats) -> Floats:
    """Exchange whole blocks of bounds for all problems at once (Portugal, Judice and Vicente 1994).

    Blocks may cycle; what has not settled after a few rounds is solved one by one on its Cholesky factor.
    """
    inside = free > 0
    weights = np.zeros_like(free)
    open_rows = np.arange(len(right))
    for _ in range(ROUNDS):
        part, held = matrix[open_rows], inside[open_rows]
        both = held[:, :, None] & held[:, None, :]
        reduced = np.where(both, part, 0.0) + np.where(held, 0.0, 1.0)[:, :, None] * np.eye(right.shape[1])
        found = np.linalg.solve(reduced, np.where(held, right[open_rows], 0.0)[:, :, None])[:, :, 0]
        slope = np.einsum("kij,kj->ki", part, found) - right[open_rows]
        scale = np.abs(right[open_rows]).max(axis=1, keepdims=True) + 1e-300
        wrong = (held & (found < 0)) | (~held & (slope < -1e-12 * scale))
        weights[open_rows] = np.where(held, found, 0.0)
        inside[open_rows] = held ^ wrong
        open_rows = open_rows[wrong.any(axis=1)]
        if not open_rows.size:
            return weights
    weights[open_rows] = _one_by_one(matrix[open_rows], right[open_rows])
    return weights


def _one_by_one(matrix: Floats, right: Floats) -> Floats:
    from scipy.optimize import nnls

    factor = np.linalg.cholesky(matrix)
    target = np.linalg.solve(factor, right[:, :, None])[:, :, 0]
    return np.array([nnls(factor[i].T, target[i])[0] for i in range(len(right))])
