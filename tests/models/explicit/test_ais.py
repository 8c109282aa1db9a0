"""Annealed importance sampling: its weights against enumeration, its interval against Student's, its path against F."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import ttest_1samp

import minigan as mg
import minigan.numpy as mnp
from minigan.models import SYSTEMS
from minigan.models.explicit import ais, boltzmann, rbm, states
from minigan.random import generator

from .test_boltzmann import machine as general_machine
from .test_boltzmann import on_backend as as_machine
from .test_rbm import machine, on_backend

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(1, 4), st.integers(1, 4), seeds, st.sampled_from([None, 0.7]))
def test_a_path_begins_where_z_is_known_and_ends_at_the_machine(visible, hidden, seed, base):
    params, v = on_backend(machine(seed, visible, hidden)), states.binary_states(visible)
    path = ais.rbm_path(*params, base_bias=None if base is None else mnp.full(visible, base))
    assert_allclose(path.log_base, float(mnp.logsumexp(path.log_density(v, 0.0))), atol=1e-12)
    assert_allclose(mg.to_numpy(path.log_density(v, 1.0)), -mg.to_numpy(rbm.free_energy(v, *params)), atol=1e-12)
    coupled = as_machine(general_machine(seed, visible))
    path = ais.machine_path(*coupled)
    assert_allclose(path.log_base, float(mnp.logsumexp(path.log_density(v, 0.0))), atol=1e-12)
    stated = -mg.to_numpy(boltzmann.energy(v, *coupled))
    assert_allclose(mg.to_numpy(path.log_density(v, 1.0)), stated, atol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_a_sweep_leaves_the_law_at_its_temperature_as_it_is(beta):
    """From draws of that law itself: frequencies after a sweep are its probabilities still."""
    n, v = 40_000, states.binary_states(3)
    for path in (
        ais.rbm_path(*on_backend(machine(1, 3, 2)), base_bias=mnp.asarray([1.0, -1.0, 0.0])),
        ais.machine_path(*as_machine(general_machine(2, 3))),
    ):
        log_p = path.log_density(v, beta)
        rng = generator(3)
        start = mnp.take(v, rng.categorical(log_p, (n,)), 0)
        moved = mg.to_numpy(path.sweep(start, beta, rng.uniform((n, path.units)))) @ [4, 2, 1]
        p = mg.to_numpy(mnp.softmax(log_p))
        found = np.bincount(moved.astype(int), minlength=8) / n
        assert (abs(found - p) < 4.5 * np.sqrt(p * (1.0 - p) / n)).all()


@given(st.integers(2, 12), seeds)
def test_the_interval_is_students_and_the_mean_is_of_weights(runs, seed):
    """log Z of which Student's test of the runs' means says 1 %: the end of the interval, on the scale of Z / Z_found."""
    log_w = np.random.default_rng(seed).normal(3.0, 0.2, (runs, 5))
    found = ais.estimate_of(log_w)
    of_runs = np.exp(log_w).mean(1)
    assert_allclose(found.log_partition, math.log(of_runs.mean()), rtol=1e-12)
    for end in found.interval:
        edge = of_runs.mean() * (1.0 + end - found.log_partition)
        assert_allclose(ttest_1samp(of_runs, edge).pvalue, 0.01, rtol=1e-6)


def test_without_couplings_one_chain_says_it_all():
    """Every weight is Z: nothing changes along the path but what is a factor of it."""
    path = ais.machine_path(mnp.zeros((5, 5)), mnp.arange(5.0))
    found = ais.annealed_log_partition(path, generator(0), temperatures=3, runs=2, chains=4)
    stated = np.log1p(np.exp(np.arange(5.0))).sum()
    assert_allclose(found.log_weights, stated, rtol=1e-13)
    assert_allclose(found.interval, stated, rtol=1e-13)


def test_a_machine_trained_on_digits_is_estimated_as_well():
    """16 hidden units, 500 steps of training: the interval holds the exact log Z, and is narrower than half a nat."""
    system = SYSTEMS["rbm"](hidden=16)
    params = system.train(500).state.parameters["model"]
    share = (mnp.sum(system.data, 0) + 1.0) / (system.data.shape[0] + 2.0)
    path = ais.rbm_path(*params, base_bias=mnp.log(share) - mnp.log(1.0 - share))
    exact = float(rbm.log_partition(*params))
    for seed in (0, 1, 2):
        low, high = ais.annealed_log_partition(path, generator(seed), temperatures=200, chains=20).interval
        assert low < exact < high < low + 0.5


def test_many_hidden_units_have_an_estimate_and_say_so():
    system = SYSTEMS["rbm"](hidden=21)
    trained = system.train(2)
    measured = system.measured(trained)
    low, high = measured["nats_interval"]
    assert measured["nats_are"] == "estimate" and low <= measured["nats"] <= high
    few = SYSTEMS["rbm"](hidden=20)
    assert few.measured(few.train(2))["nats_are"] == "exact"
    x = system.real(generator(0), 30)
    found = mg.to_numpy(system.log_density(trained.state, x))
    params = trained.state.parameters["model"]
    free = mg.to_numpy(rbm.free_energy(x, *params)).astype(float)
    assert_allclose(np.std(found + free), 0.0, atol=1e-5)  # all but one and the same log Z


@pytest.mark.parametrize("wrong", [{"runs": 1}, {"chains": 0}, {"temperatures": 0}, {"runs": 2.5}])
def test_counts_are_looked_at(wrong):
    path = ais.machine_path(mnp.zeros((2, 2)), mnp.zeros(2))
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name} of annealed importance sampling are [12] or more, and were {value}"):
        ais.annealed_log_partition(path, generator(0), **wrong)
