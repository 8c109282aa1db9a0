"""The reference's mixtures against SciPy's densities, and by what EM must do."""

import autograd.numpy as anp
import numpy as np
from autograd import grad
from numpy.testing import assert_allclose
from scipy.stats import gaussian_kde, multivariate_normal

from reference.mixtures import class_posterior, em_step, leave_one_out, normal_density

RNG = np.random.default_rng(0)
X = RNG.normal(size=(9, 2))


def test_density():
    assert_allclose(normal_density(X[0], X[1], 0.7), multivariate_normal(X[1], 0.7 * np.eye(2)).pdf(X[0]), rtol=1e-13)


def log_p(means):
    return sum(anp.log(sum(normal_density(one, means[k], 0.5) for k in range(3))) for one in X)


def test_em_goes_along_the_gradient_of_the_likelihood():
    """m'_k - m_k = s^2 / (sum_i r_ik) times the gradient, and at one mean for all it is the data's."""
    means = X[:3]
    moved = em_step(X, means, 0.5) - means
    slope = grad(log_p)(means)
    assert_allclose(moved / np.linalg.norm(moved, axis=1, keepdims=True), slope / np.linalg.norm(slope, axis=1)[:, None])
    assert log_p(means + moved) > log_p(means)
    assert_allclose(em_step(X, np.zeros((1, 2)), 2.0)[0], X.mean(0), rtol=1e-13)


def test_leave_one_out_is_scipys_kernel_density_of_the_others():
    line, stated = X[:, :1], 0.0
    for i in range(9):
        others = np.delete(line, i, 0)[:, 0]
        kernel = gaussian_kde(others, bw_method=0.4 / others.std(ddof=1))
        stated += np.log(kernel(line[i])[0])
    assert_allclose(leave_one_out(line, 0.4), stated, rtol=1e-12)


def test_posterior_obeys_bayes():
    labels = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2])
    found = class_posterior(X, labels, 0.8, np.array([0.1, -0.2]))
    joint = [sum(multivariate_normal(m, 0.64 * np.eye(2)).pdf([0.1, -0.2]) for m in X[labels == c]) for c in range(3)]
    assert_allclose(found, np.array(joint) / sum(joint), rtol=1e-12)
