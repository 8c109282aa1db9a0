"""Modified Bessel functions of the first kind, I_n(x) and exp(-|x|) I_n(x), of integer order.

I_n' = (I_(n - 1) + I_(n + 1)) / 2 holds everywhere, x = 0 included, where I_0 - I_1 / x does not.
"""

from __future__ import annotations

import math

from ..autodiff.primitive import Example, elementwise
from ..backend import backend_of
from .elementwise import abs as abs_
from .elementwise import sign_primitive, sqrt, where

FAR = 40.0  # from here on the asymptotic series of low orders has all digits in TERMS terms
TERMS = 18


def _of_order(function):
    def of_raw(xp, x, order):
        backend = backend_of(x)
        return backend.xp.astype(backend.xp.asarray(backend.function(function)(order, x)), x.dtype)

    return of_raw


def _neighbours(function, x, order):
    """(I_(n - 1) + I_(n + 1)) / 2; I_(-1) is I_1."""
    return 0.5 * (function(x, order=abs(order - 1)) + function(x, order=order + 1))


def _scaled_slope(x, out, order):
    """The neighbours' mean less sign(x) times the function; far out, where these cancel, of sqrt(2 pi |x|) times it
    the derivative of the series sum_k c_k / |x|^k, c_k / c_(k - 1) = ((2 k - 1)^2 - 4 n^2) / (8 k).
    """
    far = abs_(x) > FAR
    middle, side = where(far, 0.0, x), sign_primitive(x)
    near = _neighbours(scaled, middle, order) - side * where(far, 0.0, out)
    size = where(far, abs_(x), FAR)
    coefficients = [1.0]
    for k in range(1, TERMS):
        coefficients.append(coefficients[-1] * ((2 * k - 1) ** 2 - 4 * order**2) / (8 * k))
    series = 0.0
    for k in range(TERMS - 1, -1, -1):
        series = series / size - (k + 0.5) * coefficients[k]
    tail = side ** (order + 1) * series / (size * sqrt(2.0 * math.pi * size))
    return where(far, tail, near)


_ORDERS = [Example(((3,),), {"order": order}) for order in (0, 2)]
unscaled = elementwise(
    "bessel_i", lambda g, out, x, order: g * _neighbours(unscaled, x, order), library=_of_order("iv"), examples=_ORDERS
)
scaled = elementwise(
    "scaled_bessel_i",
    lambda g, out, x, order: g * _scaled_slope(x, out, order),
    library=_of_order("ive"),
    examples=[Example(((3,),), {"order": order}, (0.25, 3.0)) for order in (0, 2)],
)
i0 = elementwise("i0", lambda g, out, x: g * i1(x))
i1 = elementwise("i1", lambda g, out, x: g * 0.5 * (i0(x) + unscaled(x, order=2)))
i0e = elementwise("i0e", lambda g, out, x: g * _scaled_slope(x, out, 0), domain=(0.25, 3.0))
i1e = elementwise("i1e", lambda g, out, x: g * _scaled_slope(x, out, 1), domain=(0.25, 3.0))

_EXPORTED = """
    i0 i1 i0e i1e
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
