"""Quantiles, covariances, and reductions that leave NaN out.

Values are the library's where it has the function; derivatives are those of the composition beside it.
"""

from __future__ import annotations

import operator

from ..autodiff.primitive import Example, composed, is_complex, kept_shape
from ..backend import dtype_name
from .creation import asarray
from .elementwise import astype, clip, conjugate_of, floor, isnan, maximum, real, sqrt, square, where
from .indexing import diagonal, take, take_along_axis
from .products import matmul
from .reductions import all as all_
from .reductions import cumprod, cumsum, prod, sum
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
    axes = [i % a.ndim for i in (axis if isinstance(axis, tuple) else (axis,))]
    a = moveaxis(a, axes, range(len(axes)))
    return reshape(a, (-1, *a.shape[len(axes) :]))


def _interpolated(ordered, places):
    """Values of sorted lines at places between 0 and n - 1, one axis in front for every axis of ``places``."""
    low = clip(floor(places), 0.0, max(ordered.shape[0] - 2.0, 0.0))
    part, low = places - low, astype(low, "int64")
    part = reshape(part, (*places.shape, *(1,) * (ordered.ndim - 1)))
    below, above = (take(ordered, i, 0) for i in (low, clip(low + 1, 0, ordered.shape[0] - 1)))
    return below + part * (above - below)


def _quantile_composition(a, q, axis=None, keepdims=False):
    lines, q = _in_lines(a, axis), _array(q)
    ordered = sort(lines, 0)
    out = _interpolated(ordered, q * (lines.shape[0] - 1.0))
    if ordered.shape[0] and not dtype_name(a.dtype).startswith(("int", "uint", "bool")):
        last = ordered[-1, ...]  # NaN is sorted last
        out = where(isnan(last), last, out)
    return reshape(out, (*q.shape, *kept_shape(a.shape, axis))) if keepdims else out


_QUANTILES = [
    Example(((5,), ()), {"axis": None}, ["distinct", (0.3, 0.45)]),
    Example(((3, 4), (2,)), {"axis": 1}, ["distinct", (0.4, 0.6)]),
]
_quantile = as_library("quantile", _quantile_composition, _QUANTILES)


def quantile(a, q, axis=None, *, keepdims=False):
    """The value below which a share q lies, linear between neighbours; q may be an array of shares."""
    a = _array(a)
    return _quantile(a, asarray(q) if isinstance(q, list | tuple) else q, axis=_axes(axis), keepdims=keepdims)


def percentile(a, q, axis=None, *, keepdims=False):
    """`quantile` at q / 100."""
    return quantile(a, (float(q) if isinstance(q, float) or is_int(q) else _array(q)) / 100.0, axis, keepdims=keepdims)


# -- covariances ---------------------------------------------------------------------------------------------


def _cov_composition(m, *, rowvar=True, bias=False, ddof=None):
    x = atleast_2d(m)
    x = x if rowvar or m.ndim == 1 else x.T
    ddof = (0 if bias else 1) if ddof is None else ddof
    centred = x - sum(x, 1, keepdims=True) / float(x.shape[1])
    out = matmul(centred, conjugate_of(centred).T) / float(x.shape[1] - ddof)
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
    m = atleast_2d(m)
    return concatenate([m if rowvar or m.shape[0] == 1 else m.T, y if rowvar or y.shape[0] == 1 else y.T], 0)


def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    """The covariance matrix of the rows (``rowvar=False``: columns) of ``m`` and of ``y``, divided by n - ddof."""
    rows = _with_rows(m, y, rowvar)
    return _cov(rows, rowvar=bool(rowvar) or y is not None, bias=bool(bias), ddof=ddof)


def corrcoef(x, y=None, rowvar=True):
    """The correlations of rows, cov_ij / sqrt(cov_ii cov_jj)."""
    return _corrcoef(_with_rows(x, y, rowvar), rowvar=bool(rowvar) or y is not None)


# -- without NaN ---------------------------------------------------------------------------------------------


def _filled(a, value):
    """``a`` with ``value`` for NaN."""
    a = _array(a)
    return where(isnan(a), value, a)


def _counted(a, axis, keepdims):
    return sum(astype(~isnan(a), _array(a).dtype), axis, keepdims=keepdims)


def nansum(a, axis=None, dtype=None, *, keepdims=False):
    """`sum` with NaN as 0."""
    return sum(_filled(a, 0.0), axis, dtype, keepdims=keepdims)


def nanprod(a, axis=None, dtype=None, *, keepdims=False):
    """`prod` with NaN as 1."""
    return prod(_filled(a, 1.0), axis, dtype, keepdims=keepdims)


def nancumsum(a, axis=None, dtype=None):
    """`cumsum` with NaN as 0."""
    return cumsum(_filled(a, 0.0), axis, dtype)


def nancumprod(a, axis=None, dtype=None):
    """`cumprod` with NaN as 1."""
    return cumprod(_filled(a, 1.0), axis, dtype)


def nanmax(a, axis=None, *, keepdims=False):
    """`max` of what is not NaN; NaN where nothing is."""
    out = max_(_filled(a, -INF), axis, keepdims=keepdims)
    return where(all_(isnan(a), axis, keepdims=keepdims), float("nan"), out)


def nanmin(a, axis=None, *, keepdims=False):
    """`min` of what is not NaN; NaN where nothing is."""
    out = min_(_filled(a, INF), axis, keepdims=keepdims)
    return where(all_(isnan(a), axis, keepdims=keepdims), float("nan"), out)


def _nanmean_composition(a, axis=None, keepdims=False):
    return sum(_filled(a, 0.0), axis, keepdims=keepdims) / _counted(a, axis, keepdims)


def _nanvar_composition(a, axis=None, keepdims=False, ddof=0):
    centred = where(isnan(a), 0.0, a - _nanmean_composition(a, axis, True))
    n = _counted(a, axis, keepdims) - float(ddof)
    return sum(square(centred), axis, keepdims=keepdims) / where(n > 0, n, float("nan"))


def _nanmedian_composition(a, axis=None, keepdims=False):
    lines = _in_lines(a, axis)
    n = astype(sum(astype(~isnan(lines), "int64"), 0, keepdims=True), "int64")
    ordered = sort(lines, 0)  # NaN last
    low, high = maximum(n - 1, 0) // 2, clip(n // 2, 0, lines.shape[0] - 1)
    out = 0.5 * (take_along_axis(ordered, low, 0) + take_along_axis(ordered, high, 0))
    return reshape(out, kept_shape(a.shape, axis)) if keepdims else out[0, ...]


_LINES = [Example(((3, 4),), {"axis": None}, "distinct"), Example(((3, 4),), {"axis": 1}, "distinct")]
_nanmean = as_library("nanmean", _nanmean_composition, _LINES)
_nanvar = as_library("nanvar", _nanvar_composition, _LINES)
_nanstd = as_library("nanstd", lambda a, **params: sqrt(_nanvar_composition(a, **params)), _LINES)
_nanmedian = as_library("nanmedian", _nanmedian_composition, _LINES)


def nanmean(a, axis=None, *, keepdims=False):
    """`mean` of what is not NaN."""
    return _nanmean(_array(a), axis=_axes(axis), keepdims=keepdims)


def nanvar(a, axis=None, *, ddof=0, keepdims=False):
    """`var` of what is not NaN."""
    return _nanvar(_array(a), axis=_axes(axis), keepdims=keepdims, ddof=ddof)


def nanstd(a, axis=None, *, ddof=0, keepdims=False):
    """`std` of what is not NaN."""
    return _nanstd(_array(a), axis=_axes(axis), keepdims=keepdims, ddof=ddof)


def nanmedian(a, axis=None, *, keepdims=False):
    """`median` of what is not NaN."""
    return _nanmedian(_array(a), axis=_axes(axis), keepdims=keepdims)


_EXPORTED = """
    quantile percentile cov corrcoef nansum nanprod nancumsum nancumprod nanmax nanmin nanmean nanvar nanstd nanmedian
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
