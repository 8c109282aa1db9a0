"""The normal distribution's integral in its four spellings, its inverse, and its logarithm with all digits in the tail."""

from __future__ import annotations

from ..autodiff.primitive import elementwise
from .elementwise import exp, square, where

TWO_OVER_SQRT_PI = 1.1283791670955126
ONE_OVER_SQRT_TWO_PI = 0.3989422804014327

erf = elementwise("erf", lambda g, out, x: g * (TWO_OVER_SQRT_PI * exp(-square(x))))
erfc = elementwise("erfc", lambda g, out, x: -g * (TWO_OVER_SQRT_PI * exp(-square(x))))
erfinv = elementwise("erfinv", lambda g, out, x: g * exp(square(out)) / TWO_OVER_SQRT_PI, domain=(-0.8, 0.8))
ndtr = elementwise("ndtr", lambda g, out, x: g * (ONE_OVER_SQRT_TWO_PI * exp(-0.5 * square(x))))
log_ndtr = elementwise("log_ndtr", lambda g, out, x: g * _hazard(x, out), domain=(-6.0, 2.0))


def _hazard(x, log_of_integral):
    """phi(x) / Phi(x); below -4 as t + 1 / (t + 2 / (t + 3 / ...)) of t = -x (Laplace), to every order exact in the tail.

    From the logarithms it would be the difference of two numbers of size x^2 / 2, and its derivative, -1 + 1 / x^2 far
    out, would have no digit left.
    """
    far = x < -4.0
    t = where(far, -x, 4.0)
    fraction = t
    for k in range(48, 1, -1):
        fraction = t + k / fraction
    middle = where(far, 0.0, x)
    near = ONE_OVER_SQRT_TWO_PI * exp(-0.5 * square(middle) - where(far, 0.0, log_of_integral))
    return where(far, t + 1.0 / fraction, near)


_EXPORTED = """
    erf erfc erfinv ndtr log_ndtr
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
