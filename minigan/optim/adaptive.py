"""Steps measured by the gradients' own size: rmsprop and adam."""

from __future__ import annotations

import math

from .. import numpy as mnp
from ..autodiff import custom_vjp
from ..rebuilt import rebuilt_by_name
from ..validation import fraction, non_negative
from .optimizer import Optimizer, lifted

# sqrt(s) with derivative 0 at s = 0. There s is a mean of squares, its root a norm, and 0 the subgradient
# of least norm: with it, unrolled updates keep finite derivatives where a gradient is exactly zero.
_root = custom_vjp(mnp.sqrt, lambda g, y, s: (mnp.where(s == 0, 0.0, g * (0.5 / mnp.where(s == 0, 1.0, y))),))


@rebuilt_by_name
def rmsprop(lr, decay: float = 0.9, epsilon: float = 1e-8, epsilon_root: float = 0.0, clip=None) -> Optimizer:
    """s <- decay s + (1 - decay) g^2, x <- x - lr g / (sqrt(s + epsilon_root) + epsilon).

    ``decay`` lies in [0, 1); ``lr`` and ``clip`` are as in `sgd`, ``epsilon_root`` as in `adam`. Source:
    Tieleman & Hinton (2012), lecture 6.5.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.rmsprop(0.1, decay=0.75)
    >>> x = mnp.asarray([1.0])
    >>> mg.to_numpy(update(x, mnp.asarray([2.0]), init(x))[0])
    array([0.8])
    """
    decay = fraction(decay, "the decay of rmsprop")
    epsilon = non_negative(epsilon, "the epsilon of rmsprop")
    epsilon_root = non_negative(epsilon_root, "the epsilon_root of rmsprop")

    def prepare(rate, t):
        def rule(x, g, mean_square):
            mean_square = decay * mean_square + (1.0 - decay) * (g * g)
            return x - rate * g / (_shifted_root(mean_square, epsilon_root or None) + epsilon), mean_square

        return rule

    return lifted("rmsprop", lr, clip, ("mean_square",), prepare)


@rebuilt_by_name
def adam(
    lr, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, epsilon_root: float = 0.0, clip=None
) -> Optimizer:
    """m <- beta1 m + g, v <- beta2 v + g^2, x <- x - lr m' / (sqrt(v') + epsilon).

    m' = m / (1 + beta1 + ... + beta1^(t - 1)) and v', the same with beta2, are means of the gradients and of their
    squares, the latest with the largest weight; t is 1 at the first update. The paper's moments are (1 - beta1) m and
    (1 - beta2) v; m' and v' are the same, and sums save three passes over the parameters. Both betas lie in [0, 1);
    ``lr`` and ``clip`` are as in `sgd`. For unrolled differentiation: the derivative of sqrt(v') is taken as 0 at
    v' = 0, so all derivatives are finite, but as large as lr / epsilon; an ``epsilon_root`` inside the root tames
    them. Source: Kingma & Ba (2014), algorithm 1.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.adam(0.1)
    >>> x = mnp.asarray([1.0])
    >>> x, state = update(x, mnp.asarray([250.0]), init(x))
    >>> mg.to_numpy(x).round(6)  # the first step is lr long, whatever the gradient
    array([0.9])
    """
    beta1, beta2 = fraction(beta1, "the beta1 of adam"), fraction(beta2, "the beta2 of adam")
    epsilon = non_negative(epsilon, "the epsilon of adam")
    epsilon_root = non_negative(epsilon_root, "the epsilon_root of adam")

    def prepare(rate, t):
        first_weight, second_weight = _sum_of_powers(beta1, t), _sum_of_powers(beta2, t)
        # numbers are gathered, so that parameters are passed over as few times as can be (Kingma & Ba, section 2)
        scale = mnp.sqrt(second_weight)
        pace, floor = rate * scale / first_weight, epsilon * scale
        shift = epsilon_root * second_weight if epsilon_root else None

        def rule(x, g, first_moment, second_moment):
            first_moment = beta1 * first_moment + g
            second_moment = beta2 * second_moment + g * g
            root = _shifted_root(second_moment, shift)
            return x - pace * (first_moment / (root + floor)), first_moment, second_moment

        return rule

    return lifted("adam", lr, clip, ("first_moment", "second_moment"), prepare)


def _shifted_root(s, shift):
    return _root(s) if shift is None else mnp.sqrt(s + shift)


def _sum_of_powers(beta, t):
    """1 + beta + ... + beta^(t - 1) = (1 - beta^t) / (1 - beta), with 1 - beta^t as -expm1(t log beta): exact where
    beta^t is close to 1, where float32 would lose four digits."""
    return mnp.expm1(t * (math.log(beta) if beta else -math.inf)) * (1.0 / (beta - 1.0))
