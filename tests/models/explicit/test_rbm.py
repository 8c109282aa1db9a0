"""Restricted Boltzmann machines: exact numbers against loops over all states, HIPS autograd and scikit-learn."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.neural_network import BernoulliRBM

import minigan as mg
import minigan.numpy as mnp
from minigan.models.explicit import rbm, states
from minigan.random import generator
from reference.boltzmann import rbm_log_partition, rbm_log_probability

sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))
seeds = st.integers(0, 2**32 - 1)


def machine(seed, visible, hidden, spread=1.5):
    rng = np.random.default_rng(seed)
    return rbm.RBM(*(spread * rng.standard_normal(shape) for shape in ((visible, hidden), visible, hidden)))


def on_backend(params):
    return rbm.RBM(*map(mnp.asarray, params))


@given(sizes, seeds)
def test_log_partition_and_log_probability_are_sums_over_all_states(size, seed):
    params = machine(seed, *size)
    assert_allclose(float(rbm.log_partition(*on_backend(params))), rbm_log_partition(*params), rtol=1e-12, atol=1e-12)
    v = mg.to_numpy(states.binary_states(size[0]))
    found = mg.to_numpy(rbm.log_probability(mnp.asarray(v), *on_backend(params)))
    assert_allclose(found, [rbm_log_probability(one, *params) for one in v], rtol=1e-11, atol=1e-12)


@given(sizes, seeds)
def test_the_derivatives_are_those_of_the_sums(size, seed):
    """Of log Z, whose rule is written by hand, and so of log p(v): against HIPS autograd through the loops."""
    params = machine(seed, *size)
    v = np.random.default_rng(seed).integers(0, 2, size[0]).astype(float)
    found = mg.grad(lambda p: rbm.log_probability(mnp.asarray(v), *p))(on_backend(params))
    for i in range(3):
        stated = autograd.grad(lambda *p: rbm_log_probability(v, *p), i)(*map(anp.array, params))
        assert_allclose(mg.to_numpy(found[i]), stated, atol=1e-10)


def test_second_derivatives_of_log_z_are_right_too():
    mg.check_grads(rbm.log_partition, on_backend(machine(0, 3, 2)), order=2)
    mg.check_grads(rbm.log_partition, on_backend(machine(1, 2, 3)), order=2)


@given(st.integers(1, 9), seeds)
def test_the_probabilities_of_all_images_of_4_by_4_sum_to_one(hidden, seed):
    log_p = mg.to_numpy(rbm.log_probability(states.binary_states(16), *on_backend(machine(seed, 16, hidden))))
    assert abs(np.exp(log_p).sum() - 1.0) < 1e-10


def test_the_known_machine():
    i, j = np.arange(1, 7)[:, None], np.arange(1, 6)
    params = on_backend((2.0 * np.sin(i + 2 * j), np.cos(i[:, 0]) / 2.0, np.sin(3.0 * j) / 3.0))
    assert_allclose(float(rbm.log_partition(*params)), 10.8219382882379415792535, rtol=1e-14)
    found = float(rbm.log_probability(mnp.asarray([1, 0, 1, 0, 1, 0]), *params))
    assert_allclose(found, -7.38389709260169461452503, rtol=1e-13)


def test_blocks_make_no_difference(monkeypatch):
    params = on_backend(machine(3, 13, 11))
    whole = float(rbm.log_partition(*params))
    means = [mg.to_numpy(x) for x in rbm.expected_statistics(*params)]
    monkeypatch.setattr(states, "BLOCK", 100)
    assert max(len(block) for block in map(mg.to_numpy, states.state_blocks(11, 13))) == 7
    assert_allclose(float(rbm.log_partition(*params)), whole, rtol=1e-14)
    for one, two in zip(rbm.expected_statistics(*params), means):
        assert_allclose(mg.to_numpy(one), two, rtol=1e-11)


def test_large_weights_overflow_nowhere():
    """Two thousand units of energy 30 each: e^60000 is no float, its logarithm is."""
    params = on_backend((np.full((2000, 1), 30.0), np.zeros(2000), np.zeros(1)))
    assert_allclose(float(rbm.log_partition(*params)), 60000.0 + 2000.0 * np.log1p(np.exp(-30.0)), rtol=1e-14)


def test_scikit_learns_machine_has_our_free_energies():
    """Its pseudo-likelihood flips one pixel by chance: n log sigmoid(F(flipped) - F(v)) for one of the n pixels."""
    params = machine(5, 6, 4)
    theirs = BernoulliRBM(n_components=4, random_state=0)
    theirs.components_, theirs.intercept_visible_, theirs.intercept_hidden_ = params.weights.T, *params[1:]
    v = np.random.default_rng(0).integers(0, 2, (40, 6)).astype(float)
    flipped = abs(v[:, None, :] - np.eye(6))
    ours = [mg.to_numpy(rbm.free_energy(mnp.asarray(x), *on_backend(params))) for x in (v, flipped)]
    candidates = -6.0 * np.logaddexp(0.0, ours[0][:, None] - ours[1])
    found = theirs.score_samples(v)
    assert_allclose(abs(candidates - found[:, None]).min(1), 0.0, atol=1e-10)
    assert len(np.unique(abs(candidates - found[:, None]).argmin(1))) > 1
    hidden = mnp.sigmoid(mnp.asarray(v) @ mnp.asarray(params.weights) + mnp.asarray(params.hidden_bias))
    assert_allclose(theirs.transform(v), mg.to_numpy(hidden), rtol=1e-12)


def test_float32_is_summed_in_float64():
    params = machine(7, 5, 3)
    single = [mnp.asarray(x, dtype="float32") for x in params]
    found = rbm.log_partition(*single)
    stated = rbm_log_partition(*(x.astype("float32").astype(float) for x in params))
    assert mg.to_numpy(found).dtype == "float64" and abs(float(found) - stated) < 1e-13
    assert mg.to_numpy(rbm.free_energy(mnp.zeros((2, 5)), *single)).dtype == "float32"


@pytest.mark.parametrize(
    "shapes, told",
    [
        (((40, 40), 40, 40), r"40 visible and 40 hidden units would go through 2\^40 = 1099511627776 states"),
        (((21, 70), 21, 70), r"2\^21 = 2097152 states, and goes through 1048576 at most: estimate it by annealed"),
        (((80, 90), 80, 90), r"would go through 2\^80 states"),
        (((4, 3), 3, 4), r"have the shapes \(4, 3\), \(3,\) and \(4,\)"),
        (((4,), 4, 4), r"weights \(visible, hidden\)"),
        (((0, 3), 0, 3), r"have the shapes \(0, 3\)"),
    ],
)
def test_what_cannot_be_summed_is_refused(shapes, told):
    with pytest.raises(ValueError, match=told):
        rbm.log_partition(*(mnp.zeros(shape) for shape in shapes))


def test_states_and_parameters_are_looked_at():
    params = on_backend(machine(0, 3, 2))
    with pytest.raises(ValueError, match="units are 0 or 1, and one of these is -1"):
        rbm.log_probability(mnp.asarray([1.0, -1.0, 0.0]), *params)
    with pytest.raises(ValueError, match=r"3 visible units has the shape \(..., 3\), and this has \(2,\)"):
        rbm.log_probability(mnp.asarray([1.0, 0.0]), *params)
    with pytest.raises(ValueError, match="hidden biases of a Boltzmann machine are finite"):
        rbm.log_partition(*params[:2], mnp.asarray([0.0, np.nan]))


def test_lists_and_integers_are_numbers_too():
    found = rbm.log_probability([[1, 0], [1, 1]], [[0, 0], [0, 0]], [0, 0], [1, 2])
    assert_allclose(mg.to_numpy(found), -2.0 * np.log(2.0), rtol=1e-14)


def test_a_sample_of_bits_is_drawn_from_the_chain():
    from minigan.models import SYSTEMS

    system = SYSTEMS["rbm"](hidden=3)
    x = mg.to_numpy(system.sample(system.train(1).state, 5, generator(0)))
    assert x.shape == (5, 64) and set(np.unique(x)) == {0.0, 1.0}
