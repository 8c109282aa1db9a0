"""The functions that losses and densities are made of: sigmoid, softplus, softmax, gamma and Wright's omega."""

from __future__ import annotations

from ..autodiff.custom import stop_gradient
from ..autodiff.primitive import Example, differential, elementwise, is_complex, reduction
from .elementwise import INF, abs, astype, exp, expm1, log, log1p, maximum, square, where
from .reductions import _wide, sum
from .shape import _array

sigmoid = elementwise("sigmoid", lambda g, out, x: g * out * sigmoid(-x))
# sigmoid(x) = 1 - exp(-softplus(x)), as accurate as by itself at both ends, and the softplus is there already
softplus = elementwise("softplus", lambda g, out, x: -g * expm1(-out))
log_sigmoid = elementwise("log_sigmoid", lambda g, out, x: -g * expm1(out))
log1mexp = elementwise("log1mexp", lambda g, out, x: g / expm1(x), domain=(0.2, 3.0))
logit = elementwise("logit", lambda g, out, x: g / (x * (1.0 - x)), domain=(0.1, 0.9))


gammaln = elementwise("gammaln", lambda g, out, x: g * digamma(x), domain=(0.5, 4.0))
digamma = elementwise("digamma", lambda g, out, x: g * polygamma(1, x), domain=(0.5, 4.0))
gamma = elementwise("gamma", lambda g, out, x: g * out * digamma(x), domain=(0.5, 4.0))
betaln = elementwise(
    "betaln",
    lambda g, out, a, b: g * _digamma_step(a, b),
    lambda g, out, a, b: g * _digamma_step(b, a),
    library=lambda xp, a, b: _betaln(a, b),
    domain=(0.5, 4.0),
)


def _betaln(a, b):
    """SciPy's, which makes float64 of a Python number."""
    from ..backend import backend_of, dtype_name

    backend = backend_of(a, b)
    dtypes = [x.dtype for x in (a, b) if hasattr(x, "dtype")]
    out = backend.xp.asarray(backend.function("betaln")(a, b))
    floating = dtypes and all(dtype_name(dtype).startswith("float") for dtype in dtypes)
    return backend.xp.astype(out, backend.xp.result_type(*dtypes)) if floating else out


def _digamma_step(a, b):
    """digamma(a) - digamma(a + b); of positive numbers without the cancellation where b is small beside a.

    Ten steps of digamma(z + 1) = digamma(z) + 1 / z, then the asymptotic series of both (Abramowitz & Stegun 6.3.18),
    each difference of powers as b times a sum of one sign.
    """
    positive = (a > 0) & (b > 0)
    low, step = where(positive, a, 1.0), where(positive, b, 1.0)
    total = 0.0
    for k in range(10):
        total = total - step / (low + k) / (low + step + k)
    low, high = low + 10.0, low + step + 10.0
    total = total - log1p(step / low)
    total = total - 0.5 * (step / low / high)
    powers, inverse = 1.0, (1.0 / square(low), 1.0 / square(high))
    gap = step / low / high * (1.0 / low + 1.0 / high)  # 1 / low^2 - 1 / high^2
    for k, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1):
        total = total - bernoulli / (2 * k) * gap * powers
        powers = powers * inverse[0] + inverse[1] ** k  # sum_j low^(-2 j) high^(-2 (k - j))
    plain_a, plain_b = where(positive, 1.0, a), where(positive, 1.0, b)
    return where(positive, total, digamma(plain_a) - digamma(plain_a + plain_b))


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
    if is_complex(x):
        raise TypeError("polygamma, the derivatives of digamma, of complex numbers: no library here has it")
    return backend.xp.astype(backend.function("polygamma")(order, x), x.dtype)


def _weight(out, x, axis=None, keepdims=False):
    """softmax: exp(x - logsumexp x), 0 where everything is -inf, and shared by terms that are +inf."""
    finite = abs(out) != INF  # NaN goes on as NaN
    top = _wide(astype(x == INF, x.dtype))
    shared = top / maximum(sum(top, axis=axis, keepdims=True), 1.0)
    return where(finite, exp(x - where(finite, out, 0.0)), shared)


_logsumexp = reduction("logsumexp", _weight)


def logsumexp(a, axis=None, keepdims=False, *, b=None):
    """log sum b exp a over ``axis``, b = 1 by default; -inf for a sum of nothing, exact where one term dwarfs others."""
    if b is None:
        return _logsumexp(a, axis=axis, keepdims=keepdims)
    a, b = (_array(part) if isinstance(part, list | tuple) else part for part in (a, b))  # Python repeats lists
    largest = stop_gradient(_logsumexp(a, axis=axis, keepdims=True))
    shift = where(abs(largest) < INF, largest, 0.0)
    out = log(sum(b * exp(a - shift), axis=axis, keepdims=True)) + shift
    return out if keepdims else sum(out, axis=axis)


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
    sigmoid expit softplus log_sigmoid log1mexp logit gamma gammaln betaln digamma polygamma wrightomega lambertw
    logsumexp softmax log_softmax
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
