"""Adversarial variational Bayes: what its discriminator maximises, and the bound that a discriminator stands for."""

import autograd.numpy as np

from reference.densities import normal_density
from reference.networks import sigmoid


def discriminator_objective(at_codes, at_prior):
    """J(T) = E_q log sigma(T(x, z)) + E_p log(1 - sigma(T(x, z))), to be maximised.

    `at_codes` are values of T at codes of q(z | x), `at_prior` at draws of the prior.
    Source: Lecture, "Generalizing these ideas"; Mescheder, Nowozin & Geiger (2017), equation 3.3.

    >>> print(f"{discriminator_objective(np.zeros(3), np.zeros(5)):.6f}")  # -2 log 2
    -1.386294
    """
    total = 0.0
    for t in at_codes:
        total = total + np.log(sigmoid(t)) / len(at_codes)
    for t in at_prior:
        total = total + np.log(1 - sigmoid(t)) / len(at_prior)
    return total


def best_log_ratio(q, z):
    """T*(z) = log q(z) - log p(z), for a density `q` of one number and a standard normal prior.

    Source: Lecture, "Generalizing these ideas"; Mescheder, Nowozin & Geiger (2017), proposition 1.

    >>> print(best_log_ratio(lambda z: normal_density(z, 0.0, 1.0), 0.7))
    0.0
    """
    return np.log(q(z)) - np.log(normal_density(z, 0.0, 1.0))


def entropy_by_neighbours(points, k):
    """-1/n sum log p_i, p_i = exp(psi(k) - psi(n)) / (volume of the ball up to the k-th other point), points (n, 2).

    psi(m) = -gamma + sum_{i<m} 1/i.
    Source: Kozachenko & Leonenko (1987); what Lecture, "Generalizing these ideas", needs of a q without density.

    >>> print(f"{entropy_by_neighbours(np.array([[0.0, 0.0], [1.0, 0.0]]), 1):.6f}")  # 1 + log pi
    2.144730
    """
    n = len(points)
    total = 0.0
    for i in range(n):
        distances = sorted(np.sqrt(np.sum((points[i] - points[j]) ** 2)) for j in range(n) if j != i)
        total = total + np.log(np.pi * distances[k - 1] ** 2) / n
    return total + sum(1 / i for i in range(1, n)) - sum(1 / i for i in range(1, k))
