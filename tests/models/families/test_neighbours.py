"""Class posteriors of mixtures beside scikit-learn's neighbours and Bayes' rule on its kernel densities."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.neighbors import KernelDensity, KNeighborsClassifier

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import neighbours as N
from reference.mixtures import class_posterior

seeds = st.integers(0, 10**6)


def drawn(seed, n=25, m=10, d=2):
    """Points with labels, every class among them, and places."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 3)
    return rng.normal(size=(n, d)), labels, rng.normal(size=(m, d))


def ours(*arrays):
    return tuple(mnp.asarray(one) for one in arrays)


@given(seeds, st.floats(0.2, 5.0, allow_subnormal=False), st.integers(1, 3))  # the tool underflows below
def test_the_posterior_is_bayes_rule_on_scikit_learns_kernel_densities(seed, h, d):
    x, y, at = drawn(seed, d=d)
    log_p = [KernelDensity(bandwidth=h, leaf_size=25).fit(x[y == c]).score_samples(at) for c in range(3)]
    joint = np.exp(np.stack(log_p, 1)) * np.bincount(y) / len(y)
    found = mg.to_numpy(N.class_posterior(ours(x)[0], ours(y)[0], h, ours(at)[0]))
    assert_allclose(found, joint / joint.sum(1, keepdims=True), rtol=1e-9, atol=1e-12)
    assert_allclose(found[0], class_posterior(x, y, h, at[0]), rtol=1e-11)


@given(seeds, st.floats(0.01, 0.999, allow_subnormal=False))
def test_below_the_proved_bandwidth_the_favourite_is_the_nearest_neighbours(seed, share):
    x, y, at = drawn(seed)
    one = KNeighborsClassifier(1).fit(x, y).predict(at)
    given_ = ours(x, y, at)
    h = share * N.certain_bandwidth(*given_)[:, None]
    assert (mg.to_numpy(mnp.argmax(N.class_posterior(*given_[:2], h, given_[2]), -1)) == one).all()


@given(seeds, st.integers(1, 24))
def test_at_power_infinity_it_is_k_neighbours(seed, k):
    x, y, at = drawn(seed)
    shares = KNeighborsClassifier(k).fit(x, y).predict_proba(at)
    x, y, at = ours(x, y, at)
    assert_allclose(mg.to_numpy(N.neighbours_posterior(x, y, k, at)), shares, atol=1e-15)
    for power in (2.0, 20.0, 300.0):
        off = abs(mg.to_numpy(N.neighbours_posterior(x, y, k, at, power)) - shares)
        assert (off <= mg.to_numpy(N.adapted_bound(x, k, at, power)) + 1e-14).all()


@given(seeds, st.floats(1e-12, 10.0, allow_subnormal=False), st.sampled_from([1.0, 2.0, 50.0, math.inf]))
def test_weights_are_shares_however_narrow(seed, h, power):
    x, _, at = ours(*drawn(seed))
    w = mg.to_numpy(N.weights(x, h, at, power))
    assert (w >= 0.0).all()
    assert_allclose(w.sum(1), 1.0, rtol=1e-12)
    nearest = np.linalg.norm(mg.to_numpy(at)[:, None] - mg.to_numpy(x), axis=-1).argmin(1)
    assert (w[np.arange(10), nearest] == w.max(1)).all()


def test_a_tie_between_classes_is_never_certain_and_a_single_further_point_always_harmless():
    points, at = mnp.asarray([[-1.0], [1.0], [5.0]]), mnp.asarray([[0.0], [-1.0]])
    found = mg.to_numpy(N.certain_bandwidth(points, mnp.asarray([0, 1, 2]), at))
    assert found.tolist() == [0.0, math.inf]


def test_what_is_refused():
    x, at = [[0.0], [1.0]], [[0.5]]
    with pytest.raises(ValueError, match="integers from 0, one for each of 2 points, and were given as int64 of shape"):
        N.class_posterior(x, [0, 1, 1], 1.0, at)
    with pytest.raises(ValueError, match="were given as float64"):
        N.class_posterior(x, [0.0, 1.0], 1.0, at)
    with pytest.raises(ValueError, match="some below 0"):
        N.class_posterior(x, [0, -1], 1.0, at)
    with pytest.raises(ValueError, match="the bandwidth is a positive number, and was 0"):
        N.class_posterior(x, [0, 1], 0, at)
    with pytest.raises(ValueError, match="the bandwidth is a positive number, and the least of those given was -1"):
        N.class_posterior(x, [0, 1], mnp.asarray([[-1.0]]), at)
    with pytest.raises(ValueError, match="the power of a component is a positive number, and was -2"):
        N.neighbours_posterior(x, [0, 1], 1, at, -2)
    with pytest.raises(ValueError, match="the number of neighbours must be an integer from 1 to 1, and is 2"):
        N.neighbours_posterior(x, [0, 1], 2, at)
    with pytest.raises(ValueError, match="the places to classify are to have 1 columns"):
        N.class_posterior(x, [0, 1], 1.0, [[0.5, 0.5]])
