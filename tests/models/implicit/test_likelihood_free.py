"""Posteriors from simulators: the lighthouse against Cauchy's law, grids against loops, and what is refused."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.implicit import likelihood_free as F
from minigan.models.implicit import simulators as S
from minigan.random import generator
from reference.density_ratio import lighthouse_likelihood

places = st.floats(
    -5.0, 5.0, allow_subnormal=False
)  # whose squares would be told from 0 by one library and not another


def known(theta, x):
    return S.lighthouse_log_likelihood(theta, mnp.asarray(x, dtype="float64"))


@given(st.lists(places, min_size=1, max_size=5), places, st.floats(0.1, 3.0))
def test_the_likelihood_is_the_references(flashes, along, off):
    found = S.lighthouse_log_likelihood(mnp.asarray([[along, off]]), mnp.asarray(flashes))
    assert_allclose(np.exp(mg.to_numpy(found)[0]), lighthouse_likelihood(np.array(flashes), along, off), rtol=1e-10)


def test_flashes_are_cauchy_variables_around_the_lighthouse():
    theta = mnp.broadcast_to(mnp.asarray([0.5, 1.5], dtype="float32"), (5000, 2))
    x = mg.to_numpy(S.lighthouse(theta, generator(0))).astype(float)
    assert x.shape == (5000, S.FLASHES)
    assert stats.kstest(x.ravel(), stats.cauchy(0.5, 1.5).cdf).pvalue > 1e-3


def test_the_grid_posterior_is_prior_times_likelihood():
    x = S.LIGHTHOUSE.observed["together"]
    mass, grid = S.LIGHTHOUSE.true_posterior(x), S.LIGHTHOUSE.grid
    assert_allclose(mass.sum(), 1.0, rtol=1e-12)
    at = [(30, 10), (70, 5), (80, 60)]
    stated = [lighthouse_likelihood(np.array(x), grid.first[i], grid.second[j]) for i, j in at]
    found = [mass[i, j] for i, j in at]
    assert_allclose(np.array(found) / found[0], np.array(stated) / stated[0], rtol=1e-10)


def test_draws_from_a_grid_have_its_moments():
    mass, grid = S.LIGHTHOUSE.true_posterior(S.LIGHTHOUSE.observed["one astray"]), S.LIGHTHOUSE.grid
    rows = mg.to_numpy(F.drawn_from(S.LIGHTHOUSE, mass, generator(0), 20_000)).astype(float)
    for axis in range(2):
        mean = float(mass.sum(1 - axis) @ grid[axis])
        assert abs(rows[:, axis].mean() - mean) < 5.0 * rows[:, axis].std() / math.sqrt(20_000)


def test_coverage_tells_the_right_posterior_from_one_that_is_too_sure():
    cover = lambda log_ratio: F.coverage(S.LIGHTHOUSE, log_ratio, generator(0))
    error = math.sqrt(0.16 / F.TESTS)
    assert abs(cover(known) - F.LEVEL) < 4.0 * error
    assert cover(lambda theta, x: 3.0 * known(theta, x)) < F.LEVEL - 6.0 * error
    assert cover(lambda theta, x: 0.2 * known(theta, x)) > F.LEVEL + 4.0 * error


def test_a_short_training_is_nearer_than_the_prior():
    system = F.likelihood_free(hidden=32, batch=128)
    found = system.measured(system.train(500))
    apart, prior = (found[f"total_variation_{of}"] for of in ("to_grid_posterior", "of_prior"))
    assert apart["together"] < 0.5 * prior["together"] and apart["one astray"] < 0.7 * prior["one astray"]
    assert system.measured(system.train(0))["collapsed"]


def test_every_data_set_has_its_own_posterior_and_densities_are_normalised():
    system = F.likelihood_free(batch=16)
    trained = system.train(50)
    drawn = [mg.to_numpy(system.sample(trained.state, 500, generator(0), condition=name)) for name in system.conditions]
    assert all((drawn[0] != one).any() for one in drawn[1:])
    grid = S.LIGHTHOUSE.grid
    cell = (grid.first[1] - grid.first[0]) * (grid.second[1] - grid.second[0])
    assert_allclose(np.exp(mg.to_numpy(system.log_density(trained.state, grid.theta))).sum() * cell, 1.0, rtol=1e-9)
    with pytest.raises(ValueError, match="no data set is called 'one stray'; the nearest is 'one astray'"):
        system.sample(trained.state, 5, generator(0), condition="one stray")


# -- simulators of one's own ------------------------------------------------------------------------------------------


def root(theta, rng):
    """sqrt(level) + noise, NaN for a negative level."""
    with mnp.errstate(all="ignore"):
        return mnp.sqrt(theta[:, :1]) + theta[:, 1:] * rng.standard_normal((theta.shape[0], 1), dtype="float32")


def own(low=0.0, **changed):
    prior = S.UniformPrior((low, 0.1), (3.0, 1.0))
    made = S.Simulator("root", "a root", ("level", "noise"), prior, root, {"one": (1.0,)}, (low, 0.1), (3.0, 1.0))
    return dataclasses.replace(made, **changed)


def test_a_simulator_whose_likelihood_nobody_knows_is_judged_by_coverage(monkeypatch):
    monkeypatch.setitem(S.SIMULATORS, "root", own())
    system = F.likelihood_free(simulator="root", batch=16)
    trained = system.train(2)
    assert system.measured(trained).keys() == {"coverage_of_the_80%", "collapsed"}
    assert system.told(trained)[1][0][-1] == "not known"
    assert system.real(generator(0), 3).shape == (3, 2)
    with pytest.raises(ValueError, match="the likelihood of root is not known"):
        own().true_posterior((1.0,))


def test_nan_is_told_with_its_parameters(monkeypatch):
    monkeypatch.setitem(S.SIMULATORS, "root", own(low=-1.0))
    with pytest.raises(ValueError, match=r"the simulator root gave nan at level = -0\.[0-9]+, noise = 0\.[0-9]+: keep"):
        F.likelihood_free(simulator="root").train(3)


def test_the_row_that_is_named_is_the_one():
    theta = mnp.asarray([[1.0, 0.2], [2.0, 0.4]], dtype="float32")
    with pytest.raises(ValueError, match=r"gave inf at level = 2, noise = 0\.4"):
        own().checked(theta, mnp.asarray([[0.0], [math.inf]]))


def test_what_is_no_simulator_is_refused():
    class Sampler:
        def sample(self, rng, n):
            return rng.uniform((n, 2), dtype="float32")

    with pytest.raises(TypeError, match=r"the prior of root has no density: .*log_density\(theta\)"):
        own(prior=Sampler())
    with pytest.raises(TypeError, match=r"the prior of root has a sample\(rng, n\), and 3 has none"):
        own(prior=3)
    with pytest.raises(ValueError, match=r"for each of 16 rows of parameters, and gave the shape \(16,\)"):
        own(simulate=lambda theta, rng: theta[:, 0]).drawn(generator(0), 16)
    with pytest.raises(ValueError, match=r"two named parameters and observed data, and was told .* and 0 data sets"):
        own(observed={})
    with pytest.raises(ValueError, match="each low below its high, and had"):
        S.UniformPrior((0.0, 1.0), (1.0, 1.0))
    with pytest.raises(ValueError, match="has no mass on its rectangle"):
        own().grid_posterior(-math.inf)
    with pytest.raises(ValueError, match="no simulator is called 'lighthose'; the nearest is 'lighthouse'"):
        S.simulator_called("lighthose")
