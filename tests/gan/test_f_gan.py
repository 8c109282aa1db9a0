"""The f-GAN game: the bound it plays for, its values at the optimum, and what the two generator losses descend."""

import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import random
from minigan.densities import Normal
from minigan.divergences import TABLE, alpha, named, weighted_jensen_shannon
from minigan.gan import minimax
from minigan.gan.critic import reached_bound
from minigan.gan.f_gan import f_gan, implied_divergence, trainable_f_gan
from minigan.quadrature import integrate

ROWS = [*TABLE.values(), alpha(-0.5), alpha(3.0), weighted_jensen_shannon(0.8)]
SMOOTH = [row for row in ROWS if row.name != "total_variation"]


def number(x):
    return float(mg.to_numpy(x))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("canonical", [False, True])
def test_values_at_the_optimum_are_those_of_the_threshold(row, canonical):
    v = mnp.full((5,), 0.0 if canonical else row.threshold_in_v)
    for generator in ("bound", "modified"):
        game = f_gan(row, generator=generator, canonical=canonical)
        assert number(game.discriminator_loss(v, v)) == pytest.approx(game.value_at_optimum, abs=1e-14)
        assert number(game.generator_loss(v)) == pytest.approx(game.generator_loss_at_optimum, abs=1e-14)


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_at_the_optimal_critic_the_game_is_worth_the_divergence(row):
    """V by quadrature with v = log p/q against the exact divergence between N(0, 1) and N(0.6, 0.9^2)."""
    p, q = Normal(0.0, 1.0), Normal(0.6, 0.9)

    def value(x):
        v = p.log_density(x) - q.log_density(x)
        real, fake = row.canonical_activation(v), row.conjugate_of_canonical_activation(v)
        return p.density(x) * real - q.density(x) * fake

    exact = number(row.between_densities(p, q).value)
    if not math.isfinite(exact):
        pytest.fail(f"{row.name} is infinite between these two: choose another pair")
    # alpha(3) decays as slowly as exp(-x^2 / 4); far out the two products cancel, hence not 1e-12
    assert number(integrate(value, -20.0, 20.0, 8001)) == pytest.approx(exact, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name, implied", [("kl", "reverse_kl"), ("pearson", "kl"), ("alpha(1.5)", "alpha(0.5)")])
def test_the_modified_loss_descends_the_implied_divergence(name, implied):
    """The gradient of -E_q[T*], T* frozen, against that of the divergence it is said to imply (2 kl for pearson)."""
    p, theta = Normal(0.0, 1.0), mnp.asarray([0.4, 1.1])
    row, other = named(name), named(implied)
    frozen = Normal(0.4, 1.1)

    def loss(theta):
        q = Normal(theta[0], theta[1])
        ratio = lambda x: p.log_density(x) - frozen.log_density(x)
        return -integrate(lambda x: q.density(x) * row.canonical_activation(ratio(x)), -9.0, 9.0, 4001)

    def divergence(theta):
        return other.between_gaussians(0.0, 1.0, theta[0], theta[1])

    factor = 2.0 if name == "pearson" else 1.0
    expected = factor * mg.to_numpy(mg.grad(divergence)(theta))
    np.testing.assert_allclose(mg.to_numpy(mg.grad(loss)(theta)), expected, rtol=1e-9)
    assert implied_divergence(row)


def test_the_gan_row_is_the_minimax_game_without_its_halves():
    rng = random.generator(0)
    real, fake = 3.0 * rng.standard_normal((64,)), 3.0 * rng.standard_normal((64,))
    f, halved = f_gan("gan"), minimax()
    assert number(f.discriminator_loss(real, fake)) == pytest.approx(
        2.0 * number(halved.discriminator_loss(real, fake))
    )
    assert number(f.generator_loss(fake, real)) == pytest.approx(2.0 * number(halved.generator_loss(fake, real)))


@pytest.mark.parametrize("name", ["kl", "jensen_shannon", "total_variation"])
def test_a_trained_critic_stays_below_the_divergence(name):
    p, q = Normal(0.0, 1.0), Normal(1.0, 1.2)
    exact = number(named(name).between_densities(p, q).value)
    reached = number(reached_bound(named(name), p, q, steps=150, batch=256).value)
    assert 0.8 * exact < reached <= exact + 1e-9


def test_float32_stays_float32():
    v = mnp.astype(mnp.linspace(-2.0, 2.0, 9), "float32")
    for row in ROWS:
        game = f_gan(row)
        assert mg.to_numpy(game.discriminator_loss(v, v)).dtype == np.float32, row.name
        assert mg.to_numpy(mg.grad(game.generator_loss)(v)).dtype == np.float32, row.name


def outputs(seed=0, spread=3.0):
    rng = random.generator(seed)
    return spread * rng.standard_normal((64,)), spread * rng.standard_normal((64,))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_limited_critic_is_the_same_game_of_another_output(row):
    """Its loss is minus the bound at T = g(v_0 + c tanh(w / c)), and so lies below sup_T."""
    real, fake = outputs()
    T_real, T_fake = (row.activation(row.threshold_in_v + 2.0 * mnp.tanh(w / 2.0)) for w in (real, fake))
    game = f_gan(row, limit=2.0)
    assert number(game.discriminator_loss(real, fake)) == pytest.approx(-number(row.bound(T_real, T_fake)), rel=1e-12)
    assert number(game.generator_loss(fake, real)) == pytest.approx(number(row.bound(T_real, T_fake)), rel=1e-12)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_trainable_game_is_finite_wherever_the_outputs_are(row, dtype):
    w = mnp.asarray([-1e18, -300.0, -1.0, 0.0, 1.0, 300.0, 1e18], dtype=dtype)
    for generator in ("bound", "modified"):
        game = trainable_f_gan(row, generator=generator)
        for loss in (game.discriminator_loss(w, w), game.generator_loss(w)):
            assert math.isfinite(number(loss)) and mg.to_numpy(loss).dtype == dtype
        gradients = (mg.grad(game.discriminator_loss, argnums=(0, 1))(w, w), mg.grad(game.generator_loss)(w))
        assert all(np.isfinite(mg.to_numpy(leaf)).all() for leaf in mg.tree_leaves(gradients))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_output_zero_is_the_optimum_of_the_trainable_game(row):
    """No prejudice at the start, no penalty at the end, and no gradient for the critic where data and model agree."""
    w = mnp.zeros(5)
    for generator in ("bound", "modified"):
        game = trainable_f_gan(row, generator=generator)
        assert number(game.discriminator_loss(w, w)) == pytest.approx(game.value_at_optimum, abs=1e-14)
        assert number(game.generator_loss(w)) == pytest.approx(game.generator_loss_at_optimum, abs=1e-14)
    for_real, for_fake = mg.grad(game.discriminator_loss, argnums=(0, 1))(w, w)
    np.testing.assert_allclose(mg.to_numpy(for_real + for_fake), 0.0, atol=1e-15)


def test_the_drift_calls_back_an_output_that_has_no_other_gradient():
    w = mnp.full((4,), 60.0)  # the derivative of tanh(60) is 0 in float64
    lost, kept = f_gan("total_variation"), f_gan("total_variation", drift=0.25)
    gradient = mg.grad(lambda w: lost.discriminator_loss(w, w))(w)
    assert (mg.to_numpy(gradient) == 0.0).all()
    gradient = mg.grad(lambda w: kept.discriminator_loss(w, w))(w)
    np.testing.assert_allclose(mg.to_numpy(gradient), 2 * 2 * 0.25 * 60.0 / 4, rtol=1e-12)
    real, fake = outputs()
    penalty = number(kept.discriminator_loss(real, fake)) - number(lost.discriminator_loss(real, fake))
    assert penalty == pytest.approx(0.25 * (np.mean(mg.to_numpy(real) ** 2) + np.mean(mg.to_numpy(fake) ** 2)))


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_the_probability_that_an_output_stands_for(row):
    """At T* it is D* = p / (p + q): for a ratio u, u / (1 + u)."""
    u = np.array([0.4, 0.9, 1.0, 1.7, 3.0])
    T = mg.to_numpy(row.optimal_critic(mnp.asarray(u)))
    v = np.linspace(-8.0, 8.0, 160001)
    best = mnp.asarray(np.interp(T, mg.to_numpy(row.activation(mnp.asarray(v))), v))
    # interpolating g in steps of 1e-4 errs by g'' 1e-8 / 8
    np.testing.assert_allclose(mg.to_numpy(f_gan(row).probability(best)), u / (1.0 + u), rtol=1e-6)
    canonical = f_gan(row, canonical=True).probability(mnp.asarray(np.log(u)))
    np.testing.assert_allclose(mg.to_numpy(canonical), u / (1.0 + u), rtol=1e-13)
    game = trainable_f_gan(row)
    d = mg.to_numpy(game.probability(mnp.asarray([-1e6, 0.0, 1e6])))
    assert 0.0 <= d[0] < 0.5 < d[2] <= 1.0 and d[1] == pytest.approx(0.5, abs=1e-14)


def test_total_variation_has_no_probability_and_the_games_of_logits_a_sigmoid():
    assert f_gan("total_variation").probability is None
    assert number(minimax().probability(mnp.asarray(2.0))) == pytest.approx(1.0 / (1.0 + math.exp(-2.0)), rel=1e-14)


def test_what_is_refused():
    with pytest.raises(ValueError, match="'bound' or 'modified'"):
        f_gan("kl", generator="saturating")
    with pytest.raises(ValueError, match="no row of the table"):
        f_gan("kullback")
    for limit in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="limit of a critic's output"):
            f_gan("kl", limit=limit)
    for drift in (-0.1, math.inf, math.nan):
        with pytest.raises(ValueError, match="weight of the drift"):
            f_gan("kl", drift=drift)
