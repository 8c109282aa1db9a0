"""Special functions in the array-API standard's own words, so that every library computes them alike.

Each takes the library's namespace ``xp`` first and raw arrays after it. Here stand those that the libraries
lack, or have in a form that loses digits; erf, gammaln and their kin come from SciPy or CuPyX through
`minigan.backend`.
"""

from __future__ import annotations

import functools

import numpy as np

from . import logarithms
from .backend import dtype_name

_NAMES = """
    sigmoid softplus log_sigmoid log1mexp logit xlogy xlog1py log_ratio entr rel_entr kl_div logsumexp softmax
    log_softmax wrightomega
"""
GENERIC = _NAMES.split()


def _of_floats(function):
    """``function`` with integers and truth values made float64: -x of uint8 wraps."""

    @functools.wraps(function)
    def of_any(xp, x, *rest, **params):
        return function(xp, _floating(xp, x), *rest, **params)

    return of_any


def _floating(xp, x):
    whole = hasattr(x, "dtype") and dtype_name(x.dtype).startswith(("int", "uint", "bool"))
    return xp.astype(x, xp.float64) if whole else x


def _is_positive(xp, x):
    """1.0 where x > 0, else 0.0, in the dtype of x."""
    return xp.is_positive(x) if hasattr(xp, "is_positive") else xp.astype(x > 0, x.dtype)


def _log1p_of_share(xp, e):
    """log(1 + e) for 0 <= e <= 1, of long arrays of NumPy's on vectors."""
    if xp is not np or getattr(e, "size", 1) < logarithms.LONG_ENOUGH or e.dtype.name not in ("float32", "float64"):
        return xp.log1p(e)
    return np.log1p(e) if logarithms.has_vectors("log1p", e.dtype.name) else logarithms.log1p_of_share(np, e)


@_of_floats
def sigmoid(xp, x):
    """exp(min(x, 0)) / (1 + exp(-|x|)): full relative accuracy in both tails, no overflow.

    The numerator is 1 for positive x and the exponential below it for others: their maximum, without another exp.
    """
    e = xp.exp(-xp.abs(x))
    return xp.maximum(e, _is_positive(xp, x)) / (1.0 + e)


@_of_floats
def softplus(xp, x):
    """log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))."""
    return xp.maximum(x, 0.0) + _log1p_of_share(xp, xp.exp(-xp.abs(x)))


@_of_floats
def log_sigmoid(xp, x):
    """log sigma(x) = min(x, 0) - log1p(exp(-|x|))."""
    return xp.minimum(x, 0.0) - _log1p_of_share(xp, xp.exp(-xp.abs(x)))


@_of_floats
def log1mexp(xp, x):
    """log(1 - exp(-x)) for x > 0, by expm1 below log 2 and by log1p above (Maechler 2012)."""
    small = x < 0.6931471805599453
    below = xp.log(-xp.expm1(-xp.where(small, x, 1.0)))
    above = xp.log1p(-xp.exp(-xp.where(small, 1.0, x)))
    return xp.where(small, below, above)


@_of_floats
def logit(xp, p):
    """log(p / (1 - p)); as log p - log1p(-p), exact to the ends of (0, 1)."""
    return xp.log(p) - xp.log1p(-p)


def _pair(function):
    """``function`` of two arrays of floats; a Python number takes the other's dtype."""

    @functools.wraps(function)
    def of_any(xp, x, y):
        if not hasattr(y, "dtype"):
            y = y * xp.ones_like(x)
        elif not hasattr(x, "dtype"):
            x = x * xp.ones_like(y)
        x, y = (
            xp.astype(z, xp.float64) if dtype_name(z.dtype).startswith(("int", "uint", "bool")) else z for z in (x, y)
        )
        return function(xp, x, y)

    return of_any


def apart(xp, x, y):
    """x - y, and 0 where both are the same infinity; one of the two may be a Python number."""
    if type(x) in (int, float):
        return -apart(xp, y, x)
    if type(y) in (int, float):
        if -float("inf") < y < float("inf"):
            return x - y
        y = xp.where(xp.isnan(x), x, y)  # as an array
    infinite = (x == y) & xp.isinf(x)
    return xp.where(infinite, 0.0, x) - xp.where(infinite, 0.0, y)


def logaddexp(xp, x, y):
    """log(exp(x) + exp(y)) = max(x, y) + log1p(exp(-|x - y|)): NumPy's own formula, in functions that have vectors."""
    return xp.maximum(x, y) + _log1p_of_share(xp, xp.exp(-xp.abs(apart(xp, x, y))))


def logaddexp2(xp, x, y):
    """log2(2^x + 2^y), by the natural exponential and logarithm."""
    e = xp.exp(-xp.abs(0.6931471805599453 * apart(xp, x, y)))
    return xp.maximum(x, y) + 1.4426950408889634 * _log1p_of_share(xp, e)


@_pair
def xlogy(xp, x, y):
    """x log y, and 0 where x = 0 whatever y is (0 log 0 = 0); NaN stays NaN."""
    zero = (x == 0) & ~xp.isnan(y)
    return xp.where(zero, 0.0 * x, x * xp.log(xp.where(zero, 1.0, y)))


@_pair
def xlog1py(xp, x, y):
    """x log(1 + y), and 0 where x = 0 whatever y is; NaN stays NaN."""
    zero = (x == 0) & ~xp.isnan(y)
    return xp.where(zero, 0.0 * x, x * xp.log1p(xp.where(zero, 0.0, y)))


@_pair
def log_ratio(xp, x, y):
    """log(x / y) of positive numbers: log1p((x - y) / y) where they are near, the difference of logarithms far apart.

    Within a factor of two x - y is exact, and beyond it nothing cancels; x / y itself may leave the range.
    """
    if xp is np and x.dtype == y.dtype and logarithms.is_long(np, x, y):
        return logarithms.log_ratio_by_difference(np, x, y, vectors=logarithms.has_vectors("log1p", x.dtype.name))
    near = (x >= 0.5 * y) & (x <= 2.0 * y) & (y > 0) & (x < float("inf"))
    beside = xp.log1p(xp.where(near, x - y, 0.0 * x) / xp.where(near, y, 1.0))
    return xp.where(near, beside, xp.log(xp.where(near, 1.0, x)) - xp.log(xp.where(near, 1.0, y)))


def _log_ratio_within(xp, within, x, y):
    """log(x / y) where ``within``, 0 elsewhere; a namespace that has the function shares it with the slopes."""
    if hasattr(xp, "log_ratio"):
        return xp.where(within, xp.log_ratio(x, y), 0.0)
    return log_ratio(xp, xp.where(within, x, 1.0), xp.where(within, y, 1.0))


@_of_floats
def entr(xp, x):
    """-x log x, 0 at 0, and -inf below."""
    within = x > 0
    out = -x * xp.log(xp.where(within, x, 1.0))
    return xp.where(within, out, xp.where(x < 0, -float("inf"), 0.0 * x))


@_pair
def rel_entr(xp, x, y):
    """x log(x / y) for x, y > 0, 0 where x = 0 <= y, and inf elsewhere."""
    within = (x > 0) & (y > 0)
    return _extended(xp, x, y, x * _log_ratio_within(xp, within, x, y), 0.0 * x)


@_pair
def kl_div(xp, x, y):
    """x log(x / y) - x + y for x, y > 0, y where x = 0 <= y, and inf elsewhere; never negative.

    Where x is near y, with d = y - x, r = d / (y + x) and log(y / x) = 2 (r + r^3 / 3 + r^5 / 5 + ...), it is
    r (d - 2 x r^2 (1 / 3 + r^2 / 5 + r^4 / 7 + ...)), in which nothing cancels.
    """
    within = (x > 0) & (y > 0) & (x < float("inf")) & (y < float("inf"))
    x_in, y_in = xp.where(within, x, 1.0), xp.where(within, y, 1.0)
    d = y_in - x_in
    half = 0.5 * d
    r = half / (x_in + half)
    square = r * r
    terms = range(15, 1, -2) if dtype_name(r.dtype) == "float32" else range(35, 1, -2)
    series = 2.0 / (terms[0] + 2)
    for k in terms:
        series = 2.0 / k + square * series
    beside = r * (d - x_in * square * series)
    apart = d + x_in * _log_ratio_within(xp, within, x, y)
    value = xp.where(xp.abs(r) < 1.0 / 3.0, beside, apart)
    return _extended(xp, x, y, xp.where(within, value, xp.abs(y - x)), y)


def _extended(xp, x, y, within, at_zero):
    """``within`` for x, y > 0, ``at_zero`` where x = 0 <= y, inf elsewhere; NaN stays NaN."""
    outside = xp.where((x == 0) & (y >= 0), at_zero, float("inf"))
    outside = xp.where(xp.isnan(x) | xp.isnan(y), x + y, outside)
    return xp.where((x > 0) & (y > 0), within, outside)


@_of_floats
def logsumexp(xp, x, axis=None, keepdims=False):
    """log sum exp x, with the largest terms taken out of the sum so that log1p sees what is left.

    All -inf gives -inf, as does a sum of nothing, any +inf gives +inf, and log(1 + 1e-20) is 1e-20 rather than 0.
    """
    if x.size == 0:
        return xp.sum(x, axis=axis, keepdims=keepdims) - float("inf")
    largest = xp.max(x, axis=axis, keepdims=True)
    shift = xp.where(xp.isfinite(largest), largest, 0.0 * xp.ones_like(largest))
    is_largest = x == largest
    count = xp.sum(xp.astype(is_largest, x.dtype), axis=axis, keepdims=True)
    rest = xp.sum(xp.where(is_largest, xp.zeros_like(x), xp.exp(x - shift)), axis=axis, keepdims=True)
    out = xp.where(xp.isfinite(largest), shift + xp.log(count) + xp.log1p(rest / count), largest)
    if keepdims:
        return out
    if axis is None:
        return xp.reshape(out, ())
    return xp.squeeze(out, axis=axis)


@_of_floats
def softmax(xp, x, axis=-1):
    """exp(x_i) / sum_j exp(x_j)."""
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


@_of_floats
def log_softmax(xp, x, axis=-1):
    """x_i - log sum_j exp(x_j)."""
    return x - logsumexp(xp, x, axis=axis, keepdims=True)


@_of_floats
def wrightomega(xp, z):
    """omega(z), the solution of w + log w = z on the real line; omega(z) = W(exp z) without the overflow.

    Three steps of the Fritsch-Shafer-Crowley iteration (CACM 1973, algorithm 443; fourth order) from exp(z),
    a linear guess or the large-z asymptote; below -50, omega(z) = exp(z) to double precision. For negative z
    the residual z - w - log w cancels, so one Newton step on w = exp(z - w) restores the last digits.
    """
    middle = (z > -2.0) & (z < 1.0 + 3.141592653589793)
    safe = xp.where(z > 1.0, z, 2.0)
    high = safe - xp.log(safe)
    low = xp.exp(xp.minimum(z, 0.0))
    straight = xp.exp(2.0 * (xp.clip(z, -2.0, 5.0) - 1.0) / 3.0)
    w = xp.where(middle, straight, xp.where(z >= 1.0, high, low))
    tiny = z < -50.0
    infinite = ~xp.isfinite(z)
    w = xp.where(tiny | infinite, 1.0, w)
    target = xp.where(tiny | infinite, 1.0, z)
    for _ in range(3):
        residual = target - w - xp.log(w)
        a = 1.0 + w
        step = residual / a  # everything is divided by a or a^2, so that nothing overflows before z does
        b = 2.0 * (1.0 + 2.0 / 3.0 * step)
        w = w * (1.0 + step * (b - step / a) / (b - 2.0 * step / a))
    w = xp.where(target < 0.0, w - (w - low * xp.exp(-w)) / (1.0 + w), w)
    return xp.where(infinite, xp.where(z > 0, z, xp.where(z < 0, 0.0 * w, z)), xp.where(tiny, low, w))


def scaled_bessel(xp, x, order, i0e, i1e):
    """exp(-|x|) I_n(x) of an integer order n >= 0, from those of orders 0 and 1, for libraries that have only these.

    The power series, of one sign, up to |x| = 12; beyond it I_(n + 1) = I_(n - 1) - 2 n / x I_n.
    """
    if order < 2:
        return (i0e, i1e)[order](x)
    far = xp.abs(x) > 12.0
    near = xp.where(far, 1.0 + 0.0 * x, x)
    quarter = near * near / 4.0
    series = 1.0 + 0.0 * near
    for k in range(48, 0, -1):
        series = 1.0 + quarter / (k * (k + order)) * series
    for k in range(1, order + 1):
        series = series * (near / 2.0) / k
    large = xp.where(far, x, 12.0)
    before, out = i0e(large), i1e(large)
    for k in range(1, order):
        before, out = out, before - 2.0 * k / large * out
    return xp.where(far, out, series * xp.exp(-xp.abs(near)))
