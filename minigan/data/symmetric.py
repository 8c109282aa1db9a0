"""Images whose right half is the mirror image of the left: one global rule. Lecture, "Problems with Global Structure"."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..arrays import float_name
from ..random import as_generator
from ..validation import count, is_count

REACH = 1.2  # deviation, in pixels, of the blur that makes patches of noise


def symmetric(side: int = 12, dtype=None):
    """The sampler ``draw(rng, n) -> (n, side * side)`` of images of -1 and 1 that equal their left-right mirror image.

    The left half is the sign of Gaussian noise blurred over about a pixel and independent between images; each of its
    pixels is 1 with probability 1/2. Everything local looks alike on both sides of the middle: only a comparison
    across the whole image tells a true one from one with two unrelated halves. Raises `ValueError` for an odd side.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> images = mnp.reshape(symmetric()(mg.random.generator(0), 50), (50, 12, 12))
    >>> bool(mnp.all(images == images[:, :, ::-1]))
    True
    """
    if not is_count(side, 2) or side % 2:
        raise ValueError(f"an image with a left and a right half has an even side, and not {side!r}")
    dtype = None if dtype is None else float_name(dtype)
    rows, columns = _blur(side, dtype), _blur(side // 2, dtype)

    def draw(rng, n):
        rng, n = as_generator(rng), count(n, "n", 0)
        noise = rng.standard_normal((n, side, side // 2), dtype=dtype)
        field = mnp.matmul(mnp.matmul(rows, noise), columns)
        half = mnp.where(field > 0.0, mnp.ones_like(field), -mnp.ones_like(field))
        return mnp.reshape(mnp.concatenate([half, half[:, :, ::-1]], 2), (n, side * side))

    return draw


def _blur(n, dtype):
    """A symmetric matrix of Gaussian weights between n places in a row."""
    places = mnp.arange(n, dtype=float)
    weights = mnp.exp(-mnp.square(places[:, None] - places) / (2.0 * REACH**2)) / (REACH * math.sqrt(2.0 * math.pi))
    return mnp.astype(weights, dtype or "float64")
