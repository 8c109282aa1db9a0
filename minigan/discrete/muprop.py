"""MuProp: REINFORCE less its first-order Taylor expansion around the mean, whose gradient is known."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..autodiff import vjp
from .arguments import as_logits
from .sampling import draw_one_hot, evaluate, evaluate_with_gradient, gumbel_noise, per_sample


def muprop(f, logits, rng=None, *, samples=None, noise=None, shape=()):
    """An unbiased estimate of d/d logits E f(X): (f(x) - f(p) - f'(p).(x - p))(x - p) + J^T f'(p), p = softmax(logits).

    E[(x - p)(x - p)^T] = J = dp/d logits, so that what the linear part takes away on average comes back exactly: for a
    linear ``f`` the variance is 0. ``f`` must be differentiable at p; the arguments are those of `reinforce`, without
    a baseline (f(p) is one). Source: Gu, Levine, Sutskever & Mnih (2016), equation 5.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> estimate = muprop(lambda x: x @ mnp.array([1.0, 2.0, 3.0]), logits, mg.random.generator(0))
    >>> mg.to_numpy(estimate).round(12) * 9  # exact from one sample
    array([-3.,  1.,  2.])
    """
    logits = as_logits(logits)[0]
    noise = gumbel_noise(logits, rng, noise, samples, shape, "muprop")
    axes = logits.ndim
    p, to_logits = vjp(mnp.softmax, logits)
    value, slope = evaluate_with_gradient(f, mnp.expand_dims(p, 0), axes, "muprop")
    slope = slope[0, ...]
    x = draw_one_hot(logits, noise)
    score = x - p
    linear = mnp.reshape(score, (*noise.shape[: noise.ndim - axes], math.prod(logits.shape))) @ mnp.reshape(
        slope, (-1,)
    )
    left = evaluate(f, x, axes, "muprop") - value[0, ...] - linear
    return mnp.mean(per_sample(left, axes) * score, axis=-axes - 1) + to_logits(slope)[0]
