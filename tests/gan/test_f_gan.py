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
from minigan.gan.f_gan import f_gan, implied_divergence
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


def test_what_is_refused():
    with pytest.raises(ValueError, match="'bound' or 'modified'"):
        f_gan("kl", generator="saturating")
    with pytest.raises(ValueError, match="no row of the table"):
        f_gan("kullback")
