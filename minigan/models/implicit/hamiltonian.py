"""Hamiltonian Monte Carlo: draws of a law whose log density is known up to a constant, by its slopes.

A draw z is given a random momentum and follows the dynamics of the energy -log p(z) + |momentum|^2 / 2 for a while, by
leapfrog steps, which are reversible and keep volumes; what they fail to keep of the energy decides whether the end is
accepted. So the law is exact however long the steps are, and they only decide how fast it is seen.

Source: Duane et al. (1987); Neal (2011), figure 2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...autodiff import grad
from ...backend import to_numpy
from ...compiler import compile
from ...random import as_generator
from ...validation import count, function, positive


class Chains(NamedTuple):
    """``samples`` of shape (steps, chains, d) and the share of moves that were ``accepted``."""

    samples: Any
    accepted: float


@takes_lists("z", "momentum")
def leapfrog(slopes, z, momentum, step_length: float, leaps: int):
    """``leaps`` steps of dz/dt = momentum, dmomentum/dt = slopes(z) of log p: where they end, (z, momentum).

    >>> z, momentum = leapfrog(lambda z: -z, mnp.asarray(1.0), mnp.asarray(0.0), 0.1, 31)  # half a turn, pi / 0.1 steps
    >>> round(float(z), 2), round(float(momentum), 1)
    (-1.0, -0.0)
    """
    momentum = momentum + 0.5 * step_length * slopes(z)
    for leap in range(leaps):
        z = z + step_length * momentum
        momentum = momentum + (1.0 if leap < leaps - 1 else 0.5) * step_length * slopes(z)
    return z, momentum


def log_acceptance(gained):
    """min(0, gained): the log of how often an end is taken, ``gained`` being what the log density of state and momentum
    gains by the move. Moves there and back then weigh the same.

    >>> log_acceptance(mnp.asarray([0.5, -0.5])).tolist()
    [0.0, -0.5]
    """
    return mnp.minimum(gained, 0.0)


def hamiltonian_chains(log_density, start, rng, *, steps: int, step_length: float, leaps: int = 10) -> Chains:
    """``steps`` states of Markov chains that begin at the rows of ``start``, shape (chains, d), and keep exp(log_density).

    ``log_density(z)`` takes rows (chains, d) and gives (chains,), each of its own row alone. Raises `ValueError` where it
    is not finite at the start.

    >>> found = hamiltonian_chains(lambda z: -0.5 * mnp.sum(z * z, -1), mnp.zeros((50, 1)), 0, steps=100, step_length=0.15)
    >>> abs(float(mnp.std(found.samples)) - 1.0) < 0.05, found.accepted > 0.95
    (True, True)
    """
    function(log_density, "the log density", "(z)")
    steps, leaps = count(steps, "steps"), count(leaps, "leaps")
    step_length, rng = positive(step_length, "the step_length"), as_generator(rng)
    start = mnp.asarray(start)
    if start.ndim != 2:
        raise ValueError(f"chains start at rows, an array of shape (chains, d), and this has {tuple(start.shape)}")
    begin = to_numpy(log_density(start))
    if begin.shape != (start.shape[0],) or not np.isfinite(begin).all():
        raise ValueError(
            f"the log density is a finite number for each of the {start.shape[0]} chains where they start, and was "
            f"{begin!r:.80}"
        )

    slopes = grad(lambda z: mnp.sum(log_density(z)))

    def move(z, momentum, uniform):
        end, turned = leapfrog(slopes, z, momentum, step_length, leaps)
        gained = log_density(end) - log_density(z) + 0.5 * mnp.sum(momentum * momentum - turned * turned, -1)
        accepted = mnp.log(uniform) < log_acceptance(gained)  # false of NaN, of a step that has left all numbers behind
        return mnp.where(accepted[:, None], end, z), mnp.mean(mnp.astype(accepted, z.dtype))

    run, z, states, rates = compile(move), start, [], []
    for _ in range(steps):
        z, rate = run(z, rng.standard_normal(tuple(start.shape)), rng.uniform((start.shape[0],)))
        states.append(z)
        rates.append(rate)
    return Chains(mnp.stack(states), float(to_numpy(mnp.mean(mnp.stack(rates)))))
