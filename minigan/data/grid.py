"""The grid: 25 Gaussians at the points of a 5 x 5 square lattice, harder than the ring (Lin et al. 2018, section 4.1)."""

from __future__ import annotations

import minigan.numpy as mnp

from ..arrays import float_name
from ..random import as_generator
from ..validation import count, positive


def grid_centres(side: int = 5, spacing: float = 2.0):
    """``side``^2 points, ``spacing`` apart, about the origin: shape (side^2, 2), row by row.

    >>> import minigan as mg
    >>> mg.to_numpy(grid_centres(2))
    array([[-1., -1.],
           [-1.,  1.],
           [ 1., -1.],
           [ 1.,  1.]])
    """
    side, spacing = count(side, "the points a side of a grid"), positive(spacing, "the spacing of a grid")
    along = spacing * (mnp.arange(side, dtype=float) - 0.5 * (side - 1))
    x, y = mnp.repeat(along, side), mnp.tile(along, (side,))
    return mnp.stack([x, y], axis=1)


def grid(side: int = 5, spacing: float = 2.0, deviation: float = 0.05, dtype=None):
    """The sampler ``draw(rng, n) -> (n, 2)`` of a uniform mixture of N(centre_k, deviation^2 I).

    >>> import minigan as mg
    >>> grid()(mg.random.generator(0), 5).shape
    (5, 2)
    """
    deviation, dtype = positive(deviation, "the deviation of a grid's modes"), None if dtype is None else float_name(dtype)
    centres = grid_centres(side, spacing)
    if dtype is not None:
        centres = mnp.astype(centres, dtype)

    def draw(rng, n):
        rng, n = as_generator(rng), count(n, "n", 0)
        which = rng.integers(0, side * side, (n,))
        return mnp.take(centres, which, 0) + deviation * rng.standard_normal((n, 2), dtype=dtype)

    return draw
