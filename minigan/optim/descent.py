"""Gradient descent, plain and with momentum. The loss goes down; to go up, negate the gradient."""

from __future__ import annotations

from ..rebuilt import rebuilt_by_name
from ..validation import fraction, switch
from .optimizer import Optimizer, lifted


@rebuilt_by_name
def sgd(lr, clip=None) -> Optimizer:
    """x <- x - lr g.

    ``lr`` is a positive number or a schedule, a function of the number of updates made before (0 at the first);
    ``clip`` is applied to the gradient's tree first (see `clip_by_norm`).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.sgd(0.1)
    >>> x = mnp.asarray([1.0])
    >>> mg.to_numpy(update(x, mnp.asarray([2.0]), init(x))[0])
    array([0.8])
    """

    def prepare(rate, t):
        return lambda x, g: (x - rate * g,)

    return lifted("sgd", lr, clip, (), prepare)


@rebuilt_by_name
def momentum(lr, mass: float = 0.9, nesterov: bool = False, clip=None) -> Optimizer:
    """v <- mass v + g, x <- x - lr v; with ``nesterov`` x <- x - lr (g + mass v).

    ``mass`` lies in [0, 1); ``lr`` and ``clip`` are as in `sgd`. Sources: Polyak (1964); Sutskever et al. (2013).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.momentum(0.1)
    >>> x = mnp.asarray([1.0])
    >>> x, state = update(x, mnp.asarray([2.0]), init(x))
    >>> mg.to_numpy(update(x, mnp.asarray([2.0]), state)[0])  # 0.8 - 0.1 (0.9 * 2 + 2)
    array([0.42])
    """
    mass, nesterov = fraction(mass, "the mass of momentum"), switch(nesterov, "nesterov")

    def prepare(rate, t):
        def rule(x, g, velocity):
            velocity = mass * velocity + g
            return x - rate * (g + mass * velocity if nesterov else velocity), velocity

        return rule

    return lifted("momentum", lr, clip, ("velocity",), prepare)
