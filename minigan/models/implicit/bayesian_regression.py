"""Regression by a small network whose weights have a posterior: all of them at once, by Hamiltonian chains.

    w ~ N(0, I),    y_n ~ N(f(x_n; w), noise^2),    log p(w | x, y) = log p(w) + sum_n log p(y_n | x_n, w) + constant.

Of a line the posterior is a Gaussian in closed form. Of tanh units f is linear in the outer weights v once the inner ones,
(u, b), are fixed: v is integrated out in closed form, and what is left is an integral over (u, b). For one unit that is a
grid; for several (u, b) are drawn from the prior, and weighed by how likely they make y.

Sources: Neal (1996), "Bayesian Learning for Neural Networks"; Bishop (2006), section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

import minigan.numpy as mnp

from ... import random as random_
from ...arrays import host_floats
from ...backend import to_numpy
from ...random import as_generator
from ...validation import count, positive
from ..explicit.vae import HALF_LOG_2PI, log_normal
from .hamiltonian import Chains, hamiltonian_chains

NOISE = 0.3
CHAINS, SETTLING = 400, 40
POWERS = (0.02, 0.15, 0.5)  # of the likelihood, on the way from prior to posterior
DATA_SEED = 1  # of the examples, the same for everyone


class Examples(NamedTuple):
    """Numbers ``x`` and ``y``, both (n,), and the deviation of the ``noise`` in y: arrays of the host."""

    x: np.ndarray
    y: np.ndarray
    noise: float

    @classmethod
    def checked(cls, x, y, noise: float) -> Examples:
        """Raises `ValueError` for rows that do not belong together, numbers that are not finite, and no noise."""
        x, y = (np.asarray(to_numpy(one), dtype=float) for one in (x, y))
        if x.ndim != 1 or x.shape != y.shape or not len(x):
            raise ValueError(f"examples are as many x as y, one or more in a row each, and were {x.shape} and {y.shape}")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("the x and y of examples are finite numbers, and some are NaN or infinite")
        return cls(x, y, positive(noise, "the noise's deviation"))


def examples_with_a_gap() -> Examples:
    """Ten examples of y = sin x, in two groups that leave a gap between them; `NOISE` in y.

    >>> found = examples_with_a_gap()
    >>> found.x.shape, bool((abs(found.x) > 0.7).all())
    ((10,), True)
    """
    rng = random_.generator(DATA_SEED, host=True)
    x = np.concatenate([np.linspace(-3.2, -1.4, 5), np.linspace(0.8, 2.6, 5)])
    return Examples(x, np.sin(x) + NOISE * to_numpy(rng.standard_normal((10,))), NOISE)


class Network(NamedTuple):
    """f(x; w) of ``weights`` numbers: ``apply(w, x)`` takes rows w (chains, weights) and x (n,), and gives (chains, n)."""

    weights: int
    apply: Callable[[Any, Any], Any]


def line() -> Network:
    """f(x) = w_0 + w_1 x.

    >>> mnp.shape(line().apply(mnp.ones((3, 2)), mnp.ones(5)))
    (3, 5)
    """
    return Network(2, lambda w, x: w[:, :1] + w[:, 1:] * x)


def tanh_units(hidden: int) -> Network:
    """f(x) = sum_j v_j tanh(u_j x + b_j) / sqrt(hidden), of rows w = (v, u, b): a prior as wide whatever their number.

    >>> float(tanh_units(4).apply(mnp.ones((1, 12)), mnp.zeros(1))[0, 0]) == 2.0 * math.tanh(1.0)
    True
    """
    hidden = count(hidden, "the number of hidden units")

    def apply(w, x):
        v, u, b = (w[:, k * hidden : (k + 1) * hidden] for k in range(3))
        units = mnp.tanh(u[:, None, :] * x[:, None] + b[:, None, :])
        return mnp.sum(v[:, None, :] * units, -1) / math.sqrt(hidden)

    return Network(3 * hidden, apply)


def log_posterior(network: Network, examples: Examples, power: float = 1.0) -> Callable:
    """log p(w) + power log p(y | x, w) in nats, a function of rows (chains, weights) that gives (chains,)."""
    x, y = mnp.asarray(examples.x), mnp.asarray(examples.y)

    def found(w):
        return log_normal(w) + power * log_normal(y, network.apply(w, x), math.log(examples.noise))

    return found


def sampled_weights(
    network: Network, examples: Examples, rng=0, *, steps: int = 150, step_length: float = 0.08, leaps: int = 12
) -> Chains:
    """``steps`` states each of `CHAINS` chains, which begin at draws of the prior and have seen the data by and by.

    From the prior at once to the posterior is too far: steps that fit the one are all refused at the other, and a chain
    that falls into a small mode stays. So the likelihood is raised to small `POWERS` first. The first `SETTLING` states
    of each are left out.

    >>> found = sampled_weights(line(), Examples(np.array([1.0]), np.array([2.0]), 1.0), steps=10, step_length=0.1)
    >>> found.samples.shape, abs(float(mnp.mean(found.samples)) - 2.0 / 3.0) < 0.05
    ((10, 400, 2), True)
    """
    rng, how = as_generator(rng), {"step_length": step_length, "leaps": leaps}
    w = rng.standard_normal((CHAINS, network.weights))
    for power in POWERS:
        w = hamiltonian_chains(log_posterior(network, examples, power), w, rng, steps=SETTLING, **how).samples[-1, ...]
    found = hamiltonian_chains(log_posterior(network, examples), w, rng, steps=SETTLING + steps, **how)
    return found._replace(samples=found.samples[SETTLING:, ...])


class Band(NamedTuple):
    """Mean and deviation of f(x) at given x, each (k,)."""

    mean: np.ndarray
    deviation: np.ndarray


def values(network: Network, found: Chains, at) -> np.ndarray:
    """f(x; w) of every state: (steps, chains, k) for k numbers ``at``."""
    at = mnp.asarray(at)
    states = (found.samples[i, ...] for i in range(found.samples.shape[0]))
    return to_numpy(mnp.stack([network.apply(w, at) for w in states]))


def sampled_band(network: Network, found: Chains, at) -> Band:
    """The `Band` of all states of all chains."""
    f = values(network, found, at)
    return Band(f.mean((0, 1)), f.std((0, 1)))


# -- what is known -----------------------------------------------------------------------------------------------


def posterior_of_a_line(examples: Examples) -> tuple[np.ndarray, np.ndarray]:
    """Mean (2,) and covariance (2, 2) of (w_0, w_1): S = (X'X / s^2 + I)^-1, m = S X'y / s^2, with rows (1, x) of X.

    >>> posterior_of_a_line(Examples(np.array([1.0]), np.array([2.0]), 1.0))[0].round(12)
    array([0.66666667, 0.66666667])
    """
    rows = np.column_stack([np.ones_like(examples.x), examples.x])
    covariance = np.linalg.inv(rows.T @ rows / examples.noise**2 + np.eye(2))
    return covariance @ rows.T @ examples.y / examples.noise**2, covariance


def band_of_a_line(examples: Examples, at) -> Band:
    """m_0 + m_1 x, and the square root of (1, x) S (1, x)'."""
    mean, covariance = posterior_of_a_line(examples)
    at = host_floats(at, "the places x")
    rows = np.column_stack([np.ones(len(at)), at])
    return Band(rows @ mean, np.sqrt(np.einsum("ki,ij,kj->k", rows, covariance, rows)))


class Conditional(NamedTuple):
    """Given inner weights, m sets of them: log p(y | u, b) (m,), and mean and deviation of f at k numbers, both (m, k)."""

    log_evidence: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray


def outer_weights_integrated(examples: Examples, u, b, at) -> Conditional:
    """v is a Gaussian given y and inner weights ``u`` and ``b``, (m, hidden): that of a line in the units' outputs.

    >>> found = outer_weights_integrated(Examples(np.zeros(1), np.ones(1), 1.0), np.ones((1, 1)), np.zeros((1, 1)), [1.0])
    >>> round(float(found.log_evidence[0]), 6), round(float(found.deviation[0, 0]), 6)  # N(1; 0, 1): tanh 0 tells nothing
    (-1.418939, 0.761594)
    """
    u, b = host_floats(u, "the weights u"), host_floats(b, "the weights b")
    hidden, noise, n = u.shape[1], examples.noise, len(examples.x)

    def units(x):
        return np.tanh(u[:, None, :] * host_floats(x, "the places x")[:, None] + b[:, None, :]) / math.sqrt(hidden)

    rows, shown = units(examples.x), units(at)
    precision = np.swapaxes(rows, 1, 2) @ rows / noise**2 + np.eye(hidden)
    pull = np.swapaxes(rows, 1, 2) @ examples.y / noise**2
    mean = np.linalg.solve(precision, pull[:, :, None])
    fit = examples.y @ examples.y / noise**2 - (pull[:, None, :] @ mean)[:, 0, 0]
    log_evidence = -0.5 * (fit + np.linalg.slogdet(precision)[1]) - n * (HALF_LOG_2PI + math.log(noise))
    spread = np.linalg.solve(precision, np.swapaxes(shown, 1, 2))
    variance = np.einsum("mkh,mhk->mk", shown, spread)
    return Conditional(log_evidence, (shown @ mean)[:, :, 0], np.sqrt(variance))


class Weighted(NamedTuple):
    """A mixture of Gaussians at k numbers: ``shares`` (m,) that sum to 1, and a `Conditional`'s means and deviations."""

    shares: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    @property
    def band(self) -> Band:
        """Mean and deviation of the whole."""
        mean = self.shares @ self.mean
        return Band(mean, np.sqrt(self.shares @ (self.deviation**2 + (self.mean - mean) ** 2)))

    def below(self, limits) -> np.ndarray:
        """The chance that f at each of the k numbers lies below ``limits`` (k,)."""
        with np.errstate(divide="ignore"):  # where the unit is 0 at x, f is 0 for certain
            return self.shares @ ndtr((limits - self.mean) / self.deviation)

    @property
    def effective(self) -> float:
        """How many of the m count: 1 / sum shares^2."""
        return float(1.0 / np.sum(self.shares**2))


def weighed(log_weight, given: Conditional) -> Weighted:
    """Shares in proportion to exp(log_weight + log_evidence)."""
    log_share = log_weight + given.log_evidence
    shares = np.exp(log_share - log_share.max())
    return Weighted(shares / shares.sum(), given.mean, given.deviation)


def one_unit_on_a_grid(examples: Examples, at, points: int = 301, reach: float = 6.0) -> Weighted:
    """The posterior of one tanh unit: ``points`` of u and of b each in [-reach, reach], and v given these in closed form.

    >>> found = one_unit_on_a_grid(examples_with_a_gap(), [-6.0, 6.0])
    >>> found.band.mean.round(3)
    array([-0.716,  0.716])
    """
    axis = np.linspace(-reach, reach, count(points, "the grid's points", 2))
    u, b = (one.reshape(-1, 1) for one in np.meshgrid(axis, axis, indexing="ij"))
    return weighed(-0.5 * (u**2 + b**2)[:, 0], outer_weights_integrated(examples, u, b, at))


def units_by_importance(hidden: int, examples: Examples, at, rng, draws: int = 100_000, part: int = 5000) -> Weighted:
    """The posterior of several units: inner weights drawn from the prior, weighed by p(y | u, b).

    >>> found = units_by_importance(8, examples_with_a_gap(), [0.0], 0, draws=5000)
    >>> found.effective > 2000  # for v, which y is most about, is not drawn
    True
    """
    rng, parts = as_generator(rng), []
    for _ in range(-(-draws // part)):
        u, b = to_numpy(rng.standard_normal((2, part, hidden)))
        parts.append(outer_weights_integrated(examples, u, b, at))
    return weighed(0.0, Conditional(*(np.concatenate(one) for one in zip(*parts))))
