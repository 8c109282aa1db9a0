"""Adversarial variational Bayes: its bound where q has a density after all, its moments, its entropy, and its table."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models.explicit import vae as V
from minigan.models.implicit import adversarial_bayes as A
from minigan.models.implicit import encoders as E
from minigan.models.implicit import two_posteriors as P
from minigan.models.implicit.avb import PAPER, avb, gaussian_networks
from minigan.models.implicit.entropy import entropy_by_neighbours, kl_from_standard_normal
from minigan.models.implicit.ratio_estimators import classification_loss
from minigan.random import generator
from reference import adversarial_bayes as reference

FOUR = mnp.eye(4)


def gaussian_model(seed=0, hidden=6):
    """A Gaussian q(z | x) of four points with a decoder that bends, in doubles."""
    layers = gaussian_networks(4, hidden)
    rng = generator(seed)
    params = V.Networks(
        layers.encoder.init(rng, (None, 4), "float64"), layers.decoder.init(rng, (None, V.CODE), "float64")
    )
    return layers, params


def as_implicit(layers, params):
    """The same q as an encoder whose density nobody asks for, and T* of it, of the prior or of another Gaussian."""

    def codes(_, x, noise):
        mean, log_deviation = V.posterior(layers, params, x)
        return mean + mnp.exp(log_deviation) * noise[..., : V.CODE]

    def best(contrast):
        def apply(_, given):
            x, told = given[0, :, :4], given[..., 4:]
            z = told * mnp.exp(1.0 * contrast.log_deviation) + contrast.mean
            log_q = V.log_normal(z, *V.posterior(layers, params, x))
            log_r = V.log_normal(z, contrast.mean, mnp.zeros((4, 2)) + contrast.log_deviation)
            return (log_q - log_r - 0.5 * mnp.sum(told * told, -1))[..., None]  # the rest of T stands outside

        return SimpleNamespace(apply=apply)

    def with_contrast(contrast):
        return A.Networks(E.Encoder(None, codes), layers.decoder, best(contrast))

    return with_contrast, A.Model(None, params.decoder)


def all_noise():
    """Nodes (k, 4, noise) of a quadrature over an encoder's first two numbers, and weights."""
    noise, weight = V.noise_grid()
    noise = mnp.concatenate([noise, mnp.zeros((noise.shape[0], E.NOISE - 2))], -1)
    return mnp.broadcast_to(noise[:, None, :], (noise.shape[0], 4, E.NOISE)), weight


@pytest.mark.parametrize("adapted", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_at_the_best_discriminator_the_bound_is_the_elbo(seed, adapted):
    """Told from the prior or from any Gaussian at all."""
    layers, params = gaussian_model(seed)
    contrast = A.PRIOR
    if adapted:
        draw = generator(7).standard_normal
        contrast = E.Gaussian(0.3 * draw((4, 2)), 0.3 * draw((4, 2)))
    with_contrast, model = as_implicit(layers, params)
    noise, weight = all_noise()
    implicit = with_contrast(contrast)
    z = implicit.encoder.codes(None, FOUR, noise)
    found = mnp.matmul(weight, A.bound(implicit, model, None, FOUR, z, contrast))
    assert_allclose(mg.to_numpy(found), mg.to_numpy(V.exact_elbo(layers, params, FOUR)), rtol=1e-9)


def test_the_discriminators_loss_is_minus_the_papers_objective():
    rng = np.random.default_rng(0)
    codes, prior = rng.normal(0, 3, 20), rng.normal(0, 3, 20)
    found = float(classification_loss(mnp.asarray(codes), mnp.asarray(prior)))
    assert_allclose(found, -reference.discriminator_objective(codes, prior), rtol=1e-12)


def test_moments_of_the_basis_encoder_are_those_of_its_codes():
    encoder = E.basis_encoder(16, 5)
    rng = generator(0)
    params = encoder.init(rng, 4)
    x, noise = mnp.eye(4, dtype="float32"), rng.standard_normal((3000, E.NOISE), dtype="float32")
    found = encoder.moments(params, x, noise)
    z = mg.to_numpy(encoder.codes(params, x, mnp.broadcast_to(noise[:, None, :], (3000, 4, E.NOISE))))
    assert_allclose(mg.to_numpy(found.mean), z.mean(0), atol=1e-5)
    assert_allclose(mg.to_numpy(mnp.exp(found.log_deviation)), z.std(0), rtol=1e-4)
    assert z.std(0).min() > 1e-3 and np.ptp(z.mean(0), axis=0).min() > 1e-3  # it depends on x, and on noise


@pytest.mark.parametrize("make", [E.network_encoder, E.basis_encoder])
def test_codes_are_of_their_own_example_and_noise(make):
    encoder, rng = make(8), generator(1)
    params = encoder.init(rng, 4)
    x, noise = mnp.eye(4, dtype="float32"), rng.standard_normal((3, 4, E.NOISE), dtype="float32")
    z = mg.to_numpy(encoder.codes(params, x, noise))
    assert z.shape == (3, 4, 2)
    for k, i in ((0, 0), (2, 3)):
        alone = encoder.codes(params, x[i : i + 1, :], noise[k : k + 1, i : i + 1, :])
        assert_allclose(z[k, i], mg.to_numpy(alone)[0, 0], rtol=1e-5, atol=1e-6)


def test_what_the_discriminator_is_shown_does_not_depend_on_place_and_width():
    """With moments as contrast: T(x, z) of codes that are moved and stretched with them is the same."""
    layers = A.Networks(None, None, SimpleNamespace(apply=lambda _, given: mnp.sum(mnp.sin(given), -1, keepdims=True)))
    draw = generator(2).standard_normal
    z, mean, log_deviation = draw((5, 4, 2)), draw((4, 2)), draw((4, 2))
    plain = A.log_ratio(layers, None, FOUR, z)
    moved = A.log_ratio(layers, None, FOUR, mean + mnp.exp(log_deviation) * z, E.Gaussian(mean, log_deviation))
    assert_allclose(mg.to_numpy(moved), mg.to_numpy(plain), rtol=1e-12)


# -- entropy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3])
def test_entropy_is_that_of_loops_over_pairs(k):
    points = np.random.default_rng(0).standard_normal((30, 2))
    assert_allclose(entropy_by_neighbours(points, k), reference.entropy_by_neighbours(points, k), rtol=1e-12)


@given(st.floats(-5, 5), st.floats(-3, 3))
def test_entropy_grows_by_the_log_of_a_stretch_and_stays_where_it_is_moved(by, log_stretch):
    points = np.random.default_rng(1).standard_normal((50, 2))
    moved = by + math.exp(log_stretch) * points
    assert_allclose(entropy_by_neighbours(moved), entropy_by_neighbours(points) + 2 * log_stretch, rtol=0, atol=1e-9)


def test_a_law_without_density_is_infinitely_far_from_the_prior():
    atoms = np.repeat(np.random.default_rng(2).standard_normal((3, 2)), 20, 0)
    assert kl_from_standard_normal(atoms) == math.inf
    assert P.Judged(*[math.inf] * 5).as_metrics("_x") == {f"{key}_x": None for key in P.Judged._fields}


def test_kl_of_a_correlated_gaussian_is_its_closed_form():
    rng = np.random.default_rng(3)
    a = np.array([[0.5, 0.0], [0.4, 0.3]])
    points = rng.standard_normal((20_000, 2)) @ a.T + [0.5, -1.0]
    exact = 0.5 * (np.trace(a @ a.T) + 1.25 - 2.0) - math.log(abs(np.linalg.det(a)))
    assert abs(kl_from_standard_normal(points) - exact) < 0.03


# -- what both are judged by -----------------------------------------------------------------------------------------


def test_a_gaussian_is_judged_alike_by_its_density_and_by_neighbours():
    layers, params = gaussian_model(3)
    with_contrast, model = as_implicit(layers, params)
    by_density = P.gaussian(layers, params, FOUR, FOUR, generator(0))
    by_codes = P.implicit(with_contrast(A.PRIOR), model, FOUR, FOUR, 4000, generator(1))
    assert_allclose(by_density.elbo, float(mnp.mean(V.exact_elbo(layers, params, FOUR))), atol=1e-6)
    assert by_codes.log_likelihood == by_density.log_likelihood > by_density.elbo
    assert abs(by_codes.elbo - by_density.elbo) < 0.03
    assert abs(by_codes.reconstruction_error - by_density.reconstruction_error) < 0.02
    assert abs(by_codes.kl_of_codes - by_density.kl_of_codes) < 0.03


def test_codes_of_the_prior_are_at_no_distance_from_it():
    below = P.mmd_of_prior(generator(0))
    layers, params = gaussian_model()
    zeros = V.Networks(mg.tree_map(lambda leaf: 0.0 * leaf, params.encoder), params.decoder)  # mean 0, deviation 1
    same, apart = (P.gaussian(layers, p, FOUR, FOUR, generator(4)) for p in (zeros, params))
    assert abs(same.kl_of_codes) < 0.02 and abs(same.mmd_of_codes) < 2.0 * below < 0.01
    moved = mg.tree_map(lambda leaf: 0.0 * leaf + 0.7, params.encoder)
    apart = P.gaussian(layers, V.Networks(moved, params.decoder), FOUR, FOUR, generator(4))
    assert apart.kl_of_codes > 0.3 and apart.mmd_of_codes > 5.0 * below


def test_the_table_has_the_papers_numbers_beside_what_is_measured():
    system = avb(batch=16)
    trained = system.train(0)
    found = system.measured(trained)
    columns, rows, below = system.told(trained)
    table = {row[0]: dict(zip(columns[1:], row[1:])) for row in rows}
    likelihood = table["log p(x), by quadrature"]
    assert (likelihood["VAE, paper"], likelihood["AVB, paper"]) == ("-1.568", "-1.403")
    assert likelihood["AVB, here"] == f"{found['log_likelihood']:.3f}"
    assert likelihood["VAE, here"] == f"{found['log_likelihood_of_gaussian']:.3f}"
    error = table["reconstruction error, a bit"]
    assert (error["VAE, paper"], error["AVB, paper"]) == ("0.0885", "0.0058")
    assert error["AVB, here"] == f"{found['reconstruction_error'] / 4:.4f}" and "-1.3863" in below
    assert found["collapsed"]  # before it has learned anything


def test_the_papers_bounds_add_up():
    """-ELBO = error + KL(q(z | x) || p(z)), whose excess over KL(q(z) || p(z)) is what codes tell of the point."""
    for one in PAPER.values():
        told = -one.elbo - one.reconstruction_error - one.kl_of_codes
        assert 1.1 < told < math.log(4.0) and one.elbo < one.log_likelihood < -math.log(4.0)


@pytest.mark.parametrize("on, bits", [("points", 4), ("digits", 64)])
def test_it_is_told_from_the_prior_or_from_moments(on, bits):
    plain, adaptive = (avb(on=on, contrast=how, batch=8) for how in ("prior", "adaptive"))
    assert plain.parts["layers"].encoder.moments is None and adaptive.parts["layers"].encoder.moments is not None
    unless_told = avb(on=on, batch=8).parts["layers"].encoder.moments
    assert (unless_told is None) == (on == "points")
    for system in (plain, adaptive):
        history = system.train(2).history
        assert all(math.isfinite(value) for values in history.values() for value in values)
        assert mg.to_numpy(system.sample(system.train(0).state, 3, generator(0))).shape == (3, bits)


def test_densities_of_all_rows_of_four_bits_sum_to_one():
    system = avb(batch=8)
    every = mnp.asarray([[float(i >> k & 1) for k in range(4)] for i in range(16)], dtype="float32")
    log_p = system.log_density(system.train(1).state, every)
    assert_allclose(float(mnp.sum(mnp.exp(log_p))), 1.0, atol=1e-8)
