"""Updates with noise of their own, whose end is no point but a law: the posterior exp(-U / temperature), U the loss.

The gradient may be that of a minibatch. Where a loss is a mean over N examples, the posterior of all N is that of
temperature 1 / N, with minus the log prior, divided by N, in the loss.
"""

from __future__ import annotations

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from ..validation import non_negative, positive
from .optimizer import Optimizer, lifted


@rebuilt_by_name
def langevin(lr, temperature: float = 1.0, clip=None) -> Optimizer:
    """x <- x - lr g + sqrt(2 lr temperature) xi, with xi ~ N(0, 1) drawn at every update.

    ``update(params, gradient, state, rng)`` takes a generator or a seed. For small ``lr`` the law of x becomes
    exp(-U / temperature), where g is U's gradient; nothing is rejected, so it stays a little too wide: of
    U = l x^2 / 2 the variance is temperature / (l (1 - lr l / 2)). At ``temperature`` 0 it is `sgd`, and takes no rng.
    Every array is moved by noise, running statistics too: use layers without them. ``lr`` and ``clip`` are as in `sgd`.
    Sources: Welling & Teh (2011), equation 4 (where lr is epsilon / 2); Roberts & Tweedie (1996) on what is not rejected.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> from minigan.random import generator
    >>> init, update = optim.langevin(0.5)
    >>> x, rng = mnp.zeros(10_000), generator(0)  # as many chains at once
    >>> state = init(x)
    >>> for _ in range(20):
    ...     x, state = update(x, x, state, rng)  # U = x^2 / 2
    >>> round(float(mnp.var(x)), 2)  # 1 / (1 - 1/4)
    1.33
    """
    temperature = non_negative(temperature, "the temperature of langevin")

    def prepare(rate, t):
        if not temperature:
            return lambda x, g: (x - rate * g,)
        spread = _spread(2.0 * temperature, rate, t)
        return lambda x, g, xi: (x - rate * g + spread * xi,)

    return lifted("langevin", lr, clip, (), prepare, draws=temperature > 0.0)


@rebuilt_by_name
def sghmc(lr, friction: float = 0.1, temperature: float = 1.0, clip=None) -> Optimizer:
    """v <- (1 - friction) v - lr g + sqrt(2 friction lr temperature) xi, x <- x + v, with xi ~ N(0, 1).

    Stochastic-gradient Hamiltonian Monte Carlo: a mass that rolls, is braked by ``friction``, in (0, 1], and kicked by as
    much noise as keeps it warm. Of U = l x^2 / 2 the variance of x is temperature / (l (1 - lr l / (2 (2 - friction)))),
    which exists for lr l < 2 (2 - friction). With friction 1 it is `langevin`; at ``temperature`` 0 it is momentum of mass
    1 - friction, and takes no rng. A minibatch's own noise of variance s^2 in g warms it by lr s^2 / (2 friction): the
    estimate that the paper would take off for it is taken as 0. ``update``, ``lr`` and ``clip`` are as in `langevin`; the
    state's ``"velocity"`` starts at 0. Source: Chen, Fox & Guestrin (2014), equation 15.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> from minigan.random import generator
    >>> init, update = optim.sghmc(0.5, friction=0.5)
    >>> x, rng = mnp.zeros(100_000), generator(0)
    >>> state = init(x)
    >>> for _ in range(40):
    ...     x, state = update(x, x, state, rng)  # U = x^2 / 2
    >>> round(float(mnp.var(x)), 1)  # 1 / (1 - 1/6)
    1.2
    """
    friction = positive(friction, "the friction of sghmc")
    if friction > 1.0:
        raise ValueError(f"the friction of sghmc lies in (0, 1], and was {friction!r}")
    temperature = non_negative(temperature, "the temperature of sghmc")
    kept = 1.0 - friction

    def prepare(rate, t):
        spread = _spread(2.0 * friction * temperature, rate, t)

        def rule(x, g, velocity, *xi):
            velocity = kept * velocity - rate * g
            if xi:
                velocity = velocity + spread * xi[0]
            return x + velocity, velocity

        return rule

    return lifted("sghmc", lr, clip, ("velocity",), prepare, draws=temperature > 0.0)


def _spread(factor, rate, t):
    """sqrt(factor rate), an array in the dtype of ``t``: a plain number would be rounded later than when it is traced."""
    return mnp.sqrt(factor * (rate * mnp.ones_like(t)))
