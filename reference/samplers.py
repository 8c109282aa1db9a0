"""Samplers by their formulas: one step of each, and the covariance that a linear chain settles at."""

import numpy as np


def langevin_step(x, gradient, step, temperature, xi):
    """x <- x - h dU/dx + sqrt(2 h T) xi.

    Source: Lecture, "Generalizing these ideas"; Welling & Teh (2011), equation 4, with h = epsilon / 2.

    >>> langevin_step(x=1.0, gradient=2.0, step=0.25, temperature=2.0, xi=-1.0)  # 1 - 0.5 - 1
    np.float64(-0.5)
    """
    return x - step * gradient + np.sqrt(2 * step * temperature) * xi


def sghmc_step(x, v, gradient, step, friction, temperature, xi):
    """v <- v - h dU/dx - a v + sqrt(2 a h T) xi, then x <- x + v, of step h and friction a.

    Source: Lecture, "Generalizing these ideas"; Chen, Fox & Guestrin (2014), equation 15.

    >>> sghmc_step(x=1.0, v=0.5, gradient=2.0, step=0.25, friction=0.5, temperature=1.0, xi=0.0)  # v is 0.5 - 0.5 - 0.25
    (np.float64(0.75), np.float64(-0.25))
    """
    v = v - step * gradient - friction * v + np.sqrt(2 * friction * step * temperature) * xi
    return x + v, v


def stationary_covariance(a, noise, terms=2000):
    """C = sum over k of A^k Q A'^k, where z <- A z + noise of covariance Q settles.

    Source: the law of large numbers for a linear chain; of the samplers of Lecture, "Generalizing these ideas".

    >>> stationary_covariance([[0.5]], [[3.0]])  # 3 / (1 - 1/4)
    array([[4.]])
    """
    a, term = np.asarray(a, float), np.asarray(noise, float)
    total = np.zeros_like(term)
    for _ in range(terms):
        total = total + term
        term = a @ term @ a.T
    return total


def sghmc_on_a_gaussian(precision, step, friction, temperature):
    """A and Q of (x, v) <- A (x, v) + noise of covariance Q: `sghmc_step` for U = precision x^2 / 2.

    Source: Lecture, "Generalizing these ideas"; Chen, Fox & Guestrin (2014), equation 15, written as a matrix.

    >>> sghmc_on_a_gaussian(precision=1.0, step=0.5, friction=1.0, temperature=1.0)[0]  # without memory: 1 - h, and -h
    array([[ 0.5,  0. ],
           [-0.5,  0. ]])
    """
    a = [[1 - step * precision, 1 - friction], [-step * precision, 1 - friction]]
    q = 2 * friction * step * temperature
    return np.array(a), np.array([[q, q], [q, q]])
