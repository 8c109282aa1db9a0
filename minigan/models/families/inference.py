"""One posterior by exact inference, by Markov chains, by a Gaussian q, and by a q without density: error against cost.

    z ~ N(0, I) in the plane,    x | z ~ N(z1 z2, s^2),    x = 1 was seen, s = 0.3

is the posterior of the weights of a linear network of two layers, one unit each: no sentence with a closed form, as z1 z2
is not linear, and two bent modes, since the signs of both weights may be turned at once. *Quadrature* on a grid is exact
to rounding, in two dimensions. *Hamiltonian chains* want no grid, and are exact in the limit. A *Gaussian q* is fitted in
a fraction of that time, and takes one of the modes. An *implicit q*, a network fed with noise, has any shape, and its KL
by a discriminator that tells it from the prior.

Cost is counted in evaluations of log p(x, z), one of its slope as one. Error is the total variation of masses of cells.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ... import random as random_
from ...arrays import host_floats, takes_lists
from ...backend import to_numpy
from ...training import Player, averaged, players_learner, train
from ...validation import count
from ..implicit.hamiltonian import hamiltonian_chains
from ..implicit.ratio_estimators import classification_loss
from ..implicit.sprinkler import total_variation
from .row import Row
from .sentences import learned

SEEN, DEVIATION = 1.0, 0.3
REACH, CELLS = 6.0, 24  # of the square whose cells are compared: beyond lies 2e-9 of the posterior
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


@takes_lists("z")
def log_likelihood(z):
    """log N(x; z1 z2, s^2) of rows (..., 2)."""
    apart = (SEEN - z[..., 0] * z[..., 1]) / DEVIATION
    return -0.5 * mnp.square(apart) - math.log(DEVIATION) - HALF_LOG_2PI


@takes_lists("z")
def log_joint(z):
    """log p(x, z) of rows (..., 2).

    >>> round(float(log_joint(mnp.asarray([1.0, 1.0]))), 6)  # log N(1; 0, 1)^2 - log 0.3 sqrt(2 pi)
    -2.552843
    """
    return log_likelihood(z) - 0.5 * mnp.sum(mnp.square(z), -1) - 2.0 * HALF_LOG_2PI


class Found(NamedTuple):
    """``masses`` (24, 24) of the posterior in cells, their ``cost``, and log evidence or a ``bound`` on it, if told."""

    masses: np.ndarray
    cost: int
    bound: float | None = None

    @property
    def error(self) -> float:
        """Total variation from the posterior's own masses."""
        return total_variation(self.masses, by_quadrature(CELLS * 10).masses)


# -- exactly ------------------------------------------------------------------------------------------------------------


def by_quadrature(points: int) -> Found:
    """The sum over ``points`` x ``points`` middles of squares: its error falls faster than any power of their number.

    Raises `ValueError` unless they share the 24 cells of a side evenly.

    >>> found = by_quadrature(240)
    >>> round(found.bound, 6), round(float(found.masses[12:, 12:].sum()), 3)  # of two modes that are alike, one
    (-1.884439, 0.499)
    """
    points = count(points, "the number of points", CELLS)
    if points % CELLS:
        raise ValueError(f"points share {CELLS} cells evenly, and {points} are no multiple of them")
    axis = mnp.asarray(REACH * ((2.0 * np.arange(points) + 1.0) / points - 1.0))
    logs = to_numpy(log_joint(mnp.stack(mnp.meshgrid(axis, axis, indexing="ij"), -1)))
    joint = np.exp(logs) * (2.0 * REACH / points) ** 2
    within = joint.reshape(CELLS, points // CELLS, CELLS, points // CELLS).sum((1, 3))
    return Found(within / within.sum(), points**2, float(np.log(joint.sum())))


def exact_log_evidence() -> float:
    """log p(x) = log int N(z1; 0, 1) N(x; 0, s^2 + z1^2) dz1, in which z2, linear given z1, has been integrated."""
    from scipy.integrate import quad

    def given_first(z):
        variance = DEVIATION**2 + z * z
        return math.exp(-0.5 * (z * z + SEEN**2 / variance)) / (2.0 * math.pi * math.sqrt(variance))

    return math.log(quad(given_first, -10.0, 10.0, epsabs=1e-14, points=[0.0], limit=200)[0])


# -- by chains ----------------------------------------------------------------------------------------------------------

STEP_LENGTH, LEAPS = 0.08, 10  # stable where a weight is below 2 s / 0.08 = 7.5, and once along a mode


def by_chains(rng, steps: int, chains: int = 100, leaps: int = LEAPS) -> Found:
    """Hamiltonian chains from draws of the prior, the first fifth of their states left out.

    Few of them ever change modes: what each mode weighs is told by where chains start, and no better for longer ones.
    """
    start = rng.standard_normal((chains, 2))
    found = hamiltonian_chains(log_joint, start, rng, steps=steps, step_length=STEP_LENGTH, leaps=leaps)
    z = to_numpy(found.samples)[steps // 5 :].reshape(-1, 2)
    return Found(shares(z), chains * steps * leaps)


def shares(z) -> np.ndarray:
    """The share of rows (n, 2) in each cell; what lies outside is missing from the sum."""
    z, edges = host_floats(z, "the rows z"), np.linspace(-REACH, REACH, CELLS + 1)
    return np.histogram2d(z[:, 0], z[:, 1], (edges, edges))[0] / len(z)


def chain_errors(rng, lengths, chains: int = 200, leaps: int = LEAPS) -> list[float]:
    """For chains of as many states, after 20 that are left out: the root mean square of how far a chain's mean of z1 z2 is
    from the posterior's, over that posterior's deviation. It falls as the inverse root of the length."""
    mean, deviation = product_moments()
    start = rng.standard_normal((chains, 2))
    found = hamiltonian_chains(log_joint, start, rng, steps=20 + max(lengths), step_length=STEP_LENGTH, leaps=leaps)
    z = to_numpy(found.samples)[20:]
    products = (z[..., 0] * z[..., 1] - mean) / deviation
    return [float(np.sqrt(np.mean(products[:length].mean(0) ** 2))) for length in lengths]


def product_moments(points: int = 480) -> tuple[float, float]:
    """Mean and deviation of z1 z2 under the posterior, by quadrature."""
    axis = REACH * ((2.0 * np.arange(points) + 1.0) / points - 1.0)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    p, products = np.exp(to_numpy(log_joint(mnp.asarray(z)))), z[..., 0] * z[..., 1]
    mean = float((p * products).sum() / p.sum())
    return mean, math.sqrt(float((p * products**2).sum() / p.sum()) - mean**2)


# -- by variational inference ---------------------------------------------------------------------------------------------

NODES = 12  # of Gauss and Hermite's rule, a side


def by_gaussian(rng, steps: int = 100, starts: int = 4) -> Found:
    """q = N(m, L L') with the largest bound E_q log p(x, z) + H(q), by Gauss and Hermite's rule, the best of some starts.

    The integrand is a polynomial of degree 4, so the rule is exact. The bound is log p(x) - KL(q || p(z | x)).
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    noise = mnp.asarray(np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, 2))
    weight = mnp.asarray(np.outer(weights, weights).ravel() / weights.sum() ** 2)

    def drawn(parameters, noise):
        mean, log_scales, slant = parameters
        first = mean[0] + mnp.exp(log_scales[0]) * noise[:, 0]
        second = mean[1] + slant * noise[:, 0] + mnp.exp(log_scales[1]) * noise[:, 1]
        return mnp.stack([first, second], 1)

    def bound(parameters):
        entropy = mnp.sum(parameters[1]) + 1.0 + 2.0 * HALF_LOG_2PI
        return mnp.sum(weight * log_joint(drawn(parameters, noise))) + entropy

    tries = [
        learned(bound, (rng.standard_normal((2,)), mnp.zeros(2) - 1.0, mnp.zeros(())), steps) for _ in range(starts)
    ]
    found = max(tries, key=lambda one: one.objective)
    z = to_numpy(drawn(found.parameters, random_.generator(7).standard_normal((400_000, 2))))
    return Found(shares(z), sum(one.evaluations for one in tries) * len(nodes) ** 2, found.objective)


NOISE, BATCH = 4, 256


def by_implicit(rng, steps: int, lr: float = 2e-3) -> Found:
    """q the law of a network's output. T = log q(z) - log p(z) is learned by telling q from the prior, and what is made
    small, E_q [T - log p(x | z)], is KL(q || p(z | x)) - log p(x) where T is the best one. The likelihood is let in by and
    by, over the first half of the steps: q then goes with both modes as they part.

    Source: Huszar (2017), Variational inference using implicit distributions, algorithm 1.
    """
    steps = count(steps, "steps")
    sampler, ratio = nn.mlp([48, 48, 2], activation="relu"), nn.mlp([64, 64, 1], activation="relu")

    def drawn(params, noise):
        return noise[:, :2] + sampler.apply(params, noise)

    def told_apart(parameters, given, rng):
        z = drawn(parameters["sampler"], given[0])
        on = lambda rows: ratio.apply(parameters["ratio"], rows)[:, 0]
        return classification_loss(on(z), on(given[1]))

    def objective(parameters, given, rng):
        z = drawn(parameters["sampler"], given[0])
        return mnp.mean(ratio.apply(parameters["ratio"], z)[:, 0] - given[2] * log_likelihood(z))

    def draw(rng, state):
        share = mnp.minimum(mnp.astype(state.steps, "float32") * (2.0 / steps), 1.0)  # of the likelihood: at first none
        noise, prior = (rng.standard_normal((BATCH, d), dtype="float32") for d in (NOISE, 2))
        return noise, prior, share

    adam = lambda rate: optim.adam(optim.cosine(rate, steps, final=0.05 * rate), beta1=0.5)
    players = {
        "ratio": Player(lambda rng: ratio.init(rng, (None, 2), "float32"), told_apart, adam(2.0 * lr), moves=2),
        "sampler": Player(lambda rng: sampler.init(rng, (None, NOISE), "float32"), objective, adam(lr)),
    }
    learner = averaged(players_learner(players, draw), ["sampler"], decay=0.99)
    state = train(learner, steps, rng=rng, check_every=steps).state
    noise = random_.generator(7).standard_normal((400_000, NOISE), dtype="float32")
    return Found(shares(to_numpy(drawn(state.means["sampler"], noise))), steps * BATCH)


def measured() -> str:
    """Errors of chains and of a Gaussian."""
    chains, gaussian = by_chains(random_.generator(0), 100), by_gaussian(random_.generator(0))
    return f"TV {chains.error:.2f} by chains, {gaussian.error:.2f} Gaussian q"


ROW = Row("exact inference", "chains, then a q that is fitted", "variational inference", measured)
