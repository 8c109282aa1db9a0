"""The Gumbel-softmax, or Concrete, law: a point of the simplex that a temperature moves between centre and vertices.

X = softmax((logits + G) / temperature). Its largest coordinate is the Gumbel-max draw, so argmax X has the law
softmax(logits) at *every* temperature; its mean has not.
"""

from __future__ import annotations

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..validation import switch
from .arguments import as_binary_logits, as_logits, as_temperature, noise_for, smallest
from .gumbel import gumbel, logistic, one_hot
from .straight_through import straight_through

INF = float("inf")


def gumbel_softmax(logits, temperature, rng=None, hard=False, *, noise=None, axis=-1):
    """softmax((logits + G) / temperature) along ``axis``: a differentiable categorical sample. Shape as the logits.

    ``temperature`` is a number >= 0 or an array of shape (), traced or not; a schedule is any of `minigan.optim`'s,
    evaluated at the step: ``optim.cosine(2.0, steps=1000, final=0.1)(step)``. At 0 the limit is returned, the one-hot
    argmax with derivative zero. With ``hard`` the value is that one-hot vector, a single 1 even at ties (at the lowest
    index), and the derivative that of the soft sample; biased even for linear functions. A logit of -inf gives exactly
    0. Give a generator, or Gumbel ``noise`` of the logits' shape (more axes in front are more draws).

    Raises `ValueError` for logits that are no distribution, a temperature that is negative or not finite, and rng and
    noise both or neither; `TypeError` for integers. What only a compiled program knows is not refused; a negative
    temperature gives NaN there. Source: Jang, Gu & Poole (2017); Maddison, Mnih & Teh (2017).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import optim
    >>> logits, noise = mnp.log(mnp.array([0.5, 0.3, 0.2])), mnp.array([0.0, 1.0, 0.0])
    >>> cooling = optim.exponential_decay(1.0, steps=100, rate=0.1)
    >>> for step in (0, 100, 200):
    ...     print(mnp.round(gumbel_softmax(logits, cooling(step), noise=noise), 4))
    [0.3299 0.5381 0.132 ]
    [0.0075 0.9925 0.    ]
    [0. 1. 0.]
    >>> gumbel_softmax(logits, 0.0, noise=noise)
    array([0., 1., 0.])
    """
    logits, axis = as_logits(logits, axis)
    temperature, hard = as_temperature(temperature, logits), switch(hard, "hard")
    moved = logits + noise_for(logits, (axis,), rng, noise, gumbel)
    soft = softened(moved, temperature, axis, mnp.softmax, 0.0, 1.0)
    return straight_through(_vertex(moved, axis), soft) if hard else soft


def log_gumbel_softmax(logits, temperature, rng=None, *, noise=None, axis=-1):
    """The logarithm of `gumbel_softmax`, which at low temperatures underflows: what the densities here are taken at.

    Also called the ExpConcrete law. At temperature 0 it is 0 in one place and -inf elsewhere. Arguments and errors as
    there. Source: Maddison, Mnih & Teh (2017), appendix C.3.

    >>> import minigan.numpy as mnp
    >>> log_gumbel_softmax(mnp.zeros(2), 0.001, noise=mnp.array([1.0, 0.0]))
    array([    0., -1000.])
    """
    logits, axis = as_logits(logits, axis)
    temperature = as_temperature(temperature, logits)
    moved = logits + noise_for(logits, (axis,), rng, noise, gumbel)
    return softened(moved, temperature, axis, mnp.log_softmax, -INF, 0.0)


def _vertex(moved, axis):
    return one_hot(mnp.argmax(stop_gradient(moved), axis=axis), moved.shape[axis], moved.dtype, axis)


def softened(moved, temperature, axis, softmax, off, on):
    """``softmax(moved / temperature)``, its limit ``off`` and ``on`` at temperature 0, and ``off`` where -inf."""
    known = isinstance(temperature, float)
    if known and temperature == 0.0:
        return _limit(moved, axis, off, on)
    rate = _reciprocal(temperature, moved)
    below = moved - stop_gradient(mnp.max(moved, axis=axis, keepdims=True))  # softmax does not see the shift
    never = below == -INF
    with mnp.errstate(over="ignore", invalid="ignore"):
        scaled = mnp.where(never, -INF, mnp.where(never, 0.0, below) * rate)
        soft = softmax(scaled, axis=axis)
    return soft if known else mnp.where(temperature < smallest(moved), _limit(moved, axis, off, on), soft)


def _limit(moved, axis, off, on):
    vertex = _vertex(moved, axis)
    return vertex if (off, on) == (0.0, 1.0) else mnp.where(vertex > 0.5, on, off * mnp.ones_like(vertex))


def _reciprocal(temperature, like):
    """1 / temperature: a factor, whose derivative is finite where a quotient of an overflow has none; 1 for about 0."""
    if isinstance(temperature, float):
        return 1.0 / temperature
    return 1.0 / mnp.where(temperature < smallest(like), 1.0, temperature)


def binary_concrete(logits, temperature, rng=None, hard=False, *, noise=None):
    """sigmoid((logits + L) / temperature), L standard logistic: a differentiable Bernoulli sample, elementwise.

    `gumbel_softmax` of two categories, the first coordinate of it: P(X > 1/2) = sigmoid(logits) at every temperature.
    At 0 the limit, 1 where logits + L > 0 and 0 elsewhere, with derivative zero; ``hard`` has that value and the
    derivative of the soft sample. Infinite logits are probabilities 0 and 1. ``noise`` is logistic (`logistic` draws
    it). Errors as of `gumbel_softmax`. Source: Maddison, Mnih & Teh (2017), appendix B.

    >>> import minigan.numpy as mnp
    >>> logits, noise = mnp.array([0.0, 0.0]), mnp.array([1.0, -1.0])
    >>> mnp.round(binary_concrete(logits, 0.5, noise=noise), 4)
    array([0.8808, 0.1192])
    >>> binary_concrete(logits, 0.5, noise=noise, hard=True)
    array([1., 0.])
    """
    logits = as_binary_logits(logits)
    temperature, hard = as_temperature(temperature, logits), switch(hard, "hard")
    moved = logits + noise_for(logits, (), rng, noise, logistic)
    limit = mnp.astype(stop_gradient(moved) > 0, moved.dtype)
    if isinstance(temperature, float) and temperature == 0.0:
        return limit
    certain = mnp.isinf(moved)
    with mnp.errstate(over="ignore", invalid="ignore"):
        soft = mnp.sigmoid(mnp.where(certain, 0.0, moved) * _reciprocal(temperature, moved))
    at_limit = certain if isinstance(temperature, float) else certain | (temperature < smallest(moved))
    soft = mnp.where(at_limit, limit, soft)
    return straight_through(limit, soft) if hard else soft
