"""The trapezoidal rule: exact on lines, exponentially accurate on densities, differentiable."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
import reference.densities
from minigan.densities import Normal
from minigan.quadrature import integrate
from minigan.testing import finite_floats

numbers = finite_floats(-10.0, 10.0)


def host(x):
    return float(mg.to_numpy(x))


@given(a=numbers, b=numbers, low=numbers, length=st.floats(0.1, 10.0), points=st.integers(2, 50))
def test_exact_on_straight_lines(a, b, low, length, points):
    high = low + length
    exact = a * length + b * (high**2 - low**2) / 2
    found = host(integrate(lambda x: a + b * x, low, high, points))
    assert_allclose(found, exact, rtol=1e-12, atol=1e-11)  # the squares are below 400


@given(mean=numbers, deviation=st.floats(0.2, 2.0))
def test_exponentially_accurate_on_a_density(mean, deviation):
    """With spacing h the error on N(m, s^2) is about 2 exp(-2 pi^2 s^2 / h^2): nothing at h = s / 2."""
    low, high = mean - 12.0 * deviation, mean + 12.0 * deviation
    assert_allclose(host(integrate(Normal(mean, deviation), low, high, 49)), 1.0, rtol=1e-13)
    coarse = host(integrate(Normal(mean, deviation), low, high, 13))  # h = 2 s
    assert_allclose(coarse - 1.0, 2.0 * math.exp(-2.0 * math.pi**2 / 4.0), rtol=1e-3)


@pytest.mark.parametrize("points", [2, 3, 17, 1000])
def test_agrees_with_the_reference_rule(points):
    found = host(integrate(lambda x: mnp.sin(3.0 * x) * mnp.exp(-x), -1.0, 2.0, points))
    stated = reference.densities.integrate(lambda x: np.sin(3.0 * x) * np.exp(-x), -1.0, 2.0, points)
    assert_allclose(found, stated, rtol=1e-13, atol=1e-14)


def test_differentiable_in_what_the_integrand_depends_on():
    at = mnp.asarray(1.3)

    def second_moment(s):
        return integrate(lambda x: x * x * Normal(0.0, s).density(x), -16.0, 16.0, 401)

    assert_allclose(host(mg.grad(second_moment)(at)), 2.0 * 1.3, rtol=1e-12)
    assert_allclose(host(mg.grad(mg.grad(second_moment))(at)), 2.0, rtol=1e-11)
    mg.check_grads(second_moment, (at,), order=2)
