"""The table of explicit models: outsiders' numbers against enumeration and formulas, and what a line says."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal, norm

import minigan as mg
import minigan.numpy as mnp
from minigan.models.discrete.categorical_vae import (
    ALPHABET,
    LETTERS,
    discrete_elbo,
    discrete_log_weights,
    initial_parameters,
)
from minigan.models.explicit.bits import digit_bits
from minigan.models.explicit.comparison import SYSTEMS, baseline, of_system, words
from minigan.models.explicit.likelihood import Nats, bound_of_draws, nats_in
from minigan.models.explicit.outsiders import (
    bernoulli_rbm,
    gaussian_mixture,
    kernel_density,
    principal_components,
    thresholded,
)
from minigan.random import generator

STATES = np.array(list(itertools.product((0.0, 1.0), repeat=4)))


@given(seed=st.integers(0, 10**6))
def test_thresholded_mixtures_are_normalised_over_all_bits(seed):
    rng = np.random.default_rng(seed)
    means, deviations, weights = rng.normal(1.0, 1.0, (3, 4)), rng.uniform(0.2, 2.0, (3, 4)), rng.dirichlet(np.ones(3))
    log_p = thresholded(means, deviations, np.log(weights), STATES)
    assert_allclose(np.exp(log_p).sum(), 1.0, rtol=1e-12)
    above, below = norm.sf(1.0, means, deviations), norm.cdf(1.0, means, deviations)
    assert_allclose(log_p[5], math.log(weights @ np.prod(np.where(STATES[5] > 0, above, below), -1)), rtol=1e-10)


def drawn_bits(n, seed=0):
    """Rows of four bits that depend on one another."""
    rng = np.random.default_rng(seed)
    first = rng.random((n, 2)) < (0.3, 0.6)
    return np.concatenate([first, first ^ (rng.random((n, 2)) < 0.1)], 1).astype(float)


@pytest.mark.parametrize("make", [gaussian_mixture, kernel_density])
def test_samples_of_an_outsider_follow_the_law_that_its_nats_are_of(make):
    """Minus the entropy of its own samples' law, estimated by their frequencies, against nats of the samples."""
    training = drawn_bits(300)
    more = {"components": (4,)} if make is gaussian_mixture else {"bandwidths": (0.4,)}
    samples = make(training, training, **more).sample(20_000)
    found = make(training, samples, **more).nats
    assert found.kind == "exact"
    _, counts = np.unique(samples @ 2.0 ** np.arange(4), return_counts=True)
    shares = counts / counts.sum()
    assert abs(found.mean - (shares * np.log(shares)).sum()) < 4.0 * found.standard_error + 16 / (2 * 20_000)


def test_the_kernel_of_bits_is_a_share_of_agreement():
    training, held_out = drawn_bits(50), drawn_bits(20, seed=1)
    agreement = norm.cdf(0.5 / 0.35)
    agree = (training[None] == held_out[:, None]).sum(-1)
    stated = np.log((agreement**agree * (1.0 - agreement) ** (4 - agree)).mean(1)).mean()
    assert_allclose(kernel_density(training, held_out, bandwidths=(0.35,)).nats.mean, stated, rtol=1e-10)


def test_the_bound_of_principal_components_lies_below_the_mass_of_the_cells():
    """Two bits, one component: the Gaussian's mass of the cells by its distribution function."""
    training = drawn_bits(400)[:, ::2]
    noisy = training + np.random.default_rng(0).random(training.shape)
    found = principal_components(training, training, components=(1,)).nats
    from sklearn.decomposition import PCA

    law = multivariate_normal(noisy.mean(0), PCA(1, random_state=0).fit(noisy).get_covariance())
    mass = {tuple(b): law.cdf(np.array(b) + 1.0, lower_limit=np.array(b)) for b in itertools.product((0.0, 1.0), repeat=2)}
    truth = np.mean([math.log(mass[tuple(row)]) for row in training])
    assert found.kind == "bound" and found.mean + found.gap_at_least < truth + 0.01


def test_the_outsiders_machine_learns():
    training, held_out = drawn_bits(600), drawn_bits(300, seed=1)
    found = bernoulli_rbm(training, held_out, iterations=800)
    p = training.mean(0)
    independent = (held_out * np.log(p) + (1 - held_out) * np.log(1 - p)).sum(1).mean()
    assert found.nats.kind == "exact" and found.nats.mean > independent + 0.4
    assert found.parameters == 4 * 20 + 4 + 20


def test_both_forms_of_the_categorical_bound_have_one_mean():
    params, rng = initial_parameters(generator(0), "float64"), generator(1)
    x = 2.0 * mnp.astype(digit_bits().held_out[:20], "float64") - 1.0
    noise = rng.gumbel((4000, LETTERS, ALPHABET))
    rows = mnp.repeat(x, 200, axis=0)
    off = mg.to_numpy(discrete_elbo(params, rows, noise) - discrete_log_weights(params, rows, noise))
    assert abs(off.mean()) < 4.0 * off.std() / math.sqrt(off.size) and off.std() > 0.0


def test_a_line_of_the_table():
    entry = of_system("fvbn", SYSTEMS["fvbn"](), share=0.02)
    assert entry.nats.kind == "exact" and entry.nats.mean > baseline() and entry.evaluations == 64
    assert entry.parameters == 64 * 63 // 2 + 64 and not entry.latent_code and entry.seconds > 0.0
    assert entry.samples.shape == (8, 8, 8) and set(np.unique(entry.samples)) == {0.0, 1.0}


def test_the_line_of_a_discrete_code_is_a_bound_with_a_gap():
    entry = of_system("categorical_vae", SYSTEMS["categorical_vae"](), share=0.005)
    assert entry.nats.kind == "bound" and entry.nats.gap_at_least > 0.1 and entry.latent_code


def test_nats_come_back_from_metrics():
    for more in ({}, {"kind": "estimate", "interval": (0.5, 0.75)}, {"kind": "bound", "gap_at_least": 2.0}):
        assert nats_in(Nats(-1.25, 0.5, **more).as_metrics(2)) == Nats(-1.25, 0.5, **more)


def test_the_tighter_bound_of_draws_is_the_mean_of_the_weights():
    log_w = np.log([[1.0, 2.0], [3.0, 2.0]])
    found = bound_of_draws(log_w)
    assert_allclose(found.mean, log_w.mean())
    assert_allclose(found.mean + found.gap_at_least, math.log(2.0))


def test_words_of_what_a_number_is():
    assert words(Nats(-1.0, 0.1)) == "exact" and words(Nats(-1.0, 0.1, "bound")) == "bound"
    assert words(Nats(-1.0, 0.1, "bound", gap=0.25)) == "bound, gap 0.25"
    assert words(Nats(-1.0, 0.1, "estimate", interval=(-1.5, -0.5))) == "estimate, in [-1.50, -0.50]"
