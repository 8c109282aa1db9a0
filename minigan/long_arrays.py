"""NumPy's functions that are slow on long arrays of floats, with ours in their place; the table of `backend` has them.

Everything else, short arrays above all, is NumPy's own.
"""

from __future__ import annotations

import math

import numpy as np

from . import choosing, logarithms, special


def where(condition, x, y):
    """Without NumPy's branches."""
    if type(condition) is np.ndarray and condition.size >= choosing.LONG_ENOUGH and condition.dtype == bool:
        dtype = _one_width(x, y)
        if dtype is not None:
            x, y = (None if _is_zero(part) else np.asarray(part, dtype) for part in (x, y))
            return choosing.chosen(np, condition, x, y)
    return np.where(condition, x, y)


def logaddexp(x, y):
    """Of functions that have vectors."""
    return special.logaddexp(np, x, y) if _are_long(x, y) else np.logaddexp(x, y)


def logaddexp2(x, y):
    """Of functions that have vectors."""
    return special.logaddexp2(np, x, y) if _are_long(x, y) else np.logaddexp2(x, y)


def log1p(x):
    """By the logarithm, where this machine has vectors for that alone."""
    return logarithms.log1p_by_logarithm(np, x) if _lacks_vectors("log1p", x) else np.log1p(x)


def expm1(x):
    """By the exponential, where this machine has vectors for that alone; in float32."""
    return logarithms.expm1_by_exponential(np, x) if _lacks_vectors("expm1", x, "float32") else np.expm1(x)


def _are_long(*parts) -> bool:
    return max(getattr(part, "size", 1) for part in parts) >= choosing.LONG_ENOUGH and _one_width(*parts) is not None


def _lacks_vectors(name, x, *widths) -> bool:
    dtype = _one_width(x) if getattr(x, "size", 1) >= logarithms.LONG_ENOUGH else None
    return dtype is not None and dtype in (widths or _WIDTHS) and not logarithms.has_vectors(name, dtype.name)


_WIDTHS = ("float32", "float64")


def _one_width(*parts):
    """float32 or float64, where that is the dtype of an array and of all parts but Python floats; else ``None``."""
    dtype = next((part.dtype for part in parts if type(part) is np.ndarray), None)
    if dtype not in _WIDTHS:
        return None
    return dtype if all(type(part) is float or getattr(part, "dtype", None) == dtype for part in parts) else None


def _is_zero(x) -> bool:
    """Whether it is the number zero, and not the negative one."""
    return type(x) is float and x == 0.0 and math.copysign(1.0, x) > 0.0
