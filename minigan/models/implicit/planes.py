"""Data on ten planes in a space of a hundred dimensions, and how far samples are from them, seen in the data's main plane.

The synthetic task of Saatchi & Wilson (2017), as they published its data: ten Gaussians, each on a plane of its own. What
is judged is what they judged, the Jensen-Shannon divergence of the projections onto the data's first two principal axes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

import minigan.numpy as mnp

from ... import random as random_
from ...arrays import host_floats
from ...backend import to_numpy
from ...validation import count

DIMENSION, PLANES, ROWS = 100, 10, 10_000
REACH, CELL, BANDWIDTH = 4.0, 0.1, 0.2  # of the judged square, in deviations of the projected data


def planes_in_space(dimension: int = DIMENSION, planes: int = PLANES, rows: int = ROWS, seed: int = 0):
    """Rows (``rows``, ``dimension``) in float32, each column of mean 0 and deviation 1.

    Each of ``planes`` has as many: A (z + m), with z ~ N(0, I) in the plane, A of 5 N(0, 1) and m of 5 N(0, I) drawn once
    for each. ``seed`` is the data's own. Raises `ValueError` for rows that planes do not share evenly.

    >>> x = to_numpy(planes_in_space(20, 2, 100))
    >>> x.shape, int(np.linalg.matrix_rank(x, tol=1e-3))  # two planes
    ((100, 20), 4)
    """
    planes, rows = count(planes, "the number of planes"), count(rows, "the number of rows", 2)
    dimension = count(dimension, "the dimension of the space", 2)
    if rows % planes:
        raise ValueError(f"planes share rows evenly, and {rows} rows are no multiple of {planes} planes")
    rng = random_.generator(seed, host=True)
    parts = []
    for _ in range(planes):
        centre, axes = 5.0 * rng.standard_normal((2,)), 5.0 * rng.standard_normal((dimension, 2))
        z = rng.standard_normal((rows // planes, 2)) + centre
        parts.append(mnp.matmul(z, mnp.matrix_transpose(axes)))
    x = rng.permutation(mnp.concatenate(parts))
    return mnp.astype((x - mnp.mean(x, 0)) / mnp.std(x, axis=0), "float32")


class Projection(NamedTuple):
    """Onto the first two principal axes of some data, in units of the data's deviations along them."""

    mean: np.ndarray
    axes: np.ndarray

    @classmethod
    def of(cls, x) -> Projection:
        """That of rows ``x`` (n, d)."""
        x = np.asarray(to_numpy(x), dtype=float)
        _, deviations, axes = np.linalg.svd(x - x.mean(0), full_matrices=False)
        return cls(x.mean(0), axes[:2].T / (deviations[:2] / math.sqrt(len(x))))

    def __call__(self, x) -> np.ndarray:
        """Rows (n, d), or samples of several generators (k, n, d), in the plane."""
        return (np.asarray(to_numpy(x), dtype=float) - self.mean) @ self.axes


def density(points) -> np.ndarray:
    """Points (n, 2) as a kernel density estimate on the cells of a square, and what lies outside as one cell more.

    Gaussian kernels of deviation 0.2 over cells of 0.1; the square reaches 4 deviations of the data in each direction.

    >>> p = density(np.zeros((5, 2)))
    >>> p.shape, round(float(p.sum()), 12), bool(density(np.full((5, 2), 9.0))[-1] == 1.0)
    ((6401,), 1.0, True)
    """
    points, edges = host_floats(points, "the points"), np.linspace(-REACH, REACH, round(2.0 * REACH / CELL) + 1)
    counts = np.histogram2d(points[:, 0], points[:, 1], bins=(edges, edges))[0] / len(points)
    smooth = gaussian_filter(counts, BANDWIDTH / CELL, mode="constant").ravel()
    return np.append(smooth, max(0.0, 1.0 - smooth.sum()))


def divergence_between(p, q) -> float:
    """The Jensen-Shannon divergence of two laws on cells: 0 where they are one, log 2 where they never meet.

    >>> round(divergence_between(np.array([1.0, 0.0]), np.array([0.0, 1.0])), 12)
    0.69314718056
    """
    p, q = host_floats(p, "the masses p"), host_floats(q, "the masses q")
    middle = 0.5 * (p + q)

    def to_middle(a):
        return float(np.sum(a * np.log(np.divide(a, middle, out=np.ones_like(a), where=a > 0.0))))

    return 0.5 * (to_middle(p) + to_middle(q))
