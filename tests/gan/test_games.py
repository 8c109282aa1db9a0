"""The losses against the reference's (on probabilities), at the ends of the float range; their gradients."""

import math

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
import reference.discriminator
import reference.games
from minigan.gan import GAMES, discriminator_loss, minimax, non_saturating
from minigan.testing import arrays
from reference.networks import sigmoid

LOG2 = math.log(2.0)
both = pytest.mark.parametrize("game", [minimax(), non_saturating()], ids=lambda game: game.name)
logits = arrays((7,), -12.0, 12.0)  # the literal log(1 - D) keeps ten digits as far as there
extreme = arrays((5,), -1e4, 1e4)


def host(x):
    return mg.to_numpy(x)


@given(real=logits, fake=logits)
def test_losses_are_the_references(real, fake):
    D_real, D_fake = sigmoid(real), sigmoid(fake)
    real, fake = mnp.asarray(real), mnp.asarray(fake)
    close = {"rtol": 1e-10, "atol": 1e-15}  # 1 - D is off by 1e-16, relative to e^-12
    J_D = reference.discriminator.discriminator_loss(D_real, D_fake)
    assert_allclose(host(discriminator_loss(real, fake)), J_D, **close)
    for game in (minimax(), non_saturating()):
        assert_allclose(host(game.discriminator_loss(real, fake)), J_D, **close)
    J_mm = reference.games.minimax_generator_loss(D_real, D_fake)
    assert_allclose(host(minimax().generator_loss(fake, real)), J_mm, **close)
    J_ns = reference.games.non_saturating_generator_loss(D_fake)
    assert_allclose(host(non_saturating().generator_loss(fake)), J_ns, **close)
    assert_allclose(host(non_saturating().generator_loss(fake, real)), J_ns, **close)
    assert_allclose(-2.0 * host(discriminator_loss(real, fake)), reference.games.value(D_real, D_fake), **close)


@given(real=extreme, fake=extreme)
def test_minimax_is_zero_sum(real, fake):
    real, fake = mnp.asarray(real), mnp.asarray(fake)
    total = minimax().generator_loss(fake, real) + minimax().discriminator_loss(real, fake)
    assert abs(float(host(total))) <= 4e-16 * 1e4


@given(real=extreme, fake=extreme)
def test_without_real_logits_only_a_constant_is_left_out(real, fake):
    real, fake = mnp.asarray(real), mnp.asarray(fake)
    game = minimax()
    full, short = (mg.grad(lambda v, r=r: game.generator_loss(v, *r))(fake) for r in ((real,), ()))
    assert (host(full) == host(short)).all()


@both
@pytest.mark.parametrize("v", [1e4, 800.0, 40.0, -40.0, -800.0, -1e4])
def test_asymptotics_at_extreme_logits(game, v):
    """softplus(v) is v for v >> 0 and e^v for v << 0: each loss is linear on its losing side, slope 1/2."""
    at, zero = mnp.asarray([v]), mnp.asarray([0.0])
    certain = 0.5 * math.exp(-abs(v))  # what is left of 1/2 log(1 + e^-|v|)
    wrong = 0.5 * abs(v) + certain
    real_only = float(host(game.discriminator_loss(at, zero))) - 0.5 * LOG2
    assert_allclose(real_only, certain if v > 0 else wrong, rtol=1e-15, atol=1e-16)
    fake_only = float(host(game.discriminator_loss(zero, at))) - 0.5 * LOG2
    assert_allclose(fake_only, wrong if v > 0 else certain, rtol=1e-15, atol=1e-16)
    found = float(host(game.generator_loss(at)))
    if game.name == "minimax":
        assert_allclose(found, -(wrong if v > 0 else certain), rtol=1e-13)
    else:
        assert_allclose(found, certain if v > 0 else wrong, rtol=1e-13)


@pytest.mark.parametrize("v", [-1e4, -700.0, -60.0, -1.0, 0.0, 1.0, 60.0, 700.0, 1e4])
def test_gradients_in_the_logit(v):
    """d/dv J^(G): -sigma(v)/2 for the minimax generator, -sigma(-v)/2 for the non-saturating one."""
    at = mnp.asarray([v])
    slope = {make.__name__: float(host(mg.grad(make().generator_loss)(at))[0]) for make in (minimax, non_saturating)}
    for name, w in (("minimax", v), ("non_saturating", -v)):
        sigma = 1.0 / (1.0 + math.exp(-w)) if w >= -700.0 else 0.0
        assert_allclose(slope[name], -0.5 * sigma, rtol=1e-13)
    real = mg.grad(lambda r: discriminator_loss(r, mnp.zeros(1)))(at)
    fake = mg.grad(lambda f: discriminator_loss(mnp.zeros(1), f))(at)
    assert_allclose(float(host(real)[0]), slope["non_saturating"], rtol=1e-15)  # 1/2 softplus(-v) both
    assert_allclose(float(host(fake)[0]), -slope["minimax"], rtol=1e-15)


@given(real=arrays((3,), -3.0, 3.0), fake=arrays((4,), -3.0, 3.0))
def test_gradients_by_finite_differences(real, fake):
    real, fake = mnp.asarray(real), mnp.asarray(fake)
    mg.check_grads(discriminator_loss, (real, fake), order=2)
    mg.check_grads(lambda f, r: minimax().generator_loss(f, r), (fake, real), order=2)
    mg.check_grads(non_saturating().generator_loss, (fake,), order=2)


@both
def test_values_at_the_optimum(game):
    """At D = 1/2 the discriminator only guesses, and no constant D does better."""
    zero = mnp.zeros((6, 1))
    assert_allclose(float(host(game.discriminator_loss(zero, zero))), game.value_at_optimum, rtol=1e-15)
    assert_allclose(float(host(game.generator_loss(zero))), game.generator_loss_at_optimum, rtol=1e-15)
    assert game.value_at_optimum == LOG2
    for v in (-1.0, -0.01, 0.01, 1.0):
        assert float(host(game.discriminator_loss(zero + v, zero + v))) > game.value_at_optimum


def test_value_at_optimum_of_equal_vectors_is_the_references():
    p = np.array([0.5, 0.3, 0.2])
    assert_allclose(-2.0 * minimax().value_at_optimum, reference.games.value_at_optimum(p, p), rtol=1e-15)


@both
def test_float32_stays_float32(game):
    real, fake = (mnp.asarray([v, 3.0, -90.0], dtype="float32") for v in (0.5, -1e4))
    for found in (
        game.discriminator_loss(real, fake),
        game.generator_loss(fake),
        game.generator_loss(fake, real),
        mg.grad(game.generator_loss)(fake),
    ):
        assert host(found).dtype == np.float32 and np.isfinite(host(found)).all()


@both
def test_shapes_do_not_matter(game):
    real, fake = np.linspace(-2.0, 2.0, 12), np.linspace(-1.0, 3.0, 12)
    flat = game.discriminator_loss(mnp.asarray(real), mnp.asarray(fake))
    square = game.discriminator_loss(mnp.asarray(real.reshape(3, 4)), mnp.asarray(fake.reshape(12, 1)))
    assert_allclose(host(flat), host(square), rtol=1e-15)
    assert host(flat).shape == ()


def test_the_registry_names_its_games():
    assert {name: make().name for name, make in GAMES.items()} == {name: name for name in GAMES}
    with pytest.raises(AttributeError):
        minimax().name = "another"
