"""Shapes: what moves values about without changing them. Every rule here is the transpose of a linear map."""

from __future__ import annotations

import math
import operator

from ..autodiff.primitive import Example, linear, place_of, places_of, undo_broadcast
from .elementwise import where

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


def reshape(a, shape):
    """The same values in another shape; one entry may be -1."""
    return _reshape(a, shape=_ints(shape))


def ravel(a):
    """All values in one axis."""
    return _reshape(a, shape=(-1,))


def transpose(a, axes=None):
    """The axes in the order ``axes``, reversed by default."""
    a = _array(a)
    return _transpose(a, axes=tuple(range(a.ndim))[::-1] if axes is None else _ints(axes))


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


def broadcast_to(a, shape):
    """``a`` repeated along new and size-1 axes to ``shape``."""
    return _broadcast_to(a, shape=_ints(shape))


def atleast_1d(*arrays):
    """Arrays with an axis if they had none: one, or a tuple of several."""
    parts = [a if a.ndim else reshape(a, (1,)) for a in map(_array, arrays)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def atleast_2d(*arrays):
    """Arrays with at least two axes; a vector becomes a row."""
    parts = [a if a.ndim >= 2 else reshape(a, (1, -1)) for a in map(_array, arrays)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def concatenate(arrays, axis=0):
    """Arrays joined along an existing axis (``None``: flattened first)."""
    arrays = list(arrays)
    if not arrays:
        raise ValueError("concatenate needs at least one array")
    if axis is None:
        from .creation import asarray, joint_dtype

        arrays = [a if isinstance(a, int | float | complex) else _array(a) for a in arrays]
        dtype = joint_dtype(arrays)  # numbers follow arrays
        arrays, axis = [ravel(a if hasattr(a, "shape") else asarray(a, dtype)) for a in arrays], 0
    parts = [_array(a) for a in arrays]
    return _concatenate(*parts, axis=axis)


def stack(arrays, axis=0):
    """Arrays of one shape joined along a new axis."""
    parts = [_array(a) for a in arrays]
    if not parts:
        raise ValueError("stack needs at least one array")
    return _stack(*parts, axis=axis)


def hstack(arrays):
    """Joined along the second axis, vectors along their only one."""
    parts = [atleast_1d(a) for a in arrays]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1)


def vstack(arrays):
    """Joined along the first axis, vectors as rows."""
    return concatenate([atleast_2d(a) for a in arrays], 0)


def column_stack(arrays):
    """Vectors as columns of a matrix."""
    parts = [_array(a) for a in arrays]
    return concatenate([reshape(a, (-1, 1)) if a.ndim < 2 else a for a in parts], 1)


def split(a, indices_or_sections, axis=0):
    """A list of parts: equal ones for a number, cut at the indices for a sequence."""
    a = _array(a)
    n = a.shape[place_of(axis, a.ndim)]
    if is_int(indices_or_sections):
        if indices_or_sections < 1 or n % indices_or_sections:
            raise ValueError(f"split of an axis of size {n} into {indices_or_sections} parts: they would not be equal")
        cuts = [n // indices_or_sections * i for i in range(1, indices_or_sections)]
    else:
        cuts = list(_ints(indices_or_sections))
    return [a[along(a.ndim, axis, slice(i, j))] for i, j in zip([0, *cuts], [*cuts, n])]


def flip(a, axis=None):
    """The order reversed along ``axis`` (all axes by default)."""
    a = _array(a)
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
        n = a.shape[i]
        cut = -s % n if n else 0
        if cut:
            a = concatenate([a[along(a.ndim, i, slice(cut, None))], a[along(a.ndim, i, slice(0, cut))]], i)
    return a


def tile(a, reps):
    """``a`` laid out ``reps`` times along each axis."""
    a, reps = _array(a), _ints(reps)
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


def pad(a, pad_width, mode="constant", constant_values=0):
    """``a`` with a border: ``constant`` (one value), ``edge``, ``reflect``, ``symmetric`` or ``wrap``."""
    from .indexing import scatter

    a = _array(a)
    if isinstance(constant_values, list | tuple):
        raise ValueError(f"pad of a traced array takes one constant value, and was given {constant_values!r}")
    widths = _pad_widths(pad_width, a.ndim)
    if mode not in _BORDERS:
        raise ValueError(f"pad mode {mode!r} of a traced array: derivatives are offered of {', '.join(_BORDERS)}")
    if any(n < 0 for pair in widths for n in pair):
        raise ValueError(f"pad by {pad_width!r}: a width is not negative")
    if mode == "constant":
        shape = tuple(n + low + high for n, (low, high) in zip(a.shape, widths))
        inside = tuple(slice(low, low + n) for n, (low, _) in zip(a.shape, widths))
        padded = scatter(a, shape, inside) if a.ndim else a
        if isinstance(constant_values, int | float) and constant_values == 0:
            return padded
        from .creation import zeros_like

        return where(scatter(zeros_like(a) + 1.0, shape, inside) > 0, padded, constant_values)
    for axis, (low, high) in enumerate(widths):
        if low or high:
            a = _assembled(a, _border(a.shape[axis], low, high, mode), axis)
    return a


def _assembled(a, places, axis):
    """The slices of ``a`` at ``places`` along ``axis``, read in runs that slices with a step of 1 or -1 reach.

    The transpose of a slice is an addition in place; that of an index array would be a scatter.
    """
    runs = [[place] for place in places[:1]]
    for place in places[1:]:
        run = runs[-1]
        step = place - run[-1]
        if abs(step) == 1 and (len(run) == 1 or step == run[-1] - run[-2]):
            run.append(place)
        else:
            runs.append([place])
    parts = []
    for first, *_, last in ((run[0], *run) for run in runs):
        backwards = last < first
        stop = None if last == 0 and backwards else last + (-1 if backwards else 1)
        parts.append(a[along(a.ndim, axis, slice(first, stop, -1 if backwards else 1))])
    return concatenate(parts, axis)


def _pad_widths(pad_width, ndim):
    if is_int(pad_width):
        return [(operator.index(pad_width),) * 2] * ndim
    widths = [tuple(w) if isinstance(w, list | tuple) else w for w in pad_width]
    if not widths:
        raise TypeError(f"pad_width {pad_width!r} has no width in it")
    if len(widths) == 2 and all(map(is_int, widths)):
        return [tuple(widths)] * ndim
    widths = [(w, w) if is_int(w) else w * 2 if len(w) == 1 else w for w in widths]
    if len(widths) == 1:
        widths = widths * ndim
    if len(widths) != ndim or any(is_int(w) or len(w) != 2 for w in widths):
        raise ValueError(f"pad_width {pad_width!r} does not name (before, after) for each of {ndim} axes")
    return widths


_BORDERS = ("constant", "edge", "reflect", "symmetric", "wrap")


def _border(n, low, high, mode):
    if n == 0:
        raise ValueError(f"pad mode {mode!r} of an axis of size 0, which has no value to repeat: use mode='constant'")
    places = range(-low, n + high)
    if mode == "edge":
        return [min(max(i, 0), n - 1) for i in places]
    if mode == "wrap":
        return [i % n for i in places]
    if mode == "symmetric":
        return [i % (2 * n) if i % (2 * n) < n else 2 * n - 1 - i % (2 * n) for i in places]
    period = max(2 * n - 2, 1)
    return [min(i % period, period - i % period) if n > 1 else 0 for i in places]


def tril(a, k=0):
    """The lower triangle of the last two axes, zero above the k-th diagonal."""
    return _tril(_as_rows(a), k=k)


def triu(a, k=0):
    """The upper triangle of the last two axes, zero below the k-th diagonal."""
    return _triu(_as_rows(a), k=k)


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


def broadcast_arrays(*arrays):
    """The arrays broadcast against one another."""
    import numpy

    parts = [_array(a) for a in arrays]
    common = numpy.broadcast_shapes(*(tuple(a.shape) for a in parts))
    return tuple(broadcast_to(a, common) for a in parts)


concat, permute_dims = concatenate, transpose

_EXPORTED = """
    reshape ravel transpose permute_dims matrix_transpose swapaxes moveaxis squeeze expand_dims broadcast_to
    broadcast_arrays atleast_1d atleast_2d concatenate concat stack hstack vstack column_stack split flip roll
    tile repeat pad tril triu size ndim shape
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
