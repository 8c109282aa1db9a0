"""Real handwritten digits in black and white."""

from __future__ import annotations

import minigan.numpy as mnp

from .digits import Digits, digits

THRESHOLD = 8  # of 16 grey levels: half


def binary_digits(dtype="float64") -> Digits:
    """`digits` with every pixel of grey level 8 or more (of 0 .. 16) at 1 and every other at -1; same order and labels.

    >>> import minigan.numpy as mnp
    >>> images = binary_digits().images
    >>> images.shape, float(mnp.min(images)), float(mnp.max(images))
    ((1797, 64), -1.0, 1.0)
    """
    images, labels = digits(dtype)
    ink = images >= THRESHOLD / 8.0 - 1.0
    return Digits(mnp.where(ink, mnp.ones_like(images), -mnp.ones_like(images)), labels)
