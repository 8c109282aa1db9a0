"""Variational autoencoder: p(x), and the lower bound on its logarithm, by a double loop over codes of two numbers."""

import autograd.numpy as np

from reference.densities import normal_density
from reference.networks import sigmoid


def likelihood(x, logits):
    """p(x | z) = prod_i p_i^(x_i) (1 - p_i)^(1 - x_i), p = sigma(logits).

    `x` are bits, of the shape of `logits`. Lecture, "Relation to VAEs": an explicit likelihood p(x | z).

    >>> print(likelihood(np.array([1.0, 0.0]), np.zeros(2)))
    0.25
    """
    p = sigmoid(logits)
    return np.prod(p**x * (1 - p) ** (1 - x))


def evidence(x, decoder, reach=6.0, points=101):
    """p(x) = int p(x | z) p(z) dz, z ~ N(0, I) in the plane.

    `decoder(z)` gives the logits of the bits `x`; the integral is a sum over cells of a square.
    Lecture, "Variational Autoencoder".

    >>> print(f"{evidence(np.array([1.0, 0.0]), lambda z: np.zeros(2)):.6f}")
    0.250000
    """
    axis = np.linspace(-reach, reach, points)
    cell = (axis[1] - axis[0]) ** 2
    total = 0.0
    for a in axis:
        for b in axis:
            prior = normal_density(a, 0.0, 1.0) * normal_density(b, 0.0, 1.0)
            total = total + likelihood(x, decoder(np.array([a, b]))) * prior * cell
    return total


def evidence_bound(x, decoder, mean, deviation, reach=6.0, points=101):
    """L = E_q log p(x, z) + H(q), q = N(mean, deviation^2) with independent coordinates.

    `mean` and `deviation` have shape (2,); the expectation is a sum over cells in q's own units.
    Lecture, "Variational Autoencoder".

    >>> x, flat = np.array([1.0, 0.0]), lambda z: np.zeros(2)
    >>> print(f"{evidence_bound(x, flat, np.zeros(2), np.ones(2)):.6f}")  # q is the prior, and the posterior: log 1/4
    -1.386294
    """
    axis = np.linspace(-reach, reach, points)
    cell = (axis[1] - axis[0]) ** 2
    total = 0.0
    for a in axis:
        for b in axis:
            weight = normal_density(a, 0.0, 1.0) * normal_density(b, 0.0, 1.0) * cell
            z = mean + deviation * np.array([a, b])
            log_joint = np.log(likelihood(x, decoder(z))) + np.sum(np.log(normal_density(z, 0.0, 1.0)))
            log_q = np.sum(np.log(normal_density(z, mean, deviation)))
            total = total + weight * (log_joint - log_q)
    return total
