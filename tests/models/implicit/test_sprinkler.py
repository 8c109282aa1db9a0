"""The continuous sprinkler: its grid against loops and SciPy, simulations against the law, and how modes are counted."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.implicit import sprinkler as S
from minigan.random import generator
from reference.sprinkler import joint_density, posterior


def test_log_densities_are_those_of_the_formulas():
    z = np.random.default_rng(0).normal(0.0, 2.0, (40, 2))
    stated = stats.multivariate_normal([0.0, 0.0], 2.0 * np.eye(2)).logpdf(z)
    assert_allclose(mg.to_numpy(S.log_prior(mnp.asarray(z))), stated, rtol=1e-12)
    mean = [3.0 + max(0.0, a) ** 3 + max(0.0, b) ** 3 for a, b in z]
    for x in S.OBSERVATIONS:
        found = mg.to_numpy(S.log_likelihood(x, mnp.asarray(z)))
        assert_allclose(found, stats.expon(scale=mean).logpdf(x), rtol=1e-12)
        assert_allclose(np.exp(found + stated), [joint_density(x, *row) for row in z], rtol=1e-10)


@pytest.mark.parametrize("x", S.OBSERVATIONS)
def test_a_cell_has_the_mass_of_its_integral(x):
    """Against SciPy's double integral of a cell over that of the plane, in a few cells."""

    def joint(b, a):
        return joint_density(x, a, b)

    whole = integrate.dblquad(joint, -9.0, 9.0, -9.0, 9.0, epsabs=1e-8)[0]
    mass, side = S.posterior_on_grid(x), 2.0 * S.REACH / S.CELLS
    for i, j in ((24, 24), (20, 33), (34, 23)):
        a, b = (-S.REACH + side * at for at in (i, j))
        stated = integrate.dblquad(joint, a, a + side, b, b + side)[0] / whole
        assert_allclose(mass[i, j], stated, rtol=5e-3)
    assert_allclose(mass.sum(), 1.0, rtol=1e-12)
    assert_allclose(mass, mass.T, rtol=1e-9)  # neither cause is the first


def test_a_coarse_grid_is_the_references():
    found = S.posterior_on_grid(12.0, 12)
    assert_allclose(found, posterior(12.0, 6.0, 60).reshape(12, 5, 12, 5).sum((1, 3)), rtol=1e-9)


@pytest.mark.parametrize("x", [0.0, 8.0, 50.0])
def test_draws_are_of_the_posterior(x):
    """Shares of regions against the grid's masses, within five standard errors."""
    n = 20_000
    z = mg.to_numpy(S.drawn_posterior(generator(3), x, n))
    mass = S.posterior_on_grid(x)
    c = S.centres()
    for region in (lambda a, b: a > b, lambda a, b: a > 1.5, lambda a, b: (a > 0) & (b > 0), lambda a, b: a + b < 1.0):
        p = mass[region(*np.meshgrid(c, c, indexing="ij"))].sum()
        found = region(*z.astype(float).T).mean()
        # cells on an oblique border are counted whole
        assert abs(found - p) < 5.0 * math.sqrt(0.25 / n) + 0.015
    assert S.total_variation(S.on_grid(z), mass) < 0.1


def test_simulated_effects_are_exponential():
    z = mnp.asarray(np.tile([[1.0, -2.0]], (20_000, 1)))
    x = mg.to_numpy(S.simulated(generator(5), z))
    assert stats.kstest(x, stats.expon(scale=4.0).cdf).pvalue > 1e-3
    assert x.min() >= 0.0


def test_what_lies_outside_of_the_grid_is_counted():
    inside = S.on_grid(np.zeros((10, 2)))
    half = S.on_grid(np.array([[0.0, 0.0], [100.0, 0.0]]))
    assert_allclose(half.sum(), 0.5)
    assert_allclose(S.total_variation(inside, half), 0.5)
    assert S.total_variation(inside, inside) == 0.0


def bumps(places, width=0.5):
    c = S.centres()
    a, b = np.meshgrid(c, c, indexing="ij")
    found = sum(np.exp(-0.5 * ((a - x) ** 2 + (b - y) ** 2) / width**2) for x, y in places)
    return found / found.sum()


def test_modes_are_counted():
    assert S.modes(bumps([(0.0, 0.0)])) == 1
    assert S.modes(bumps([(2.0, -2.0), (-2.0, 2.0)])) == 2
    assert S.modes(bumps([(3.0, -3.0), (0.0, 0.0), (-3.0, 3.0)])) == 3
    assert S.modes(bumps([(0.3, -0.3), (-0.3, 0.3)])) == 1
    assert S.modes(bumps([(2.0, 2.0), (-2.0, -2.0)])) == 1  # which cause is the question, and they agree
    rng = np.random.default_rng(0)
    noisy = rng.multinomial(50_000, S.posterior_on_grid(50.0).ravel()).reshape(48, 48) / 50_000
    assert S.modes(noisy) == 2


@pytest.mark.parametrize("x", [-1.0, math.nan, math.inf])
def test_an_effect_that_no_cause_has_is_refused(x):
    with pytest.raises(ValueError, match=f"is a finite number that is not negative, and was {x}"):
        S.posterior_on_grid(x)
