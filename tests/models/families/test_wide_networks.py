"""Wide networks: kernels and laws beside draws, scikit-learn's Gaussian process, and their own moments."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import wide_networks as W
from minigan.models.families.bayesian_linear import predicted
from minigan.random import generator

seeds = st.integers(0, 2**16)


@pytest.mark.parametrize("unit", W.UNITS)
@given(seed=seeds)
def test_kernels_are_covariances_that_a_turn_does_not_change(unit, seed):
    rng = np.random.default_rng(seed)
    x, turn = rng.standard_normal((5, 3)), np.linalg.qr(rng.standard_normal((3, 3)))[0]
    kernel = W.UNITS[unit][1]
    found = mg.to_numpy(kernel(mnp.asarray(x), mnp.asarray(x)))
    assert_allclose(found, found.T, atol=1e-14)
    assert np.linalg.eigvalsh(found).min() > -1e-12
    assert_allclose(mg.to_numpy(kernel(mnp.asarray(x @ turn), mnp.asarray(x @ turn))), found, atol=1e-12)
    sizes = np.diag(found)
    if unit == "relu":
        assert_allclose(sizes, (x**2).sum(1) / 2.0, rtol=1e-7)  # E relu^2; acos near 1 has half of the digits
    assert (found**2 <= np.outer(sizes, sizes) * (1.0 + 1e-7)).all()


@pytest.mark.parametrize("unit", W.UNITS)
def test_kernels_are_means_over_drawn_networks(unit):
    x = np.random.default_rng(1).standard_normal((3, 4))
    drawn = mg.to_numpy(W.network_kernel(mnp.asarray(x), 500, generator(0), unit, networks=400))
    error = drawn.std(0) / 20.0
    assert (abs(drawn.mean(0) - mg.to_numpy(W.UNITS[unit][1](mnp.asarray(x), mnp.asarray(x)))) < 4.5 * error).all()


def test_the_law_of_an_output_has_mass_one_variance_one_and_a_known_fourth_moment():
    f = np.linspace(-14.0, 14.0, 5601)
    for width in (24, 48):
        density, step = W.output_density(width, f), f[1] - f[0]
        assert_allclose(density.sum() * step, 1.0 - 0.5**width, atol=1e-7)
        assert_allclose((f**2 * density).sum() * step, 1.0, atol=1e-5)
        assert_allclose((f**4 * density).sum() * step, 3.0 + 15.0 / width, atol=1e-3)


def test_the_characteristic_function_is_that_of_drawn_outputs():
    phi = W.features(mnp.asarray([[1.0, 1.0]]), 6, generator(2), networks=50_000)
    squared = mg.to_numpy(mnp.sum(mnp.square(phi[:, 0, :]), -1))
    for s in (0.5, 1.5, 3.0):
        given_hidden = np.exp(-0.5 * s * s * squared)
        off = given_hidden.mean() - float(W.characteristic_function(6, s))
        assert abs(off) < 4.5 * given_hidden.std() / math.sqrt(50_000)


def test_the_process_is_scikit_learns_with_its_kernel():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Kernel

    class Relu(Kernel):
        def __init__(self):
            pass

        def __call__(self, x, y=None, eval_gradient=False):
            return mg.to_numpy(W.relu_kernel(mnp.asarray(x), mnp.asarray(x if y is None else y)))

        def diag(self, x):
            return (x**2).sum(1) / 2.0

        def is_stationary(self):
            return False

    rng = np.random.default_rng(4)
    x, y, new = rng.standard_normal((9, 3)), rng.standard_normal(9), rng.standard_normal((4, 3))
    fitted = GaussianProcessRegressor(Relu(), alpha=0.09, optimizer=None).fit(x, y)
    mean, deviation = fitted.predict(new, return_std=True)
    both = mnp.asarray(np.concatenate([x, new]))
    found = W.process_posterior(W.relu_kernel(both, both), mnp.asarray(y), 0.3)
    assert_allclose(mg.to_numpy(found[0]), mean, atol=1e-9)
    assert_allclose(mg.to_numpy(found[1]), deviation**2 + 0.09, atol=1e-7)


def test_a_finite_network_is_bayesian_regression_on_its_features():
    rng = np.random.default_rng(5)
    x, y, new = (mnp.asarray(rng.standard_normal(shape)) for shape in ((6, 2), 6, (3, 2)))
    both = mnp.concatenate([x, new])
    phi = W.features(both, 20, generator(0))
    by_weights = predicted(1.0, 0.4, phi[:6, :], y, phi[6:, :])
    mean, variance = W.process_posterior(W.network_kernel(both, 20, generator(0)), y, 0.4)
    assert_allclose(mg.to_numpy(by_weights.mean)[:, 0], mg.to_numpy(mean), atol=1e-10)
    assert_allclose(mg.to_numpy(by_weights.covariance)[:, 0, 0], mg.to_numpy(variance), atol=1e-10)


def test_what_is_no_network_is_refused():
    x = mnp.ones((2, 2))
    with pytest.raises(ValueError, match="called 'rely'; the nearest is 'relu'"):
        W.features(x, 3, generator(0), "rely")
    with pytest.raises(ValueError, match="the width must be a positive integer, and is 0"):
        W.features(x, 0, generator(0))
    with pytest.raises(ValueError, match="the width must be an integer of at least 16, and is 4"):
        W.total_variation(4)
