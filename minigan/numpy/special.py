"""The functions that losses and densities are made of: sigmoid, softplus, softmax, erf, gamma and Wright's omega."""

from __future__ import annotations

from ..autodiff.primitive import Example, differential, elementwise, reduction
from .elementwise import INF, abs, astype, exp, expm1, isnan, log, maximum, square, where
from .reductions import _wide, sum

TWO_OVER_SQRT_PI = 1.1283791670955126

sigmoid = elementwise("sigmoid", lambda g, out, x: g * out * sigmoid(-x))
# sigmoid(x) = 1 - exp(-softplus(x)), as accurate as by itself at both ends, and the softplus is there already
softplus = elementwise("softplus", lambda g, out, x: -g * expm1(-out))
log_sigmoid = elementwise("log_sigmoid", lambda g, out, x: -g * expm1(out))
log1mexp = elementwise("log1mexp", lambda g, out, x: g / expm1(x), domain=(0.2, 3.0))
logit = elementwise("logit", lambda g, out, x: g / (x * (1.0 - x)), domain=(0.1, 0.9))


def _x_over_y(x, y):
    """x / y, and 0 where x = 0."""
    zero = (x == 0) & ~isnan(y)
    return where(zero, 0.0, x / where(zero, 1.0, y))


xlogy = elementwise(
    "xlogy", lambda g, out, x, y: g * log(y), lambda g, out, x, y: g * _x_over_y(x, y), domain=(0.25, 4.0)
)
erf = elementwise("erf", lambda g, out, x: g * (TWO_OVER_SQRT_PI * exp(-square(x))))
gammaln = elementwise("gammaln", lambda g, out, x: g * digamma(x), domain=(0.5, 4.0))
digamma = elementwise("digamma", lambda g, out, x: g * polygamma(1, x), domain=(0.5, 4.0))
polygamma_of_order = elementwise(
    "polygamma",
    lambda g, out, x, order: g * polygamma_of_order(x, order=order + 1),
    library=lambda xp, x, order: _polygamma(x, order),
    examples=[Example(((3,),), {"order": 1}, (0.5, 4.0))],
)
wrightomega = elementwise("wrightomega", lambda g, out, x: g * _omega_slope(out))
lambertw = elementwise("lambertw", lambda g, out, x: g * exp(-out) / (1.0 + out), domain=(-0.2, 3.0))


def _omega_slope(w):
    """w / (1 + w), and its limit 1 at w = inf."""
    infinite = w == INF
    return where(infinite, 1.0, where(infinite, 1.0, w) / (1.0 + where(infinite, 1.0, w)))


def polygamma(n, x):
    """The n-th derivative of digamma at ``x``; n is a non-negative integer."""
    return polygamma_of_order(x, order=n)


def _polygamma(x, order):
    from ..backend import backend_of

    backend = backend_of(x)
    return backend.xp.astype(backend.function("polygamma")(order, x), x.dtype)


def _weight(out, x, axis=None, keepdims=False):
    """softmax: exp(x - logsumexp x), 0 where everything is -inf, and shared by terms that are +inf."""
    finite = abs(out) != INF  # NaN goes on as NaN
    top = _wide(astype(x == INF, x.dtype))
    shared = top / maximum(sum(top, axis=axis, keepdims=True), 1.0)
    return where(finite, exp(x - where(finite, out, 0.0)), shared)


_logsumexp = reduction("logsumexp", _weight)


def logsumexp(a, axis=None, keepdims=False):
    """log sum exp a over ``axis``; -inf for a sum of nothing, exact where one term dwarfs the others."""
    return _logsumexp(a, axis=axis, keepdims=keepdims)


_AXES = [Example(((3, 4),), {"axis": -1}), Example(((3, 4),), {"axis": 0})]


def _push_softmax(tangents, out, args, params):
    (t,) = tangents
    return out * (t - sum(out * t, axis=params["axis"], keepdims=True))


def _push_log_softmax(tangents, out, args, params):
    (t,) = tangents
    return t - sum(exp(out) * t, axis=params["axis"], keepdims=True)


_softmax = differential(  # its Jacobian diag(s) - s s^T is symmetric, so the forward rule is the pullback
    "softmax",
    _push_softmax,
    lambda position, g, out, args, params: _push_softmax((g,), out, args, params),
    examples=_AXES,
)
_log_softmax = differential(
    "log_softmax",
    _push_log_softmax,
    lambda position, g, out, args, params: g - exp(out) * sum(g, axis=params["axis"], keepdims=True),
    examples=_AXES,
)


def softmax(x, axis=-1):
    """exp(x_i) / sum_j exp(x_j) along ``axis``."""
    return _softmax(x, axis=axis)


def log_softmax(x, axis=-1):
    """x_i - log sum_j exp(x_j) along ``axis``."""
    return _log_softmax(x, axis=axis)


expit = sigmoid

_EXPORTED = """
    sigmoid expit softplus log_sigmoid log1mexp logit xlogy erf gammaln digamma polygamma wrightomega lambertw
    logsumexp softmax log_softmax
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
