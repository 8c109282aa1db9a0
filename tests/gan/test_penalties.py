"""Penalties on D's gradient: their factors pinned by Dirac-GAN eigenvalues, second derivatives by three oracles."""

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.dynamics import dirac_eigenvalues, spectrum
from minigan.gan import (
    Game,
    Players,
    fit,
    gradient_penalty,
    initial_state,
    make_step,
    minimax,
    non_saturating,
    r1,
    r2,
    two_player_game,
    wgan,
    wgan_gp,
)
from minigan.gan.penalties import squared_slopes
from minigan.nn import Layer
from minigan.random import generator

# theta at any noise, and D(x) = psi x: the Dirac-GAN made of the library's own layers
POINT = Layer(
    lambda rng, shape, dtype=None: mnp.zeros(()),
    lambda theta, z, *, train=False, rng=None: theta + 0.0 * z,
    name="point",
)
SLOPE = Layer(
    lambda rng, shape, dtype=None: mnp.zeros(()), lambda psi, x, *, train=False, rng=None: psi * x, name="slope"
)


def doubled(game) -> Game:
    """Without the lecture's factor of one half."""
    return Game(
        game.name,
        lambda real, fake: 2.0 * game.discriminator_loss(real, fake),
        lambda fake, real=None: 2.0 * game.generator_loss(fake, real),
        2.0 * game.value_at_optimum,
        2.0 * game.generator_loss_at_optimum,
    )


def eigenvalues(game, penalty):
    players = Players(game, POINT, SLOPE, None, None)
    real, noise, chance = mnp.zeros((4, 1)), mnp.ones((4, 1)), mnp.full((4, 1), 0.25)
    both = two_player_game(players, real, noise, penalty=penalty, chance=chance)
    return np.sort_complex(spectrum(both, (0.0, 0.0)))


@pytest.mark.parametrize("gamma", [0.3, 1.5, 10.0])
@pytest.mark.parametrize("make", [r1, r2])
def test_the_factor_of_r1_and_r2(make, gamma):
    """gamma/2 E |dD/dx|^2: -gamma/2 +- sqrt(gamma^2/4 - 1/4); with J^(D)'s own 1/2, sqrt(gamma^2/4 - 1/16)."""
    for base in (minimax(), non_saturating()):
        stated = np.sort_complex(dirac_eigenvalues("minimax", gamma=gamma))
        assert_allclose(eigenvalues(doubled(base), make(gamma)), stated, atol=1e-10)
        root = np.sqrt(complex(gamma**2 / 4.0 - 1.0 / 16.0))
        halved = np.sort_complex([-gamma / 2.0 + root, -gamma / 2.0 - root])
        assert_allclose(eigenvalues(base, make(gamma)), halved, atol=1e-10)
    stated = np.sort_complex(dirac_eigenvalues("wasserstein", gamma=gamma))
    assert_allclose(eigenvalues(wgan(), make(gamma)), stated, atol=1e-10)


def test_the_factor_of_the_zero_centred_penalty_and_of_sums():
    stated = np.sort_complex(dirac_eigenvalues("wasserstein", gamma=1.4))
    assert_allclose(eigenvalues(wgan(), gradient_penalty(0.7, target=0.0)), stated, atol=1e-10)
    mixed = r1(0.5) + gradient_penalty(0.2, target=0.0) + r2(0.5)
    chance = (((None), mnp.full((4, 1), 0.5)), None)
    players = Players(wgan(), POINT, SLOPE, None, None)
    both = two_player_game(players, mnp.zeros((4, 1)), mnp.ones((4, 1)), penalty=mixed, chance=chance)
    assert_allclose(np.sort_complex(spectrum(both, (0.0, 0.0))), stated, atol=1e-10)


def test_the_one_centred_penalty_pulls_slopes_to_one_and_has_no_slope_at_zero():
    penalty = gradient_penalty(10.0)
    x, e = mnp.ones((4, 1)), mnp.full((4, 1), 0.25)

    def value(psi):
        return penalty.value(lambda x: psi * x, x, x, e)

    for psi in (0.0, 0.5, 1.0, 3.0, -2.0):
        assert_allclose(float(mg.to_numpy(value(mnp.asarray(psi)))), 10.0 * (abs(psi) - 1.0) ** 2, rtol=1e-14)
        slope = float(mg.to_numpy(mg.grad(value)(psi)))
        assert_allclose(slope, 20.0 * (abs(psi) - 1.0) * np.sign(psi), atol=1e-13)
        assert math.isfinite(float(mg.to_numpy(mg.grad(mg.grad(value))(psi))))


D_NET = nn.mlp([7, 5, 1], activation="tanh")


def drawn(seed, n=6, d=3):
    rng = generator(seed)
    params = D_NET.init(rng, (1, d))
    return params, rng.standard_normal((n, d)), rng.standard_normal((n, d)) + 1.0, rng.uniform((n, 1))


def penalised(penalty):
    return lambda params, real, fake, e: penalty.value(lambda x: D_NET.apply(params, x), real, fake, e)


def hips(penalty):
    """The same, written with HIPS autograd from the formulas."""

    def critic(params, x):
        for i, (W, b) in enumerate(params):
            x = anp.dot(x, W) + b
            x = anp.tanh(x) if i < len(params) - 1 else x
        return x

    def slopes(params, x):
        return autograd.elementwise_grad(lambda x: critic(params, x))(x)

    def value(params, real, fake, e):
        if penalty == "r1":
            return 1.5 * anp.mean(anp.sum(slopes(params, real) ** 2, axis=1))
        if penalty == "r2":
            return 1.5 * anp.mean(anp.sum(slopes(params, fake) ** 2, axis=1))
        norms = anp.sqrt(anp.sum(slopes(params, e * real + (1 - e) * fake) ** 2, axis=1))
        return 10.0 * anp.mean((norms - (1.0 if penalty == "gp" else 0.0)) ** 2)

    return value


OURS = {"r1": r1(3.0), "r2": r2(3.0), "gp": gradient_penalty(10.0), "gp0": gradient_penalty(10.0, target=0.0)}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_second_order_gradients_are_hips_autograds(name, seed, compiled):
    params, real, fake, e = drawn(seed)
    run = mg.value_and_grad(penalised(OURS[name]))
    value, gradient = (mg.compile(run) if compiled else run)(params, real, fake, e)
    layers = [
        (np.array(mg.to_numpy(one["weight"])), np.array(mg.to_numpy(one["bias"])))
        for one in params
        if isinstance(one, dict)
    ]
    theirs = hips(name)
    host = [mg.to_numpy(x) for x in (real, fake, e)]
    assert_allclose(mg.to_numpy(value), theirs(layers, *host), rtol=1e-12)
    stated = autograd.grad(theirs)(layers, *host)
    for one, (W, b) in zip([p for p in gradient if isinstance(p, dict)], stated):
        assert_allclose(mg.to_numpy(one["weight"]), W, rtol=1e-10, atol=1e-13)
        assert_allclose(mg.to_numpy(one["bias"]), b, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", OURS)
def test_second_order_gradients_by_finite_differences(name):
    params, real, fake, e = drawn(3)
    # order 2 here differentiates the penalty's gradient once more: the third derivative of D
    mg.check_grads(lambda params: penalised(OURS[name])(params, real, fake, e), (params,), order=2)


@pytest.mark.parametrize("name", OURS)
def test_a_dead_network_has_finite_derivatives(name):
    """All slopes are exactly 0: a bare square root would give NaN from the second derivative on."""
    relu = nn.mlp([4, 1], activation="relu")
    params = mg.tree_map(mnp.zeros_like, relu.init(generator(0), (1, 3)))
    _, real, fake, e = drawn(0)

    def value(params):
        return OURS[name].value(lambda x: relu.apply(params, x), real, fake, e)

    first = mg.grad(value)(params)
    second = mg.hvp(value)(params, mg.tree_map(mnp.ones_like, params))
    for leaf in mg.tree_leaves((first, second)):
        assert np.isfinite(mg.to_numpy(leaf)).all()


def test_the_norm_is_that_of_a_sample():
    """Not of the batch, nor of a channel: D(x) = <w, x> over images has the slope |w| at every sample."""
    rng = generator(0)
    w, x = rng.standard_normal((4, 5, 2)), rng.standard_normal((7, 4, 5, 2))
    found = squared_slopes(lambda x: mnp.sum(x * w, axis=(1, 2, 3)), x)
    assert_allclose(mg.to_numpy(found), np.full(7, (mg.to_numpy(w) ** 2).sum()), rtol=1e-13)
    flat = squared_slopes(lambda x: 3.0 * x, rng.standard_normal((5,)))
    assert_allclose(mg.to_numpy(flat), 9.0)


def test_interpolates_lie_between():
    real, fake = mnp.zeros((64, 2)), mnp.ones((64, 2))
    e = gradient_penalty().draw(generator(0), (64, 2), "float64")
    assert tuple(e.shape) == (64, 1)
    x = mg.to_numpy(fake + e * (real - fake))
    assert (x[:, 0] == x[:, 1]).all() and 0.0 <= x.min() < 0.1 and 0.9 < x.max() <= 1.0
    assert_allclose(float(mg.to_numpy(gradient_penalty(1.0).value(lambda x: x, real, fake, e))), (np.sqrt(2) - 1) ** 2)


def data(rng, n):
    return rng.standard_normal((n, 2))


NETWORKS = (nn.mlp([8, 2], activation="tanh"), nn.mlp([8, 1], activation="tanh"))


@pytest.mark.parametrize("penalty", [r1(1.0), gradient_penalty(10.0), r1(1.0) + gradient_penalty(1.0)], ids=repr)
@pytest.mark.parametrize("k", [1, 3])
def test_fit_takes_a_penalty_compiled_and_plain(penalty, k):
    runs = [
        fit(*NETWORKS, data, steps=4, batch=16, noise=2, penalty=penalty, discriminator_steps=k, compiled=compiled)
        for compiled in (False, True)
    ]
    losses = [run.history["discriminator_loss"] for run in runs]
    assert_allclose(losses[0], losses[1], rtol=1e-9)
    without = fit(*NETWORKS, data, steps=1, batch=16, noise=2, discriminator_steps=k)
    assert losses[0][0] > without.history["discriminator_loss"][0]


def test_the_step_adds_it_to_the_discriminator_alone():
    players = Players(wgan(), *NETWORKS, optim.sgd(0.1), optim.sgd(0.1))
    rng = generator(0)
    state = initial_state(players, rng, (1, 2), (1, 2))
    real, noise, e = rng.standard_normal((8, 2)), rng.standard_normal((8, 2)), rng.uniform((8, 1))
    penalty = gradient_penalty(5.0)
    plain, plain_losses = make_step(players, updates="simultaneous")(state, real, noise)
    moved, losses = make_step(players, updates="simultaneous", penalty=penalty)(state, real, noise, None, e)
    assert float(mg.to_numpy(losses["generator_loss"])) == float(mg.to_numpy(plain_losses["generator_loss"]))
    for a, b in zip(mg.tree_leaves(moved.generator), mg.tree_leaves(plain.generator)):
        assert (mg.to_numpy(a) == mg.to_numpy(b)).all()
    fake = players.generator.apply(state.generator, noise)

    def value(params):
        return penalty.value(lambda x: players.discriminator.apply(params, x), real, fake, e)

    extra, gradient = mg.value_and_grad(value)(state.discriminator)
    gap = losses["discriminator_loss"] - plain_losses["discriminator_loss"]
    assert_allclose(float(mg.to_numpy(gap)), float(mg.to_numpy(extra)), rtol=1e-10)
    for a, b, g in zip(*map(mg.tree_leaves, (moved.discriminator, plain.discriminator, gradient))):
        assert_allclose(mg.to_numpy(a), mg.to_numpy(b) - 0.1 * mg.to_numpy(g), rtol=1e-9, atol=1e-13)


def test_wgan_gp_brings_its_penalty():
    one, other = (
        fit(*NETWORKS, data, steps=3, batch=8, noise=2, game=game, penalty=penalty, rng=3)
        for game, penalty in ((wgan_gp(), None), (wgan(), gradient_penalty(10.0)))
    )
    assert one.history == other.history
    assert other.history != fit(*NETWORKS, data, steps=3, batch=8, noise=2, game=wgan(), rng=3).history


def test_float32_stays_float32():
    result = fit(*NETWORKS, data, steps=2, batch=8, noise=2, dtype="float32", penalty=gradient_penalty() + r1(2.0))
    assert {mg.to_numpy(leaf).dtype for leaf in mg.tree_leaves(result.state)} == {np.dtype("float32")}


def test_refusals():
    x = mnp.ones((4, 2))
    with pytest.raises(ValueError, match="the gamma of r1 is a non-negative number"):
        r1(-1.0)
    with pytest.raises(ValueError, match="the target of gradient_penalty"):
        gradient_penalty(1.0, target=math.inf)
    with pytest.raises(ValueError, match="needs its random numbers"):
        gradient_penalty().value(lambda x: x, x, x)
    with pytest.raises(ValueError, match="must be equal"):
        gradient_penalty().value(lambda x: x, x, mnp.ones((3, 2)), mnp.ones((4, 1)))
    with pytest.raises(TypeError):
        r1(1.0) + 1.0
