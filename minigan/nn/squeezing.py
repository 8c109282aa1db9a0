"""Rearrangements of images that keep volume: squeezing, and flattening that knows its way back."""

from __future__ import annotations

import math

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from .bijection import Bijection


def _nothing(rng, shape, dtype=None):
    squeezed_shape(shape)


def squeezed_shape(shape):
    """(n, h, w, c) to (n, h / 2, w / 2, 4 c); `ValueError` for sides that are odd."""
    if len(shape) != 4 or shape[1] % 2 or shape[2] % 2:
        raise ValueError(
            f"squeeze makes four channels of every 2x2 pixels of images (n, h, w, c), and the shape is {tuple(shape)}"
        )
    return (shape[0], shape[1] // 2, shape[2] // 2, 4 * shape[3])


def _squeezed(params, x):
    n, h, w, c = x.shape
    squeezed_shape(x.shape)
    parts = mnp.transpose(mnp.reshape(x, (n, h // 2, 2, w // 2, 2, c)), (0, 1, 3, 2, 4, 5))
    return mnp.reshape(parts, (n, h // 2, w // 2, 4 * c)), mnp.zeros((n,), dtype=x.dtype)


def _unsqueezed(params, y):
    n, h, w, c = y.shape
    parts = mnp.transpose(mnp.reshape(y, (n, h, w, 2, 2, c // 4)), (0, 1, 3, 2, 4, 5))
    return mnp.reshape(parts, (n, 2 * h, 2 * w, c // 4))


squeeze = Bijection(_nothing, _squeezed, _unsqueezed, squeezed_shape, name="squeeze")


@rebuilt_by_name
def unflatten(height: int, width: int, channels: int = 1) -> Bijection:
    """Rows (n, height * width * channels) as images; volume stays.

    >>> import minigan.numpy as mnp
    >>> unflatten(2, 3).forward(None, mnp.ones((5, 6)))[0].shape
    (5, 2, 3, 1)
    """
    shape = (int(height), int(width), int(channels))

    def init(rng, given, dtype=None):
        output_shape(given)

    def output_shape(given):
        if len(given) != 2 or given[1] != math.prod(shape):
            raise ValueError(f"rows of {math.prod(shape)} numbers are images of {shape}, and the shape is {tuple(given)}")
        return (given[0], *shape)

    def forward(params, x):
        return mnp.reshape(x, output_shape(x.shape)), mnp.zeros(x.shape[:1], dtype=x.dtype)

    def inverse(params, y):
        return mnp.reshape(y, (y.shape[0], math.prod(shape)))

    return Bijection(init, forward, inverse, output_shape, name=f"unflatten{shape}")
