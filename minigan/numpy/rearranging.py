"""What is put together from other functions of the namespace: cutting, joining, turning, differences along an axis."""

from __future__ import annotations

import math
import operator

import numpy
from numpy.exceptions import AxisError

from ..autodiff.primitive import is_complex, place_of, places_of
from ..backend import to_numpy
from .creation import joint_dtype, zeros_like_array
from .elementwise import astype, multiply, not_equal, subtract, where
from .indexing import diag, getitem, take, within
from .plain import plain_function
from .reductions import cumprod, cumsum
from .reductions import sum as sum_
from .shape import (
    _array,
    _ints,
    along,
    broadcast_to,
    concatenate,
    flip,
    is_int,
    moveaxis,
    ravel,
    reshape,
    shape_of,
    split,
    stack,
    swapaxes,
    vstack,
)


def copy(a):
    """``a`` in fresh memory; a traced array, which nobody can change, is its own copy."""
    from .creation import array

    return array(a)


def atleast_3d(*arys):
    """Arrays with at least three axes; a vector lies along the middle one."""
    parts = []
    for a in map(_array, arys):
        shape = {0: (1, 1, 1), 1: (1, -1, 1), 2: (*a.shape, 1)}.get(a.ndim)
        parts.append(a if shape is None else reshape(a, shape))
    return parts[0] if len(parts) == 1 else tuple(parts)


def dstack(tup):
    """Joined along the third axis."""
    return concatenate([atleast_3d(a) for a in tup], 2)


def append(arr, values, axis=None):
    """``values`` joined to the end of ``arr`` along ``axis`` (flattened by default)."""
    return concatenate([_array(arr), _array(values)], axis)


def array_split(ary, indices_or_sections, axis=0):
    """`split` that lets the last parts be one shorter."""
    if not is_int(indices_or_sections):
        return split(ary, indices_or_sections, axis)
    a = _array(ary)
    if indices_or_sections < 1:
        raise ValueError(f"array_split into {indices_or_sections} parts: it takes 1 or more")
    size, longer = divmod(a.shape[place_of(axis, a.ndim)], indices_or_sections)
    cuts = [i * size + min(i, longer) for i in range(1, indices_or_sections)]
    return split(a, cuts, axis)


def hsplit(ary, indices_or_sections):
    """`split` along the second axis, of a vector along its only one."""
    a = _at_least(ary, 1, "hsplit")
    return split(a, indices_or_sections, 0 if a.ndim == 1 else 1)


def _at_least(a, axes, name):
    a = _array(a)
    if a.ndim < axes:
        raise ValueError(f"{name} of an array of shape {tuple(a.shape)}: it takes {axes} axes or more")
    return a


def vsplit(ary, indices_or_sections):
    """`split` along the first axis."""
    return split(_at_least(ary, 2, "vsplit"), indices_or_sections, 0)


def unstack(x, *, axis=0):
    """A tuple of the slices along ``axis``."""
    x = moveaxis(x, axis, 0)
    return tuple([getitem(x, (i, ...)) for i in range(x.shape[0])])


def fliplr(m):
    """The order of columns reversed."""
    return flip(m, 1)


def flipud(m):
    """The order of rows reversed."""
    return flip(m, 0)


def rot90(m, k=1, axes=(0, 1)):
    """Turned by k right angles in the plane of two axes."""
    m = _array(m)
    if len(places_of(_ints(axes), m.ndim)) != 2:
        raise ValueError(f"rot90 turns in the plane of two axes, and was given {axes}")
    first, second = axes
    return {
        0: lambda: m,
        1: lambda: swapaxes(flip(m, second), first, second),
        2: lambda: flip(flip(m, first), second),
        3: lambda: flip(swapaxes(m, first, second), second),
    }[k % 4]()


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """The n-th differences of neighbours along ``axis``, with what is to stand before and after; of booleans, whether
    they differ."""
    if n == 0:
        return _array(a)
    a = _array(a)
    axis = place_of(axis, a.ndim)
    if n < 0:
        raise ValueError(f"diff of order {n}: it takes a number that is not negative")
    ends = [None if end is None else _slice_like(a, axis, end) for end in (prepend, append)]
    if n and (parts := [part for part in (ends[0], a, ends[1]) if part is not None])[1:]:
        a = concatenate(parts, axis)
    for _ in range(n):
        high, low = a[along(a.ndim, axis, slice(1, None))], a[along(a.ndim, axis, slice(None, -1))]
        a = (not_equal if str(a.dtype).endswith("bool") else subtract)(high, low)
    return a


def _slice_like(a, axis, end):
    """A number as a slice of ``a`` along ``axis``."""
    end = _array(end)
    if end.ndim:
        return end
    return broadcast_to(end, tuple(1 if i == axis % a.ndim else n for i, n in enumerate(a.shape)))


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along ``axis`` by the trapezoidal rule, at places ``x`` or steps ``dx``."""
    y = _array(y)
    if x is not None:
        x = _array(x)
        dx = diff(x, axis=0 if x.ndim == 1 else axis)
        if x.ndim == 1:
            dx = reshape(dx, tuple(-1 if i == place_of(axis, y.ndim) else 1 for i in range(y.ndim)))
    pairs = y[along(y.ndim, axis, slice(1, None))] + y[along(y.ndim, axis, slice(None, -1))]
    return sum_(dx * pairs / 2.0, axis)


def kron(a, b):
    """The Kronecker product: every element of ``a`` times the whole of ``b``."""
    a, b = _array(a), _array(b)
    ndim = max(a.ndim, b.ndim)
    wide_a = (1,) * (ndim - a.ndim) + tuple(a.shape)
    wide_b = (1,) * (ndim - b.ndim) + tuple(b.shape)
    left = reshape(a, tuple(n for size in wide_a for n in (size, 1)))
    right = reshape(b, tuple(n for size in wide_b for n in (1, size)))
    return reshape(multiply(left, right), tuple(m * n for m, n in zip(wide_a, wide_b)))


def select(condlist, choicelist, default=0):
    """Of each place, the first choice whose condition is true there."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(f"select of {len(condlist)} conditions and {len(choicelist)} choices: it takes as many")
    choicelist, out = [x if is_number(x) else _array(x) for x in choicelist], default
    for condition, choice in list(zip(condlist, choicelist))[::-1]:
        out = where(_array(condition), choice, out)
    return astype(out, joint_dtype([*choicelist, default]))


def is_number(x) -> bool:
    return isinstance(x, int | float | complex) and not hasattr(x, "dtype")


def choose(a, choices, mode="raise"):
    """Of each place, the choice that ``a`` names there; a number outside is an error, or by ``mode`` brought inside."""
    choices = [x if is_number(x) else _array(x) for x in choices]
    a, dtype = within(_array(a), len(choices), mode, lowest=0), joint_dtype(choices)
    out = astype(_array(choices[-1]), dtype)  # a number of Python's as well, which would be as narrow as what it meets
    for i, choice in list(enumerate(choices))[-2::-1]:
        out = where(a == i, choice, out)
    shape = numpy.broadcast_shapes(*(shape_of(x) for x in (a, *choices)))
    return broadcast_to(astype(out, dtype), shape)


def delete(arr, obj, axis=None):
    """``arr`` without the slices at ``obj`` along ``axis`` (of the flattened array by default)."""
    arr = _array(arr)
    if axis is None:
        arr, axis = ravel(arr), 0
    obj = to_numpy(obj) if hasattr(obj, "dtype") else obj
    return take(arr, [int(i) for i in numpy.delete(numpy.arange(arr.shape[axis]), obj)], axis)


def insert(arr, obj, values, axis=None):
    """``arr`` with ``values`` before the positions ``obj`` along ``axis`` (of the flattened array by default)."""
    arr = _array(arr)
    if isinstance(values, complex) and not is_complex(arr):
        raise TypeError(f"insert of {values} into an array of real numbers")
    values = _array(values)
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = place_of(axis, arr.ndim)
    n = arr.shape[axis]
    places = [*range(n)[obj]] if isinstance(obj, slice) else numpy.asarray(obj)
    values = astype(values, arr.dtype)
    values = reshape(values, (1,) * (arr.ndim - values.ndim) + tuple(values.shape))
    if numpy.ndim(places) == 0:
        values = moveaxis(values, 0, axis)
    several = numpy.size(places) != 1
    added = len(places) if several else values.shape[axis]
    shape = tuple(added if i == axis else size for i, size in enumerate(arr.shape))
    order = numpy.insert(numpy.arange(n), places, n + numpy.arange(added))
    return take(concatenate([arr, broadcast_to(values, shape)], axis), [int(i) for i in order], axis)


def trim_zeros(filt, trim="fb", axis=None):
    """``filt`` without the zeros at its front (``f``) and back (``b``), along ``axis`` (along all by default)."""
    filt = _array(filt)
    places = plain_function("nonzero")(filt)
    axes = range(filt.ndim) if axis is None else [place_of(i, filt.ndim) for i in _ints(axis)]
    cuts = [slice(None)] * filt.ndim
    for i in axes:
        found = [int(place) for place in to_numpy(places[i])]
        first, last = (min(found), max(found) + 1) if found else (filt.shape[i], filt.shape[i])
        cuts[i] = slice(first if "f" in trim.lower() else None, last if "b" in trim.lower() else None)
        if not found and "f" not in trim.lower():
            cuts[i] = slice(0, 0)
    return getitem(filt, (*cuts, ...))


def resize(a, new_shape):
    """The values of ``a``, again and again, in a new shape."""
    a, shape = ravel(_array(a)), _ints(new_shape)
    if any(n < 0 for n in shape):
        raise ValueError(f"resize to {shape}: a size is not negative")
    if a.shape[0] == 0:
        return zeros_like_array(a, shape)
    return reshape(take(a, [i % a.shape[0] for i in range(math.prod(shape))]), shape)


def rollaxis(a, axis, start=0):
    """An axis moved to stand before the one at ``start``."""
    a = _array(a)
    if not is_int(start):
        raise TypeError(f"rollaxis stands before an axis by its number, and start was {start!r}")
    axis, before = place_of(axis, a.ndim), operator.index(start) + (a.ndim if start < 0 else 0)
    if not 0 <= before <= a.ndim:
        raise AxisError(f"rollaxis to stand before axis {start} of an array of {a.ndim}")
    return moveaxis(a, axis, before - (before > axis))


def dsplit(ary, indices_or_sections):
    """`split` along the third axis."""
    return split(_at_least(ary, 3, "dsplit"), indices_or_sections, 2)


def diagflat(v, k=0):
    """The matrix with the flattened ``v`` on its k-th diagonal."""
    return diag(ravel(_array(v)), k)


def block(arrays):
    """Arrays put together from nested lists of blocks, the innermost along the last axis."""

    def depth(x):
        return 1 + max(map(depth, x)) if isinstance(x, list) else 0

    def leaves(x):
        return [leaf for part in x for leaf in leaves(part)] if isinstance(x, list) else [_array(x)]

    def depths(x, level=0):
        return {d for part in x for d in depths(part, level + 1)} or {-1} if isinstance(x, list) else {level}

    if len(depths(arrays)) > 1 or -1 in depths(arrays):
        raise ValueError("block takes nested lists of one depth, none of them empty")
    ndim = max(depth(arrays), *(leaf.ndim for leaf in leaves(arrays)))

    def joined(x, level):
        if isinstance(x, list):
            return concatenate([joined(part, level - 1) for part in x], -level)
        x = _array(x)
        return reshape(x, (1,) * (ndim - x.ndim) + tuple(x.shape))

    return joined(arrays, depth(arrays))


def cumulative_sum(x, *, axis=None, dtype=None, include_initial=False):
    """Running sums along ``axis``, which a vector need not name; with ``include_initial`` from 0 on."""
    return _cumulative(cumsum, 0.0, x, axis, dtype, include_initial)


def cumulative_prod(x, *, axis=None, dtype=None, include_initial=False):
    """Running products along ``axis``, which a vector need not name; with ``include_initial`` from 1 on."""
    return _cumulative(cumprod, 1.0, x, axis, dtype, include_initial)


def _cumulative(running, initial, x, axis, dtype, include_initial):
    x = _array(x)
    if axis is None and x.ndim != 1:
        raise ValueError(f"a running total of an array of shape {tuple(x.shape)} needs an axis")
    if isinstance(axis, tuple) and len(axis) == 1 and not include_initial:
        axis = axis[0]
    if not (axis is None or is_int(axis)):
        raise TypeError(f"a running total goes along one axis, and was to go along {axis!r}")
    axis = 0 if axis is None or (x.ndim == 0 and axis in (0, -1)) else place_of(axis, x.ndim)
    out = running(x, axis, dtype)
    if not include_initial:
        return out
    shape = tuple(1 if i == axis else n for i, n in enumerate(out.shape))
    return concatenate([astype(zeros_like_array(out, shape) + initial, out.dtype), out], axis)


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector product of vectors in the last axis, in ``axis``, or in one for each array and one for the result."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = moveaxis(_array(a), axisa, -1), moveaxis(_array(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(f"cross of arrays of shape {tuple(a.shape)} and {tuple(b.shape)}: their last axis must be 3")
    (a0, a1, a2), (b0, b1, b2) = ([v[..., i] for i in range(3)] for v in (a, b))
    return moveaxis(stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], -1), -1, axisc)


def cross_along(x1, x2, /, *, axis=-1):
    """`cross` as `linalg` has it: along one axis."""
    return cross(x1, x2, axis=axis)


row_stack = vstack

_EXPORTED = """
    select choose delete resize rollaxis dsplit diagflat block cumulative_sum cumulative_prod
    copy atleast_3d dstack append array_split hsplit vsplit unstack fliplr flipud rot90 diff trapezoid kron
    cross insert trim_zeros row_stack
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
