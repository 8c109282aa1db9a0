"""Densities on the line and integrals over it: the lecture's "1-dimensional example"."""

import autograd.numpy as np
from autograd.scipy.special import logsumexp


def normal_density(x, mean, deviation):
    """N(x; m, s^2) = exp(-(x - m)^2 / (2 s^2)) / (s sqrt(2 pi)).

    `x`, `mean` and `deviation` (s, not s^2) broadcast. Lecture, "Generative Adversarial Networks".

    >>> print(f"{normal_density(0.0, 0.0, 1.0):.6f}")
    0.398942
    """
    return np.exp(-((x - mean) ** 2) / (2 * deviation**2)) / (deviation * np.sqrt(2 * np.pi))


def normal_log_density(x, mean, deviation):
    """log N(x; m, s^2) = -(x - m)^2 / (2 s^2) - log s - log(2 pi) / 2.

    `x`, `mean` and `deviation` (s, not s^2) broadcast. Lecture, "Generative Adversarial Networks".

    >>> print(f"{normal_log_density(40.0, 0.0, 1.0):.6f}")
    -800.918939
    """
    return -((x - mean) ** 2) / (2 * deviation**2) - np.log(deviation) - np.log(2 * np.pi) / 2


def mixture_log_density(x, weights, means, deviations):
    """log p(x) = log sum_k w_k N(x; m_k, s_k^2).

    `x` has any shape, which is the result's; `weights` (positive, of sum 1), `means` and `deviations` have
    shape (K,). Lecture, "Mode Collapse": the target is a mixture.

    >>> weights, means, deviations = np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([1.0, 1.0])
    >>> print(f"{mixture_log_density(0.0, weights, means, deviations):.6f}")
    -1.418939
    """
    x = np.expand_dims(x, -1)
    # The logarithm of a sum of exponentials, because exp(-800) is 0 and its logarithm is lost.
    return logsumexp(np.log(weights) + normal_log_density(x, means, deviations), axis=-1)


def mixture_density(x, weights, means, deviations):
    """p(x) = sum_k w_k N(x; m_k, s_k^2).

    Shapes as in `mixture_log_density`. Lecture, "Mode Collapse".

    >>> weights, means, deviations = np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([1.0, 1.0])
    >>> print(f"{mixture_density(0.0, weights, means, deviations):.6f}")
    0.241971
    """
    x = np.expand_dims(x, -1)
    return np.sum(weights * normal_density(x, means, deviations), axis=-1)


def integrate(f, low, high, points=20001):
    """int f(x) dx = h [f(x_0)/2 + f(x_1) + ... + f(x_(n-1)) + f(x_n)/2]: the trapezoid rule on an even grid.

    `f` maps the grid of shape (points,) to values of shape (points, ...); the result has shape (...). It is
    the rule of choice for densities: where f and its derivatives vanish at both ends, its error falls faster
    than any power of h. Lecture, "Minimax Game": every expectation over x is such an integral.

    >>> print(f"{integrate(lambda x: normal_density(x, 0.0, 1.0), -10.0, 10.0, points=41):.12f}")
    1.000000000000
    """
    grid = np.linspace(low, high, points)
    values = f(grid)
    step = (high - low) / (points - 1)
    return step * (np.sum(values, axis=0) - (values[0] + values[-1]) / 2)


def integrate_simpson(f, low, high, points=20001):
    """int f(x) dx = h/3 [f(x_0) + 4 f(x_1) + 2 f(x_2) + 4 f(x_3) + ... + f(x_n)]: Simpson's rule.

    A second opinion: as `integrate`, but `points` is odd. It is exact on cubics, and the better rule where f
    does not vanish at the ends. Lecture, "Minimax Game".

    >>> print(f"{integrate_simpson(lambda x: x**3, 0.0, 1.0, points=3):.6f}")
    0.250000
    """
    if points % 2 == 0:
        raise ValueError(f"Simpson's rule needs an odd number of points, not {points}: try {points + 1}")
    grid = np.linspace(low, high, points)
    values = f(grid)
    step = (high - low) / (points - 1)
    inner = 4 * np.sum(values[1:-1:2], axis=0) + 2 * np.sum(values[2:-1:2], axis=0)
    return step / 3 * (values[0] + inner + values[-1])
