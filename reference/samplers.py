"""Samplers by their formulas: one step of each, and the covariance that a linear chain settles at."""

import numpy as np


def langevin_step(x, gradient, step, temperature, xi):
    """x - h dU/dx + sqrt(2 h T) xi. Welling & Teh (2011), equation 4, with h = epsilon / 2."""
    return x - step * gradient + np.sqrt(2 * step * temperature) * xi


def sghmc_step(x, v, gradient, step, friction, temperature, xi):
    """v - step dU/dx - friction v + N(0, 2 friction step T), then x + v. Chen, Fox & Guestrin (2014), equation 15."""
    v = v - step * gradient - friction * v + np.sqrt(2 * friction * step * temperature) * xi
    return x + v, v


def stationary_covariance(a, noise, terms=2000):
    """Of z <- A z + noise: the sum over k of A^k Q A'^k."""
    a, term = np.asarray(a, float), np.asarray(noise, float)
    total = np.zeros_like(term)
    for _ in range(terms):
        total = total + term
        term = a @ term @ a.T
    return total


def sghmc_on_a_gaussian(precision, step, friction, temperature):
    """A and Q of (x, v) <- A (x, v) + noise, for U = precision x^2 / 2."""
    a = [[1 - step * precision, 1 - friction], [-step * precision, 1 - friction]]
    q = 2 * friction * step * temperature
    return np.array(a), np.array([[q, q], [q, q]])
