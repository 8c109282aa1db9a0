"""Gibbs sampling: transition matrices against single units' conditionals, and what a step is worth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.signal import lfilter

import minigan as mg
import minigan.numpy as mnp
from minigan.models.explicit import boltzmann, gibbs, rbm, states
from minigan.models.explicit.markov_chain import integrated_autocorrelation_time
from minigan.random import generator
from reference.boltzmann import conditional

from .test_boltzmann import machine, on_backend

seeds = st.integers(0, 2**32 - 1)


def by_single_units(params):
    """The matrix of a sweep, one unit after the other, by loops."""
    units = len(params.biases)
    every = mg.to_numpy(states.binary_states(units)).astype(int)
    place = 2 ** np.arange(units)[::-1]
    product = np.eye(len(every))
    for i in range(units):
        one = np.zeros_like(product)
        for row, s in enumerate(every):
            for value in (0, 1):
                moved = s.copy()
                moved[i] = value
                p = conditional(i, s, *params)
                one[row, moved @ place] += p if value else 1.0 - p
        product = product @ one
    return product


@given(st.integers(1, 4), seeds)
def test_a_general_sweep_is_a_product_of_single_units(units, seed):
    params = machine(seed, units)
    found = gibbs.machine_transition_matrix(*on_backend(params))
    assert_allclose(found, by_single_units(params), atol=1e-13)
    law = np.exp(mg.to_numpy(boltzmann.log_probability(states.binary_states(units), *on_backend(params))))
    assert_allclose(law @ found, law, atol=1e-14)


@given(st.integers(1, 3), st.integers(1, 3), seeds)
def test_a_restricted_sweep_draws_all_hidden_units_and_then_all_visible_ones(visible, hidden, seed):
    """As a general machine's sweep with the hidden units first, of which only the visible part is looked at."""
    rng = np.random.default_rng(seed)
    w, b, c = (rng.standard_normal(shape) for shape in ((visible, hidden), visible, hidden))
    turned = boltzmann.from_rbm(*map(mnp.asarray, (w.T, c, b)))
    whole = gibbs.machine_transition_matrix(*turned).reshape(2**hidden, 2**visible, 2**hidden, 2**visible)
    stated = whole[0].sum(1)  # what the hidden units were does not matter
    assert_allclose(gibbs.rbm_transition_matrix(*map(mnp.asarray, (w, b, c))), stated, atol=1e-13)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sweeps_go_where_the_matrix_says(seed):
    params, n = on_backend(machine(seed, 3, 1.0)), 20_000
    s = mnp.broadcast_to(mnp.asarray([1.0, 0.0, 1.0]), (n, 3))
    moved = mg.to_numpy(gibbs.machine_sweep(s, *params, generator(seed).uniform((n, 3)))) @ [4, 2, 1]
    found = np.bincount(moved.astype(int), minlength=8) / n
    p = gibbs.machine_transition_matrix(*params)[5]
    assert (abs(found - p) < 4.5 * np.sqrt(p * (1.0 - p) / n)).all()
    one = rbm.RBM(mnp.asarray([[1.0], [-2.0]]), mnp.asarray([0.5, 0.0]), mnp.asarray([0.3]))
    v = mnp.broadcast_to(mnp.asarray([1.0, 0.0]), (n, 2))
    moved = mg.to_numpy(gibbs.rbm_sweep(v, *one, generator(seed).uniform((n, 3)))) @ [2, 1]
    p = gibbs.rbm_transition_matrix(*one)[2]
    assert (abs(np.bincount(moved.astype(int), minlength=4) / n - p) < 4.5 * np.sqrt(p * (1.0 - p) / n)).all()


def test_the_spectral_gap_of_two_units_is_known():
    for w in (0.5, 3.0, 8.0):
        gap = gibbs.spectral_gap(gibbs.rbm_transition_matrix([[w]], [-w / 2.0], [-w / 2.0]))
        assert_allclose(gap, 1.0 - math.tanh(w / 4.0) ** 2, rtol=1e-9)
    assert gibbs.spectral_gap([[1.0]]) == 1.0


def test_what_is_no_transition_matrix_is_refused():
    with pytest.raises(ValueError, match="is square and its rows sum to 1"):
        gibbs.spectral_gap([[0.5, 0.4], [0.5, 0.5]])
    with pytest.raises(ValueError, match=r"a transition matrix would go through 2\^13 = 8192 states"):
        gibbs.rbm_transition_matrix(mnp.zeros((2, 13)), mnp.zeros(2), mnp.zeros(13))
    with pytest.raises(ValueError, match=r"2\^13 = 8192 states, and goes through 4096 at most"):
        gibbs.machine_transition_matrix(mnp.zeros((13, 13)), mnp.zeros(13))


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9, -0.5])
def test_the_autocorrelation_time_of_an_autoregression_is_known(memory):
    """x_t = a x_{t-1} + noise: (1 + a) / (1 - a), less than one where steps alternate."""
    noise = np.random.default_rng(0).standard_normal((200, 3000))
    x = lfilter([1.0], [1.0, -memory], noise)[:, 200:]
    assert_allclose(integrated_autocorrelation_time(x), (1.0 + memory) / (1.0 - memory), rtol=0.06)


def test_chains_that_are_too_short_to_tell_say_so():
    x = np.cumsum(np.random.default_rng(0).standard_normal((50, 100)), 1)
    assert integrated_autocorrelation_time(x) == math.inf
    assert math.isnan(integrated_autocorrelation_time(np.ones((3, 50))))
    with pytest.raises(ValueError, match=r"2 or more, not \(1, 1\)"):
        integrated_autocorrelation_time([[1.0]])
