"""The few functions that the table needs and no library has: each exact to the ends of the float range.

A value is computed by whatever branch is accurate; a derivative is stated beside it, so nothing ever
differentiates through a branch.
"""

from __future__ import annotations

import math
import struct
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

import minigan.numpy as mnp

from ..autodiff import custom_vjp

INVERSE_FACTORIALS = tuple(1.0 / math.factorial(k) for k in range(2, 21))


def as_floating(x):
    """``x`` as an array of floats: Python numbers and lists become float64 arrays of the active backend."""
    if not hasattr(x, "shape"):
        return mnp.asarray(x, dtype=float) if isinstance(x, int | float | bool) else as_floating(mnp.asarray(x))
    return x if "float" in str(x.dtype) else mnp.astype(x, "float64")


def quietly(function):
    """``function`` without NumPy's warnings: an overflow here is the mathematics', or a branch that is not taken."""

    def silent(*args):
        with mnp.errstate(all="ignore"):
            return function(*args)

    return silent


def with_slope(value, slope):
    """The elementwise function ``value`` whose derivative is ``slope(x, value(x))``."""
    return custom_vjp(quietly(value), quietly(lambda g, y, x: (g * slope(x, y),)))


# -- exp and log, where they cancel --------------------------------------------------------------------------


def _remainder(x):
    magnitude = mnp.abs(x)
    near = mnp.where(magnitude < 1.0, x, 0.0)
    series = INVERSE_FACTORIALS[-1] + 0.0 * near
    for coefficient in reversed(INVERSE_FACTORIALS[:-1]):
        series = series * near + coefficient
    below = mnp.expm1(mnp.minimum(x, 0.0)) - x
    above = 1.0 - mnp.exp(-magnitude) * (1.0 + magnitude)
    far = mnp.where(x > 0, above, below)
    return mnp.where(magnitude < 1.0, near * near * series * mnp.exp(-mnp.maximum(near, 0.0)), far)


def _above(x):
    return mnp.where(x > 0, x, 0.0)


scaled_remainder = with_slope(
    _remainder,
    lambda x, y: mnp.where(x > 0, _above(x) * mnp.exp(-_above(x)), mnp.expm1(mnp.where(x > 0, 0.0, x))),
)
scaled_remainder.__doc__ = """(exp(x) - 1 - x) exp(-max(x, 0)): non-negative, x^2 / 2 near 0, at most 1 for x > 0."""


saturating = with_slope(
    lambda v: mnp.where(v > 0, -mnp.expm1(-mnp.abs(v)), mnp.expm1(-mnp.abs(v))),
    lambda v, y: mnp.exp(-mnp.abs(v)),
)
saturating.__doc__ = """sign(v) (1 - exp(-|v|)): what u - 1 = exp(v) - 1 leaves over max(u, 1)."""


def _log_softplus(x):
    low = x < -20.0
    safe = mnp.where(low, 0.0, x)
    below = mnp.minimum(x, 0.0)
    return mnp.where(low, below - 0.5 * mnp.exp(below), mnp.log(mnp.softplus(safe)))


log_softplus = with_slope(_log_softplus, lambda x, y: mnp.exp(mnp.log_sigmoid(x) - log_softplus(x)))
log_softplus.__doc__ = """log log(1 + exp(x)), also where softplus(x) underflows."""


def _exp_times_softplus(v):
    z = mnp.exp(-mnp.abs(v))
    small = z < 1e-8
    above = mnp.where(small, 1.0 - 0.5 * z, mnp.log1p(z) / mnp.where(small, 1.0, z))
    below = mnp.minimum(v, 0.0)
    return mnp.where(v > 0, above, mnp.exp(below) * mnp.softplus(-below))


exp_times_softplus = with_slope(_exp_times_softplus, lambda v, y: exp_times_softplus(v) - mnp.sigmoid(v))
exp_times_softplus.__doc__ = """exp(v) log(1 + exp(-v)): 1 for v -> inf."""


def log_mixture(v, weight, rest):
    """log(rest + weight exp(v)) with rest = 1 - weight, exact near v = 0, for weights strictly between 0 and 1."""
    shift = math.log(weight) - math.log(rest)

    def value(v):
        change = weight * mnp.expm1(mnp.minimum(v, 80.0))
        below = mnp.log(rest + weight * mnp.exp(mnp.minimum(v, 0.0)))
        above = v + mnp.log(weight + rest * mnp.exp(-mnp.abs(v)))
        return mnp.where(v > 80.0, above, mnp.where(change > -0.5, mnp.log1p(mnp.maximum(change, -0.5)), below))

    return with_slope(value, lambda v, y: mnp.sigmoid(v + shift))(v)


def log1mexp_softplus(v, weight):
    """log(1 - sigmoid(v)^(1/weight)) = log(1 - exp(-softplus(-v) / weight)), for any v."""

    def value(v):
        x = mnp.softplus(-v) / weight
        tiny = x < 1e-7
        near = log_softplus(-v) - math.log(weight) - 0.5 * x
        return mnp.where(tiny, near, mnp.log1mexp(mnp.where(tiny, 1.0, x)))

    def slope(v, y):
        log_slope = -mnp.softplus(v) - mnp.softplus(-v) / weight - log1mexp_softplus(v, weight)
        return mnp.exp(log_slope) / -weight

    return with_slope(value, slope)(v)


def positive_power(s, exponent):
    """max(s, 0)^exponent with derivative 0 for s <= 0; 0 there even for a negative exponent."""

    def value(s):
        positive = s > 0
        return mnp.where(positive, mnp.where(positive, s, 1.0) ** exponent, 0.0)

    def slope(s, y):
        if exponent == 1.0:
            return mnp.where(s > 0, mnp.ones_like(s), 0.0)
        return exponent * positive_power(s, exponent - 1.0)

    return with_slope(value, slope)(s)


def _jeffreys_log_ratio(t):
    middle = (t > -1e6) & (t < 1e6)
    safe = mnp.where(middle, t, 0.0)
    omega = mnp.wrightomega(1.0 - safe)
    y = mnp.where(safe > 1.0, omega - 1.0 + safe, -mnp.log(mnp.where(safe > 1.0, 1.0, omega)))
    for _ in range(2):  # omega is right to rounding, y near 0 is then not: Newton's step restores its last digits
        y = y - (y - mnp.expm1(-y) - safe) / (1.0 + mnp.exp(-y))
    below = mnp.maximum(-t, 1e6)  # where exp(-y) = 1 + y - t is a contraction
    low = -mnp.log(1.0 + below)
    for _ in range(2):
        low = -mnp.log(1.0 + below + low)
    return mnp.where(middle, y, mnp.where(t > 0, t - 1.0, mnp.where(t == -math.inf, t, low)))


jeffreys_log_ratio = with_slope(_jeffreys_log_ratio, lambda t, y: mnp.sigmoid(jeffreys_log_ratio(t)))
jeffreys_log_ratio.__doc__ = """The y with y + 1 - exp(-y) = t: log 1/W(exp(1 - t)) without the overflow of exp."""


# -- constants to more digits than a float has ---------------------------------------------------------------


def in_floats(exact: Fraction | Decimal) -> tuple[float, float, float]:
    """``exact`` as a sum of three floats, the first a float32 number: what `Domain.room` subtracts from, exactly."""
    exact = Fraction(exact)
    high = struct.unpack("f", struct.pack("f", float(exact)))[0]
    middle = float(exact - Fraction(high))
    return high, middle, float(exact - Fraction(high) - Fraction(middle))


def largest_floats(end: Fraction | Decimal, closed: bool) -> tuple[float, float]:
    """The largest float64 and the largest float32 below ``end`` (or at it, if ``closed``)."""
    end, found = Fraction(end), []
    for kind in (np.float64, np.float32):
        x = kind(float(end))
        while Fraction(float(x)) > end or (not closed and Fraction(float(x)) == end):
            x = np.nextafter(x, kind(-np.inf))
        found.append(float(x))
    return found[0], found[1]


def minus_x_log_x(x: float) -> Decimal:
    """-x log x to 60 digits."""
    with localcontext() as context:
        context.prec = 60
        return -Decimal(x) * Decimal(x).ln()


def log_two() -> Decimal:
    """log 2 to 60 digits."""
    with localcontext() as context:
        context.prec = 60
        return Decimal(2).ln()
