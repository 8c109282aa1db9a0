"""One posterior by quadrature, chains and variational inference: the density, costs, symmetry, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.integrate import dblquad

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import inference as I
from minigan.random import generator


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_the_joint_density_is_the_product_of_three_normal_laws(first, second):
    stated = stats.norm.logpdf([first, second]).sum() + stats.norm.logpdf(1.0, first * second, 0.3)
    assert_allclose(float(I.log_joint(mnp.asarray([first, second]))), stated, rtol=1e-11)


def test_quadrature_is_scipys_and_its_modes_are_alike():
    found = I.by_quadrature(240)
    p = lambda a, b: math.exp(float(I.log_joint(mnp.asarray([a, b]))))
    corner = dblquad(p, 0.5, 1.5, 0.5, 1.5, epsabs=1e-7)[0] / math.exp(found.bound)
    assert_allclose(found.masses[13:15, 13:15].sum(), corner, rtol=1e-2)  # cells of 1/2 by midpoints of 1/20
    assert_allclose(found.masses, found.masses[::-1, ::-1], atol=1e-15)
    assert_allclose(found.masses, found.masses.T, atol=1e-15)
    assert found.cost == 57_600 and found.error < 1e-12


def test_the_mean_of_products_is_that_of_a_regression_on_one_weight():
    """Given z1, z1 z2 is Gaussian with mean z1^2 / (s^2 + z1^2): an average over z1 alone."""
    z = np.linspace(-10.0, 10.0, 20_001)
    variance = 0.09 + z * z
    p = stats.norm.pdf(z) * stats.norm.pdf(1.0, 0.0, np.sqrt(variance))
    mean = z * z / variance
    mean, square = (p @ values / p.sum() for values in (mean, mean**2 + z * z * 0.09 / variance))
    assert_allclose(I.product_moments(), (mean, math.sqrt(square - mean**2)), rtol=1e-6)


def test_chains_come_closer_the_longer_they_are():
    short, long = (I.by_chains(generator(0), steps) for steps in (10, 150))
    assert long.error < 0.06 < short.error and long.cost == 15 * short.cost
    assert_allclose(long.masses.sum(), 1.0, atol=1e-4)


def test_a_gaussian_takes_one_mode_and_its_bound_is_one():
    found = I.by_gaussian(generator(1))
    assert found.bound < I.exact_log_evidence() - math.log(2.0)
    assert 0.5 < found.error < 0.6
    quadrants = found.masses[12:, 12:].sum(), found.masses[:12, :12].sum()
    assert max(quadrants) > 0.98 and min(quadrants) < 0.01


def test_the_gaussians_bound_is_that_of_its_draws():
    """E_q log p(x, z) of Gauss and Hermite's rule, and the entropy, of a q that has not been fitted."""
    found = I.by_gaussian(generator(3), steps=1, starts=1)
    assert found.bound < I.by_gaussian(generator(3), steps=50, starts=1).bound < I.exact_log_evidence()


def test_an_implicit_q_begins_at_the_prior_and_leaves_it():
    few, more = (I.by_implicit(generator(0), steps) for steps in (2, 150))
    prior = I.shares(mg.to_numpy(generator(5).standard_normal((100_000, 2))))
    assert I.total_variation(few.masses, prior) < 0.35 and more.error < few.error
    assert (few.cost, more.cost) == (512, 38_400)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="points share 24 cells evenly, and 100 are no multiple of them"):
        I.by_quadrature(100)
    with pytest.raises(ValueError, match="the number of points must be an integer of at least 24, and is 3"):
        I.by_quadrature(3)
    with pytest.raises(ValueError, match="steps must be a positive integer"):
        I.by_implicit(generator(0), 0)
