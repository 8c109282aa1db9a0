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


# -- infinite ends -------------------------------------------------------------------------------------------


@given(mean=st.floats(-3.0, 3.0), deviation=st.floats(0.3, 30.0))
def test_the_whole_line_and_its_halves(mean, deviation):
    """It used to be NaN, the nodes being at infinity."""
    p = Normal(mean, deviation)
    assert_allclose(host(integrate(p, -math.inf, math.inf)), 1.0, rtol=1e-12)
    below = 0.5 * math.erfc(mean / (deviation * math.sqrt(2.0)))
    assert_allclose(host(integrate(p, -math.inf, 0.0)), below, rtol=1e-10)
    assert_allclose(host(integrate(p, 0.0, math.inf)), 1.0 - below, rtol=1e-10)
    assert_allclose(host(integrate(p, math.inf, -math.inf)), -1.0, rtol=1e-12)


def test_slow_tails_and_derivatives_under_infinite_ends():
    assert_allclose(host(integrate(lambda x: 1.0 / (1.0 + x * x), -math.inf, math.inf)), math.pi, rtol=1e-13)
    assert_allclose(host(integrate(lambda x: x**-1.5, 4.0, math.inf)), 1.0, rtol=1e-12)
    slope = mg.grad(lambda s: integrate(lambda x: x * x * Normal(0.0, s).density(x), -math.inf, math.inf))
    assert_allclose(host(slope(mnp.asarray(1.3))), 2.6, rtol=1e-12)


@pytest.mark.parametrize(
    ("f", "low", "reason"),
    [
        (Normal(1e6, 1.0), -math.inf, "nodes see the function"),
        (lambda x: 1.0 / (1.0 + mnp.abs(x)), -math.inf, "decays too slowly"),
        (lambda x: mnp.where(x > 0.1, math.nan, mnp.exp(-x)), 0.0, "not finite everywhere"),
        (lambda x: mnp.cos(50.0 * x) ** 2 * mnp.exp(-0.01 * x * x), -math.inf, "half of the nodes tell otherwise"),
    ],
)
def test_what_the_nodes_cannot_tell_is_refused(f, low, reason):
    with pytest.raises(ValueError, match=reason):
        integrate(f, low, math.inf, 301)


def test_ends_that_are_no_interval_are_refused():
    for low, high in ((math.nan, 1.0), (0.0, math.nan), (math.inf, math.inf)):
        with pytest.raises(ValueError, match="two different ends"):
            integrate(Normal(), low, high)
    with pytest.raises(ValueError, match="at least 2 points, and not 1"):
        integrate(Normal(), 0.0, 1.0, 1)
