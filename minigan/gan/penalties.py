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

from ..arrays import takes_lists
from ..autodiff import grad
from ..backend import dtype_name, to_numpy
from ..random import as_generator
from ..rebuilt import Rebuilt, rebuilt_by_name
from ..validation import is_count, non_negative, told


@dataclass(frozen=True, repr=False)
class Penalty(Rebuilt):
    """``value(critic, real, fake, chance)``, one number; ``critic`` maps a batch of x to outputs.

    ``chance`` is what it needs of random numbers, drawn beforehand by ``draw(rng, shape, dtype)`` for a batch of that
    shape, so that a step stays a pure function and can be compiled; ``draw`` is ``None`` where nothing is drawn.
    Penalties add up: ``r1(1.0) + r2(1.0)``. One that is ``timed`` goes by the steps made: its ``draw(rng, shape, dtype,
    step)`` takes them as well, and the training state counts them (see `scheduled`).

    >>> drift = Penalty(lambda critic, real, fake, chance=None: 0.5 * mnp.mean(mnp.square(critic(real))), name="drift")
    >>> x = mnp.ones((4, 2))
    >>> both = drift + r1(2.0)
    >>> both, float(both.value(lambda x: 2.0 * x[:, 0], x, x))  # 2^2 / 2 and 2^2
    (drift + r1(2), 6.0)
    """

    value: Callable
    draw: Callable | None = None
    name: str = "penalty"
    timed: bool = False

    def __repr__(self) -> str:
        return self.name

    def __add__(self, other):
        if not isinstance(other, Penalty):
            return NotImplemented
        return added(self, other)


@rebuilt_by_name
def added(*parts: Penalty) -> Penalty:
    """The sum of penalties; what it draws is a tuple of what they do."""
    for part in parts:
        if not isinstance(part, Penalty):
            raise TypeError(f"penalties add up, as r1(1.0) + r2(1.0), and one was {told(part)}")

    def value(critic, real, fake, chance=None):
        own = chance or (None,) * len(parts)
        return sum(part.value(critic, real, fake, luck) for part, luck in zip(parts, own))

    def draw(rng, shape, dtype=None, step=0):
        return tuple(drawn(part, rng, shape, dtype, step) for part in parts)

    return Penalty(
        value,
        draw if any(part.draw for part in parts) else None,
        " + ".join(map(repr, parts)),
        any(part.timed for part in parts),
    )


@rebuilt_by_name
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


@rebuilt_by_name
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


@rebuilt_by_name
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
        return as_generator(rng).uniform((shape[0],) + (1,) * (len(shape) - 1), dtype=dtype)

    return Penalty(value, draw, f"gradient_penalty(weight={weight:g}, target={target:g})")


@takes_lists("x")
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


@rebuilt_by_name
def scheduled(penalty: Penalty, weight=None, every: int = 1) -> Penalty:
    """``penalty`` times ``weight(step)``, at every ``every``-th step only and there ``every`` times as strong.

    ``step`` counts from 0; ``weight`` is a schedule of `minigan.optim` or any function of it, 1 if left out. A step
    without the penalty does not compute it: it compiles to a program of its own. Raises `ValueError` for ``every``
    below 1, and for a penalty that is scheduled already. Source of the intervals, "lazy regularization": Karras et al.
    (2020), section 3.1.

    >>> import minigan.numpy as mnp
    >>> lazy, x = scheduled(r1(2.0), lambda step: 1.0 / (1.0 + step), every=4), mnp.ones((4, 2))
    >>> for step in (0, 1, 4):  # 4 times 9 at first, then nothing, then a fifth of it
    ...     print(round(float(lazy.value(lambda x: 3.0 * x[:, 0], x, x, lazy.draw(None, (4, 2), step=step))), 12))
    36.0
    0.0
    7.2
    """
    if not isinstance(penalty, Penalty):
        raise TypeError(f"scheduled weighs a penalty, such as r1(10.0), and was given {told(penalty)}")
    if not is_count(every):
        raise ValueError(f"a penalty is applied every step or every so many, and every was {every!r}")
    if penalty.timed:
        raise ValueError(f"{penalty!r} is scheduled already: give both the weight and the interval at once")
    if weight is not None and not callable(weight):
        raise TypeError(f"the weight of a scheduled penalty is a function of the step, and was {weight!r}")

    def value(critic, real, fake, chance=None):
        if chance is None:
            raise ValueError("a scheduled penalty goes by the step: draw(rng, shape, dtype, step) says what is due")
        if chance == ():
            return 0.0
        return chance["weight"] * penalty.value(critic, real, fake, chance["own"])

    def draw(rng, shape, dtype=None, step=0):
        step = int(to_numpy(step)) if hasattr(step, "shape") else step
        if step % every:
            return ()
        strength = every * (1.0 if weight is None else float(to_numpy(weight(step))))
        return {"weight": mnp.asarray(strength, dtype=dtype), "own": drawn(penalty, rng, shape, dtype, step)}

    how = ([] if weight is None else ["by the step"]) + ([] if every == 1 else [f"every {every} steps"])
    return Penalty(value, draw, f"{penalty!r} {', '.join(how)}".strip(), timed=True)


def drawn(penalty: Penalty, rng, shape, dtype, step):
    """What ``penalty`` draws for a batch of that shape; ``None`` where it draws nothing."""
    if penalty.draw is None:
        return None
    return penalty.draw(rng, shape, dtype, step) if penalty.timed else penalty.draw(rng, shape, dtype)


def chance_of(penalty: Penalty | None, rng, batch, step=None):
    """What ``penalty`` draws for ``batch`` at ``step``; ``None`` where it draws nothing or has no ``rng`` to draw from."""
    if penalty is None or penalty.draw is None or rng is None:
        return None
    if penalty.timed and step is None:
        raise ValueError(f"{penalty!r} goes by the step, and this state counts none: begin with initial_state(...)")
    return drawn(penalty, rng, tuple(batch.shape), dtype_name(batch.dtype), step)
