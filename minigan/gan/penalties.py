"""What is added to J^(D) to keep the discriminator smooth: penalties on its gradient in x. One definition of each factor:

    r1, r2             gamma/2 E |dD/dx|^2                 x real, or generated
    gradient_penalty   weight E (|dD/dx| - target)^2       x on straight lines between real and generated points

D stands for the discriminator's output (the logit, where there is one), |.| for the norm over all of a sample's numbers.
They are added to J^(D) as they stand: where J^(D) has the lecture's factor 1/2, and a paper's loss has not, gamma = 5
here is the paper's 10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import minigan.numpy as mnp

from ..autodiff import grad
from ..backend import dtype_name
from ..optim.hyperparameters import non_negative


@dataclass(frozen=True, repr=False)
class Penalty:
    """``value(critic, real, fake, chance)``, one number; ``critic`` maps a batch of x to outputs.

    ``chance`` is what it needs of random numbers, drawn beforehand by ``draw(rng, shape, dtype)`` for a batch of that
    shape, so that a step stays a pure function and can be compiled; ``draw`` is ``None`` where nothing is drawn.
    Penalties add up: ``r1(1.0) + r2(1.0)``.
    """

    value: Callable
    draw: Callable | None = None
    name: str = "penalty"

    def __repr__(self) -> str:
        return self.name

    def __add__(self, other):
        if not isinstance(other, Penalty):
            return NotImplemented
        parts = (self, other)

        def value(critic, real, fake, chance=(None, None)):
            return sum(part.value(critic, real, fake, own) for part, own in zip(parts, chance or (None, None)))

        def draw(rng, shape, dtype=None):
            return tuple(part.draw and part.draw(rng, shape, dtype) for part in parts)

        return Penalty(value, draw if any(part.draw for part in parts) else None, f"{self!r} + {other!r}")


def r1(gamma: float = 10.0) -> Penalty:
    """gamma/2 E_data |dD/dx|^2. Source: Mescheder, Geiger and Nowozin (2018), equation 9, whose code leaves out the 1/2.

    On the Dirac-GAN it makes the eigenvalues -gamma/2 +- sqrt(gamma^2/4 - 1/4).

    >>> import minigan.numpy as mnp
    >>> x = mnp.ones((4, 2))
    >>> float(r1(2.0).value(lambda x: 3.0 * x[:, 0], x, x))
    9.0
    """
    gamma = non_negative(gamma, "the gamma of r1")
    return Penalty(
        lambda critic, real, fake, chance=None: 0.5 * gamma * mnp.mean(squared_slopes(critic, real)),
        name=f"r1({gamma:g})",
    )


def r2(gamma: float = 10.0) -> Penalty:
    """gamma/2 E_model |dD/dx|^2: `r1` at generated points. They are held fixed, for it is D's loss alone.

    >>> import minigan.numpy as mnp
    >>> x = mnp.ones((4, 2))
    >>> float(r2(2.0).value(lambda x: mnp.sum(3.0 * x, -1), x, x))
    18.0
    """
    gamma = non_negative(gamma, "the gamma of r2")
    return Penalty(
        lambda critic, real, fake, chance=None: 0.5 * gamma * mnp.mean(squared_slopes(critic, fake)),
        name=f"r2({gamma:g})",
    )


def gradient_penalty(weight: float = 10.0, target: float = 1.0) -> Penalty:
    """weight E (|dD/dx| - target)^2 at x = e real + (1 - e) fake, e uniform in (0, 1), one for each sample.

    ``target=1`` is that of WGAN-GP (Gulrajani et al., 2017); ``target=0`` the zero-centred one (Thanh-Tung et al., 2019),
    which takes no square root. The norm's derivative at a zero gradient is taken as 0, and is finite to every order.
    Real and generated batches have one shape. Not for a D with batch normalisation, where one sample's output depends on
    the others.

    >>> import minigan.numpy as mnp
    >>> x, e = mnp.ones((4, 2)), mnp.full((4, 1), 0.5)
    >>> float(gradient_penalty(10.0).value(lambda x: 3.0 * x[:, 0], x, x, e))
    40.0
    """
    weight = non_negative(weight, "the weight of gradient_penalty")
    target = non_negative(target, "the target of gradient_penalty")

    def value(critic, real, fake, chance=None):
        if tuple(real.shape) != tuple(fake.shape):
            raise ValueError(
                f"gradient_penalty walks from generated to real points, whose batches have the shapes "
                f"{tuple(fake.shape)} and {tuple(real.shape)}: they must be equal"
            )
        if chance is None:
            raise ValueError(
                "gradient_penalty needs its random numbers: penalty.draw(rng, shape, dtype), or step(..., rng)"
            )
        squares = squared_slopes(critic, fake + chance * (real - fake))
        if target == 0.0:
            return weight * mnp.mean(squares)
        return weight * mnp.mean(mnp.square(_root(squares) - target))

    def draw(rng, shape, dtype=None):
        return rng.uniform((shape[0],) + (1,) * (len(shape) - 1), dtype=dtype)

    return Penalty(value, draw, f"gradient_penalty(weight={weight:g}, target={target:g})")


def squared_slopes(critic, x):
    """|dD/dx|^2 of every sample in a batch ``x`` of shape (n, ...): shape (n,).

    One reverse sweep for all, since the sum of outputs has each sample's own gradient in its own rows.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(squared_slopes(lambda x: x[:, 0] * x[:, 1], mnp.asarray([[3.0, 4.0], [0.0, 1.0]])))
    array([25.,  1.])
    """
    slopes = grad(lambda x: mnp.sum(critic(x)))(x)
    return mnp.sum(mnp.square(mnp.reshape(slopes, (x.shape[0], -1))), -1)


def _root(s):
    """sqrt(s), and 0 with all derivatives 0 at s = 0: there a norm has a kink, and 0 is the subgradient of least norm."""
    flat = s == 0.0
    return mnp.where(flat, 0.0, mnp.sqrt(mnp.where(flat, 1.0, s)))


def chance_of(penalty: Penalty | None, rng, batch):
    """What ``penalty`` draws for ``batch``; ``None`` where it draws nothing or there is no ``rng`` to draw from."""
    if penalty is None or penalty.draw is None or rng is None:
        return None
    return penalty.draw(rng, tuple(batch.shape), dtype_name(batch.dtype))
