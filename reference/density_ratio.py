"""Density ratios: of Gaussians, through a classifier's probability, and as a posterior over parameters."""

import autograd.numpy as np

from reference.networks import sigmoid


def gaussian_log_ratio(x, mean_p, covariance_p, mean_q, covariance_q):
    """log r(x) = log p(x) - log q(x) of N(mean_p, covariance_p) and N(mean_q, covariance_q) at one point x, shape (d,).

    Lecture, "Generalizing these ideas".

    >>> print(gaussian_log_ratio(np.array([2.0]), np.ones(1), np.eye(1), np.zeros(1), np.eye(1)))
    1.5
    """

    def log_density(mean, covariance):
        z = x - mean
        return -0.5 * z @ np.linalg.inv(covariance) @ z - 0.5 * np.log(np.linalg.det(2 * np.pi * covariance))

    return log_density(mean_p, covariance_p) - log_density(mean_q, covariance_q)


def class_probability(log_ratio, prior):
    """P(x came from p | x) = pi p(x) / (pi p(x) + (1 - pi) q(x)).

    Lecture, "Generalizing these ideas".

    >>> print(f"{class_probability(0.0, 0.2):.6f}")
    0.200000
    """
    r = np.exp(log_ratio)
    return prior * r / (prior * r + 1 - prior)


def log_ratio_of_class_probability(probability, prior):
    """log p/q = logit D - log pi/(1 - pi), the inverse of `class_probability`.

    Lecture, "Generalizing these ideas".

    >>> print(f"{log_ratio_of_class_probability(0.2, 0.2):.6f}")
    0.000000
    """
    return np.log(probability / (1 - probability)) - np.log(prior / (1 - prior))


def class_probability_loss(v_p, v_q, prior):
    """J = -pi mean log D(x_p) - (1 - pi) mean log(1 - D(x_q)), logit D = v + log pi/(1 - pi).

    Mohamed and Lakshminarayanan (2016), section 3.
    Lecture, "Generalizing these ideas".

    >>> print(f"{class_probability_loss(np.zeros(2), np.zeros(2), 0.5):.6f}")  # log 2
    0.693147
    """
    c = np.log(prior / (1 - prior))
    return -prior * np.mean(np.log(sigmoid(v_p + c))) - (1 - prior) * np.mean(np.log(1 - sigmoid(v_q + c)))


def least_squares_loss(r_p, r_q):
    """L = mean r(x_q)^2 / 2 - mean r(x_p), which is the mean of (r - p/q)^2 / 2 under q but for a constant.

    Mohamed and Lakshminarayanan (2016), section 3.
    Lecture, "Generalizing these ideas".

    >>> print(least_squares_loss(np.ones(2), np.ones(2)))
    -0.5
    """
    return np.mean(r_q**2) / 2 - np.mean(r_p)


def kernel_discrepancy(x_p, x_q, r_q, bandwidths):
    """MMD^2 = |mean r k(x_q, .) - mean k(x_p, .)|^2 without a row of q with itself, and without p's own terms.

    k(x, y) is the mean over the bandwidths s of exp(-|x - y|^2 / (2 s^2)).
    Lecture, "Generalizing these ideas".

    >>> x = np.zeros((2, 1))
    >>> print(kernel_discrepancy(x, x, np.ones(2), (1.0,)))
    -1.0
    """

    def k(a, b):
        return np.mean([np.exp(-np.sum((a - b) ** 2) / (2 * s * s)) for s in bandwidths])

    n, m = len(x_q), len(x_p)
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                total = total + r_q[i] * r_q[j] * k(x_q[i], x_q[j]) / (n * (n - 1))
        for j in range(m):
            total = total - 2 * r_q[i] * k(x_q[i], x_p[j]) / (n * m)
    return total


def lighthouse_likelihood(flashes, along, off):
    """p(x | a, b) = prod_k b / (pi (b^2 + (x_k - a)^2)): flashes of a lighthouse at the place a along the shore, b off it.

    Lecture, "Generalizing these ideas".

    >>> print(f"{lighthouse_likelihood(np.zeros(1), 0.0, 1.0):.6f}")  # 1 / pi
    0.318310
    """
    return np.prod(off / (np.pi * (off**2 + (flashes - along) ** 2)))
