"""The exact density of a one-dimensional generator's samples, by the lecture's change of variables."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..arrays import floating
from ..autodiff import jvp
from ..backend import to_numpy
from ..densities import HALF_LOG_2PI, Density, Normal
from ..random import as_generator
from ..validation import count, function, positive


def affine_density(slope, offset) -> Normal:
    """The law of G(z) = slope z + offset for z ~ N(0, 1), which is N(offset, slope^2); differentiable in both.

    >>> from minigan.gan import affine_density
    >>> round(float(affine_density(2.0, 1.0).density(1.0)), 12)
    0.199471140201
    """
    return Normal(offset, mnp.abs(slope) if hasattr(slope, "shape") else abs(slope))


class Pushforward(Density):
    """The law of x = G(z), z ~ N(0, 1): p_x(x) = sum over the z with G(z) = x of p_z(z) / |G'(z)|.

    ``generator`` is a smooth function of an array, elementwise. A monotone one has one such z, and this is the lecture's
    p_x(x) = p_y(g(x)) |dg/dx| with g its inverse; otherwise every branch counts. The solutions are bracketed on a grid
    of ``points`` over |z| <= ``reach`` (beyond 8.3 lies less than 1e-16 of the mass) and bisected to rounding, so
    branches narrower than the grid are missed. A flat generator has no density: `ValueError`.

    >>> import minigan.numpy as mnp
    >>> law = Pushforward(lambda z: mnp.exp(z))  # the log-normal
    >>> round(float(law.density(mnp.array([1.0]))[0]), 10)
    0.3989422804
    """

    def __init__(self, generator, reach: float = 8.3, points: int = 4097):
        self.generator = function(generator, "the generator of a pushforward", "(z)")
        self.reach = reach = positive(reach, "the reach of a pushforward")
        points = count(points, "the points of a pushforward", 2)
        self.grid = mnp.linspace(-reach, reach, points)
        self.values = generator(self.grid)
        if tuple(self.values.shape) != (points,):
            raise ValueError(
                f"the generator must map an array of shape ({points},) to one of the same shape, elementwise; it "
                f"returned {tuple(self.values.shape)}"
            )
        steps = to_numpy(self.values)[1:] - to_numpy(self.values)[:-1]
        if not (steps != 0).any():
            raise ValueError("the generator is constant: its samples are one point and have no density")
        self.monotone = bool((steps >= 0).all() or (steps <= 0).all())

    def log_density(self, x):
        x = floating(x, "the points of a density")
        flat = mnp.reshape(x, (-1,))
        point, z = self._solve(to_numpy(flat))
        if not len(point):
            return mnp.reshape(mnp.full(flat.shape, -math.inf), x.shape)
        z = mnp.asarray(z)
        _, slope = jvp(self.generator, (z,), (mnp.ones_like(z),))
        log_terms = -0.5 * mnp.square(z) - HALF_LOG_2PI - mnp.log(mnp.abs(slope))
        total = mnp.index_add(mnp.zeros(flat.shape), mnp.asarray(point), mnp.exp(log_terms))
        empty = total == 0
        return mnp.reshape(mnp.where(empty, -math.inf, mnp.log(mnp.where(empty, 1.0, total))), x.shape)

    def _solve(self, x):
        """All (index of x, z) with G(z) = x: sign changes between grid points, then bisection of all at once."""
        below = to_numpy(self.values)[None, :] < x[:, None]
        point, interval = (below[:, 1:] != below[:, :-1]).nonzero()
        grid = to_numpy(self.grid)
        low, high = grid[interval], grid[interval + 1]
        starts_below = below[point, interval]
        for _ in range(60):
            middle = 0.5 * (low + high)
            left = (to_numpy(self.generator(mnp.asarray(middle))) < x[point]) == starts_below
            low, high = (left * middle + ~left * low), (left * high + ~left * middle)
        return point, 0.5 * (low + high)

    def sample(self, rng, shape=()):
        return self.generator(as_generator(rng).standard_normal(shape))
