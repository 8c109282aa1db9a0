"""Functions applied to an array by pieces, by lines, by axes."""

from __future__ import annotations

import itertools

from ..autodiff.custom import stop_gradient
from .creation import full_like, zeros_like
from .elementwise import astype, logical_not, where
from .indexing import getitem
from .reductions import argmax
from .shape import _array, broadcast_to, expand_dims, moveaxis, place_of, ravel, reshape, stack


def piecewise(x, condlist, funclist, *args, **kw):
    """Of each element of ``x`` the function (or number) whose condition is true there, the last such one.

    One function more than there are conditions holds where none is true, else 0 does. A function is called, as an
    elementwise one, with an array in the shape of ``x``, in which an element that is its own stands for the others.
    """
    x = _array(x)
    if not getattr(condlist, "shape", True) or (x.ndim and not getattr(condlist[0], "shape", condlist[0] is not True)):
        condlist = [condlist]
    conditions = [astype(_array(condition), "bool") for condition in condlist]
    if len(funclist) == len(conditions) + 1:
        total = conditions[0]
        for condition in conditions[1:]:
            total = total | condition
        conditions.append(logical_not(total))
    elif len(funclist) != len(conditions):
        raise ValueError(
            f"piecewise with {len(conditions)} conditions takes as many functions, or one more for where none is true, "
            f"and was given {len(funclist)}"
        )
    out = zeros_like(x)
    if x.size == 0:  # no function is called
        return out
    for condition, function in zip(conditions, funclist):
        value = function
        if callable(function):
            first = getitem(ravel(x), (argmax(astype(ravel(broadcast_to(condition, x.shape)), "int64")),))
            value = astype(_array(function(where(condition, x, stop_gradient(first)), *args, **kw)), x.dtype)
        elif not hasattr(function, "dtype"):
            value = full_like(out, function)
        out = where(condition, value, out)
    return out


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """``func1d(line, *args, **kwargs)`` of every line of ``arr`` along an axis, whose place its results take."""
    arr = _array(arr)
    axis = place_of(axis, arr.ndim)
    lines = moveaxis(arr, axis, -1)
    others = tuple(lines.shape[:-1])
    found = [_array(func1d(lines[(*place, ...)], *args, **kwargs)) for place in itertools.product(*map(range, others))]
    if not found:
        raise ValueError(f"apply_along_axis of an array of shape {tuple(arr.shape)}: there is no line to call with")
    out = reshape(stack(found), (*others, *found[0].shape))
    return moveaxis(out, range(len(others), out.ndim), range(axis, axis + found[0].ndim))


def apply_over_axes(func, a, axes):
    """``func(a, axis)`` over one axis after the other; axes that it took away are put back at size 1."""
    a = _array(a)
    for axis in axes if isinstance(axes, list | tuple) or getattr(axes, "ndim", 0) else [axes]:
        axis = place_of(int(axis), a.ndim)
        found = _array(func(a, axis))
        a = found if found.ndim == a.ndim else expand_dims(found, axis)
    return a


_EXPORTED = """
    piecewise apply_along_axis apply_over_axes
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
