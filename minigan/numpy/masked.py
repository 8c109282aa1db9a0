"""Reductions of those elements that a mask names, from an initial value on: ``where=`` and ``initial=``.

Values are the library's, which adds in an order of its own; derivatives are those of the composition beside it.
"""

from __future__ import annotations

from ..autodiff.primitive import PRIMITIVES, Example, composed, is_complex, places_of
from ..autodiff.tracer import Tracer
from ..backend import dtype_name
from .arguments import refuse
from .elementwise import astype, imag, maximum, minimum, multiply, real, sqrt, where
from .shape import _array, broadcast_to

INFINITY = float("inf")


def _plain(name, x, **params):
    return PRIMITIVES[name](x, **params)


def _sum_of(x, mask, dtype=None, initial=None, **params):
    x = x if dtype is None else astype(x, dtype)
    out = _plain("sum", where(mask, x, 0), **params)
    return out if initial is None else out + initial


def _prod_of(x, mask, dtype=None, initial=None, **params):
    x = x if dtype is None else astype(x, dtype)
    out = _plain("prod", where(mask, x, 1), **params)
    return out if initial is None else multiply(out, initial)


def _max_of(x, mask, initial, **params):
    if 0 in (x.shape[i] for i in places_of(params["axis"], x.ndim)):  # the extreme of nothing
        return _plain("sum", x, **params) + initial
    return maximum(_plain("max", where(mask, x, -INFINITY if _is_floating(x) else initial), **params), initial)


def _min_of(x, mask, initial, **params):
    if 0 in (x.shape[i] for i in places_of(params["axis"], x.ndim)):  # the extreme of nothing
        return _plain("sum", x, **params) + initial
    return minimum(_plain("min", where(mask, x, INFINITY if _is_floating(x) else initial), **params), initial)


def _is_floating(x) -> bool:
    return dtype_name(x.dtype).startswith("float")


def _masked(name, composition, examples):
    """The library's reduction with ``where=`` where it takes one, else ``composition``, which is differentiated."""

    def library(xp, x, mask, **params):
        if not hasattr(xp, "ufunc"):  # the standard's reductions take no mask
            return composition(x, mask, **params)
        return getattr(xp, name)(x, where=mask, **params)

    return composed(f"{name}_where", composition, library=library, examples=examples)


_FROM = [
    Example(((3, 4), (4,)), {"axis": None, "initial": 0.5}, ["distinct", "boolean"]),
    Example(((3, 4), (3, 4)), {"axis": 0, "keepdims": True, "initial": 0.5}, ["distinct", "boolean"]),
]
_FROM_NONE = [Example(((3, 4), ()), {"axis": 1}, ["distinct", "boolean"])]
MASKED = {
    "sum": _masked("sum", _sum_of, _FROM + _FROM_NONE),
    "prod": _masked("prod", _prod_of, _FROM + _FROM_NONE),
    "max": _masked("max", _max_of, _FROM),
    "min": _masked("min", _min_of, _FROM),
}


def reduced(name, a, mask, initial, **params):
    """The reduction ``name`` of the elements of ``a`` that ``mask`` names, from ``initial`` on."""
    if type(initial) is Tracer:
        combined = {"sum": "+ initial", "prod": "* initial"}.get(name, f"and initial by mnp.{name}imum")
        refuse(name, "initial", f"of a traced value; take the {name} without it, {combined}")
    if initial is None and name in ("max", "min"):
        raise ValueError(f"minigan.numpy.{name} with where= needs initial=, the {name} of no elements")
    params = params if initial is None else {**params, "initial": initial}
    return MASKED[name](_array(a), mask if mask is True else _array(mask), **params)


def mean(a, mask, axis, dtype, keepdims):
    """The mean of the elements that ``mask`` names: their sum, of float16 in float32, over their number."""
    a, mask = _array(a), _array(mask)
    narrow = dtype is None and dtype_name(a.dtype) == "float16"
    total = reduced("sum", a, mask, None, axis=axis, keepdims=keepdims, dtype="float32" if narrow else dtype)
    out = _over(total, _count(a, mask, axis, keepdims))
    return astype(out, "float16") if narrow else out


def var(a, mask, axis, dtype, ddof, keepdims):
    """The mean squared deviation of the elements that ``mask`` names, divided by their number less ``ddof``."""
    a, mask = _array(a), _array(mask)
    total = reduced("sum", a, mask, None, axis=axis, keepdims=True, dtype=dtype)
    x = a - _over(total, _count(a, mask, axis, True))
    squares = multiply(real(x), real(x)) + multiply(imag(x), imag(x)) if is_complex(x) else multiply(x, x)
    total = reduced("sum", squares, mask, None, axis=axis, keepdims=keepdims, dtype=dtype)
    return _over(total, maximum(_count(a, mask, axis, keepdims) - float(ddof), 0.0))


def std(a, mask, axis, dtype, ddof, keepdims):
    """The square root of `var`; where all values are equal its derivative is taken as 0."""
    squared = var(a, mask, axis, dtype, ddof, keepdims)
    zero = squared == 0
    return where(zero, squared, sqrt(where(zero, 1.0, squared)))


def _count(a, mask, axis, keepdims):
    counted = _plain("sum", astype(broadcast_to(mask, a.shape), "int64"), axis=axis, keepdims=keepdims)
    return astype(counted, "float64")


def _over(total, count):
    """``total`` over a number of elements, divided in float64 and rounded to its own dtype."""
    return astype(total / count, total.dtype)
