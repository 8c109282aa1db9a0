"""Order: sorting moves values without changing them, so its derivative is the permutation it found."""

from __future__ import annotations

import math
import operator

from ..autodiff.primitive import Example, composed, constant, kept_shape, place_of, places_of
from ..backend import dtype_name
from .elementwise import isnan, where
from .indexing import take_along_axis
from .reductions import mean
from .shape import _array, along, moveaxis, ravel, reshape

_argsort = constant(
    "argsort",
    library=lambda xp, x, axis: xp.argsort(x, axis=axis, stable=True),
    examples=[Example(((3, 4),), {"axis": -1})],
)
_sort = composed(
    "sort",
    lambda x, axis: take_along_axis(x, _argsort(x, axis=axis), axis),
    library=lambda xp, x, axis: xp.sort(x, axis=axis),
    examples=[Example(((3, 4),), {"axis": -1}, "distinct"), Example(((5,),), {"axis": 0}, "distinct")],
)
searchsorted_in = constant(
    "searchsorted",
    library=lambda xp, a, v, side: xp.searchsorted(a, v, side=side),
    examples=[Example(((4,), (2, 3)), {"side": "left"})],
)


def argsort(a, axis=-1):
    """The positions that sort ``a`` along ``axis``, equal values in their order; derivative zero."""
    a = _array(a)
    return _argsort(ravel(a), axis=0) if axis is None else _argsort(a, axis=operator.index(axis))


def sort(a, axis=-1):
    """``a`` in increasing order along ``axis``."""
    a = _array(a)
    return _sort(ravel(a), axis=0) if axis is None else _sort(a, axis=operator.index(axis))


def searchsorted(a, v, side="left"):
    """Where to insert ``v`` into the sorted ``a``; derivative zero."""
    return searchsorted_in(a, v, side=side)


def median(a, axis=None, *, keepdims=False):
    """The middle value, the mean of the two middle ones for an even number."""
    a = _array(a)
    shape = kept_shape(a.shape, axis)
    if axis is None or a.ndim == 0:
        a, axis = ravel(a), 0
    elif isinstance(axis, tuple | list):
        axes = places_of(axis, a.ndim)
        a = moveaxis(a, axes, range(len(axes)))
        a, axis = reshape(a, (math.prod(a.shape[: len(axes)]), *a.shape[len(axes) :])), 0
    else:
        axis = place_of(axis, a.ndim)
    n = a.shape[axis]
    ordered = sort(a, axis)
    middle = ordered[(slice(None),) * axis + (slice((n - 1) // 2, n // 2 + 1), ...)]
    out = mean(middle, axis)
    if n and not dtype_name(a.dtype).startswith(("int", "uint", "bool")):
        last = ordered[along(a.ndim, axis, -1)]  # NaN is sorted last
        out = where(isnan(last), last, out)
    return reshape(out, shape) if keepdims else out


_EXPORTED = """
    argsort sort searchsorted median
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
