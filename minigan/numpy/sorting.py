"""Order: sorting moves values without changing them, so its derivative is the permutation it found."""

from __future__ import annotations

import operator

from ..autodiff.primitive import Example, composed, constant, kept_shape
from ..backend import dtype_name
from .elementwise import astype, isnan, where
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


def _moved_as(x, partitioned, axis):
    """``x`` in the order in which its values stand in ``partitioned``: equal ranks, equal values."""
    rank = _argsort(_argsort(partitioned, axis=axis), axis=axis)
    return take_along_axis(x, take_along_axis(_argsort(x, axis=axis), rank, axis), axis)


_partition = composed(
    "partition",
    lambda x, kth, axis: _moved_as(x, _partition_alone(x, kth=kth, axis=axis), axis),
    library=lambda xp, x, kth, axis: _library_partition(xp, x, kth, axis),
    examples=[Example(((3, 4),), {"kth": 1, "axis": -1}, "distinct")],
)
_partition_alone = constant(
    "partition_alone",
    library=lambda xp, x, kth, axis: _library_partition(xp, x, kth, axis),
    examples=[Example(((3, 4),), {"kth": 1, "axis": -1})],
)


def _library_partition(xp, x, kth, axis):
    """The library's, or a sorted array, which is a partition at every place."""
    return xp.partition(x, kth, axis=axis) if hasattr(xp, "partition") else xp.sort(x, axis=axis)


def partition(a, kth, axis=-1):
    """``a`` with its k-th smallest value in the place where sorting puts it, smaller ones before it, larger ones after.

    Its derivative is the permutation that the library's algorithm made.
    """
    a = _array(a)
    a, axis = (ravel(a), 0) if axis is None else (a, operator.index(axis))
    return _partition(a, kth=tuple(map(int, kth)) if hasattr(kth, "__len__") else operator.index(kth), axis=axis)


def sort_complex(a):
    """Sorted along the last axis, by real parts and then by imaginary ones, as complex numbers."""
    a = _array(a)
    narrow = dtype_name(a.dtype) in ("int8", "uint8", "int16", "uint16", "complex64")
    ordered = take_along_axis(a, _argsort(a, axis=-1), -1)
    return astype(ordered, "complex64" if narrow else "complex128")


def median(a, axis=None, *, keepdims=False):
    """The middle value, the mean of the two middle ones for an even number."""
    a = _array(a)
    shape = kept_shape(a.shape, axis)
    if axis is None:
        a, axis = ravel(a), 0
    elif isinstance(axis, tuple | list):
        axes = [i % a.ndim for i in axis]
        a = moveaxis(a, axes, range(len(axes)))
        a, axis = reshape(a, (-1, *a.shape[len(axes) :])), 0
    else:
        axis = operator.index(axis) % a.ndim
    n = a.shape[axis]
    ordered = sort(a, axis)
    middle = ordered[(slice(None),) * axis + (slice((n - 1) // 2, n // 2 + 1), ...)]
    out = mean(middle, axis)
    if n and not dtype_name(a.dtype).startswith(("int", "uint", "bool")):
        last = ordered[along(a.ndim, axis, -1)]  # NaN is sorted last
        out = where(isnan(last), last, out)
    return reshape(out, shape) if keepdims else out


_EXPORTED = """
    argsort sort searchsorted median partition sort_complex
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
