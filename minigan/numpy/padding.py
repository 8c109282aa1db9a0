"""Borders: an array padded along its axes, one after the other, in NumPy's modes."""

from __future__ import annotations

import numpy

from ..autodiff.tracer import Tracer
from ..autodiff.trees import tree_map
from ..backend import to_numpy
from .arguments import refuse
from .creation import full_like, linspace, zeros_like
from .elementwise import where
from .indexing import scatter
from .reductions import max as max_
from .reductions import mean
from .reductions import min as min_
from .shape import _array, along, broadcast_to, concatenate, flip, moveaxis
from .sorting import median

_STATISTICS = {"maximum": max_, "minimum": min_, "mean": mean, "median": median}
_OPTIONS = {
    "constant": ("constant_values",),
    "linear_ramp": ("end_values",),
    **dict.fromkeys(_STATISTICS, ("stat_length",)),
    **dict.fromkeys(("reflect", "symmetric"), ("reflect_type",)),
    **dict.fromkeys(("edge", "wrap", "empty"), ()),
}


def pad(array, pad_width, mode="constant", **options):
    """``array`` with a border, in NumPy's modes and with their options; of mode "empty" it is zero."""
    a, pad_width = _array(array), tree_map(lambda x: to_numpy(x) if hasattr(x, "dtype") else x, pad_width)
    if callable(mode):
        refuse("pad", "mode", "a function writes in place: join borders of your own with mnp.concatenate")
    if mode not in _OPTIONS:
        raise ValueError(f"pad mode {mode!r} is unknown; choose one of {', '.join(_OPTIONS)}, or a function")
    if further := [key for key in options if key not in _OPTIONS[mode]]:
        raise ValueError(f"pad with mode={mode!r} takes no {further[0]}=, which belongs to another mode")
    if not isinstance(pad_width, dict) and numpy.size(pad_width) == 0:
        raise TypeError(f"pad_width {pad_width!r} has no width in it")
    widths = _pairs("pad_width", _by_axis(pad_width, a.ndim), a.ndim)
    if any(width < 0 for pair in widths for width in pair) or (a.ndim == 0 and numpy.any(numpy.asarray(pad_width) < 0)):
        raise ValueError(f"pad_width {pad_width!r} is negative somewhere: take a slice instead")
    if mode in ("constant", "empty"):
        return _with_constants(a, widths, options.get("constant_values", 0))
    option = next(iter(options.values()), {"linear_ramp": 0, "reflect": "even", "symmetric": "even"}.get(mode))
    per_axis = option if mode in ("reflect", "symmetric") else _pairs(mode, option, a.ndim)
    if mode in ("maximum", "minimum") and 0 in (length for pair in per_axis for length in pair):
        raise ValueError(f"pad with mode={mode!r} needs a stat_length of 1 at least: nothing has no {mode}")
    for axis, (low, high) in enumerate(widths):
        if not (low or high):
            continue
        if a.shape[axis] == 0:
            raise ValueError(f"pad of axis {axis}, which is empty, with mode={mode!r}: only a constant can fill it")
        if mode == "linear_ramp":
            a = concatenate(_ramps(a, axis, low, high, *per_axis[axis]), axis)
        elif mode in _STATISTICS:
            a = concatenate(_of_statistic(_STATISTICS[mode], a, axis, low, high, *per_axis[axis]), axis)
        elif option == "odd" and a.shape[axis] > 1:
            a = _turned(a, axis, low, high, mode == "symmetric")
        else:
            a = _assembled(a, _border(a.shape[axis], low, high, mode), axis)
    return a


def _by_axis(pad_width, ndim):
    """The widths of a dictionary of axes as those of all axes."""
    if not isinstance(pad_width, dict):
        return pad_width
    widths = [(0, 0)] * ndim
    for axis, width in pad_width.items():
        widths[axis] = (width, width) if numpy.ndim(width) == 0 else tuple(width)
    return widths


def _pairs(what, given, ndim) -> list:
    """(before, after) for every axis, from one of each, one for all or one number."""
    try:
        return numpy.broadcast_to(numpy.asarray(given), (ndim, 2)).tolist()
    except ValueError:
        raise ValueError(f"{what} {given!r} does not name (before, after) for each of {ndim} axes") from None


def _with_constants(a, widths, values):
    traced = isinstance(values, Tracer)
    pairs = None if traced or (hasattr(values, "shape") and values.shape == ()) else _pairs("value", values, a.ndim)
    if pairs and any(value != pairs[0][0] for pair in pairs for value in pair):
        for axis, ends in enumerate(widths):
            before, after = (_filled(a, axis, n, value) for n, value in zip(ends, pairs[axis]))
            a = concatenate([before, a, after], axis)
        return a
    if a.ndim == 0:
        return a
    value = pairs[0][0] if pairs else values
    shape = tuple(n + low + high for n, (low, high) in zip(a.shape, widths))
    inside = tuple(slice(low, low + n) for n, (low, _) in zip(a.shape, widths))
    padded = scatter(a, shape, inside) if a.ndim else a
    if isinstance(value, int | float) and value == 0:
        return padded
    return where(scatter(zeros_like(a) + 1.0, shape, inside) > 0, padded, value)


def _filled(a, axis, n, value):
    return full_like(a, value, shape=tuple(n if i == axis else size for i, size in enumerate(a.shape)))


def _ramps(a, axis, low, high, start, end):
    """Steps from the end values to the edges."""

    def ramp(value, edge, n):
        return moveaxis(linspace(value, a[along(a.ndim, axis, edge)], n, endpoint=False), 0, axis)

    return [ramp(start, 0, low), a, flip(ramp(end, -1, high), axis)]


def _of_statistic(statistic, a, axis, low, high, before, after):
    """A statistic of so many slices at each end, or of all."""
    n = a.shape[axis]
    before, after = (n if length is None else min(length, n) for length in (before, after))
    ends = (a[along(a.ndim, axis, slice(0, before))], a[along(a.ndim, axis, slice(n - after, n))])
    first, last = (statistic(part, axis, keepdims=True) for part in ends)
    return [_repeated(first, axis, low), a, _repeated(last, axis, high)]


def _repeated(a, axis, n):
    return broadcast_to(a, tuple(n if i == axis else size for i, size in enumerate(a.shape)))


def _turned(a, axis, low, high, twice):
    """The border turned about the edge, 2 edge - reflection, the edge itself ``twice`` or once."""
    start = 0 if twice else 1
    period = a.shape[axis] - start

    def part(*ends):
        return a[along(a.ndim, axis, slice(*ends))]

    while low or high:
        whole = (a.shape[axis] - start) // period * period
        if low:
            width = min(whole, low)
            a = concatenate([2 * part(0, 1) - flip(part(start, start + width), axis), a], axis)
            low -= width
        if high:
            width, stop = min(whole, high), a.shape[axis] - start
            a = concatenate([a, 2 * part(-1, None) - flip(part(stop - width, stop), axis)], axis)
            high -= width
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


def _border(n, low, high, mode):
    places = range(-low, n + high)
    if mode == "edge":
        return [min(max(i, 0), n - 1) for i in places]
    if mode == "wrap":
        return [i % n for i in places]
    if mode == "symmetric":
        return [i % (2 * n) if i % (2 * n) < n else 2 * n - 1 - i % (2 * n) for i in places]
    period = max(2 * n - 2, 1)
    return [min(i % period, period - i % period) if n > 1 else 0 for i in places]


EXPORTS = {"pad": pad}
