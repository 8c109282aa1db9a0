"""Contrastive inference: what each game is given, what an untrained q is, and that training comes to the posteriors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.implicit import contrastive as C
from minigan.models.implicit import sprinkler as S
from minigan.random import generator


def test_selection_looks_at_effects_alone():
    """Half are the largest of eight simulations, and given x their causes are as they were: in a window of effects the
    laws of z1 + z2 of both halves agree."""
    n = 60_000
    x, z = (mg.to_numpy(part) for part in C.selected(generator(0), n))
    assert x.shape == (n,) and z.shape == (n, 2)
    rare, common = np.arange(n) >= n // 2, np.arange(n) < n // 2
    assert np.median(x[rare]) > 3.0 * np.median(x[common])
    plain = mg.to_numpy(S.simulated(generator(1), S.drawn_causes(generator(2), n)))
    assert stats.ks_2samp(x[common], plain).pvalue > 1e-3
    most = np.sort(plain[: n - n % 8].reshape(-1, 8).max(1))
    assert stats.ks_2samp(x[rare], most).pvalue > 1e-3
    window = (x > 10.0) & (x < 12.0)
    assert (window & rare).sum() > 500 and (window & common).sum() > 500
    assert stats.ks_2samp(z[window & rare].sum(1), z[window & common].sum(1)).pvalue > 1e-3


def test_the_joint_game_never_sees_the_observations():
    x, other, z = (mg.to_numpy(part) for part in C.joint_pairs(generator(0), 512))
    assert len(np.unique(x)) == 512 and len(np.unique(other)) == 512 and z.shape == (512, 2)
    x, other, _ = (mg.to_numpy(part) for part in C.prior_pairs(generator(0), 512))
    assert set(x) == set(S.OBSERVATIONS)
    assert_array_equal(x, other)


def test_a_network_of_zeros_draws_from_the_prior():
    layers = C.networks(8)
    params = mg.tree_map(lambda leaf: 0.0 * leaf, layers.sampler.init(generator(0), (None, 1 + C.NOISE), "float32"))
    noise = generator(1).standard_normal((5000, C.NOISE), dtype="float32")
    z = mg.to_numpy(C.causes(layers, params, mnp.full((5000,), 12.0, dtype="float32"), noise))
    assert stats.kstest(z.astype(float).ravel(), stats.norm(scale=2.0**0.5).cdf).pvalue > 1e-3


def test_without_a_likelihood_it_comes_to_the_posterior_of_fifty_where_the_prior_is_far():
    made = C.contrastive_system(True, 32, 256, 1e-3, 1500)
    before = made.measured(made.train(0))
    assert before["collapsed"] and before["total_variation_at_50"] > 0.5
    trained = made.train(1500)
    found = made.measured(trained)
    assert all(found[f"total_variation_at_{x}"] < 0.2 for x in C.CONDITIONS)
    assert found["total_variation_of_the_prior_at_50"] > 0.7 and found["modes_of_the_posterior_at_50"] == 2
    rows = mg.to_numpy(made.sample(trained.state, 4000, generator(2), condition="50"))
    assert (rows[:, 0] == 50.0).all()
    assert abs((rows[:, 1] > rows[:, 2]).mean() - 0.5) < 0.2


def test_samples_and_real_rows_are_of_the_five_observations():
    made = C.contrastive_system(False, 8, 16, 1e-3, 10)
    real = mg.to_numpy(made.real(generator(0), 501))
    assert real.shape == (501, 3)
    assert_allclose(np.unique(real[:, 0]), S.OBSERVATIONS)
    assert_allclose(np.unique(mg.to_numpy(made.sample(made.train(0).state, 300, generator(0)))[:, 0]), S.OBSERVATIONS)


def test_the_classifier_is_best_at_the_log_ratio():
    """On two points with weights as counts of equal examples: log 3 and -log 2."""
    on_q, on_other = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 1])
    at = np.log(np.array([3.0, 2.0 / 4.0]))

    def loss(t):
        return C.classification_loss(mnp.take(t, mnp.asarray(on_q), 0), mnp.take(t, mnp.asarray(on_other), 0))

    assert_allclose(mg.to_numpy(mg.grad(loss)(mnp.asarray(at))), 0.0, atol=1e-15)


def test_a_condition_of_another_kind_is_refused():
    made = C.prior_contrastive(hidden=4, batch=4)
    with pytest.raises(ValueError, match="0, 5, 8, 12, 50"):
        made.sample(made.train(0).state, 3, generator(0), condition="seven")
