"""Straight-through estimators: the hard value goes forward, the derivative of a soft one comes back."""

from __future__ import annotations

import minigan.numpy as mnp

from ..arrays import real_array
from ..autodiff import custom_vjp, stop_gradient
from ..autodiff.tracer import describe
from .arguments import as_binary_logits, as_floats, as_logits, noise_for
from .gumbel import gumbel, gumbel_max, logistic, one_hot

# One operation with a rule of its own, and not hard + (soft - stop_gradient(soft)): that is `hard` only where soft is
# finite, and where no fused kernel keeps the two of them in different precision.
_through = custom_vjp(lambda hard, soft: hard, lambda g, out, hard, soft: (None, g))


def straight_through(hard, soft):
    """The value of ``hard``, to the bit, with the derivative of ``soft``, to every order.

    Both have one shape; ``hard`` may be integers or truth values and takes the dtype of ``soft``. The gradient is that
    of f(soft), but with f's slope read at ``hard``: biased in general, exact for linear f if soft has the mean of hard.
    Raises `ValueError` for two shapes. Source: Hinton (2012), lecture 9; Bengio, Leonard & Courville (2013).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> f = lambda x: straight_through(mnp.round(x), x) ** 2
    >>> float(f(0.8)), float(mg.grad(f)(0.8))
    (1.0, 2.0)
    """
    soft = as_floats(soft, "soft values")
    hard = stop_gradient(real_array(hard, "the hard values"))
    if tuple(hard.shape) != tuple(soft.shape):
        raise ValueError(
            "straight_through passes the derivative of every soft value to the hard one in its place, "
            f"and was given hard {describe(hard)} and soft {describe(soft)}: one shape is needed"
        )
    return _through(mnp.astype(hard, soft.dtype), soft)


def straight_through_softmax(logits, rng=None, *, noise=None, axis=-1):
    """A one-hot categorical draw (by `gumbel_max`) forward, the derivative of softmax(logits) backward.

    E of the gradient of f is J^T E_k[grad f(e_k)], J = diag p - p p^T: exact for linear f, and otherwise it depends on
    how f is continued off the vertices. Arguments as in `gumbel_max`. Source: Bengio, Leonard & Courville (2013).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> p = mnp.array([0.5, 0.25, 0.25])
    >>> f = lambda logits: straight_through_softmax(logits, noise=mnp.array([0.0, 2.0, 0.0]))
    >>> f(mnp.log(p))
    array([0., 1., 0.])
    >>> mg.jacobian(f)(mnp.log(p))[1]  # p_1 (e_1 - p)
    array([-0.125 ,  0.1875, -0.0625])
    """
    logits, axis = as_logits(logits, axis)
    noise = noise_for(logits, (axis,), rng, noise, gumbel)
    hard = one_hot(gumbel_max(logits, noise=noise, axis=axis), logits.shape[axis], logits.dtype, axis)
    soft = mnp.softmax(logits, axis=axis)
    return straight_through(hard, mnp.broadcast_to(soft, hard.shape))


def straight_through_bernoulli(logits, rng=None, *, noise=None):
    """1 with probability sigmoid(logits), else 0, forward; the derivative of sigmoid(logits) backward.

    The draw is 1 where logits + L > 0, L standard logistic: drawn with ``rng`` or given as ``noise`` (more axes in front
    are more draws). An infinite logit is a probability of 0 or 1. Source: Bengio, Leonard & Courville (2013).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> f = lambda logit: straight_through_bernoulli(logit, noise=mnp.asarray(1.5))
    >>> float(f(mnp.asarray(-1.0))), round(float(mg.grad(f)(mnp.asarray(-1.0))), 12)
    (1.0, 0.196611933241)
    """
    logits = as_binary_logits(logits)
    noise = noise_for(logits, (), rng, noise, logistic)
    hard = stop_gradient(logits + noise) > 0
    return straight_through(hard, mnp.broadcast_to(mnp.sigmoid(logits), hard.shape))
