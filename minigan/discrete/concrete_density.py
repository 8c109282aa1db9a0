"""The density of the Concrete law, in logarithms throughout: its points lie so near the faces that x itself is 0."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..autodiff.tracer import describe
from .arguments import as_binary_logits, as_floats, as_logits, as_temperature, seen

INF = float("inf")
SLACK = 1e-2  # how far from 1 the coordinates may sum: more than a finite difference, less than x in place of log x


def concrete_log_density(log_x, logits, temperature):
    """log p(x) of X = gumbel_softmax(logits, t), with respect to the first n - 1 coordinates of x, given log x.

    p(x) = (n-1)! t^(n-1) prod_k a_k x_k^(-t-1) / (sum_i a_i x_i^(-t))^n with a = exp(logits), computed as
    log (n-1)! + (n-1) log t + sum_k [log_softmax(logits - t log x)_k - log x_k]: nothing over- or underflows. ``log_x``
    holds logarithms of points of the simplex along the last axis (`log_gumbel_softmax` draws them), and broadcasts with
    ``logits``; the result has the shape of what is left.

    Where m coordinates are 0 it is the limit as they vanish together: +inf for (n - m) t < m, -inf above. A category
    of logit -inf leaves no density: -inf. Raises `ValueError` for temperature 0, points whose coordinates do not sum to
    1, and what `gumbel_softmax` refuses. Source: Maddison, Mnih & Teh (2017), definition 1.

    >>> import minigan.numpy as mnp
    >>> x = mnp.array([0.2, 0.3, 0.5])  # 2 prod x^-2 / (sum 1/x)^3 = 60000 / 29791
    >>> round(float(mnp.exp(concrete_log_density(mnp.log(x), mnp.zeros(3), 1.0))), 12)
    2.014031083213
    """
    ratios, log_x, exponent, edge = _in_ratios(log_x, logits, temperature)
    density = ratios - mnp.sum(log_x, axis=-1)
    at_edge = mnp.where(exponent > 0, -INF, mnp.where(exponent < 0, INF, density))
    return _without_absent(mnp.where(edge, at_edge, density), logits)


def exp_concrete_log_density(log_x, logits, temperature):
    """The same law's log density in the log-ratios log(x_k / x_n), k < n: log p(x) + sum_k log x_k, finite inside.

    Also called ExpConcrete: the law of Y = log X. Arguments and errors as in `concrete_log_density`; -inf where a
    coordinate is 0. Source: Maddison, Mnih & Teh (2017), appendix C.3.

    >>> import minigan.numpy as mnp
    >>> round(float(exp_concrete_log_density(mnp.log(mnp.array([0.5, 0.5])), mnp.zeros(2), 1.0)), 12)  # log 1/4
    -1.38629436112
    """
    ratios, _, _, edge = _in_ratios(log_x, logits, temperature)
    return _without_absent(mnp.where(edge, -INF, ratios), logits)


def binary_concrete_log_density(log_x, logits, temperature):
    """log p(x) of X = binary_concrete(logits, t), elementwise, given log x: x near 1 is known by a log x near 0.

    p(x) = t a x^(-t-1) (1-x)^(-t-1) / (a x^(-t) + (1-x)^(-t))^2 with a = exp(logits). Arguments broadcast; ends and
    errors as in `concrete_log_density`, infinite logits give -inf. Source: Maddison, Mnih & Teh (2017), appendix B.

    >>> import minigan.numpy as mnp
    >>> round(float(mnp.exp(binary_concrete_log_density(mnp.log(mnp.array(0.2)), mnp.array(0.0), 2.0))), 12)
    0.692041522491
    """
    log_x, logits = as_floats(log_x, "log_x"), as_binary_logits(logits)
    values = seen(log_x)
    if values is not None and not bool(mnp.all(values <= 0)):
        raise ValueError("log_x is the logarithm of points in [0, 1], never positive or NaN")
    one = log_x == 0
    rest = mnp.where(one, -INF, mnp.log1mexp(mnp.where(one, 1.0, -log_x)))
    pair = mnp.stack([mnp.log_sigmoid(logits), mnp.log_sigmoid(-logits)], axis=-1)
    return concrete_log_density(mnp.stack([log_x, rest], axis=-1), pair, temperature)


def _in_ratios(log_x, logits, temperature):
    """The log density in log-ratios, log x with 0 for -inf, the power of a vanishing edge in p, and where there is one.

    With m coordinates vanishing like e, p behaves as e^((n - m) t - m): the sum in the denominator is then theirs alone.
    """
    logits, log_x = as_logits(logits)[0], _log_points(log_x)
    n = log_x.shape[-1]
    if logits.shape[-1] != n:
        raise ValueError(f"points of {n} coordinates, {describe(log_x)}, and {logits.shape[-1]} logits: one for each")
    temperature = as_temperature(temperature, log_x, smallest_is_zero=False)
    logits = mnp.where(logits == -INF, 0.0, logits)
    with mnp.errstate(over="ignore"):
        zero = temperature * log_x == -INF
    log_x = mnp.where(zero, 0.0, log_x)
    edge = mnp.any(zero, axis=-1, keepdims=True)
    weights = logits - temperature * log_x
    total = mnp.logsumexp(mnp.where(edge & ~zero, -INF, weights), axis=-1, keepdims=True)
    m = mnp.sum(mnp.astype(zero, log_x.dtype), axis=-1)
    log_temperature = math.log(temperature) if isinstance(temperature, float) else mnp.log(temperature)
    ratios = math.lgamma(n) + (n - 1) * log_temperature + mnp.sum(weights - total, axis=-1)
    return ratios, log_x, (n - m) * temperature - m, mnp.squeeze(edge, axis=-1)


def _log_points(log_x):
    log_x = as_floats(log_x, "log_x")
    if log_x.ndim == 0 or log_x.shape[-1] == 0:
        raise ValueError(f"log_x holds the coordinates of a point along its last axis, and was {describe(log_x)}")
    values = seen(log_x)
    if values is not None:
        with mnp.errstate(over="ignore"):
            apart = mnp.abs(mnp.sum(mnp.exp(values), axis=-1) - 1.0)
        if not bool(mnp.all(apart <= SLACK)):
            raise ValueError(
                "log_x is the logarithm of points whose coordinates sum to 1, and exp(log_x) does not: "
                "of points x pass mnp.log(x)"
            )
    return log_x


def _without_absent(density, logits):
    return mnp.where(mnp.any(as_floats(logits, "logits") == -INF, axis=-1), -INF, density)
