"""Functions of sampled signals: convolutions of vectors, slopes on a grid, linear interpolation."""

from __future__ import annotations

import builtins

from numpy import can_cast

from ..autodiff.primitive import Example, is_complex, places_of
from ..autodiff.tracer import describe
from ..backend import dtype_name
from .bessel import i0
from .creation import arange_like, zeros_like_array
from .elementwise import abs as abs_
from .elementwise import astype, clip, conjugate_of, isnan, remainder, sqrt, where
from .indexing import scatter, take
from .products import outer
from .rearranging import diff
from .reductions import cumsum
from .shape import _array, along, concatenate, flip, ravel, reshape
from .sorting import argsort, searchsorted
from .statistics import as_library


def _convolve_composition(a, v, mode="full"):
    """All products, added where their places add up."""
    n, m = a.shape[0], v.shape[0]
    places = reshape(arange_like(a, n), (-1, 1)) + reshape(arange_like(a, m), (1, -1))
    full = scatter(ravel(outer(a, v)), (n + m - 1,), ravel(places))
    short, long = min(n, m), max(n, m)
    cuts = {"full": (0, n + m - 1), "same": ((short - 1) // 2, long), "valid": (short - 1, long - short + 1)}
    start, length = cuts[mode]
    return full[start : start + length]


_MODES = [Example(((5,), (3,)), {"mode": mode}) for mode in ("full", "same", "valid")]
_convolve = as_library("convolve", _convolve_composition, _MODES, differentiable=(0, 1))


def convolve(a, v, mode="full"):
    """sum_j a_j v_(i - j) of two vectors: ``full``, as long as the longer (``same``), or without borders (``valid``)."""
    a, v = _array(a), _array(v)
    if a.ndim > 1 or v.ndim > 1 or mode not in ("full", "same", "valid"):
        raise ValueError(f"convolve takes vectors and a mode full, same or valid: {a.shape}, {v.shape}, {mode!r}")
    return _convolve(reshape(a, (-1,)), reshape(v, (-1,)), mode=mode)


def _correlate_composition(a, v, mode="valid"):
    if v.shape[0] > a.shape[0]:
        return flip(conjugate_of(_correlate_composition(v, a, mode)))
    n, m = a.shape[0], v.shape[0]
    full = _convolve_composition(a, conjugate_of(flip(v)))
    start, length = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return full[start : start + length]


_correlate = as_library("correlate", _correlate_composition, _MODES, differentiable=(0, 1))


def correlate(a, v, mode="valid"):
    """sum_j a_(j + i) conj(v_j) of two vectors."""
    a, v = _array(a), _array(v)
    if a.ndim != 1 or v.ndim != 1 or mode not in ("full", "same", "valid"):
        raise ValueError(f"correlate takes vectors and a mode full, same or valid: {a.shape}, {v.shape}, {mode!r}")
    return _correlate(a, v, mode=mode)


def ediff1d(ary, to_end=None, to_begin=None):
    """The differences of neighbours in the flattened array, with what is to stand before and after them."""
    ary = _array(ary)
    for beside in (part for part in (to_begin, to_end) if part is not None):
        if not can_cast(dtype_name(_array(beside).dtype), dtype_name(ary.dtype), "same_kind"):
            raise TypeError(f"ediff1d of {describe(ary)} beside {describe(_array(beside))}, which is of a wider kind")
    parts = [diff(ravel(ary))]
    parts = parts if to_begin is None else [ravel(_array(to_begin)), *parts]
    parts = parts if to_end is None else [*parts, ravel(_array(to_end))]
    return concatenate([astype(part, ary.dtype) for part in parts]) if len(parts) > 1 else parts[0]


def gradient(f, *varargs, axis=None, edge_order=1):
    """Central differences along each axis (or ``axis``), at the ends one-sided of order 1 or 2; steps are numbers or
    places."""
    if edge_order not in (1, 2):
        raise ValueError(f"gradient takes edge_order=1 or edge_order=2, and was given {edge_order!r}")
    f = _array(f)
    if dtype_name(f.dtype) == "bool":
        raise TypeError("gradient takes differences, and booleans have none: write gradient(f.astype(float), ...)")
    axes = places_of(axis, f.ndim)
    if any(f.shape[i] <= edge_order for i in axes):
        raise ValueError(f"gradient of {describe(f)} along {axes}: an axis needs {edge_order + 1} places or more")
    one_for_all = len(varargs) == 1 and getattr(_array(varargs[0]), "ndim", 0) == 0
    steps = varargs * len(axes) if one_for_all else varargs or (1.0,) * len(axes)
    if len(steps) != len(axes):
        raise TypeError(f"gradient takes one step, or one for each of {len(axes)} axes, and was given {len(steps)}")
    f = f if dtype_name(f.dtype).startswith(("float", "complex")) else astype(f, "float64")
    found = [astype(_slope(f, step, i, edge_order), f.dtype) for step, i in zip(steps, axes)]
    return found[0] if len(found) == 1 else tuple(found)


def _slope(f, step, axis, edge_order):
    def part(*ends):
        return f[along(f.ndim, axis, slice(*ends))]

    uniform = getattr(step, "ndim", 0) == 0 and not isinstance(step, list | tuple)
    if uniform:
        inside = (part(2, None) - part(None, -2)) / (2.0 * step)
        first = last = step
    else:
        step = _array(step)
        if tuple(step.shape) != (f.shape[axis],):
            raise ValueError(f"gradient along axis {axis} of {describe(f)} at places of shape {tuple(step.shape)}")
        gaps = diff(step)
        gaps = reshape(gaps, tuple(-1 if i == axis else 1 for i in range(f.ndim)))
        before, after = (gaps[along(f.ndim, axis, cut)] for cut in (slice(None, -1), slice(1, None)))
        a = -after / (before * (before + after))
        b = (after - before) / (before * after)
        c = before / (after * (before + after))
        inside = a * part(None, -2) + b * part(1, -1) + c * part(2, None)
        ends = (slice(0, 1), slice(1, 2), slice(-2, -1), slice(-1, None))
        first, second, before, last = (gaps[along(f.ndim, axis, cut)] for cut in ends)
    if edge_order == 1:
        start, end = (part(1, 2) - part(0, 1)) / first, (part(-1, None) - part(-2, -1)) / last
    elif uniform:
        start = -1.5 / step * part(0, 1) + 2.0 / step * part(1, 2) + -0.5 / step * part(2, 3)
        end = 0.5 / step * part(-3, -2) + -2.0 / step * part(-2, -1) + 1.5 / step * part(-1, None)
    else:  # the slope of the parabola through three points
        a = -(2.0 * first + second) / (first * (first + second))
        b, c = (first + second) / (first * second), -first / (second * (first + second))
        start = a * part(0, 1) + b * part(1, 2) + c * part(2, 3)
        a, b = last / (before * (before + last)), -(last + before) / (before * last)
        c = (2.0 * last + before) / (last * (before + last))
        end = a * part(-3, -2) + b * part(-2, -1) + c * part(-1, None)
    return concatenate([start, inside, end], axis)


def interp(x, xp, fp, left=None, right=None, period=None):
    """The polygon through the points (xp, fp), xp increasing, at ``x``; beyond its ends constant, or ``left`` and
    ``right``. With a ``period`` it goes on, and xp may have any order."""
    if any(is_complex(_array(part)) for part in (x, xp)):
        raise TypeError("interp takes real places: x and xp; values fp may be complex")
    x, xp, fp = (astype(_array(part), "complex128" if is_complex(_array(part)) else "float64") for part in (x, xp, fp))
    if period is not None:
        if period == 0:
            raise ValueError("interp with period=0: a period is a number other than 0")
        period, left, right = builtins.abs(period), None, None
        x, xp = remainder(x, period), remainder(xp, period)
        order = argsort(xp)
        xp, fp = take(xp, order), take(fp, order)
        xp, fp = concatenate([xp[-1:] - period, xp, xp[:1] + period]), concatenate([fp[-1:], fp, fp[:1]])
    if xp.shape[0] == 1:
        ends = fp[0] if left is None else left, fp[0] if right is None else right
        return where(x < xp[0], ends[0], where(x > xp[0], ends[1], fp[0]))
    i = clip(searchsorted(xp, x, side="right") - 1, 0, xp.shape[0] - 2)
    start, end = take(xp, i), take(xp, i + 1)
    below, above = take(fp, i), take(fp, i + 1)
    slope = (above - below) / (end - start)
    inside = slope * (x - start) + below
    inside = where(isnan(inside), slope * (x - end) + above, inside)  # of an infinite value, the other end may tell
    inside = where(isnan(inside) & (below == above) & (x == x), below, inside)
    left, right = fp[0] if left is None else left, fp[-1] if right is None else right
    return where(x < xp[0], left, where(x > xp[-1], right, where(x == xp[-1], fp[-1], inside)))


def unwrap(p, discont=None, axis=-1, *, period=6.283185307179586):
    """Phases with whole periods added, so that neighbours along ``axis`` differ by no more than half of one."""
    p = _array(p)
    gaps = diff(p, axis=axis)
    half = period / 2.0
    turned = remainder(gaps + half, period) - half
    turned = where((turned == -half) & (gaps > 0), half, turned)
    moved = where(abs_(gaps) < (half if discont is None else discont), 0.0, turned - gaps)
    rest = p[along(p.ndim, axis, slice(1, None))] + cumsum(moved, axis)
    return concatenate([p[along(p.ndim, axis, slice(0, 1))], rest], axis)


def kaiser(M, beta):
    """Kaiser's window of M points, I_0(beta sqrt(1 - x^2)) / I_0(beta) for x from -1 to 1."""
    beta = _array(beta)
    if M < 2:
        return zeros_like_array(beta, (max(M, 0),)) + 1.0
    centre = (M - 1) / 2.0
    place = (astype(arange_like(beta, M), beta.dtype) - centre) / centre
    return i0(beta * sqrt(1.0 - place**2.0)) / i0(beta)


_EXPORTED = """
    unwrap kaiser
    convolve correlate ediff1d gradient interp
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
