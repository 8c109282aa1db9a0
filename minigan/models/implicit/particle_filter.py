"""The likelihood of prey and predators after all: an unbiased estimate by particles, by which what is learned is judged.

Each particle is a pair of numbers; between two counts it moves as the simulator does, at a count it is weighed by the
count's error, and all are drawn anew by weight. The product of the mean weights has the mean p(x | rates). Weighed by
it, parameters drawn anywhere become the exact posterior's, whatever the number of particles.
Source: Gordon, Salmond & Smith (1993); Andrieu & Roberts (2009).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import populations

PARTICLES = 100
WIDER = 1.4  # than what was found is what is drawn from next


def filtered_log_likelihood(start, move: Callable, log_weights, host) -> np.ndarray:
    """The estimate's logarithm for each of n models, shape (n,).

    ``start`` are particles (n, k, d); ``move(particles, time)`` brings them to the times 0, 1, .. , and ``log_weights``
    are functions of particles, log p(x_t | particle) of shape (n, k), one for each time.

    >>> still = np.zeros((1, 5, 1))  # nothing moves, and every count has the density 1/2
    >>> half = lambda z: np.full(z.shape[:2], math.log(0.5))
    >>> round(float(filtered_log_likelihood(still, lambda z, time: z, [half, half], np.random.default_rng(0))[0]), 6)
    -1.386294
    """
    particles, total = np.asarray(start), 0.0
    n, k = particles.shape[:2]
    for time, log_weight in enumerate(log_weights):
        particles = move(particles, time)
        level = log_weight(particles)
        top = level.max(1, keepdims=True)
        weights = np.exp(level - top)
        total = total + top[:, 0] + np.log(weights.mean(1))
        summed = np.cumsum(weights, 1)
        at = (host.random((n, 1)) + np.arange(k)) / k * summed[:, -1:]  # evenly spaced: the least noise
        chosen = np.minimum((summed[:, None, :] <= at[:, :, None]).sum(2), k - 1)
        particles = np.take_along_axis(particles, chosen[:, :, None], 1)
    return total


def log_likelihood(u, x, host, particles: int = PARTICLES) -> np.ndarray:
    """Of one counted series x (20,) for rows u (n, 3) of standardised log-rates: the estimate's logarithm, (n,)."""
    n, x = len(u), np.asarray(x, dtype=float)
    rates = np.repeat(np.exp(populations.log_rates(u)), particles, 0)

    def move(z, time):
        return populations.after(z.reshape(-1, 2), rates, host).reshape(n, particles, 2)

    def weight(time):
        seen = x[[time, time + populations.TIMES]]
        constant = 2.0 * math.log(populations.ERROR * math.sqrt(2.0 * math.pi))
        return lambda z: -0.5 * np.square((seen - np.log1p(z)) / populations.ERROR).sum(2) - constant

    start = np.broadcast_to(np.array(populations.START), (n, particles, 2))
    return filtered_log_likelihood(start, move, [weight(time) for time in range(populations.TIMES)], host)


class Weighed(NamedTuple):
    """Rows of parameters and their weights, which sum to 1."""

    rows: np.ndarray
    weights: np.ndarray

    @property
    def effective(self) -> float:
        """How many rows of equal weight say as much, 1 / sum w^2."""
        return float(1.0 / np.square(self.weights).sum())

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Means and deviations of the columns."""
        mean = self.weights @ self.rows
        return mean, np.sqrt(self.weights @ np.square(self.rows - mean))

    def covariance(self) -> np.ndarray:
        """The columns' (d, d)."""
        apart = self.rows - self.moments()[0]
        return (self.weights[:, None] * apart).T @ apart


FREEDOM = 5.0  # of the Student law that rows are drawn from


def by_importance(mean, scale, x, host, draws: int, particles: int) -> Weighed:
    """p(u | x) by rows of a Student law about ``mean`` (3,) with ``scale`` (3, 3), which it need not resemble.

    Its tails are heavier than the posterior's, so that no weight is unbounded.
    """
    d = len(mean)
    t = host.standard_normal((draws, d)) * np.sqrt(FREEDOM / host.chisquare(FREEDOM, (draws, 1)))
    rows = mean + t @ np.asarray(scale).T
    log_proposal = -0.5 * (FREEDOM + d) * np.log1p(np.square(t).sum(1) / FREEDOM)
    log_weight = log_likelihood(rows, x, host, particles) - 0.5 * np.square(rows).sum(1) - log_proposal
    weights = np.exp(log_weight - log_weight.max())
    return Weighed(rows, weights / weights.sum())


def exact_posterior(x, host, draws: int = 500, particles: int = PARTICLES) -> Weighed:
    """p(u | x) of the standardised log-rates, nothing learned: by importance from the prior, twice from what was found,
    and with all its ``draws`` at last.

    Source: Cappe, Guillin, Marin & Robert (2004), population Monte Carlo.
    """
    mean, scale = np.zeros(3), np.eye(3)
    for part, few in ((2.0, 20), (0.8, 40), (1.0, particles)):
        found = by_importance(mean, scale, x, host, round(part * draws), min(few, particles))
        mean = found.moments()[0]
        scale = np.linalg.cholesky(found.covariance() + 1e-3 * np.eye(3)) * WIDER
    return found
