"""Composite functions in elementary ones: what a program is made of after recording.

Each entry takes what the primitive takes. Softplus, softmax and their kin come from `minigan.special`, which is
written for any array namespace, ours included; means and moments are sums, as NumPy computes them.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from .. import choosing, logarithms, special
from ..autodiff.primitive import PRIMITIVES, kept_shape, ones, places_of
from ..autodiff.tracer import innermost
from ..backend import backend_of, dtype_name
from ..numpy import pairwise

WORTH_A_PRODUCT = 1 << 10  # elements from which on a sum over rows is a product


class _Namespace:
    """`minigan.numpy` with the primitives that are not part of it."""

    is_positive = PRIMITIVES["is_positive"]
    log_ratio = PRIMITIVES["log_ratio"]

    def __getattr__(self, name):
        return getattr(mnp, name)


def _special(name):
    function = getattr(special, name)
    return lambda *args, **params: function(_Namespace(), *args, **params)


def _count(x, axis):
    return math.prod(x.shape[a] for a in places_of(axis, len(x.shape)))


def _is_float(x) -> bool:
    return dtype_name(x.dtype) in ("float32", "float64")


def _kept(reduced, x, axis, keepdims):
    return mnp.reshape(reduced, kept_shape(x.shape, axis)) if keepdims else reduced


def _sum(x, axis=None, keepdims=False, dtype=None):
    """Over all leading axes, a vector of ones times a matrix: four times faster than NumPy's sum, which adds rows too.

    Sums over everything stay sums, which rules of algebra know; how they are taken `whole_sums` says.
    """
    if axis is None or dtype is not None or not _is_float(x) or not x.shape:
        return None
    shape = tuple(x.shape)
    axes = sorted(places_of(axis, len(shape)))
    rows, columns = math.prod(shape[: len(axes)]), math.prod(shape[len(axes) :])
    if axes != list(range(len(axes))) or len(axes) == len(shape) or rows < 2 or rows * columns < WORTH_A_PRODUCT:
        return None
    summed = PRIMITIVES["dot"](ones(backend_of(innermost(x)), rows, x.dtype), mnp.reshape(x, (rows, columns)))
    return mnp.reshape(summed, kept_shape(shape, axis) if keepdims else shape[len(axes) :])


def _mean(x, axis=None, keepdims=False, dtype=None):
    if dtype is not None or not _is_float(x):
        return None
    return _kept(PRIMITIVES["sum"](x, axis=axis, keepdims=False) / float(_count(x, axis)), x, axis, keepdims)


def _var(x, axis=None, keepdims=False, ddof=0, dtype=None):
    degrees = _count(x, axis) - ddof
    if dtype is not None or degrees <= 0 or not _is_float(x):
        return None
    centred = x - _mean(x, axis, keepdims=True)
    squares = PRIMITIVES["sum"](centred * centred, axis=axis, keepdims=False)
    return _kept(squares / float(degrees), x, axis, keepdims)


def _std(x, axis=None, keepdims=False, ddof=0, dtype=None):
    variance = _var(x, axis, keepdims, ddof, dtype)
    return None if variance is None else mnp.sqrt(variance)


def _clip(x, low, high):
    # an infinite bound bounds nothing; integers it makes floats
    if low is not None and (low != -math.inf or not _is_float(x)):
        x = mnp.maximum(x, low)
    return x if high is None or (high == math.inf and _is_float(x)) else mnp.minimum(x, high)


def _clip_by_numbers(x, low, high):
    numbers = all(bound is None or isinstance(bound, int | float) for bound in (low, high))
    return _clip(x, low, high) if numbers and (low is not None or high is not None) else None


def _pow_operator(x, y):
    """``x ** y`` as NumPy's operator has it, to which 2 is the square of truth values too."""
    return mnp.square(x) if type(y) in (int, float) and y == 2 and _is_bool(x) else _power(x, y)


def _is_bool(x) -> bool:
    return hasattr(x, "shape") and dtype_name(x.dtype) == "bool"


def _power(x, y):
    """``x ** y`` for the exponents that have short ways."""
    if type(y) in (int, float) and hasattr(x, "shape") and dtype_name(x.dtype).startswith("float"):
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


def _einsum(*operands, subscripts, optimize=None):
    return pairwise.contracted(subscripts, *operands) if pairwise.by_matrices(subscripts, operands) else None


def _of_long_arrays(function):
    """``function``, made of what has vectors as NumPy's own has not, where arrays are NumPy's, long and of one width."""
    return lambda x, y: function(_Namespace(), x, y) if _are_long(x, y, choosing.LONG_ENOUGH) else None


def _are_long(x, y, length) -> bool:
    shape = np.broadcast_shapes(*(tuple(getattr(part, "shape", ())) for part in (x, y)))
    arrays = [part for part in (x, y) if hasattr(part, "dtype")]
    alike = {dtype_name(part.dtype) for part in arrays} in ({"float32"}, {"float64"})
    return alike and math.prod(shape) >= length and backend_of(*map(innermost, arrays)).library == "numpy"


def _log_ratio(x, y):
    """What it is made of; of long arrays of NumPy's there is a kernel, see `element_kernels`."""
    if hasattr(x, "dtype") and hasattr(y, "dtype") and _are_long(x, y, logarithms.LONG_ENOUGH):
        return None
    return special.log_ratio(_Namespace(), x, y)


def _logaddexp(x, y):
    """Of a number 0 it is softplus, of arrays what it is made of."""
    for zero, z in ((x, y), (y, x)):
        if type(zero) in (int, float) and zero == 0 and hasattr(z, "dtype") and _is_float(z):
            return special.softplus(_Namespace(), z)
    return _of_long_arrays(special.logaddexp)(x, y)


def _heaviside(xp, x, y):
    return xp.where(x == 0, y, xp.where(xp.isnan(x), x, xp.is_positive(x))) if hasattr(x, "dtype") else None


def _scaled(function):
    """Degrees and radians as the product that NumPy takes one element at a time."""
    return lambda x: float(function(np.ones((), dtype_name(x.dtype)))) * x if _is_float(x) else None


def _relu(x):
    return mnp.maximum(x, 0.0)


def _leaky_relu(x, slope):
    return mnp.maximum(x, slope * x)


EXPANSIONS = {
    **{name: _special(name) for name in special.GENERIC if name != "wrightomega"},
    "log_ratio": _log_ratio,
    "sum": _sum,
    "mean": _mean,
    "var": _var,
    "std": _std,
    "clip": _clip_by_numbers,
    "einsum": _einsum,
    "logaddexp": _logaddexp,
    "logaddexp2": _of_long_arrays(special.logaddexp2),
    "heaviside": _of_long_arrays(_heaviside),
    "deg2rad": _scaled(np.deg2rad),
    "rad2deg": _scaled(np.rad2deg),
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "pow_operator": _pow_operator,
    "power": _power,
}
