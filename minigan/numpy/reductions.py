"""Reductions: sums, means, moments, products, extremes and what accumulates along an axis."""

from __future__ import annotations

import math
import operator

import numpy as np

from ..autodiff.displacement import length_reduction
from ..autodiff.primitive import (
    PRIMITIVES,
    Example,
    composed,
    constant,
    expand_reduced,
    is_complex,
    kept_shape,
    linear,
    places_of,
    reduction,
)
from ..backend import dtype_name
from . import masked
from .arguments import refuse
from .elementwise import astype, conjugate_of, equal, isclose, logical_and, logical_not, logical_or, multiply

_AXES = [
    Example(((3, 4),), {"axis": None, "keepdims": False}),
    Example(((3, 4),), {"axis": 0, "keepdims": False}),
    Example(((2, 3, 4),), {"axis": (0, 2), "keepdims": True}),
    Example(((5,),), {"axis": -1, "keepdims": False}),
]


def _spread(g, x, axis=None, keepdims=False, dtype=None):
    return PRIMITIVES["broadcast_to"](expand_reduced(g, x, axis, keepdims), shape=x.shape)


def reduced_count(x, axis) -> int:
    """How many elements one result of a reduction over ``axis`` comes from."""
    if axis is None:
        return math.prod(x.shape)
    return math.prod(x.shape[a] for a in places_of(axis, x.ndim))


_sum = linear("sum", _spread, examples=_AXES)
_mean = linear(
    "mean",
    lambda g, x, axis=None, keepdims=False, dtype=None: _spread(
        _wide(g) / float(reduced_count(x, axis)), x, axis, keepdims
    ),
    examples=_AXES,
)


def _wide(x):
    """``x``, of float16 as float32: a count of 65,520 is infinite in float16, and its inverse has three digits."""
    return astype(x, "float32") if dtype_name(x.dtype) == "float16" else x


def _var_partial(out, x, axis=None, keepdims=False, ddof=0, dtype=None):
    x = _wide(x)
    return 2.0 / _degrees(x, axis, ddof) * conjugate_of(x - _mean(x, axis=axis, keepdims=True))


def _std_numerator(x, axis=None, keepdims=False, ddof=0, dtype=None):
    x = _wide(x)
    return 1.0 / _degrees(x, axis, ddof) * conjugate_of(x - _mean(x, axis=axis, keepdims=True))


def _degrees(x, axis, ddof):
    return float(max_(reduced_count(x, axis) - ddof, 0)) or float("nan")


_MOMENTS = [Example(e.shapes, {**e.params, "ddof": d}) for e in _AXES for d in (0, 1)]
_var = reduction("var", _var_partial, examples=_MOMENTS)
_std = length_reduction("std", _std_numerator, examples=[Example(e.shapes, e.params, "distinct") for e in _MOMENTS])


def _extreme_partial(out, x, axis=None, keepdims=False):
    """1 at the extreme; equal extremes share it equally."""
    hit = _wide(astype(equal(x, out), x.dtype))
    return hit / _sum(hit, axis=axis, keepdims=True)


_DISTINCT = [Example(e.shapes, e.params, "distinct") for e in _AXES]
_max = reduction("max", _extreme_partial, examples=_DISTINCT)
_min = reduction("min", _extreme_partial, examples=_DISTINCT)


def _product(x, axis=None, keepdims=False, dtype=None):
    """The product by repeated halving: multiplications alone, so zeros are no special case at any order."""
    x = x if dtype is None else astype(x, dtype)
    shape = kept_shape(x.shape, axis) if keepdims else None
    axes = tuple(sorted(places_of(axis, x.ndim)))
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    out_shape = tuple(x.shape[i] for i in rest)
    x = PRIMITIVES["transpose"](x, axes=axes + rest) if x.ndim else x
    x = PRIMITIVES["reshape"](x, shape=(math.prod(x.shape[: len(axes)]), *out_shape))
    while x.shape[0] > 1:
        half = x.shape[0] // 2
        paired = multiply(x[:half, ...], x[half : 2 * half, ...])
        x = PRIMITIVES["concatenate"](paired, x[2 * half :, ...], axis=0) if x.shape[0] % 2 else paired
    if x.shape[0] == 0:
        from .creation import ones_like_array

        x = ones_like_array(x, (1, *out_shape))
    return PRIMITIVES["reshape"](x, shape=out_shape if shape is None else shape)


_prod = composed("prod", _product, examples=_AXES)


def _reverse_cumsum(g, x, axis, dtype=None):
    from .shape import flip

    return flip(_cumsum(flip(g, axis), axis=axis), axis)


def _accumulation(name, older_name):
    """The standard's name of it, or NumPy's older one where a library has only that."""
    return lambda xp, x, axis, dtype=None: getattr(xp, name, getattr(xp, older_name, None))(x, axis=axis, dtype=dtype)


_CUMULATIVE = [Example(((3, 4),), {"axis": 1}), Example(((5,),), {"axis": 0})]
_cumsum = linear(
    "cumsum",
    _reverse_cumsum,
    library=_accumulation("cumulative_sum", "cumsum"),
    examples=_CUMULATIVE,
)


def _running_product(x, axis, dtype=None):
    """Each step multiplies by what stands 1, 2, 4 ... places before, so zeros are no special case here either."""
    from .shape import along

    x = x if dtype is None else astype(x, dtype)
    reach = 1
    while reach < x.shape[axis]:
        head = x[along(x.ndim, axis, slice(None, reach))]
        tail = multiply(x[along(x.ndim, axis, slice(reach, None))], x[along(x.ndim, axis, slice(None, -reach))])
        x = PRIMITIVES["concatenate"](head, tail, axis=axis)
        reach *= 2
    return x


_cumprod = composed(
    "cumprod",
    _running_product,
    library=_accumulation("cumulative_prod", "cumprod"),
    examples=_CUMULATIVE,
)
_argmax = constant("argmax")
_argmin = constant("argmin")
_any = constant("any")
_all = constant("all")
_count_nonzero = constant("count_nonzero")

max_ = max


def library_dtype(a, dtype):
    from .creation import library_dtype

    return library_dtype(a, dtype)


def _axis(axis, a=None):
    """In Python's integers. Of a 0-d array ``a`` NumPy's ufuncs, not its means, take axes 0 and -1, for all of none."""
    if axis is None:
        return None
    if type(axis) is not int:
        axis = tuple(map(operator.index, axis)) if isinstance(axis, tuple) else operator.index(axis)
    return None if axis in (0, -1) and getattr(a, "shape", None) == () else axis


def _reduce(primitive, a, dtype, **params):
    """A dtype to accumulate in is a parameter of its own; one that is no floating point ends the derivative."""
    if dtype is None:
        return primitive(a, **params)
    dtype = library_dtype(a, dtype)
    if not dtype_name(dtype).startswith(("float", "complex")):
        return primitive(astype(a, dtype), **params, dtype=dtype)
    return primitive(a, **params, dtype=dtype)


def _reduce_some(name, a, dtype, initial, mask, **params):
    """Those elements that a mask names, from an initial value on."""
    return masked.reduced(name, a, mask, initial, **params, **({} if dtype is None else {"dtype": dtype}))


def sum(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """The sum over ``axis`` (all axes by default), from ``initial`` on, of the elements that a mask ``where`` names."""
    if where is not True or initial is not None:
        return _reduce_some("sum", a, dtype, initial, where, axis=_axis(axis, a), keepdims=keepdims)
    return _reduce(_sum, a, dtype, axis=_axis(axis, a), keepdims=keepdims)


def mean(a, axis=None, dtype=None, *, keepdims=False, where=True):
    """The arithmetic mean over ``axis``, of the elements that a mask ``where`` names."""
    if where is not True:
        return masked.mean(a, where, _axis(axis), dtype, keepdims)
    return _reduce(_mean, a, dtype, axis=_axis(axis), keepdims=keepdims)


def var(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None):
    """The mean squared deviation from the mean; divided by n - ddof, which the standard calls ``correction``."""
    ddof = degrees_less("var", ddof, correction)
    _refuse_dtype("var", a, dtype)
    if where is not True:
        return masked.var(a, where, _axis(axis), dtype, ddof, keepdims)
    return _reduce(_var, a, dtype, axis=_axis(axis), ddof=ddof, keepdims=keepdims)


def std(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None):
    """The square root of `var`; where all values are equal its derivative is taken as 0."""
    ddof = degrees_less("std", ddof, correction)
    _refuse_dtype("std", a, dtype)
    if where is not True:
        return masked.std(a, where, _axis(axis), dtype, ddof, keepdims)
    return _reduce(_std, a, dtype, axis=_axis(axis), ddof=ddof, keepdims=keepdims)


def _refuse_dtype(name, a, dtype):
    """No moments in integers, nor a complex array's in a real dtype: NumPy drops the imaginary part of the mean alone."""
    if dtype is None:
        return
    if hasattr(a, "dtype") and is_complex(a) and not dtype_name(dtype).startswith("complex"):
        refuse(name, "dtype", "a complex array keeps its imaginary part; write mnp.real(a) to drop it")
    dtype = dtype_name(library_dtype(a, dtype))
    if not dtype.startswith(("float", "complex")):
        raise TypeError(f"{name} of a traced array with dtype={dtype}: leave dtype= away")


def degrees_less(name, ddof, correction):
    """``ddof`` by either of its names."""
    if correction is not None and ddof != 0:
        raise ValueError(f"minigan.numpy.{name} takes ddof= or correction=, which are the same, and was given both")
    return ddof if correction is None else correction


def prod(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """The product over ``axis``, as `sum` is called; right with zeros, to every order."""
    if where is not True or initial is not None:
        return _reduce_some("prod", a, dtype, initial, where, axis=_axis(axis, a), keepdims=keepdims)
    return _reduce(_prod, a, dtype, axis=_axis(axis, a), keepdims=keepdims)


def max(a, axis=None, *, keepdims=False, initial=None, where=True):
    """The largest element, ``initial`` at least; ties share the derivative equally."""
    if where is not True or initial is not None:
        return _reduce_some("max", a, None, initial, where, axis=_axis(axis, a), keepdims=keepdims)
    return _max(a, axis=_axis(axis, a), keepdims=keepdims)


def min(a, axis=None, *, keepdims=False, initial=None, where=True):
    """The smallest element, ``initial`` at most; ties share the derivative equally."""
    if where is not True or initial is not None:
        return _reduce_some("min", a, None, initial, where, axis=_axis(axis, a), keepdims=keepdims)
    return _min(a, axis=_axis(axis, a), keepdims=keepdims)


def cumsum(a, axis=None, dtype=None):
    """Running sums along ``axis``, of the flattened array by default."""
    a, axis = _flat(a, axis)
    return _reduce(_cumsum, a, dtype, axis=axis)


def cumprod(a, axis=None, dtype=None):
    """Running products along ``axis``, of the flattened array by default."""
    a, axis = _flat(a, axis)
    return _reduce(_cumprod, a, dtype, axis=axis)


def _flat(a, axis):
    from .shape import ravel

    if axis is not None:
        axis = operator.index(axis)
    return (ravel(a), 0) if _axis(axis, a) is None else (a, axis)


def argmax(a, axis=None, *, keepdims=False):
    """The index of the (first) largest element; derivative zero."""
    return _argmax(a, axis=_axis(axis, a), keepdims=keepdims)


def argmin(a, axis=None, *, keepdims=False):
    """The index of the (first) smallest element; derivative zero."""
    return _argmin(a, axis=_axis(axis, a), keepdims=keepdims)


def _mask_of(a, mask):
    """``mask``; raises `ValueError` for one that is larger than the array."""
    shapes = [tuple(getattr(x, "shape", ())) for x in (a, mask)]
    if len(shapes[1]) > len(shapes[0]) or np.broadcast_shapes(*shapes) != shapes[0]:
        raise ValueError(f"a mask where= of shape {shapes[1]} does not fit an array of shape {shapes[0]}")
    return mask


def any(a, axis=None, *, keepdims=False, where=True):
    """Whether any element is true, of those that a mask ``where`` names."""
    a = a if where is True else logical_and(a, _mask_of(a, where))
    return _any(a, axis=_axis(axis, a), keepdims=keepdims)


def all(a, axis=None, *, keepdims=False, where=True):
    """Whether every element is true, of those that a mask ``where`` names."""
    a = a if where is True else logical_or(a, logical_not(_mask_of(a, where)))
    return _all(a, axis=_axis(axis, a), keepdims=keepdims)


def count_nonzero(a, axis=None, *, keepdims=False):
    """How many elements are not zero."""
    return _count_nonzero(a, axis=_axis(axis, a), keepdims=keepdims)


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether every pair of elements `isclose`."""
    return all(isclose(a, b, rtol, atol, equal_nan))


def ptp(a, axis=None, *, keepdims=False):
    """The range, max - min."""
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """The weighted mean, sum(w a) / sum(w); weights are of the shape of ``a``, or of its shape along ``axis``.

    With ``returned`` the pair of it and of the sums of weights.
    """
    from .creation import full_like, joint_dtype
    from .shape import _array, broadcast_to

    axis = tuple(axis) if isinstance(axis, list) else axis
    if weights is None:
        out = mean(a, axis, keepdims=keepdims)
        return (out, full_like(out, float(reduced_count(_array(a), axis)))) if returned else out
    a, weights = (_floating(_array(x)) for x in (a, weights))
    a, weights = (astype(x, joint_dtype([a, weights])) for x in (a, weights))  # as NumPy sums the weights too
    axis = axis if axis is None else places_of(axis, a.ndim)
    if weights.shape != a.shape:
        weights = _along_axes(weights, a, axis)
    scale = sum(weights, axis, keepdims=keepdims)
    out = sum(multiply(a, weights), axis, keepdims=keepdims) / scale
    return (out, broadcast_to(scale, out.shape)) if returned else out


def _floating(x):
    """``x``, of integers or truth values as float64."""
    return x if dtype_name(x.dtype).startswith(("float", "complex")) else astype(x, "float64")


def _along_axes(weights, a, axis):
    """``weights``, of the shape of ``a`` along ``axis``, with axes of size 1 for the others."""
    if axis is None:
        raise TypeError(f"average: weights of shape {weights.shape} for an array of shape {a.shape} need an axis")
    axes = places_of(axis, a.ndim)
    if tuple(weights.shape) != tuple(a.shape[i] for i in axes):
        raise ValueError(
            f"average: weights of shape {weights.shape} do not fit an array of shape {a.shape} along axis {axis}"
        )
    weights = PRIMITIVES["transpose"](weights, axes=tuple(sorted(range(len(axes)), key=axes.__getitem__)))
    return PRIMITIVES["reshape"](weights, shape=tuple(n if i in axes else 1 for i, n in enumerate(a.shape)))


amax, amin = max, min

_EXPORTED = """
    sum mean var std prod max min amax amin cumsum cumprod argmax argmin any all count_nonzero ptp average
    allclose
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
