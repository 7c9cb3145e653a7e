"""Shrunken non-negative weights: least squares on decayed moments with a ridge towards a centre.

argmin over w >= 0 of w'Gw - 2c'w + penalty |w - centre|^2 is non-negative least squares on the Cholesky factor L of
G + penalty I, with right-hand side L^-1 (c + penalty centre) (Lawson and Hanson 1974, chapter 23).
"""

import numpy as np

from console.aoer.rating.settings import Floats


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
        free[negative] = _non_negative(matrix[negative], right[negative])
    return free


def _non_negative(matrix: Floats, right: Floats) -> Floats:
    from scipy.optimize import nnls

    factor = np.linalg.cholesky(matrix)
    target = np.linalg.solve(factor, right[:, :, None])[:, :, 0]
    return np.array([nnls(factor[i].T, target[i])[0] for i in range(len(right))])
