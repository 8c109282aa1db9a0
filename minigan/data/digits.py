"""Real handwritten digits: scikit-learn's copy of the UCI test set, 1,797 images of 8x8 pixels in 17 grey levels."""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from ..arrays import float_name


class Digits(NamedTuple):
    """``images`` (1797, 64) in [-1, 1], row by row from the top left; ``labels`` (1797,) integers 0 .. 9."""

    images: Any
    labels: Any


def digits(dtype="float64") -> Digits:
    """The digits on the active backend; pixels 0 .. 16 are mapped to [-1, 1]. Source: UCI Optical Recognition (1998).

    >>> digits().images.shape
    (1797, 64)
    """
    from sklearn.datasets import load_digits

    dtype = float_name(dtype)
    images, labels = load_digits(return_X_y=True)
    return Digits(mnp.asarray(images / 8.0 - 1.0, dtype=dtype), mnp.asarray(labels))
