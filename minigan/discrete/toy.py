"""A toy with a known answer: four digits that ought to rise, 256 states in all."""

from __future__ import annotations

import minigan.numpy as mnp

from ..arrays import float_name

STEPS = [
    [-1.0, 0.0, 0.0],
    [1.0, -1.0, 0.0],
    [0.0, 1.0, -1.0],
    [0.0, 0.0, 1.0],
]  # d @ STEPS: from each digit to the next


def rising_digits(dtype=None):
    """A function of four 4-way variables and logits for them: ``f, logits``, for `estimator_report` and its kin.

    f(x) = 1/4 sum_v (d_{v+1} - d_v - 0.7)^2 for the digits d_v in 0 .. 3, quadratic between the one-hot points; the
    logits (4, 4) are sin 1, sin 2, ..., sin 16.

    >>> from minigan.discrete import expectation
    >>> f, logits = rising_digits()
    >>> round(float(expectation(f, logits)), 6)
    2.543421
    """
    dtype = None if dtype is None else float_name(dtype)
    logits = mnp.reshape(mnp.sin(mnp.arange(1.0, 17.0, dtype=dtype or "float64")), (4, 4))

    def f(x):
        digits = mnp.sum(x * mnp.arange(4, dtype=x.dtype), axis=-1)
        return 0.25 * mnp.sum(mnp.square(digits @ mnp.asarray(STEPS, dtype=x.dtype) - 0.7), axis=-1)

    return f, logits
