"""Densities of one-dimensional generators against closed forms and the reference's change of variables."""

import math

import autograd.numpy as anp
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.gan import Pushforward, affine_density, optimal_discriminator
from minigan.quadrature import integrate
from minigan.random import generator
from minigan.testing import finite_floats
from reference.change_of_variables import change_of_variables
from reference.densities import normal_density


def host(x):
    return mg.to_numpy(x)


def p_z(y):
    return normal_density(y[0], 0.0, 1.0)


slopes = st.floats(0.05, 20.0).flatmap(lambda a: st.sampled_from([a, -a]))


@given(slope=slopes, offset=finite_floats(-10.0, 10.0), z=finite_floats(-6.0, 6.0))
def test_affine_three_ways(slope, offset, z):
    x = slope * z + offset
    stated = change_of_variables(p_z, lambda x: (x - offset) / slope, np.array([x]))
    # x carries a rounding of |x| + |offset|, which z feels divided by the slope, and log p times z
    close = {"rtol": 1e-15 * (20.0 + 20.0 * (abs(x) + abs(offset)) / abs(slope) * (abs(z) + 1.0))}
    point = mnp.asarray([x])
    assert_allclose(host(affine_density(slope, offset).density(point))[0], stated, **close)
    assert_allclose(host(Pushforward(lambda z: slope * z + offset).density(point))[0], stated, **close)


def test_affine_density_is_differentiable_in_both():
    def log_density(slope, offset):
        return affine_density(slope, offset).log_density(mnp.asarray(0.7))

    mg.check_grads(log_density, (mnp.asarray(-1.4), mnp.asarray(0.2)), order=2)
    with pytest.raises(ValueError, match="deviation of a Normal must be positive"):
        affine_density(0.0, 1.0)


MONOTONE = {
    # G, its inverse for autograd, points x
    "exp": (lambda z: mnp.exp(z), lambda x: anp.log(x), [1e-3, 0.3, 1.0, 7.0, 1e3]),
    "falling exp": (lambda z: mnp.exp(-z), lambda x: -anp.log(x), [1e-3, 0.3, 1.0, 7.0, 1e3]),
    "tanh": (lambda z: mnp.tanh(z), lambda x: anp.arctanh(x), [-0.999, -0.5, 0.0, 0.3, 0.999]),
    "sinh": (lambda z: mnp.sinh(z), lambda x: anp.arcsinh(x), [-300.0, -1.0, 0.0, 0.4, 300.0]),
    "sigmoid": (lambda z: mnp.sigmoid(z), lambda x: anp.log(x) - anp.log(1 - x), [0.01, 0.5, 0.99]),
}


@pytest.mark.parametrize("name", MONOTONE)
def test_monotone_generators_against_the_reference(name):
    forward, inverse, points = MONOTONE[name]
    law = Pushforward(forward)
    assert law.monotone
    stated = [change_of_variables(p_z, inverse, np.array([x])) for x in points]
    assert_allclose(host(law.density(mnp.asarray(points))), stated, rtol=1e-12)


def test_the_log_normal_is_scipys():
    x = np.geomspace(1e-3, 1e3, 41)
    ours = host(Pushforward(lambda z: mnp.exp(z)).log_density(mnp.asarray(x)))
    assert_allclose(ours, scipy.stats.lognorm(1.0).logpdf(x), rtol=1e-12, atol=1e-13)


def test_a_square_is_chi_square_by_its_two_branches():
    law = Pushforward(lambda z: mnp.square(z))
    assert not law.monotone
    x = np.array([1e-4, 0.01, 0.5, 1.0, 4.0, 30.0, 60.0])
    assert_allclose(host(law.density(mnp.asarray(x))), scipy.stats.chi2(1).pdf(x), rtol=1e-12)
    assert host(law.density(mnp.asarray([-1.0, -1e-9]))).tolist() == [0.0, 0.0]


def test_three_branches_counted_by_hand():
    """G(z) = z^3 - 3 z takes 0 at 0 and +-sqrt(3), with slopes -3, 6 and 6."""
    law = Pushforward(lambda z: z * z * z - 3.0 * z)
    root = normal_density(math.sqrt(3.0), 0.0, 1.0)
    stated = normal_density(0.0, 0.0, 1.0) / 3.0 + 2.0 * root / 6.0
    assert_allclose(host(law.density(mnp.asarray([0.0])))[0], stated, rtol=1e-13)
    assert_allclose(host(law.density(mnp.asarray([18.0])))[0], normal_density(3.0, 0.0, 1.0) / 24.0, rtol=1e-12)


def test_a_smooth_law_integrates_to_one_and_has_the_moments_of_its_samples():
    def bend(z):
        return z + 0.8 * mnp.tanh(2.0 * z) + 0.5

    law = Pushforward(bend)
    # sinh-like tails are none: |x - z| < 1.4, so nothing is beyond 11
    assert_allclose(host(integrate(law, -11.0, 11.0, 2001)), 1.0, rtol=1e-10)
    mean = float(host(integrate(lambda x: x * law.density(x), -11.0, 11.0, 2001)))
    assert_allclose(mean, 0.5, atol=1e-9)
    for seed in range(3):
        sample = host(law.sample(generator(seed), (20_000,)))
        assert abs(sample.mean() - mean) < 5 * sample.std() / math.sqrt(20_000)


def test_shapes_and_python_numbers():
    law = Pushforward(lambda z: 2.0 * z)
    assert host(law.density(mnp.zeros((2, 3)))).shape == (2, 3)
    assert_allclose(float(host(law.density(0.0))), normal_density(0.0, 0.0, 2.0), rtol=1e-14)
    assert host(law.log_density(mnp.asarray([100.0, -100.0]))).tolist() == [-math.inf, -math.inf]


def test_a_discriminator_of_a_pushforward():
    law = Pushforward(lambda z: mnp.exp(z))
    D = optimal_discriminator(law, lambda x: mnp.exp(-x))
    x = np.array([0.5, 1.0, 2.0])
    p, q = scipy.stats.lognorm(1.0).pdf(x), np.exp(-x)
    assert_allclose(host(D(mnp.asarray(x))), p / (p + q), rtol=1e-12)


def test_refused_generators():
    with pytest.raises(ValueError, match="one point and have no density"):
        Pushforward(lambda z: 0.0 * z + 3.0)
    with pytest.raises(ValueError, match=r"must map an array of shape \(4097,\)"):
        Pushforward(lambda z: mnp.sum(z))
    with pytest.raises(ValueError, match="elementwise"):
        Pushforward(lambda z: mnp.stack([z, z]))
