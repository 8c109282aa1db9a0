"""Prey and predators against Gillespie's simulation, the particle filter against a matrix, and the learned posterior."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.implicit import lotka_volterra as L
from minigan.models.implicit import particle_filter as F
from minigan.models.implicit import populations as P
from minigan.models.implicit.predictive_check import band, tail_probabilities
from minigan.random import generator
from reference.lotka_volterra import gillespie

# -- the simulator ----------------------------------------------------------------------------------------------------


def test_numbers_have_the_law_of_gillespies_simulation():
    """Steps of 0.1 against events one by one: means and deviations of both after three units of time."""
    rates, host = (1.0, 0.02, 0.8), np.random.default_rng(0)
    exact = np.array([gillespie(30, 20, *rates, 3.0, host.random) for _ in range(400)], dtype=float)
    ours = P.after(np.full((4000, 2), (30, 20)), np.array([rates]), host, 3.0).astype(float)
    error = exact.std(0) / math.sqrt(len(exact))
    assert (abs(ours.mean(0) - exact.mean(0)) < 4.0 * error).all()
    assert (abs(np.log(ours.std(0) / exact.std(0))) < 0.2).all()


def test_who_died_out_stays_so_and_nobody_counts_beyond_the_ceiling():
    host = np.random.default_rng(0)
    gone = P.after(np.array([[0, 0], [0, 50], [50, 0]]), np.array([[1.0, 0.01, 1.0]]), host, 12.0)
    assert gone[0].tolist() == [0, 0] and gone[1, 0] == 0 and gone[2, 1] == 0
    assert gone[2, 0] == P.CEILING
    wild = P.true_numbers(np.array([[5.0, -9.0, 5.0], [5.0, 9.0, -9.0], [-9.0, -9.0, 9.0]]), host)
    assert np.isfinite(wild).all() and (wild >= 0).all()


@pytest.mark.parametrize("u", [math.nan, 2000.0, -2000.0])
def test_rates_that_are_none_are_named(u):
    with pytest.raises(
        ValueError, match=r"lotka_volterra gave nan at birth of prey = 1, predation = (nan|inf|0), death"
    ):
        P.simulated(np.array([[0.0, 0.0, 0.0], [0.0, u, 0.0]]), generator(0))


def test_series_go_by_their_generator():
    u = np.zeros((3, 3))
    one, again, other = (mg.to_numpy(P.simulated(u, generator(seed))) for seed in (0, 0, 1))
    assert one.dtype == np.float32 and one.shape == (3, 20)
    assert (one == again).all() and (one != other).all()


# -- the judges -------------------------------------------------------------------------------------------------------


def test_the_particle_filter_has_the_likelihood_of_a_gaussian_chain():
    """z_t = z_(t-1) / 2 + N(0, 1), x_t = z_t + N(0, 1): the counts are jointly Gaussian."""
    x, host = np.array([0.5, -1.0, 0.3, 1.2]), np.random.default_rng(0)
    covariance = np.zeros((4, 4))
    for s in range(4):
        for t in range(4):
            covariance[s, t] = sum(0.5 ** (s - r) * 0.5 ** (t - r) for r in range(min(s, t) + 1))
    exact = stats.multivariate_normal(np.zeros(4), covariance + np.eye(4)).logpdf(x)
    move = lambda z, time: 0.5 * z + host.standard_normal(z.shape)
    weights = [lambda z, at=at: stats.norm(z[:, :, 0]).logpdf(at) for at in x]
    found = F.filtered_log_likelihood(np.zeros((300, 100, 1)), move, weights, host)
    mean = np.exp(found - exact)
    assert abs(mean.mean() - 1.0) < 4.0 * mean.std() / math.sqrt(300) and mean.std() < 0.5


def test_weighed_rows_have_the_moments_of_their_law():
    host = np.random.default_rng(0)
    rows = 2.0 * host.standard_normal((20_000, 2))
    weights = np.exp(-0.5 * np.square(rows - 1.0).sum(1) + np.square(rows).sum(1) / 8.0)
    found = F.Weighed(rows, weights / weights.sum())
    assert_allclose(found.moments(), [[1.0, 1.0], [1.0, 1.0]], atol=0.05)
    assert_allclose(found.covariance(), np.eye(2), atol=0.05)
    assert 1.0 < found.effective < 20_000


def test_calibration_tells_the_right_posterior_from_one_that_is_too_sure():
    """Where x says nothing, the prior is the posterior."""

    def flat(factor):
        eye = factor * np.eye(3)
        log_det = 3.0 * math.log(factor)
        return lambda x: (mnp.zeros((x.shape[0], 3)), mnp.asarray(np.tile(eye, (x.shape[0], 1, 1))), log_det)

    found = {
        factor: L.calibration(lambda x, f=factor: tuple(_full(part, x) for part in flat(f)(x)), generator(0))
        for factor in (0.5, 1.0, 2.0)
    }
    assert abs(found[1.0].coverage - L.LEVEL) < 0.06 and found[1.0].ranks_off < 0.1
    assert_allclose(found[1.0].nats, 0.0, atol=1e-9)
    for factor, low, high in ((0.5, 0.95, 1.0), (2.0, 0.0, 0.4)):
        assert low <= found[factor].coverage <= high and found[factor].ranks_off > 0.1 and found[factor].nats < 0.0


def _full(part, x):
    return part if hasattr(part, "shape") else mnp.full((x.shape[0],), part)


def test_the_level_is_that_of_chi_square():
    assert_allclose(stats.chi2(3).cdf(L.LEVEL_QUANTILE), L.LEVEL, atol=1e-5)


def test_tail_probabilities_are_uniform_where_the_model_is_right():
    host = np.random.default_rng(0)
    found = [tail_probabilities(host.standard_normal((99, 1)), host.standard_normal(1))[0] for _ in range(400)]
    assert stats.kstest(found, stats.uniform(0.0, 1.0).cdf).pvalue > 1e-3
    assert band(np.zeros((5, 2))).shape == (2, 2)
    with pytest.raises(ValueError, match="each of 2 replicated statistics is held against a finite observed one"):
        tail_probabilities(np.zeros((5, 2)), [0.0, math.nan])


# -- what is learned --------------------------------------------------------------------------------------------------


def test_the_ratio_is_that_of_the_posterior_to_the_prior():
    system = L.lotka_volterra_system(200, 8, 16, 1e-3)
    params = system.train(0).state.parameters["ratio"]
    x = mnp.asarray([P.OBSERVED["cycles"]], dtype="float32")
    u = generator(0).standard_normal((5, 3), dtype="float32")
    moments = L.moments_of(system.parts["network"].learned(params), P.OBSERVED["cycles"])
    law = stats.multivariate_normal(moments.mean, moments.covariance)
    prior = stats.multivariate_normal(np.zeros(3), np.eye(3))
    rows = mg.to_numpy(u).astype(float)
    v = mg.to_numpy(system.parts["network"].log_ratio(params, u, x))[0]
    assert_allclose(v, law.logpdf(rows) - prior.logpdf(rows), rtol=1e-4, atol=1e-4)


def test_a_short_training_narrows_the_posterior_around_the_exact_one():
    system = L.lotka_volterra_system(4000, 48, 64, 4e-3, 300)
    before, after = (system.measured(system.train(steps)) for steps in (0, 300))
    assert before["collapsed"] and before["nats_of_the_rates"] < 0.5 and before["mean_off_in_deviations"] > 2.0
    assert not after["collapsed"] and after["nats_of_the_rates"] > 3.0 and after["mean_off_in_deviations"] < 2.0
    assert after["width_of_band"] < 0.6 * after["width_of_band_of_prior"]


def test_a_series_that_was_not_observed_is_refused():
    system = L.lotka_volterra_system(100, 4, 8, 1e-3)
    with pytest.raises(ValueError, match="no series is called 'plauge'; the nearest is 'plague'"):
        system.sample(system.train(0).state, 5, generator(0), condition="plauge")
