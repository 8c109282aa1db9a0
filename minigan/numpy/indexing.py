"""Reading and scattering by index. Reading is linear; its transpose adds back what was read, duplicates included."""

from __future__ import annotations

from ..autodiff.primitive import PRIMITIVES, Example, composed, linear, place_of
from ..autodiff.tracer import Tracer
from ..backend import backend_of, backend_of_type, to_numpy
from .creation import asarray, zeros_like_array
from .elementwise import clip, remainder, where
from .scattering import scattered
from .shape import _array, along, concatenate, moveaxis, reshape, roll


class Slot:
    """Stands in an index for the next of the index arrays, which travel as arguments of their own."""

    def __repr__(self):
        return "#"


SLOT = Slot()


def _fill(index, arrays):
    arrays = iter(arrays)
    if not isinstance(index, tuple):
        return next(arrays) if index is SLOT else index
    return tuple(next(arrays) if part is SLOT else part for part in index)


def _read(xp, x, *arrays, index):
    return backend_of(x).function("getitem")(x, _fill(index, arrays))


def _write(xp, x, *arrays, index, shape):
    backend = backend_of(x)
    out = backend.create("zeros", shape, dtype=x.dtype)
    if backend.library == "numpy" and not any(array.dtype == bool for array in arrays):
        return scattered(x, out, _fill(index, arrays), bool(arrays))
    if arrays or backend.library == "strict":  # which assigns to fewer kinds of places than it reads
        return backend.index_add(out, _fill(index, arrays), x)
    out[index] = x  # no place is there twice, and a sum with zeros would lose the sign of -0.0
    return out


_getitem = linear(
    "getitem",
    lambda g, x, *arrays, index: _scatter(g, *arrays, index=index, shape=x.shape),
    library=_read,
    examples=[
        Example(((3, 4),), {"index": (slice(1, None), slice(None, None, -2))}),
        Example(((3, 4),), {"index": (..., None, 2)}),
        Example(((3, 4),), {"index": 1}),
        Example(((4, 3), (5,)), {"index": SLOT}, [(-2.0, 2.0), "index"]),
        Example(((3, 4), (2,)), {"index": (slice(None), SLOT)}, [(-2.0, 2.0), "index"]),
    ],
)
_scatter = linear(
    "scatter_add",
    lambda g, x, *arrays, index, shape: _getitem(g, *arrays, index=index),
    library=_write,
    examples=[
        Example(((2, 2),), {"index": (slice(1, None), slice(None, None, -2)), "shape": (3, 4)}),
        Example(((5, 3), (5,)), {"index": SLOT, "shape": (4, 3)}, [(-2.0, 2.0), "index"]),
    ],
)


def _split_index(index):
    """An index with its arrays taken out: (template, arrays)."""
    parts = index if isinstance(index, tuple) else (index,)
    arrays, template = [], []
    for part in parts:
        if isinstance(part, list):
            part = _indices(part)
        if isinstance(part, Tracer) or (backend_of_type(type(part)) is not None and getattr(part, "shape", ()) != ()):
            arrays.append(part)
            template.append(SLOT)
        elif backend_of_type(type(part)) is not None:
            template.append(bool(part) if str(part.dtype).endswith("bool") else int(part))
        else:
            template.append(part)
    return (tuple(template) if isinstance(index, tuple) else template[0]), arrays


def _indices(x):
    """Indices as an array; nothing is no indices, and not no floats."""
    return asarray(x, "int64") if isinstance(x, list | tuple) and len(x) == 0 else _array(x)


def getitem(x, index):
    """``x[index]``: integers, slices, ``...``, ``None``, integer and boolean arrays, as in NumPy."""
    template, arrays = _split_index(index)
    return _getitem(x, *arrays, index=template)


def scatter(values, shape, index):
    """Zeros of ``shape`` with ``values`` added at ``index``; the transpose of reading there."""
    template, arrays = _split_index(index)
    return _scatter(_array(values), *arrays, index=template, shape=tuple(shape))


def index_add(x, index, values):
    """A copy of ``x`` with ``values`` added at ``index``; an index that occurs twice is added twice.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(mnp.index_add(mnp.zeros(3), mnp.array([0, 0, 2]), mnp.array([1.0, 2.0, 5.0])))
    array([3., 0., 5.])
    """
    x = _array(x)
    target = getitem(x, index)
    values = PRIMITIVES["broadcast_to"](_array(values) + 0.0 * target, shape=target.shape)
    return x + scatter(values, x.shape, index)


def take(a, indices, axis=None, mode="raise"):
    """Slices of ``a`` at integer ``indices`` along ``axis`` (of the flattened array by default).

    An index outside is an error, or by ``mode`` "wrap" or "clip" brought inside.
    """
    a, indices = _array(a), _indices(indices)
    if axis is None:
        a, axis = reshape(a, (-1,)), 0
    axis = place_of(axis, a.ndim)
    if mode != "raise":
        indices = within(indices, a.shape[axis], mode)
    return getitem(a, (slice(None),) * axis + (indices,))


def within(indices, n, mode, lowest=None):
    """``indices`` among n, by ``mode`` wrapped around or clipped; "raise" raises `ValueError` for those outside, from
    ``lowest`` on, where they are known."""
    if mode == "wrap":
        return remainder(indices, n)
    if mode == "clip":
        return clip(indices, 0, n - 1)
    if mode != "raise":
        raise ValueError(f"mode={mode!r} of indices is unknown: choose raise, wrap or clip")
    if lowest is not None and type(indices) is not Tracer and indices.size:
        host = to_numpy(indices)
        if host.min() < lowest or host.max() >= n:
            raise ValueError(f"an index among {n} lies outside: they reach from {host.min()} to {host.max()}")
    return indices


def take_along_axis(arr, indices, axis=-1):
    """``arr`` read along ``axis`` at positions given for every line of it, as `argsort` returns them."""
    arr, indices = _array(arr), _array(indices)
    if axis is None:
        if indices.ndim != 1:
            raise ValueError(f"take_along_axis with axis=None takes one axis of indices, and was given {indices.ndim}")
        arr, axis = reshape(arr, (-1,)), 0
    axis = place_of(axis, arr.ndim)
    if indices.ndim != arr.ndim:
        raise ValueError(f"take_along_axis of {arr.ndim} axes takes as many of indices, and was given {indices.ndim}")
    return getitem(arr, line_index(arr.shape, indices, axis))


def line_index(shape, indices, axis):
    """The full index that reads every line along ``axis`` at its own ``indices``."""
    from .creation import arange_like

    grid = []
    for i, n in enumerate(shape):
        along_i = tuple(n if j == i else 1 for j in range(len(shape)))
        grid.append(indices if i == axis else reshape(arange_like(indices, n), along_i))
    return tuple(grid)


def diagonal(a, offset=0, axis1=0, axis2=1):
    """The entries a[i, i + offset] of two axes, in a new last axis."""
    from .creation import arange_like

    a = moveaxis(_array(a), (axis1, axis2), (-2, -1))
    rows, columns = a.shape[-2:]
    start = max(-offset, 0)
    length = max(min(rows - start, columns - max(offset, 0)), 0)
    i = arange_like(a, length) + start
    return getitem(a, (*(slice(None) for _ in a.shape[:-2]), i, i + offset))


def diag(v, k=0):
    """A vector's diagonal matrix, or a matrix's diagonal."""
    from .creation import arange_like

    v = _array(v)
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"diag of an array of shape {tuple(v.shape)}: it takes a vector or a matrix")
    n = v.shape[0] + abs(k)
    rows = reshape(arange_like(v, n), (-1, 1))
    beside = concatenate([v, zeros_like_array(v, (abs(k),))])  # where k > 0 the last rows have nothing
    on_diagonal = reshape(arange_like(v, n), (1, -1)) == rows + k
    return where(on_diagonal, reshape(beside if k >= 0 else roll(beside, -k), (-1, 1)), zeros_like_array(v, (1, 1)))


def _sum_of_diagonal(a, offset=0, axis1=0, axis2=1, dtype=None):
    from .reductions import sum

    return sum(diagonal(a, offset, axis1, axis2), -1, dtype)


_trace = composed(
    "trace",
    _sum_of_diagonal,
    library=lambda xp, a, **how: xp.trace(a, **how) if hasattr(xp, "ufunc") else _sum_of_diagonal(a, **how),
    examples=[Example(((3, 3),)), Example(((2, 3, 4),), {"offset": 1, "axis1": 1, "axis2": 2})],
)


def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    """The sum along the diagonal."""
    return _trace(a, offset=offset, axis1=axis1, axis2=axis2, dtype=dtype)


def compress(condition, a, axis=None):
    """The slices of ``a`` along ``axis`` where ``condition`` is true."""
    a, condition = _array(a), asarray(condition, "bool")
    if type(condition) is not Tracer and condition.ndim == 1:
        return take(a, [i for i, chosen in enumerate(to_numpy(condition)) if chosen], axis)
    if axis is None:
        a, axis = reshape(a, (-1,)), 0
    axis = place_of(axis, a.ndim)
    if condition.ndim != 1:
        raise ValueError(f"compress takes a condition of one axis, and was given {condition.ndim}")
    chosen = slice(None, condition.shape[0])  # a short condition leaves the rest out
    return getitem(a[along(a.ndim, axis, chosen)], (slice(None),) * axis + (condition,))


def extract(condition, arr):
    """The elements of the flattened ``arr`` where ``condition`` is true."""
    return compress(reshape(_array(condition), (-1,)), reshape(_array(arr), (-1,)))


_EXPORTED = """
    index_add take take_along_axis diagonal diag trace compress extract
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
