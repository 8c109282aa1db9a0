"""Composite functions in elementary ones: what a program is made of after recording.

Each entry takes what the primitive takes. Softplus, softmax and their kin come from `minigan.special`, which is
written for any array namespace, ours included; means and moments are sums, as NumPy computes them.
"""

from __future__ import annotations

import math

import minigan.numpy as mnp

from .. import special
from ..autodiff.primitive import PRIMITIVES


class _Namespace:
    """`minigan.numpy` with the primitives that are not part of it."""

    is_positive = PRIMITIVES["is_positive"]

    def __getattr__(self, name):
        return getattr(mnp, name)


def _special(name):
    function = getattr(special, name)
    return lambda *args, **params: function(_Namespace(), *args, **params)


def _count(x, axis):
    axes = range(len(x.shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return math.prod(x.shape[a] for a in axes)


def _mean(x, axis=None, keepdims=False, dtype=None):
    if dtype is not None or not str(x.dtype).rpartition(".")[2].startswith(("float32", "float64")):
        return None
    return PRIMITIVES["sum"](x, axis=axis, keepdims=keepdims) / float(_count(x, axis))


def _var(x, axis=None, keepdims=False, ddof=0, dtype=None):
    degrees = _count(x, axis) - ddof
    if dtype is not None or degrees <= 0:
        return None
    centred = x - _mean(x, axis, keepdims=True)
    return PRIMITIVES["sum"](centred * centred, axis=axis, keepdims=keepdims) / float(degrees)


def _std(x, axis=None, keepdims=False, ddof=0, dtype=None):
    variance = _var(x, axis, keepdims, ddof, dtype)
    return None if variance is None else mnp.sqrt(variance)


def _clip(x, low, high):
    if low is not None and low != -math.inf:
        x = mnp.maximum(x, low)
    return x if high is None or high == math.inf else mnp.minimum(x, high)


def _clip_by_numbers(x, low, high):
    numbers = all(bound is None or isinstance(bound, int | float) for bound in (low, high))
    return _clip(x, low, high) if numbers and (low is not None or high is not None) else None


def _pow_operator(x, y):
    """``x ** y`` for the exponents that NumPy's operator has short ways for."""
    if isinstance(y, int | float) and hasattr(x, "shape") and str(x.dtype).rpartition(".")[2].startswith("float"):
        if y == 2:
            return mnp.square(x)
        if y == 1:
            return x
        if y == 3:
            return mnp.square(x) * x
        if y == -1:
            return mnp.reciprocal(x)
        if y == 0.5:
            return mnp.sqrt(x)
    return None


def _relu(x):
    return mnp.maximum(x, 0.0)


def _leaky_relu(x, slope):
    return mnp.maximum(x, slope * x)


EXPANSIONS = {
    **{name: _special(name) for name in special.GENERIC if name != "wrightomega"},
    "mean": _mean,
    "var": _var,
    "std": _std,
    "clip": _clip_by_numbers,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "pow_operator": _pow_operator,
    "power": _pow_operator,
}
