import autograd.numpy as np
import mpmath
import pytest
from autograd import grad
from numpy.testing import assert_allclose

from reference.densities import (
    integrate,
    integrate_simpson,
    mixture_density,
    mixture_log_density,
    normal_density,
    normal_log_density,
)

WEIGHTS = np.array([0.33, 0.27, 0.4])
MEANS = np.array([-1.0, 0.5, 2.0])
DEVIATIONS = np.array([0.25, 0.8, 1.5])


@pytest.mark.parametrize("x", [-3.0, 0.0, 0.7, 5.5])
def test_normal_density_is_that_of_mpmath(x):
    exact = mpmath.npdf(x, 0.4, 1.3)
    assert normal_density(x, 0.4, 1.3) == pytest.approx(float(exact), rel=1e-14)
    assert normal_log_density(x, 0.4, 1.3) == pytest.approx(float(mpmath.log(exact)), rel=1e-14)


@pytest.mark.parametrize("x", [-60.0, -2.0, 0.1, 3.0, 90.0])
def test_mixture_is_the_weighted_sum_at_50_digits(x):
    with mpmath.workdps(50):
        components = zip(WEIGHTS, MEANS, DEVIATIONS)
        exact = mpmath.log(sum(w * mpmath.npdf(x, m, s) for w, m, s in components))
    assert mixture_log_density(x, WEIGHTS, MEANS, DEVIATIONS) == pytest.approx(float(exact), rel=1e-13)


def test_mixture_broadcasts_over_x_and_agrees_with_its_logarithm():
    x = np.linspace(-4.0, 6.0, 12).reshape(3, 4)
    density = mixture_density(x, WEIGHTS, MEANS, DEVIATIONS)
    assert density.shape == (3, 4)
    log_density = mixture_log_density(x, WEIGHTS, MEANS, DEVIATIONS)
    assert_allclose(np.log(density), log_density, rtol=1e-12)


def test_the_score_of_a_normal_in_its_mean_and_deviation():
    x, mean, deviation = 1.7, 0.4, 1.3
    z = (x - mean) / deviation
    assert grad(normal_log_density, 1)(x, mean, deviation) == pytest.approx(z / deviation, rel=1e-14)
    assert grad(normal_log_density, 2)(x, mean, deviation) == pytest.approx((z**2 - 1) / deviation, rel=1e-14)


@pytest.mark.parametrize("rule", [integrate, integrate_simpson])
def test_moments_of_a_mixture(rule):
    def moments(x):
        return mixture_density(x, WEIGHTS, MEANS, DEVIATIONS)[:, None] * np.stack([x**0, x, x**2], axis=1)

    exact = [1.0, np.sum(WEIGHTS * MEANS), np.sum(WEIGHTS * (MEANS**2 + DEVIATIONS**2))]
    assert_allclose(rule(moments, -15.0, 18.0, 4001), exact, rtol=1e-13)


@pytest.mark.parametrize("rule", [integrate, integrate_simpson])
def test_an_integral_differentiates_under_its_sign(rule):
    def second_moment(deviation):
        return rule(lambda x: x**2 * normal_density(x, 0.0, deviation), -12.0, 12.0, 2001)

    assert grad(second_moment)(1.1) == pytest.approx(2.2, rel=1e-12)


def test_orders_of_the_two_rules_where_the_integrand_does_not_vanish():
    trapezoid = [integrate(np.exp, 0.0, 1.0, points) - (np.e - 1) for points in (11, 21)]
    simpson = [integrate_simpson(np.exp, 0.0, 1.0, points) - (np.e - 1) for points in (11, 21)]
    assert trapezoid[0] / trapezoid[1] == pytest.approx(4, rel=1e-2)
    assert simpson[0] / simpson[1] == pytest.approx(16, rel=1e-2)


def test_simpson_asks_for_an_odd_number_of_points():
    with pytest.raises(ValueError, match="odd number of points, not 10: try 11"):
        integrate_simpson(np.exp, 0.0, 1.0, 10)
