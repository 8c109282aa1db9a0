"""Signals of symbols: their laws, entropy rates and draws, against matrices and sums written out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
from minigan.data.mu_law import mu_law_decode
from minigan.data.quantised_signals import autoregressive_signal, echo_signal
from minigan.random import generator


def test_the_stationary_law_is_an_eigenvector_of_pairs():
    signal = autoregressive_signal(6, deviation=0.2)
    table = signal.conditional.reshape(6, 6, 6)
    step = np.zeros((36, 36))  # from (a, b), a the nearest, to (s, a)
    for a in range(6):
        for b in range(6):
            for s in range(6):
                step[6 * a + b, 6 * s + a] = table[a, b, s]
    values, vectors = np.linalg.eig(step.T)
    law = np.real(vectors[:, np.argmax(values.real)])
    assert_allclose(signal.stationary, law / law.sum(), atol=1e-12)
    assert_allclose(signal.conditional.sum(-1), 1.0, rtol=1e-14)
    entropy = -(signal.stationary @ (signal.conditional * np.log(signal.conditional)).sum(-1))
    assert_allclose(signal.entropy_rate, entropy, rtol=1e-12)
    assert signal.entropy_rate < signal.marginal_entropy


def test_a_conditional_is_a_gaussians_mass_in_cells():
    """From both symbols in the middle of three, the mean is where they are decoded to; nearest lag first."""
    from scipy.stats import norm

    signal = autoregressive_signal(16)
    y = mg.to_numpy(mu_law_decode(np.arange(16), 16))
    a, b = 10, 4
    law = norm(1.6 * y[a] - 0.8 * y[b], 0.12)
    inner = np.sign(2 * np.arange(1, 16) / 16 - 1) * (16.0 ** abs(2 * np.arange(1, 16) / 16 - 1) - 1) / 15
    stated = np.diff(np.concatenate([[0.0], law.cdf(inner), [1.0]]))
    assert_allclose(signal.conditional[16 * a + b], stated, atol=1e-12)


@pytest.mark.parametrize("signal", [autoregressive_signal(6, deviation=0.2), echo_signal(5, 3)], ids=["ar", "echo"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_draws_have_the_law_from_their_first_symbol_on(signal, seed):
    x = mg.to_numpy(signal.sample(generator(seed), 20_000, 6))
    assert x.shape == (20_000, 6)
    for place in (0, 5):
        share = np.bincount(x[:, place], minlength=signal.levels) / len(x)
        error = np.sqrt(signal.marginal * (1.0 - signal.marginal) / len(x))
        assert (abs(share - signal.marginal) < 4.5 * error).all()
    logs = signal.log_probability(x)
    assert logs.shape == (20_000, 6 - signal.order)
    assert abs(-logs.mean() - signal.entropy_rate) < 4.5 * logs.mean(-1).std() / np.sqrt(len(x))


def test_an_echo_is_heard_only_that_far_back():
    """Mutual information between symbols at each distance, from 200,000 draws: all of it at the lag."""
    signal = echo_signal(4, 3, share=0.5)
    x = mg.to_numpy(signal.sample(generator(0), 50_000, 4))

    def information(distance):
        joint = np.zeros((4, 4))
        np.add.at(joint, (x[:, 3 - distance], x[:, 3]), 1.0 / len(x))
        product = joint.sum(1)[:, None] * joint.sum(0)
        return (joint * np.log(joint / product)).sum()

    stated = signal.marginal_entropy - signal.entropy_rate
    assert abs(information(3) - stated) < 0.02
    assert max(information(1), information(2)) < 0.001


def test_echoes_that_cannot_be_are_refused():
    for wrong in (dict(lag=0), dict(share=1.0), dict(lag=1.5)):
        with pytest.raises(ValueError, match="an echo comes 1 or more symbols later"):
            echo_signal(4, **wrong)
