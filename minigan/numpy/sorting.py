"""Order: sorting moves values without changing them, so its derivative is the permutation it found."""

from __future__ import annotations

import math
import operator

from ..autodiff.primitive import Example, composed, constant, kept_shape, place_of, places_of
from ..backend import dtype_name
from .arguments import refuse
from .elementwise import astype, isnan, where
from .indexing import take, take_along_axis
from .reductions import mean
from .shape import _array, along, moveaxis, ravel, reshape


def _library_argsort(xp, x, axis, kind):
    """The library's; where it has not that kind (the standard's are stable or not), its own stable one."""
    if kind == "stable" or not hasattr(xp, "ufunc"):
        return xp.argsort(x, axis=axis, stable=True)
    return xp.argsort(x, axis=axis, kind=kind)


_argsort = constant(
    "argsort",
    library=lambda xp, x, axis, kind="stable": _library_argsort(xp, x, axis, kind),
    examples=[Example(((3, 4),), {"axis": -1})],
)
_sort = composed(
    "sort",
    lambda x, axis, stable=False: take_along_axis(x, _argsort(x, axis=axis), axis),
    library=lambda xp, x, axis, stable=False: xp.sort(x, axis=axis, **({"stable": True} if stable else {})),
    examples=[Example(((3, 4),), {"axis": -1}, "distinct"), Example(((5,),), {"axis": 0}, "distinct")],
)
searchsorted_in = constant(
    "searchsorted",
    library=lambda xp, a, v, side: xp.searchsorted(a, v, side=side),
    examples=[Example(((4,), (2, 3)), {"side": "left"})],
)


def argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    """The positions that sort ``a`` along ``axis``, equal values in their order unless another ``kind`` is asked for;
    derivative zero."""
    a, axis, stable = _to_sort("argsort", a, axis, kind, order, stable)
    return _argsort(a, axis=axis) if stable or kind is None else _argsort(a, axis=axis, kind=kind)


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    """``a`` in increasing order along ``axis``."""
    a, axis, stable = _to_sort("sort", a, axis, kind, order, stable)
    return _sort(a, axis=axis, stable=True) if stable else _sort(a, axis=axis)


_KINDS = ("quicksort", "heapsort", "mergesort", "stable")


def _to_sort(name, a, axis, kind, order, stable):
    """The array and one axis of it, and whether equal values keep their order."""
    if order is not None:
        refuse(name, "order", "it names fields, and a traced array has none: leave order= away")
    if kind is not None and (kind not in _KINDS or stable is not None):
        raise ValueError(f"minigan.numpy.{name} takes kind=, one of {', '.join(_KINDS)}, or stable=: {kind!r}, {stable!r}")
    a = _array(a)
    a, axis = (ravel(a), 0) if axis is None else (a, operator.index(axis))
    return a, axis, bool(stable) or kind in ("stable", "mergesort")


def searchsorted(a, v, side="left", sorter=None):
    """Where to insert ``v`` into ``a``, sorted or in the order that ``sorter`` gives; derivative zero."""
    a = _array(a)
    if sorter is None:
        return searchsorted_in(a, v, side=side)
    if _array(sorter).shape != a.shape:
        raise ValueError(f"searchsorted: a sorter of shape {_array(sorter).shape} for an array of shape {a.shape}")
    return searchsorted_in(take(a, sorter), v, side=side)


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


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """``a`` with its k-th smallest value in the place where sorting puts it, smaller ones before it, larger ones after.

    Its derivative is the permutation that the library's algorithm made.
    """
    if order is not None:
        refuse("partition", "order", "it names fields, and a traced array has none: leave order= away")
    if kind != "introselect":
        raise ValueError(f"minigan.numpy.partition takes kind='introselect' alone, and was given {kind!r}")
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
    argsort sort searchsorted median partition sort_complex
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
