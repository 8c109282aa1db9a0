"""The Gaussian hierarchy: its exact posterior against matrices, and what inference without its likelihood finds."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
from minigan.models.implicit import hierarchical as H
from minigan.random import generator


def test_the_exact_posteriors_are_those_of_a_joint_gaussian():
    """Conditioning the joint law of mu, z and x, a matrix, on x."""
    x = H.observed(4)
    ones, eye = np.ones((4, 4)), np.eye(4)
    of_x = H.PRIOR**2 * ones + (H.LOCAL**2 + H.ERROR**2) * eye
    solved = np.linalg.inv(of_x)
    mu_x, z_x = H.PRIOR**2 * np.ones((1, 4)), H.PRIOR**2 * ones + H.LOCAL**2 * eye
    found = H.global_posterior(x)
    assert_allclose(found.mean, (mu_x @ solved @ x)[0], rtol=1e-10)
    assert_allclose(found.deviation**2, H.PRIOR**2 - (mu_x @ solved @ mu_x.T)[0, 0], rtol=1e-10)
    local = H.local_posteriors(x)
    assert_allclose(local.mean, z_x @ solved @ x, rtol=1e-10)
    assert_allclose(local.deviation**2, np.diag(z_x - z_x @ solved @ z_x), rtol=1e-10)


def test_real_rows_are_of_the_exact_posterior():
    made = H.hierarchical_system(4, 8, 1e-3, 20, 10)
    rows = mg.to_numpy(made.real(generator(0), 20_000)).astype(float)
    x = H.observed(20)
    stated, local = H.global_posterior(x), H.local_posteriors(x)
    assert stats.kstest(rows[:, 0], stats.norm(stated.mean, stated.deviation).cdf).pvalue > 1e-3
    for column, at in ((1, x.argmin()), (2, x.argmax())):
        law = stats.norm(local.mean[at], local.deviation[at])
        assert stats.kstest(rows[:, column], law.cdf).pvalue > 1e-3


def test_observations_are_the_same_at_every_call():
    assert_allclose(H.observed(20), H.observed(20), rtol=0.0)
    many = H.observed(4000)
    assert stats.kstest(many, stats.norm(H.TRUE_MEAN, math.sqrt(1.25)).cdf).pvalue > 1e-3


def test_training_comes_nearer_to_the_exact_posterior():
    made = H.hierarchical_system(32, 160, 1e-3, 20, 1500)
    before, after = (made.measured(made.train(steps)) for steps in (0, 1500))
    assert before["collapsed"] and abs(before["global_mean"] - before["exact_global_mean"]) > 1.0
    assert abs(after["global_mean"] - after["exact_global_mean"]) < 0.15
    assert abs(math.log(after["global_deviation"] / after["exact_global_deviation"])) < 0.3


@pytest.mark.parametrize("x", [[], [1.0, math.nan], [[1.0]]])
def test_observations_that_are_none_are_refused(x):
    with pytest.raises(ValueError, match="one finite number or more in a row"):
        H.global_posterior(np.array(x))
