"""Hyperparameters at the door: checked, and made Python floats, which are weak and leave float32 alone."""

from __future__ import annotations

import math
from numbers import Real


def is_number(x) -> bool:
    return isinstance(x, Real) and not isinstance(x, bool)


def positive(x, what: str) -> float:
    """``x`` as a float; refuses what is not a finite number above 0."""
    if not (is_number(x) and x > 0 and math.isfinite(x)):
        raise ValueError(f"{what} is a positive number, and was {x!r}")
    return float(x)


def non_negative(x, what: str) -> float:
    """``x`` as a float; refuses what is not a finite number of at least 0."""
    if not (is_number(x) and x >= 0 and math.isfinite(x)):
        raise ValueError(f"{what} is a non-negative number, and was {x!r}")
    return float(x)


def fraction(x, what: str) -> float:
    """``x`` as a float; refuses what does not lie in [0, 1)."""
    if not (is_number(x) and 0 <= x < 1):
        raise ValueError(f"{what} lies in [0, 1), and was {x!r}")
    return float(x)
