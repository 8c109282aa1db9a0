"""Shapes: what moves values about without changing them. Every rule here is the transpose of a linear map."""

from __future__ import annotations

import math
import operator

import numpy

from ..autodiff.primitive import Example, linear, place_of, places_of, undo_broadcast
from .arguments import allowed, refuse

_reshape = linear(
    "reshape",
    lambda g, x, shape: _reshape(g, shape=x.shape),
    library=lambda xp, x, shape: xp.reshape(x, shape),
    examples=[
        Example(((3, 4),), {"shape": (2, 6)}),
        Example(((3, 4),), {"shape": (-1,)}),
        Example(((),), {"shape": (1, 1)}),
    ],
)


def _inverse(axes):
    order = [0] * len(axes)
    for i, a in enumerate(axes):
        order[a % len(axes)] = i
    return tuple(order)


_transpose = linear(
    "transpose",
    lambda g, x, axes: _transpose(g, axes=_inverse(axes)),
    library="permute_dims",
    examples=[Example(((3, 4),), {"axes": (1, 0)}), Example(((2, 3, 4),), {"axes": (2, 0, 1)})],
)
_broadcast_to = linear(
    "broadcast_to",
    lambda g, x, shape: undo_broadcast(g, x),
    library=lambda xp, x, shape: xp.broadcast_to(x, shape),
    examples=[
        Example(((4,),), {"shape": (3, 4)}),
        Example(((3, 1),), {"shape": (2, 3, 4)}),
        Example(((),), {"shape": (2,)}),
    ],
)


def _part(position, g, *args, axis):
    start = sum(arg.shape[axis] for arg in args[:position])
    return g[along(g.ndim, axis, slice(start, start + args[position].shape[axis]))]


def along(ndim, axis, index):
    return (slice(None),) * place_of(axis, ndim) + (index, ...)


_concatenate = linear(
    "concatenate",
    _part,
    library=lambda xp, *arrays, axis: xp.concat(arrays, axis=axis),
    jointly=True,
    examples=[Example(((3, 4), (2, 4)), {"axis": 0}), Example(((3, 1), (3, 2), (3, 3)), {"axis": -1})],
)
_stack = linear(
    "stack",
    lambda position, g, *args, axis: g[along(g.ndim, axis, position)],
    library=lambda xp, *arrays, axis: xp.stack(arrays, axis=axis),
    jointly=True,
    examples=[Example(((3, 4), (3, 4)), {"axis": 0}), Example(((3,), (3,), (3,)), {"axis": -1})],
)
_tril = linear(
    "tril",
    lambda g, x, k: _tril(g, k=k),
    examples=[Example(((3, 4),), {"k": 0}), Example(((4, 4),), {"k": -1})],
)
_triu = linear(
    "triu",
    lambda g, x, k: _triu(g, k=k),
    examples=[Example(((3, 4),), {"k": 0}), Example(((4, 4),), {"k": 1})],
)


def is_int(x) -> bool:
    """Whether ``x`` is one integer, Python's or a library's, and no sequence of them."""
    return hasattr(x, "__index__") and getattr(x, "shape", ()) == ()


def _ints(shape):
    return (operator.index(shape),) if is_int(shape) else tuple(operator.index(n) for n in shape)


def shape_of(x):
    return x.shape if hasattr(x, "shape") else _array(x).shape


def _array(x):
    from .creation import asarray

    return x if hasattr(x, "shape") else asarray(x)


def reshape(a, shape, order="C"):
    """The same values in another shape; one entry may be -1. With order "F" the first axis is counted through first."""
    if _first_axis_first("reshape", order):
        return transpose(_reshape(transpose(a), shape=_ints(shape)[::-1]))
    return _reshape(a, shape=_ints(shape))


def ravel(a, order="C"):
    """All values in one axis; with order "F" the first axis is counted through first."""
    return _reshape(transpose(a) if _first_axis_first("ravel", order) else a, shape=(-1,))


def _first_axis_first(name, order) -> bool:
    """Whether ``order`` is Fortran's; how a traced array lies in memory is nobody's business."""
    if order in ("C", "F"):
        return order == "F"
    refuse(name, "order", "a traced array lies in memory in no order of its own: write order='C' or order='F'")


def transpose(a, axes=None):
    """The axes in the order ``axes``, reversed by default."""
    a = _array(a)
    return _transpose(a, axes=tuple(range(a.ndim))[::-1] if axes is None else places_of(_ints(axes), a.ndim))


def matrix_transpose(x):
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def swapaxes(a, axis1, axis2):
    """Two axes exchanged."""
    a = _array(a)
    order = list(range(a.ndim))
    axis1, axis2 = place_of(axis1, a.ndim), place_of(axis2, a.ndim)
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return _transpose(a, axes=tuple(order))


def moveaxis(a, source, destination):
    """Axes moved to new places, the others keeping their order."""
    a = _array(a)
    source, destination = places_of(_ints(source), a.ndim), places_of(_ints(destination), a.ndim)
    if len(source) != len(destination):
        raise ValueError(f"moveaxis needs as many destinations as sources, and got {source} and {destination}")
    order = [i for i in range(a.ndim) if i not in source]
    for d, s in sorted(zip(destination, source)):
        order.insert(d, s)
    return _transpose(a, axes=tuple(order))


def squeeze(a, axis=None):
    """Axes of size 1 removed: all of them, or those named."""
    a = _array(a)
    if isinstance(axis, list):
        raise TypeError(f"squeeze takes an axis or a tuple of them, and was given the list {axis!r}")
    axes = [i for i, n in enumerate(a.shape) if n == 1] if axis is None else places_of(_ints(axis), a.ndim)
    for i in axes:
        if a.shape[i] != 1:
            raise ValueError(f"squeeze of axis {i}, which has size {a.shape[i]}, in an array of shape {a.shape}")
    return _reshape(a, shape=tuple(n for i, n in enumerate(a.shape) if i not in axes))


def expand_dims(a, axis):
    """New axes of size 1 at the places ``axis`` of the result."""
    a = _array(a)
    axes = _ints(axis)
    ndim = a.ndim + len(axes)
    places = places_of(axes, ndim)
    sizes = iter(a.shape)
    return _reshape(a, shape=tuple(1 if i in places else next(sizes) for i in range(ndim)))


def broadcast_to(array, shape):
    """``array`` repeated along new and size-1 axes to ``shape``."""
    return _broadcast_to(array, shape=_ints(shape))


def atleast_1d(*arys):
    """Arrays with an axis if they had none: one, or a tuple of several."""
    parts = [a if a.ndim else reshape(a, (1,)) for a in map(_array, arys)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def atleast_2d(*arys):
    """Arrays with at least two axes; a vector becomes a row."""
    parts = [a if a.ndim >= 2 else reshape(a, (1, -1)) for a in map(_array, arys)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def concatenate(arrays, axis=0, *, dtype=None, casting="same_kind"):
    """Arrays joined along an existing axis (``None``: flattened first), converted to ``dtype`` as ``casting`` allows."""
    if axis is None:
        from .creation import asarray, joint_dtype

        arrays = [a if isinstance(a, int | float | complex) else _array(a) for a in arrays]
        joint = joint_dtype(arrays) if arrays else None  # numbers follow arrays
        arrays = [a if hasattr(a, "shape") else asarray(a, joint) for a in arrays]
    parts = _converted(arrays, dtype, casting)
    if not parts:
        raise ValueError("concatenate needs at least one array")
    if axis is None:
        parts, axis = [ravel(a) for a in parts], 0
    return _concatenate(*parts, axis=axis)


def _converted(arrays, dtype, casting):
    parts = [_array(a) for a in arrays]
    if dtype is None:
        return parts
    from .elementwise import astype

    for part in parts:
        allowed(part, dtype, casting)
    return [astype(part, dtype) for part in parts]


def stack(arrays, axis=0, *, dtype=None, casting="same_kind"):
    """Arrays of one shape joined along a new axis, converted to ``dtype`` as ``casting`` allows."""
    parts = _converted(arrays, dtype, casting)
    if not parts:
        raise ValueError("stack needs at least one array")
    return _stack(*parts, axis=axis)


def hstack(tup, *, dtype=None, casting="same_kind"):
    """Joined along the second axis, vectors along their only one."""
    parts = [atleast_1d(a) for a in tup]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1, dtype=dtype, casting=casting)


def vstack(tup, *, dtype=None, casting="same_kind"):
    """Joined along the first axis, vectors as rows."""
    return concatenate([atleast_2d(a) for a in tup], 0, dtype=dtype, casting=casting)


def column_stack(tup):
    """Vectors as columns of a matrix."""
    parts = [_array(a) for a in tup]
    return concatenate([reshape(a, (-1, 1)) if a.ndim < 2 else a for a in parts], 1)


def split(ary, indices_or_sections, axis=0):
    """A list of parts: equal ones for a number, cut at the indices for a sequence."""
    a = _array(ary)
    n = a.shape[place_of(axis, a.ndim)]
    if is_int(indices_or_sections):
        if indices_or_sections < 1 or n % indices_or_sections:
            raise ValueError(f"split of an axis of size {n} into {indices_or_sections} parts: they would not be equal")
        cuts = [n // indices_or_sections * i for i in range(1, indices_or_sections)]
    else:
        cuts = list(_ints(indices_or_sections))
    return [a[along(a.ndim, axis, slice(i, j))] for i, j in zip([0, *cuts], [*cuts, n])]


def flip(m, axis=None):
    """The order reversed along ``axis`` (all axes by default)."""
    a = _array(m)
    axes = places_of(axis if axis is None else _ints(axis), a.ndim)
    return a[(*(slice(None, None, -1) if i in axes else slice(None) for i in range(a.ndim)), ...)] if a.ndim else a


def roll(a, shift, axis=None):
    """Shifted along ``axis`` with what falls off coming back at the other end."""
    a = _array(a)
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), a.shape)
    shifts, axes = _ints(shift), _ints(axis)
    many = max(len(shifts), len(axes))
    shifts, axes = (part * many if len(part) == 1 else part for part in (shifts, axes))
    for s, i in zip(shifts, axes):
        n = a.shape[place_of(i, a.ndim)]
        cut = -s % n if n else 0
        if cut:
            a = concatenate([a[along(a.ndim, i, slice(cut, None))], a[along(a.ndim, i, slice(0, cut))]], i)
    return a


def tile(A, reps):
    """``A`` laid out ``reps`` times along each axis."""
    a, reps = _array(A), _ints(reps)
    ndim = max(a.ndim, len(reps))
    shape = (1,) * (ndim - a.ndim) + tuple(a.shape)
    reps = (1,) * (ndim - len(reps)) + reps
    paired = tuple(n for pair in zip((1,) * ndim, shape) for n in pair)
    wide = tuple(n for pair in zip(reps, shape) for n in pair)
    return reshape(broadcast_to(reshape(a, paired), wide), tuple(r * n for r, n in zip(reps, shape)))


def repeat(a, repeats, axis=None):
    """Each element (or slice along ``axis``) ``repeats`` times in a row; ``repeats`` may name a number for each."""
    a = _array(a)
    if axis is None:
        a, axis = ravel(a), 0
    if not is_int(repeats):
        from .indexing import take

        n = a.shape[place_of(axis, a.ndim)]
        each = _ints(repeats) * (n if len(repeats) == 1 else 1)
        if len(each) != n or any(times < 0 for times in each):
            raise ValueError(f"repeat of {n} slices by {each}: it takes one count, or as many, none of them negative")
        positions = [i for i, times in enumerate(each) for _ in range(times)]
        return take(a, positions, axis)
    axis, repeats = place_of(axis, a.ndim), operator.index(repeats)
    before, n, after = tuple(a.shape[:axis]), a.shape[axis], tuple(a.shape[axis + 1 :])
    if repeats < 0:
        raise ValueError(f"repeat by {repeats}: a count is not negative")
    wide = broadcast_to(reshape(a, (*before, n, 1, *after)), (*before, n, repeats, *after))
    return reshape(wide, (*before, n * repeats, *after))


def tril(m, k=0):
    """The lower triangle of the last two axes, zero above the k-th diagonal."""
    return _tril(_as_rows(m), k=k)


def triu(m, k=0):
    """The upper triangle of the last two axes, zero below the k-th diagonal."""
    return _triu(_as_rows(m), k=k)


def _as_rows(a):
    """A vector as the square matrix of which it is every row, as NumPy takes it; anything else as it is."""
    a = _array(a)
    return broadcast_to(a, a.shape * 2) if a.ndim == 1 else a


def size(a, axis=None):
    """The number of elements, or of places along some axes."""
    s = shape_of(a)
    return math.prod(s[i] for i in places_of(axis, len(s)))


def ndim(a):
    """The number of axes."""
    return len(shape_of(a))


def shape(a):
    """The sizes of the axes."""
    return tuple(shape_of(a))


def broadcast_arrays(*args):
    """The arrays broadcast against one another."""
    parts = [_array(a) for a in args]
    common = numpy.broadcast_shapes(*(tuple(a.shape) for a in parts))
    return tuple(broadcast_to(a, common) for a in parts)


concat, permute_dims = concatenate, transpose

_EXPORTED = """
    reshape ravel transpose permute_dims matrix_transpose swapaxes moveaxis squeeze expand_dims broadcast_to
    broadcast_arrays atleast_1d atleast_2d concatenate concat stack hstack vstack column_stack split flip roll
    tile repeat tril triu size ndim shape
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
