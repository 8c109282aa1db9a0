"""Kernel densities beside scikit-learn's, SciPy's, and as many fits as there are points; draws against their law."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar
from scipy.stats import kstest, multivariate_normal, norm
from sklearn.model_selection import GridSearchCV, LeaveOneOut
from sklearn.neighbors import KernelDensity

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import kernel_density as K
from reference.mixtures import leave_one_out

seeds = st.integers(0, 10**6)
bandwidths = st.floats(0.05, 5.0, allow_subnormal=False)  # a subnormal bandwidth is no question here


def drawn(seed, n=12, d=2):
    return np.random.default_rng(seed).normal(size=(n, d))


@given(seeds, bandwidths, st.integers(1, 4))
def test_log_density_is_scikit_learns_and_scipys(seed, h, d):
    x, at = drawn(seed, d=d), drawn(seed + 1, 5, d)
    found = mg.to_numpy(K.log_density(mnp.asarray(x), h, mnp.asarray(at)))
    assert_allclose(found, KernelDensity(bandwidth=h, leaf_size=12).fit(x).score_samples(at), rtol=1e-10, atol=1e-12)
    if h > 0.3:  # SciPy's density itself underflows below
        stated = np.mean([multivariate_normal(one, h * h * np.eye(d)).pdf(at) for one in x], axis=0)
        assert_allclose(found, np.log(stated), rtol=1e-10, atol=1e-12)


@given(seeds, bandwidths)
def test_leave_one_out_is_as_many_fits(seed, h):
    x = drawn(seed)
    fits = [KernelDensity(bandwidth=h, leaf_size=12).fit(np.delete(x, i, 0)).score(x[i : i + 1]) for i in range(12)]
    found = float(K.leave_one_out(mnp.asarray(x), h))
    assert_allclose(found, sum(fits), rtol=1e-10, atol=1e-10)
    if h > 0.5:  # the reference underflows where a point is far from all others
        assert_allclose(found, leave_one_out(x, h), rtol=1e-11)


@given(seeds)
def test_the_best_bandwidth_is_the_largest_of_a_search_and_a_fixed_point_of_em(seed):
    x = drawn(seed)
    h = K.best_bandwidth(mnp.asarray(x))
    loss = lambda log_h: -float(K.leave_one_out(mnp.asarray(x), math.exp(log_h)))
    grid = np.linspace(math.log(0.05), math.log(3.0), 60)
    near = grid[int(np.argmin([loss(one) for one in grid]))]
    searched = minimize_scalar(loss, bounds=(near - 0.1, near + 0.1), method="bounded", options={"xatol": 1e-9})
    assert_allclose(h, math.exp(searched.x), rtol=1e-6)
    assert_allclose(float(K.em_bandwidth(mnp.asarray(x), h)), h, rtol=1e-9)


def test_scikit_learns_cross_validation_finds_its_neighbour_on_a_grid():
    x = drawn(3, 20)
    h = K.best_bandwidth(mnp.asarray(x))
    grid = h * np.array([0.8, 0.9, 1.0, 1.1, 1.25])
    search = GridSearchCV(KernelDensity(leaf_size=20), {"bandwidth": grid}, cv=LeaveOneOut()).fit(x)
    assert search.best_params_["bandwidth"] == h


def test_points_own_likelihood_grows_for_ever():
    x = mnp.asarray(drawn(4))
    found = [float(K.own_log_likelihood(x, h)) - 24 * math.log(1.0 / h) for h in (1e-3, 1e-6)]
    assert_allclose(found, -12 * (math.log(12) + math.log(2.0 * math.pi)), rtol=1e-12)  # n = 12 in d = 2


def test_draws_are_of_the_mixture():
    x = mnp.asarray([[-1.0], [0.5], [4.0]])
    found = mg.to_numpy(K.generated(x, 0.4, mg.random.generator(0, host=True), 5000))[:, 0]
    law = lambda t: norm.cdf((np.asarray(t)[:, None] - [-1.0, 0.5, 4.0]) / 0.4).mean(1)
    assert kstest(found, law).pvalue > 1e-3
    mean, covariance = K.moments(x, 0.4)
    assert_allclose(float(mean[0]), 3.5 / 3.0)
    assert_allclose(float(covariance[0, 0]), np.var([-1.0, 0.5, 4.0]) + 0.16)


def test_what_is_refused():
    x = [[0.0], [1.0]]
    with pytest.raises(ValueError, match="the bandwidth is a positive number, and was 0"):
        K.log_density(x, 0, x)
    with pytest.raises(ValueError, match="the bandwidth is a positive number, and was 'wide'"):
        K.leave_one_out(x, "wide")
    with pytest.raises(ValueError, match="the places of a density are to have 1 columns, as the points have, and have 2"):
        K.log_density(x, 1.0, [[0.0, 1.0]])
    with pytest.raises(ValueError, match="n at least 2"):
        K.leave_one_out([[0.0]], 1.0)
    with pytest.raises(ValueError, match="no bandwidth has the largest leave-one-out likelihood"):
        K.best_bandwidth([[0.0], [0.0], [1.0], [1.0]])
    with pytest.raises(ValueError, match="the number of draws must be a non-negative integer, and is -1"):
        K.generated(x, 1.0, 0, -1)
