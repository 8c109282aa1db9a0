"""Quantiles, covariances, and reductions that leave NaN out.

Values are the library's where it has the function; derivatives are those of the composition beside it.
"""

from __future__ import annotations

import functools
import math
import operator

from ..autodiff.primitive import Example, composed, is_complex, kept_shape, places_of
from ..backend import dtype_name
from .creation import asarray, library_dtype, zeros_like_array
from .elementwise import (
    astype,
    ceil,
    clip,
    conjugate_of,
    floor,
    isnan,
    maximum,
    minimum,
    multiply,
    real,
    remainder,
    rint,
    sqrt,
)
from .elementwise import where as where_
from .indexing import diagonal, take, take_along_axis
from .products import matmul
from .reductions import _axis, cumprod, cumsum, degrees_less, prod, sum
from .reductions import all as all_
from .reductions import max as max_
from .reductions import min as min_
from .shape import _array, atleast_2d, concatenate, is_int, moveaxis, ravel, reshape
from .sorting import sort

INF = float("inf")


def as_library(name, composition, examples, differentiable=(0,), keeps_dtype=False):
    """The library's function of that name, or ``composition`` where it has none; differentiated as ``composition``."""

    def library(xp, *args, **params):
        if not hasattr(xp, name):
            return composition(*args, **params)
        out = getattr(xp, name)(*args, **params)
        return xp.asarray(out, dtype=args[0].dtype) if keeps_dtype else out

    return composed(name, composition, library=library, examples=examples, differentiable=differentiable)


def _axes(axis):
    return tuple(map(operator.index, axis)) if isinstance(axis, tuple | list) else axis and operator.index(axis)


# -- quantiles -----------------------------------------------------------------------------------------------


def _in_lines(a, axis):
    """``a`` with the axes to reduce as its first one."""
    if axis is None:
        return ravel(a)
    axes = places_of(axis, a.ndim)
    a = moveaxis(a, axes, range(len(axes)))
    return reshape(a, (math.prod(a.shape[: len(axes)]), *a.shape[len(axes) :]))


def _interpolated(ordered, places, share):
    """Values of sorted lines at places, from 0 to n - 1, one axis in front for every axis of ``places``.

    ``share(part, low)`` is the weight of the upper neighbour at ``part`` of the way from place ``low``.
    """
    n = ordered.shape[0]
    low = clip(floor(places), -INF, max(n - 2.0, 0.0))
    part = reshape(share(places - low, low), (*places.shape, *(1,) * (ordered.ndim - 1)))
    low = astype(low, "int64")
    below, above = (take(ordered, clip(i, 0, n - 1), 0) for i in (low, low + 1))
    return _between(below, above, part)


def _between(below, above, part):
    if dtype_name(below.dtype) == "bool":  # of truth values only a jump is a quantile: part is 0 or 1
        return where_(part == 1, above, below)
    return where_(part == 0, below, where_(part == 1, above, below + part * (above - below)))


# Hyndman & Fan (1996), "Sample quantiles in statistical packages": places n q + alpha + q (1 - alpha - beta) - 1,
# between which the value is linear, ...
_LINEAR = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (3.0 / 8.0, 3.0 / 8.0),
}
# ... and those of which it jumps: places of n and q, and the weight of the upper neighbour part of the way between
_JUMPING = {
    "lower": (lambda n, q: (n - 1.0) * q, lambda part, low: floor(part)),
    "higher": (lambda n, q: (n - 1.0) * q, lambda part, low: ceil(part)),
    "midpoint": (lambda n, q: (n - 1.0) * q, lambda part, low: 0.5 * (floor(part) + ceil(part))),
    "nearest": (lambda n, q: (n - 1.0) * q, lambda part, low: rint(low + part) - low),
    "inverted_cdf": (lambda n, q: n * q - 1.0, lambda part, low: ceil(part)),
    "averaged_inverted_cdf": (lambda n, q: n * q - 1.0, lambda part, low: where_(part == 0, 0.5, 1.0)),
    "closest_observation": (lambda n, q: n * q - 1.5, lambda part, low: where_(part == 0, 1.0 - remainder(low, 2.0), 1.0)),
}


def _places(n, q, method):
    """Where among n sorted values that of a share q lies, and the weight of the upper neighbour part of the way there."""
    if method == "linear":
        return q * (n - 1.0), lambda part, low: part
    if method in _JUMPING:
        place, share = _JUMPING[method]
        return place(n, q), share
    alpha, beta = _LINEAR[method]
    return clip(n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0, 0.0, n - 1.0), lambda part, low: part


def _quantile_composition(a, q, axis=None, keepdims=False, method="linear"):
    lines, q = _in_lines(a, axis), _array(q)
    if dtype_name(a.dtype) == "bool":
        lines = astype(lines, "float64")  # truth values have no differences
    places, share = _places(lines.shape[0], q, method)
    ordered = sort(lines, 0)  # NaN last
    out = _interpolated(ordered, places, share)
    if lines.shape[0] and dtype_name(a.dtype).startswith("float"):
        last = ordered[-1, ...]
        out = where_(isnan(last), last, out)
    return reshape(out, (*q.shape, *kept_shape(a.shape, axis))) if keepdims else out


_QUANTILES = [
    Example(((5,), ()), {"axis": None}, ["distinct", (0.3, 0.45)]),
    Example(((3, 4), (2,)), {"axis": 1}, ["distinct", (0.4, 0.6)]),
]
_quantile = as_library("quantile", _quantile_composition, _QUANTILES)


def quantile(a, q, axis=None, *, method="linear", keepdims=False):
    """The value below which a share q lies, linear between neighbours or by another ``method`` of NumPy's; q may be an
    array of shares."""
    return _as_quantile(_quantile, a, q, axis, method, keepdims)


def _as_quantile(primitive, a, q, axis, method, keepdims):
    if method not in _LINEAR and method not in _JUMPING:
        raise ValueError(f"quantile method {method!r} is unknown; choose one of {', '.join([*_LINEAR, *_JUMPING])}")
    a, q = _array(a), asarray(q) if isinstance(q, list | tuple) else q
    return primitive(a, q, axis=_axes(axis), keepdims=keepdims, **({} if method == "linear" else {"method": method}))


def percentile(a, q, axis=None, *, method="linear", keepdims=False):
    """`quantile` at q / 100."""
    return quantile(a, _shares(q), axis, method=method, keepdims=keepdims)


def _shares(percents):
    return (float(percents) if isinstance(percents, float) or is_int(percents) else _array(percents)) / 100.0


# -- covariances ---------------------------------------------------------------------------------------------


def _cov_composition(m, *, rowvar=True, bias=False, ddof=None):
    x = atleast_2d(m)
    x = x if rowvar or m.ndim == 1 else x.T
    ddof = (0 if bias else 1) if ddof is None else ddof
    centred = x - sum(x, 1, keepdims=True) / float(x.shape[1])
    out = matmul(centred, conjugate_of(centred).T) / float(max(x.shape[1] - ddof, 0))
    return reshape(out, ()) if out.shape == (1, 1) else out


def _corrcoef_composition(m, *, rowvar=True):
    c = _cov_composition(m, rowvar=rowvar)
    if c.ndim == 0:
        return c / c
    deviation = sqrt(real(diagonal(c)))
    return clip(c / reshape(deviation, (-1, 1)) / reshape(deviation, (1, -1)), -1.0, 1.0)


_TABLES = [Example(((3, 4),), {"rowvar": True}), Example(((4, 2),), {"rowvar": False})]
_cov = as_library("cov", _cov_composition, _TABLES, keeps_dtype=True)
_corrcoef = as_library("corrcoef", _corrcoef_composition, _TABLES, keeps_dtype=True)


def _wide(m):
    """In float64, as NumPy's covariances are."""
    return astype(m, "complex128" if is_complex(m) else "float64")


def _with_rows(m, y, rowvar):
    m = _wide(_array(m))
    if y is None:
        return m
    y = atleast_2d(_wide(_array(y)))
    if not rowvar and m.ndim == 2 and y.shape[0] != 1:
        return concatenate([m, y], 1).T  # the memory in NumPy's order, by which its sums go
    m = atleast_2d(m) if rowvar or m.ndim == 1 else atleast_2d(m).T
    return concatenate([m, y if rowvar or y.shape[0] == 1 else y.T], 0)


def _no_variables(m, rowvar) -> bool:
    shape = tuple(_array(m).shape)
    return len(shape) == 2 and shape[0 if rowvar else 1] == 0


def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    """The covariance matrix of the rows (``rowvar=False``: columns) of ``m`` and of ``y``, divided by n - ddof."""
    if _no_variables(m, rowvar):  # of no variables, NumPy's table is real
        return zeros_like_array(_array(m), (0, 0), "float64")
    return _cov(_with_rows(m, y, rowvar), rowvar=bool(rowvar) or y is not None, bias=bool(bias), ddof=ddof)


def corrcoef(x, y=None, rowvar=True):
    """The correlations of rows, cov_ij / sqrt(cov_ii cov_jj)."""
    if _no_variables(x, rowvar):
        return zeros_like_array(_array(x), (0, 0), "float64")
    return _corrcoef(_with_rows(x, y, rowvar), rowvar=bool(rowvar) or y is not None)


# -- without NaN ---------------------------------------------------------------------------------------------


def _filled(a, value):
    """``a`` with ``value`` for NaN."""
    a = _array(a)
    return where_(isnan(a), value, a)


def nansum(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """`sum` with NaN as 0."""
    return sum(_filled(a, 0.0), axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nanprod(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """`prod` with NaN as 1."""
    return prod(_filled(a, 1.0), axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nancumsum(a, axis=None, dtype=None):
    """`cumsum` with NaN as 0."""
    return cumsum(_filled(a, 0.0), axis, dtype)


def nancumprod(a, axis=None, dtype=None):
    """`cumprod` with NaN as 1."""
    return cumprod(_filled(a, 1.0), axis, dtype)


def nanmax(a, axis=None, *, keepdims=False, initial=None, where=True):
    """`max` of what is not NaN; NaN where nothing is."""
    if initial is None and where is True:
        return _nanmax(a := _array(a), axis=_axis(axis, a), keepdims=keepdims)
    return _nan_extreme(max_, -INF, a, axis, keepdims, initial, where)


def nanmin(a, axis=None, *, keepdims=False, initial=None, where=True):
    """`min` of what is not NaN; NaN where nothing is."""
    if initial is None and where is True:
        return _nanmin(a := _array(a), axis=_axis(axis, a), keepdims=keepdims)
    return _nan_extreme(min_, INF, a, axis, keepdims, initial, where)


def _nan_extreme(extreme, filling, a, axis=None, keepdims=False, initial=None, mask=True):
    out = extreme(_filled(a, filling), axis, keepdims=keepdims, initial=initial, where=mask)
    return out if initial is not None else where_(all_(isnan(a), axis, keepdims=keepdims), float("nan"), out)


def _nanmean_composition(a, axis=None, keepdims=False, dtype=None, where=True):
    mask = isnan(a)
    total = sum(_filled(a, 0.0), axis, dtype, keepdims=keepdims, where=where)
    return total / astype(sum(~mask, axis, "int64", keepdims=keepdims, where=where), real(total).dtype)


def _nanvar_composition(a, axis=None, keepdims=False, ddof=0, dtype=None, where=True):
    mask = isnan(a)
    middle = _nanmean_composition(a, axis, True, dtype, where=where)
    centred = astype(where_(mask, 0.0, _filled(a, 0.0) - middle), a.dtype)
    squares = real(centred * conjugate_of(centred)) if is_complex(centred) else multiply(centred, centred)
    total = sum(squares, axis, dtype, keepdims=keepdims, where=where)
    n = astype(sum(~mask, axis, "int64", keepdims=keepdims, where=where), total.dtype) - float(ddof)
    return total / where_(n > 0, n, float("nan"))


def _nanstd_composition(a, **params):
    """Its derivative is 0 where all values are equal, as of `std`."""
    squared = _nanvar_composition(a, **params)
    zero = squared == 0
    return where_(zero, squared, sqrt(where_(zero, 1.0, squared)))


def _nanmedian_composition(a, axis=None, keepdims=False):
    lines = _in_lines(a, axis)
    n = astype(sum(astype(~isnan(lines), "int64"), 0, keepdims=True), "int64")
    ordered = sort(lines, 0)  # NaN last
    if lines.shape[0] == 0:
        return zeros_like_array(a, kept_shape(a.shape, axis) if keepdims else lines.shape[1:]) + float("nan")
    low, high = maximum(n - 1, 0) // 2, clip(n // 2, 0, lines.shape[0] - 1)
    out = 0.5 * (take_along_axis(ordered, low, 0) + take_along_axis(ordered, high, 0))
    return reshape(out, kept_shape(a.shape, axis)) if keepdims else out[0, ...]


def _nanquantile_composition(a, q, axis=None, keepdims=False, method="linear"):
    lines, q = _in_lines(a, axis), _array(q)
    if math.prod(a.shape) == 0:  # one NaN for all of q, as NumPy has it
        return zeros_like_array(a, kept_shape(a.shape, axis) if keepdims else tuple(lines.shape[1:])) + float("nan")
    ordered = sort(lines, 0)  # NaN last
    n = sum(astype(~isnan(lines), real(a).dtype), 0)
    places, share = _places(n, reshape(q, (*q.shape, *(1,) * n.ndim)), method)
    low = minimum(floor(places), maximum(n - 2.0, 0.0))
    part, i, last = share(places - low, low), astype(low, "int64"), maximum(astype(n, "int64") - 1, 0)
    lines_of = (math.prod(q.shape), *n.shape)
    below, above = (
        reshape(take_along_axis(ordered, reshape(clip(k, 0, last), lines_of), 0), places.shape) for k in (i, i + 1)
    )
    out = _between(below, above, part)
    return reshape(out, (*q.shape, *kept_shape(a.shape, axis))) if keepdims else out


_LINES = [Example(((3, 4),), {"axis": None}, "distinct"), Example(((3, 4),), {"axis": 1}, "distinct")]
_nanmax = as_library("nanmax", functools.partial(_nan_extreme, max_, -INF), _LINES)
_nanmin = as_library("nanmin", functools.partial(_nan_extreme, min_, INF), _LINES)
_nanmean = as_library("nanmean", _nanmean_composition, _LINES)
_nanvar = as_library("nanvar", _nanvar_composition, _LINES)
_nanstd = as_library("nanstd", _nanstd_composition, _LINES)
_nanquantile = as_library("nanquantile", _nanquantile_composition, _QUANTILES)
_nanmedian = as_library("nanmedian", _nanmedian_composition, _LINES)


def nanmean(a, axis=None, dtype=None, *, keepdims=False, where=True):
    """`mean` of what is not NaN."""
    return _without_nan(_nanmean, _nanmean_composition, a, axis, dtype, where, keepdims=keepdims)


def nanvar(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None):
    """`var` of what is not NaN."""
    ddof = degrees_less("nanvar", ddof, correction)
    return _without_nan(_nanvar, _nanvar_composition, a, axis, dtype, where, keepdims=keepdims, ddof=ddof)


def nanstd(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None):
    """`std` of what is not NaN."""
    ddof = degrees_less("nanstd", ddof, correction)
    return _without_nan(_nanstd, _nanstd_composition, a, axis, dtype, where, keepdims=keepdims, ddof=ddof)


def _without_nan(primitive, composition, a, axis, dtype, mask, **params):
    """The library's, and of those elements that a mask names the composition, which adds them up as the library does."""
    a, params = _array(a), {"axis": _axis(axis), **params}
    if dtype is not None:
        params["dtype"] = dtype = library_dtype(a, dtype)
        if dtype_name(a.dtype).startswith(("float", "complex")) and not dtype_name(dtype).startswith(("float", "complex")):
            raise TypeError(f"{primitive.name} of {dtype_name(a.dtype)} with dtype={dtype_name(dtype)}: it has fractions")
        if dtype_name(dtype).startswith("complex") and not is_complex(a):
            raise TypeError(f"{primitive.name} of a real traced array with dtype={dtype_name(dtype)}: convert the array")
    return primitive(a, **params) if mask is True else composition(a, where=_array(mask), **params)


def nanquantile(a, q, axis=None, *, method="linear", keepdims=False):
    """`quantile` of what is not NaN."""
    shares = len(_array(q).shape)
    if shares > 1 and isinstance(axis, tuple) and len(axis) > 1:  # NumPy's own puts them between the others
        raise ValueError(
            f"nanquantile of a table of shares of {shares} axes over the axes {axis}: give the shares as a vector, "
            "mnp.ravel(q), and reshape what comes of it"
        )
    return _as_quantile(_nanquantile, a, q, axis, method, keepdims)


def nanpercentile(a, q, axis=None, *, method="linear", keepdims=False):
    """`percentile` of what is not NaN."""
    return nanquantile(a, _shares(q), axis, method=method, keepdims=keepdims)


def nanmedian(a, axis=None, *, keepdims=False):
    """`median` of what is not NaN."""
    return _nanmedian(_array(a), axis=_axes(axis), keepdims=keepdims)


_EXPORTED = """
    quantile percentile cov corrcoef nansum nanprod nancumsum nancumprod nanmax nanmin nanmean nanvar nanstd nanmedian
    nanquantile nanpercentile
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
