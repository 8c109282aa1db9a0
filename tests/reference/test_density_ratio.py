"""The reference's ratios against SciPy's densities, and against each other."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.stats import cauchy, multivariate_normal

from reference.density_ratio import (
    class_probability,
    gaussian_log_ratio,
    kernel_discrepancy,
    least_squares_loss,
    lighthouse_likelihood,
    log_ratio_of_class_probability,
)


def test_gaussians():
    x, m, n = np.array([0.3, -1.0]), np.array([1.0, 0.0]), np.array([-0.5, 0.5])
    s, t = np.array([[1.0, 0.3], [0.3, 2.0]]), np.array([[0.5, -0.2], [-0.2, 1.0]])
    stated = multivariate_normal(m, s).logpdf(x) - multivariate_normal(n, t).logpdf(x)
    assert_allclose(gaussian_log_ratio(x, m, s, n, t), stated, rtol=1e-12)


def test_a_probability_and_its_ratio_are_inverse_and_obey_bayes():
    for prior in (0.1, 0.5, 0.8):
        for p, q in ((0.2, 0.7), (0.9, 0.01)):
            d = class_probability(np.log(p / q), prior)
            assert_allclose(d, prior * p / (prior * p + (1 - prior) * q), rtol=1e-14)
            assert_allclose(log_ratio_of_class_probability(d, prior), np.log(p / q), atol=1e-12)


def test_least_squares_is_least_at_the_ratio():
    """Samples as often as two laws say: p = (3/4, 1/4), q = (1/2, 1/2)."""
    at = lambda r: least_squares_loss(np.array([r[0], r[0], r[0], r[1]]), np.array([r[0], r[0], r[1], r[1]]))
    best = at((1.5, 0.5))
    assert all(at((1.5 + a, 0.5 + b)) > best for a, b in ((0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01)))


def test_the_discrepancy_tends_to_that_of_means_in_a_kernel_that_is_flat():
    """A kernel that is 1 everywhere sees only the total weight: (mean r)^2 - 2 mean r."""
    rng = np.random.default_rng(0)
    x, y, r = rng.random((3, 2)), rng.random((4, 2)), np.full(4, 1.7)
    assert_allclose(kernel_discrepancy(x, y, r, (1e8,)), 1.7**2 - 2 * 1.7, rtol=1e-12)


def test_flashes_are_cauchy_variables():
    x = np.array([-3.0, 0.1, 8.0])
    assert_allclose(lighthouse_likelihood(x, 0.4, 1.3), np.prod(cauchy(0.4, 1.3).pdf(x)), rtol=1e-13)
