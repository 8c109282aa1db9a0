"""Least squares, hinge, WGAN, smoothed labels, feature matching: optimal D by search, losses there, training."""

import math

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.densities import Normal
from minigan.gan import (
    GAMES,
    Players,
    feature_matching,
    fit,
    gradient_penalty,
    hinge,
    initial_state,
    label_smoothing,
    least_squares,
    make_step,
    minimax,
    non_saturating,
    optimal_discriminator,
    r1,
    relativistic_pairing,
    smoothed_discriminator,
    wgan,
)
from minigan.random import generator
from minigan.testing import arrays

outputs = arrays((7,), -5.0, 5.0)
NEW = pytest.mark.parametrize("name", ["least_squares", "hinge", "wgan", "wgan_gp"])


def number(x):
    return float(mg.to_numpy(x))


def best_output(game, p, q, low=-30.0, high=30.0):
    """The output v that minimises p l_real(v) + q l_fake(v), at one point x where the densities are p and q."""

    def loss(v):
        real, fake = (
            number(game.discriminator_loss(mnp.asarray([a]), mnp.asarray([b]))) for a, b in ((v, 0.0), (0.0, v))
        )
        return p * real + q * fake  # but for constants

    return minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-11}).x


@pytest.mark.parametrize("p, q", [(0.5, 0.5), (0.9, 0.1), (0.02, 0.4), (1.0, 3.0)])
def test_the_best_discriminators(p, q):
    assert_allclose(best_output(least_squares(), p, q), p / (p + q), atol=1e-7)
    if p != q:
        assert_allclose(best_output(hinge(), p, q), np.sign(p - q), atol=1e-6)
    for label in (0.9, 0.6, 1.0):
        found = 1.0 / (1.0 + math.exp(-best_output(label_smoothing(label), p, q)))
        assert_allclose(found, label * p / (p + q), atol=1e-7)


@given(real=outputs, fake=outputs)
def test_losses_as_written_in_the_papers(real, fake):
    r, f = mnp.asarray(real), mnp.asarray(fake)
    stated = {
        least_squares: (((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2, ((fake - 1) ** 2).mean() / 2),
        hinge: (np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean(), -fake.mean()),
        wgan: (fake.mean() - real.mean(), -fake.mean()),
        relativistic_pairing: (np.log1p(np.exp(fake - real)).mean(), np.log1p(np.exp(real - fake)).mean()),
    }
    for make, (discriminator, of_generator) in stated.items():
        assert_allclose(number(make().discriminator_loss(r, f)), discriminator, rtol=1e-12, atol=1e-13)
        if not make().generator_sees_real:
            assert_allclose(number(make().generator_loss(f)), of_generator, rtol=1e-12, atol=1e-13)
        assert_allclose(number(make().generator_loss(f, r)), of_generator, rtol=1e-12, atol=1e-13)


@NEW
def test_values_at_the_optimum(name):
    """Model equals data: both batches have the same outputs, and no constant does better than the one stated."""
    game = GAMES[name]()
    at = mnp.full((6, 1), 0.5 if name == "least_squares" else 0.0)
    assert number(game.discriminator_loss(at, at)) == game.value_at_optimum
    assert number(game.generator_loss(at, at)) + 0.0 == game.generator_loss_at_optimum
    for v in (-3.0, -0.2, 0.2, 3.0):
        assert number(game.discriminator_loss(at + v, at + v)) >= game.value_at_optimum


def test_least_squares_is_a_pearson_divergence():
    """J^(D) at D* is half the sum of p q / (p + q), in which p + q against 2 q is Pearson's; by sums over three atoms."""
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.4, 0.2])
    D = p / (p + q)
    value = 0.5 * (p * (D - 1) ** 2).sum() + 0.5 * (q * D**2).sum()
    assert_allclose(value, 0.5 * (p * q / (p + q)).sum(), rtol=1e-14)
    assert value < least_squares().value_at_optimum  # which is its largest, at p = q


@pytest.mark.parametrize("label", [0.6, 0.875, 0.9, 1.0])
def test_label_smoothing_at_the_optimum(label):
    for base in (non_saturating(), minimax()):
        game = label_smoothing(label, base)
        v = mnp.asarray([math.log(label / (2.0 - label))])  # D = label / 2
        assert_allclose(number(game.discriminator_loss(v, v)), game.value_at_optimum, rtol=1e-14)
        real = v if base.name == "minimax" else None
        assert_allclose(number(game.generator_loss(v, real)), game.generator_loss_at_optimum, rtol=1e-14)
        for shift in (-0.5, 0.5):
            assert number(game.discriminator_loss(v + shift, v + shift)) > game.value_at_optimum
    if label == 1.0:
        assert game.value_at_optimum == pytest.approx(math.log(2.0), rel=1e-15)


def test_smoothed_discriminator_is_a_share_of_the_optimal_one():
    p, q, x = Normal(0.0, 1.0), Normal(1.2, 0.7), mnp.linspace(-4.0, 4.0, 33)
    whole, smoothed = optimal_discriminator(p, q)(x), smoothed_discriminator(p, q, 0.9)(x)
    assert_allclose(mg.to_numpy(smoothed), 0.9 * mg.to_numpy(whole), rtol=1e-15)
    assert_allclose(number(smoothed_discriminator(p, p, 0.875)(0.3)), 0.4375, rtol=1e-15)


def players_of(game, features=None):
    hidden = features or nn.sequential(nn.dense(6), nn.tanh)
    return Players(
        game, nn.mlp([5, 3], activation="tanh"), nn.sequential(hidden, nn.dense(1)), optim.sgd(0.1), optim.sgd(0.1)
    )


@pytest.mark.parametrize("updates", ["alternating", "simultaneous", "extragradient"])
def test_feature_matching(updates):
    hidden = nn.sequential(nn.dense(6), nn.tanh)
    game = feature_matching(hidden)
    players = players_of(game, hidden)
    rng = generator(0)
    state = initial_state(players, rng, (1, 2), (1, 3), updates=updates)
    real, noise = rng.standard_normal((8, 3)) + 1.0, rng.standard_normal((8, 2))
    moved, losses = make_step(players, updates=updates)(state, real, noise)
    against = moved.discriminator if updates == "alternating" else state.discriminator
    (W, b) = (mg.to_numpy(against[0][0][key]) for key in ("weight", "bias"))
    fake = mg.to_numpy(players.generator.apply(state.generator, noise))
    f_real, f_fake = (np.tanh(x @ W + b).mean(0) for x in (mg.to_numpy(real), fake))
    assert_allclose(number(losses["generator_loss"]), ((f_real - f_fake) ** 2).sum(), rtol=1e-12)
    plain, plain_losses = make_step(players_of(non_saturating(), hidden), updates=updates)(state, real, noise)
    assert number(losses["discriminator_loss"]) == number(plain_losses["discriminator_loss"])
    assert any((mg.to_numpy(a) != mg.to_numpy(b)).any() for a, b in zip(
        mg.tree_leaves(moved.generator), mg.tree_leaves(plain.generator)
    ))  # fmt: skip


@pytest.mark.outcome
def test_feature_matching_brings_the_means_together():
    """With the identity as features it is moment matching: an affine generator finds the data's mean."""
    hidden = nn.sequential(nn.dense(8), nn.tanh)
    game = feature_matching(hidden)
    result = fit(
        nn.dense(2),
        nn.sequential(hidden, nn.dense(1)),
        lambda rng, n: 0.3 * rng.standard_normal((n, 2)) + mnp.asarray([2.0, -1.0]),
        steps=600,
        noise=2,
        game=game,
        generator_optimizer=optim.adam(1e-2, beta1=0.5),
        discriminator_optimizer=optim.adam(1e-3, beta1=0.5),
    )
    mean = mg.to_numpy(result.sample(4000)).mean(0)
    assert_allclose(mean, [2.0, -1.0], atol=0.2)
    assert result.history["generator_loss"][-1] < 0.02 < result.history["generator_loss"][0]


@pytest.mark.outcome
@NEW
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_training_by_name(name, seed):
    """Each game of the registry brings an affine generator's mean from 0 to the data's, with one setting."""
    critic = optim.adam(2e-2, beta1=0.0)
    result = fit(
        nn.dense(2),
        nn.mlp([32, 1], activation="tanh"),
        lambda rng, n: 0.5 * rng.standard_normal((n, 2)) + mnp.asarray([1.5, -1.0]),
        steps=600,
        batch=64,
        noise=2,
        rng=seed,
        game=GAMES[name](),
        discriminator_steps=3,
        generator_optimizer=optim.adam(5e-3, beta1=0.0),
        discriminator_optimizer=optim.clip_weights(critic, 0.5) if name == "wgan" else critic,
    )
    assert_allclose(mg.to_numpy(result.sample(2000)).mean(0), [1.5, -1.0], atol=0.5)
    if name == "wgan":
        assert max(abs(mg.to_numpy(leaf)).max() for leaf in mg.tree_leaves(result.state.discriminator)) <= 0.5


@pytest.mark.outcome
def test_on_the_line_a_penalised_slope_cannot_turn():
    """WGAN-GP in one dimension: a critic that starts the wrong way round is held there, where R1 lets it turn."""
    for penalty, stays in ((gradient_penalty(10.0), True), (r1(0.1), False)):
        result = fit(
            nn.dense(1),
            nn.dense(1, weight=nn.constant(-1.0)),
            Normal(1.5, 0.5),
            steps=200,
            batch=64,
            game=wgan(),
            penalty=penalty,
            generator_optimizer=optim.sgd(0.02),
            discriminator_optimizer=optim.sgd(0.02),
        )
        slope = float(mg.to_numpy(result.state.discriminator["weight"])[0, 0])
        assert (slope < -0.5) == stays


@NEW
def test_float32_and_the_float_range(name):
    game = GAMES[name]()
    real, fake = (mnp.asarray([v, 3.0, -90.0], dtype="float32") for v in (0.5, -1e4))
    losses = game.discriminator_loss(real, fake), game.generator_loss(fake, real)
    for found in (*losses, mg.grad(game.generator_loss)(fake, real)):
        assert mg.to_numpy(found).dtype == np.float32 and np.isfinite(mg.to_numpy(found)).all()


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: label_smoothing(0.0), ValueError, r"lies in \(0, 1\]"),
        (lambda: label_smoothing(1.1), ValueError, r"lies in \(0, 1\]"),
        (lambda: label_smoothing(0.9, hinge()), ValueError, "games over logits"),
        (lambda: smoothed_discriminator(Normal(0.0, 1.0), Normal(0.0, 1.0), -1.0), ValueError, r"lies in \(0, 1\]"),
        (lambda: feature_matching(lambda x: x), TypeError, "the features are a layer"),
        (lambda: relativistic_pairing().generator_loss([1.0]), ValueError, r"compares: generator_loss\(fake_outputs"),
        (lambda: relativistic_pairing().discriminator_loss([1.0], [1.0, 2.0]), ValueError, r"has a partner, and .*\(2,\)"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
