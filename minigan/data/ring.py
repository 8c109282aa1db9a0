"""The ring: eight Gaussians evenly spaced on a circle, the standard picture of mode collapse (Metz et al. 2016)."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..arrays import float_name
from ..random import as_generator
from ..validation import count, number, positive


def ring_centres(modes: int = 8, radius: float = 2.0):
    """``modes`` distinct points at angles 2 pi k / modes, shape (modes, 2).

    The end point is left out: spacing with it, as in a widely copied notebook, makes the first and last coincide.

    >>> ring_centres().shape
    (8, 2)
    """
    modes, radius = count(modes, "the modes of a ring"), number(radius, "the radius of a ring")
    angles = 2.0 * math.pi / modes * mnp.arange(modes, dtype=float)
    return radius * mnp.stack([mnp.cos(angles), mnp.sin(angles)], axis=1)


def ring(modes: int = 8, radius: float = 2.0, deviation: float = 0.05, dtype=None):
    """The sampler ``draw(rng, n) -> (n, 2)`` of a uniform mixture of N(centre_k, deviation^2 I).

    >>> import minigan as mg
    >>> ring()(mg.random.generator(0), 5).shape
    (5, 2)
    """
    deviation, dtype = positive(deviation, "the deviation of a ring's modes"), None if dtype is None else float_name(dtype)
    centres = ring_centres(modes, radius)
    if dtype is not None:
        centres = mnp.astype(centres, dtype)

    def draw(rng, n):
        rng, n = as_generator(rng), count(n, "n", 0)
        which = rng.integers(0, modes, (n,))
        return mnp.take(centres, which, 0) + deviation * rng.standard_normal((n, 2), dtype=dtype)

    return draw
