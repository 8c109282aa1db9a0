"""EM of a mixture with a common variance beside scikit-learn's k-means, SciPy's densities, and the bounds of its proof."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn.cluster import KMeans

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import k_means as K
from minigan.models.families.points import as_points, groups, squared_distances
from reference.mixtures import em_step

seeds = st.integers(0, 10**6)


def drawn(seed, n=40, d=2):
    """Points without structure (n, d), and three of them to start from."""
    x = mnp.asarray(np.random.default_rng(seed).normal(size=(n, d)))
    return x, x[:3, :]


@given(seeds, st.integers(1, 3))
def test_at_variance_0_em_is_scikit_learns_k_means(seed, d):
    x, start = drawn(seed, d=d)
    host = mg.to_numpy(x)
    fitted = KMeans(3, init=mg.to_numpy(start), n_init=1, tol=0.0, max_iter=500).fit(host)
    means = K.em(x, start, 0.0)
    assert_allclose(mg.to_numpy(means), fitted.cluster_centers_, atol=1e-12)
    assert_allclose(mg.to_numpy(K.centres_of_k_means(x, start)), fitted.cluster_centers_, atol=1e-12)
    assert_allclose(float(K.within_cluster_squares(x, means)), fitted.inertia_, rtol=1e-12)
    assert (mg.to_numpy(K.assignments(x, means)) == fitted.labels_).all()


@given(seeds, st.floats(1e-3, 3.0, allow_subnormal=False))  # a subnormal variance is no question here
def test_a_step_of_em_raises_the_likelihood_which_is_scipys(seed, variance):
    x, means = drawn(seed)
    apart = mg.to_numpy(x)[:, None, :] - mg.to_numpy(means)
    stated = logsumexp(norm(0.0, math.sqrt(variance)).logpdf(apart).sum(-1), axis=1).sum() - 40 * math.log(3.0)
    before = float(K.log_likelihood(x, means, variance))
    assert_allclose(before, stated, rtol=1e-11)
    assert float(K.log_likelihood(x, K.em_step(x, means, variance), variance)) >= before - 1e-12 * abs(before)


@given(seeds, st.floats(0.05, 3.0, allow_subnormal=False))  # the reference underflows below
def test_a_step_of_em_is_the_references(seed, variance):
    x, means = drawn(seed, n=8)
    stated = em_step(mg.to_numpy(x), mg.to_numpy(means), variance)
    assert_allclose(mg.to_numpy(K.em_step(x, means, variance)), stated, rtol=1e-11, atol=1e-13)


@given(seeds, st.floats(1e-3, 3.0, allow_subnormal=False))
def test_the_gap_lies_between_its_bounds(seed, variance):
    x, means = drawn(seed)
    g, gap = K.least_margin(x, means), float(K.objective_gap(x, means, variance))
    far = math.exp(-g / (2.0 * variance))
    assert 2.0 * variance * math.log1p(far) * (1.0 - 1e-12) <= gap
    assert gap <= 2.0 * variance * 40 * math.log1p(2.0 * far) * (1.0 + 1e-12)


@given(seeds, st.floats(0.01, 1.0, allow_subnormal=False))
def test_below_the_certified_variance_no_assignment_changes(seed, share):
    x, start = drawn(seed)
    means = K.centres_of_k_means(x, start)
    found = K.em(x, means, share * K.certified_variance(x, means), 300)
    assert (mg.to_numpy(K.assignments(x, found)) == mg.to_numpy(K.assignments(x, means))).all()


def test_equal_distances_share_and_a_mean_that_nobody_is_near_stays():
    x = mnp.asarray([[0.0], [1.0], [2.0]])
    r = K.responsibilities(x, mnp.asarray([[0.0], [2.0], [50.0]]), 0.0)
    assert mg.to_numpy(r).tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]]
    moved = K.em_step(x, mnp.asarray([[0.0], [2.0], [1e6]]), 1e-3)
    assert_allclose(mg.to_numpy(moved).ravel(), [1.0 / 3.0, 5.0 / 3.0, 1e6], rtol=1e-12)


def test_merging_variance_is_that_of_the_first_principal_component():
    x, group = groups(3, 120)
    assert sorted(set(mg.to_numpy(group).tolist())) == [0, 1, 2]
    stated = np.linalg.svd(mg.to_numpy(x) - mg.to_numpy(x).mean(0), compute_uv=False)[0] ** 2 / 120
    assert_allclose(K.merging_variance(x), stated, rtol=1e-12)


def test_distances_of_equal_rows_are_0():
    x, _ = drawn(5, n=10, d=7)
    found = mg.to_numpy(squared_distances(1e8 + x, 1e8 + x))
    assert (np.diag(found) == 0.0).all() and (found >= 0.0).all()


def test_what_is_refused():
    x = [[0.0, 1.0], [2.0, 3.0]]
    with pytest.raises(ValueError, match=r"the points are rows.*have shape \(2,\)"):
        K.em([0.0, 1.0], x, 0.0)
    with pytest.raises(ValueError, match="the means of a mixture are to have 2 columns, as the points have, and have 1"):
        K.em(x, [[0.0]], 0.0)
    with pytest.raises(ValueError, match="the variance of a mixture is a non-negative number, and was -1"):
        K.em(x, x, -1)
    with pytest.raises(ValueError, match="the points hold NaN or infinity"):
        as_points([[math.nan]], "the points")
    with pytest.raises(ValueError, match="k-means' fixed point, and its next step moves one by 0"):
        K.certified_variance(x, [[0.0, 1.0], [2.0, 3.5]])
    with pytest.raises(ValueError, match="the variance of a mixture is a positive number, and was 0"):
        K.objective_gap(x, x, 0)
    with pytest.raises(ValueError, match="with n at least 2"):
        K.least_margin(x, x[:1])
    with pytest.raises(ValueError, match="one nearest mean, and some has two"):
        K.certified_variance([[-1.0], [0.0], [1.0]], [[-2.0 / 3.0], [2.0 / 3.0]])
