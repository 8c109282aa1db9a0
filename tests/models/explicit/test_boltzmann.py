"""General Boltzmann machines against loops over all states."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models.explicit import boltzmann, rbm, states
from reference.boltzmann import energy, log_partition, log_probability

seeds = st.integers(0, 2**32 - 1)


def machine(seed, units, spread=1.5):
    rng = np.random.default_rng(seed)
    above = np.triu(spread * rng.standard_normal((units, units)), 1)
    return boltzmann.Machine(above + above.T, spread * rng.standard_normal(units))


def on_backend(params):
    return boltzmann.Machine(*map(mnp.asarray, params))


@given(st.integers(1, 6), seeds)
def test_energies_and_log_partition_are_those_of_the_loops(units, seed):
    params, s = machine(seed, units), states.binary_states(units)
    found = mg.to_numpy(boltzmann.energy(s, *on_backend(params)))
    assert_allclose(found, [energy(one, *params) for one in mg.to_numpy(s)], atol=1e-12)
    assert_allclose(float(boltzmann.log_partition(*on_backend(params))), log_partition(*params), atol=1e-12)


@given(st.integers(1, 4), st.integers(0, 3), seeds)
def test_hidden_units_are_summed_out(visible, hidden, seed):
    params, v = machine(seed, visible + hidden), states.binary_states(visible)
    log_p = mg.to_numpy(boltzmann.log_probability(v, *on_backend(params)))
    assert_allclose(log_p, [log_probability(tuple(one), *params) for one in mg.to_numpy(v)], atol=1e-11)
    assert_allclose(np.exp(log_p).sum(), 1.0, atol=1e-12)


@given(st.integers(2, 5), seeds)
def test_the_derivatives_are_those_of_the_sums(units, seed):
    params = machine(seed, units)
    v = np.random.default_rng(seed).integers(0, 2, units - 1)
    rows, columns = np.triu_indices(units, 1)

    def by_loops(pairs, biases):
        weights = [[0.0] * units for _ in range(units)]
        for k, (i, j) in enumerate(zip(rows, columns)):
            weights[i][j] = weights[j][i] = pairs[k]
        return log_probability(tuple(v), anp.array(weights), biases)

    def ours(pairs, biases):
        return boltzmann.log_probability(mnp.asarray(v), boltzmann.symmetric(pairs, units), biases)

    pairs = params.weights[rows, columns]
    found = mg.grad(ours, (0, 1))(mnp.asarray(pairs), mnp.asarray(params.biases))
    for i in range(2):
        assert_allclose(mg.to_numpy(found[i]), autograd.grad(by_loops, i)(pairs, params.biases), atol=1e-10)


@given(st.integers(1, 6), st.integers(1, 6), seeds)
def test_a_restricted_machine_is_a_general_one(visible, hidden, seed):
    rng = np.random.default_rng(seed)
    one = rbm.RBM(*(mnp.asarray(rng.standard_normal(shape)) for shape in ((visible, hidden), visible, hidden)))
    general, v = boltzmann.from_rbm(*one), states.binary_states(visible)
    assert_allclose(float(boltzmann.log_partition(*general)), float(rbm.log_partition(*one)), atol=1e-12)
    stated = mg.to_numpy(rbm.free_energy(v, *one))
    assert_allclose(mg.to_numpy(boltzmann.free_energy(v, *general)), stated, atol=1e-12)


def test_blocks_make_no_difference(monkeypatch):
    params = on_backend(machine(0, 11))
    whole, means = float(boltzmann.log_partition(*params)), boltzmann.expected_statistics(*params)
    monkeypatch.setattr(states, "BLOCK", 50)
    assert_allclose(float(boltzmann.log_partition(*params)), whole, rtol=1e-14)
    for one, two in zip(boltzmann.expected_statistics(*params), means):
        assert_allclose(mg.to_numpy(one), mg.to_numpy(two), rtol=1e-11, atol=1e-16)


def test_twenty_units_are_summed_and_twenty_one_are_not():
    assert_allclose(float(boltzmann.log_partition(mnp.zeros((20, 20)), mnp.zeros(20))), 20.0 * np.log(2.0), rtol=1e-13)
    with pytest.raises(ValueError, match=r"exact log Z of 21 units would go through 2\^21 = 2097152 states"):
        boltzmann.log_partition(mnp.zeros((21, 21)), mnp.zeros(21))


@pytest.mark.parametrize(
    "weights, biases, told",
    [
        ([[0.0, 1.0], [2.0, 0.0]], [0.0, 0.0], r"are symmetric, and these are not: use \(W \+ W.T\) / 2"),
        ([[1.0, 0.0], [0.0, 0.0]], [0.0, 0.0], "no unit is coupled to itself"),
        ([[0.0, 0.0], [0.0, 0.0]], [0.0], r"have the shapes \(2, 2\) and \(1,\)"),
        ([[0.0]], [np.inf], "biases of a Boltzmann machine are finite"),
    ],
)
def test_what_is_no_machine_is_refused(weights, biases, told):
    with pytest.raises(ValueError, match=told):
        boltzmann.log_partition(mnp.asarray(weights), mnp.asarray(biases))


def test_no_more_units_are_seen_than_there_are():
    with pytest.raises(ValueError, match=r"of 2 units 1 to 2 are visible, and states of shape \(3,\)"):
        boltzmann.log_probability(mnp.zeros(3), mnp.zeros((2, 2)), mnp.zeros(2))


def test_too_many_states_of_what_is_hidden_are_refused():
    with pytest.raises(ValueError, match=r"the sum over 21 hidden units would go through 2\^21"):
        boltzmann.free_energy(mnp.zeros(1), mnp.zeros((22, 22)), mnp.zeros(22))
