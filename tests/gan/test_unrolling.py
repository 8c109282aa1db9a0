"""Unrolled gradients by finite differences and by steps taken by hand; what stays untouched; compiled; refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.data import ring
from minigan.gan import Players, fit, initial_state, make_step, minimax, non_saturating, r1, wgan
from minigan.gan.feature_matching import feature_matching
from minigan.gan.two_players import discriminator_cost, generator_cost
from minigan.gan.unrolling import UNROLLINGS, look_ahead, unrolled_generator_cost
from minigan.random import generator

ADAM = optim.adam(3e-2, beta1=0.5, epsilon_root=1e-12)
RULES = {
    "adam": ADAM,
    "sgd": optim.sgd(0.3),
    "clipped adam": optim.adam(3e-2, beta1=0.5, clip=optim.clip_by_norm(0.05)),
}


def players_of(rule=ADAM, game=None, activation="tanh"):
    return Players(
        game or non_saturating(),
        nn.mlp([6, 2], activation="tanh"),
        nn.mlp([7, 1], activation=activation),
        optim.adam(1e-2, beta1=0.5),
        rule,
    )


def drawn(players, seed=0, warm=3):
    """A state some steps into training, so that memories are not zero, and one batch."""
    rng = generator(seed)
    state = initial_state(players, rng, (1, 3), (1, 2))
    step = make_step(players)
    for _ in range(warm):
        state, _ = step(state, rng.standard_normal((9, 2)) + 1.0, rng.standard_normal((9, 3)))
    return state, rng.standard_normal((9, 2)) + 1.0, rng.standard_normal((9, 3)), rng


def flat(*trees):
    return np.concatenate([np.reshape(mg.to_numpy(leaf), -1) for leaf in mg.tree_leaves(trees)])


def difference_along(f, at, direction, h=1e-5):
    def moved(by):
        return float(mg.to_numpy(f(mg.tree_map(lambda a, b: a + by * b, at, direction))))

    return (8.0 * (moved(h) - moved(-h)) - moved(2.0 * h) + moved(-2.0 * h)) / (12.0 * h)


@pytest.mark.parametrize("warm", [0, 3])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("K", [1, 2, 5])
def test_the_gradient_through_the_updates_is_that_of_finite_differences(K, rule, warm):
    players = players_of(RULES[rule])
    state, real, noise, rng = drawn(players, warm=warm)
    J = unrolled_generator_cost(players, K, penalty=r1(0.2))

    def f(params):
        return J(params, state.discriminator, state.discriminator_memory, noise, real)

    gradient = mg.grad(f)(state.generator)
    for _ in range(3):
        direction = mg.tree_map(lambda x: rng.standard_normal(x.shape), state.generator)
        slope = sum(
            float(mg.to_numpy(mnp.sum(g * d))) for g, d in zip(mg.tree_leaves(gradient), mg.tree_leaves(direction))
        )
        assert_allclose(slope, difference_along(f, state.generator, direction), rtol=1e-5, atol=1e-9)


def test_the_first_order_gradient_is_not_that_of_finite_differences():
    """Otherwise the test above would not tell the two apart."""
    players = players_of()
    state, real, noise, _ = drawn(players)
    full, first = (
        flat(
            mg.grad(unrolled_generator_cost(players, 5, way))(
                state.generator, state.discriminator, state.discriminator_memory, noise, real
            )
        )
        for way in UNROLLINGS
    )
    assert np.linalg.norm(full - first) > 0.1 * np.linalg.norm(full)


@pytest.mark.parametrize("K", [0, 1, 4])
def test_the_first_order_gradient_is_the_plain_one_against_the_discriminator_of_the_future(K):
    players = players_of()
    state, real, noise, _ = drawn(players)
    fake = players.generator.apply(state.generator, noise)
    D, memory = state.discriminator, state.discriminator_memory
    for _ in range(K):
        gradient = mg.grad(discriminator_cost(players))(D, fake, real)
        D, memory = players.discriminator_optimizer.update(D, gradient, memory)
    stated = mg.grad(generator_cost(players))(state.generator, D, noise, real)
    cost = unrolled_generator_cost(players, K, "first_order")
    found = mg.grad(cost)(state.generator, state.discriminator, state.discriminator_memory, noise, real)
    assert_allclose(flat(found), flat(stated), rtol=1e-12, atol=1e-15)
    ahead = look_ahead(players, K)(state.discriminator, state.discriminator_memory, fake, real)
    assert_allclose(flat(ahead), flat(D), rtol=1e-12)


@pytest.mark.parametrize("unrolling", UNROLLINGS)
@pytest.mark.parametrize("updates", ["alternating", "simultaneous"])
def test_the_real_discriminator_moves_as_without_looking_ahead(updates, unrolling):
    players = players_of()
    state, real, noise, _ = drawn(players)
    plain, losses = make_step(players, updates=updates)(state, real, noise)
    ahead, unrolled = make_step(players, updates=updates, unroll=3, unrolling=unrolling)(state, real, noise)
    assert_array_equal(flat(ahead.discriminator), flat(plain.discriminator))
    assert_array_equal(flat(ahead.discriminator_memory), flat(plain.discriminator_memory))
    assert float(mg.to_numpy(ahead.discriminator_memory["step"])) == 4.0
    assert losses["discriminator_loss"] == unrolled["discriminator_loss"]
    assert np.abs(flat(ahead.generator) - flat(plain.generator)).max() > 1e-4


def test_no_updates_ahead_is_the_plain_step():
    players = players_of()
    state, real, noise, _ = drawn(players)
    one, other = make_step(players)(state, real, noise), make_step(players, unroll=0)(state, real, noise)
    assert_array_equal(flat(*one[0]), flat(*other[0]))


@pytest.mark.parametrize("unrolling", UNROLLINGS)
@pytest.mark.parametrize("updates", ["alternating", "simultaneous"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_compiled_is_plain(updates, unrolling, dtype):
    players = players_of(activation="relu")
    rng = generator(3)
    state = initial_state(players, rng, (1, 3), (1, 2), dtype)
    step = make_step(players, updates=updates, unroll=3, unrolling=unrolling)
    compiled, one, other = mg.compile(step), state, state
    for _ in range(4):
        real, noise = rng.standard_normal((9, 2), dtype=dtype), rng.standard_normal((9, 3), dtype=dtype)
        (one, losses), (other, same) = step(one, real, noise), compiled(other, real, noise)
    assert {leaf.dtype.name for leaf in map(mg.to_numpy, mg.tree_leaves((other, same)))} == {dtype}
    close = {"rtol": 1e-8, "atol": 1e-10} if dtype == "float64" else {"rtol": 2e-2, "atol": 1e-4}
    assert_allclose(flat(*one), flat(*other), **close)
    assert_allclose(flat(losses), flat(same), **close)


def test_several_discriminator_steps_and_a_look_ahead():
    """D moves on its batches; the look-ahead and G see the last one."""
    players = players_of()
    state, _, _, rng = drawn(players)
    real, noise = rng.standard_normal((2, 9, 2)), rng.standard_normal((2, 9, 3))
    found, _ = make_step(players, discriminator_steps=2, unroll=2)(state, real, noise)
    once, _ = make_step(players, unroll=1)(state, real[0, ...], noise[0, ...])
    half = state._replace(discriminator=once.discriminator, discriminator_memory=once.discriminator_memory)
    stated, _ = make_step(players, unroll=2)(half, real[1, ...], noise[1, ...])
    assert_allclose(flat(*found), flat(*stated), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("game", [minimax(), wgan()], ids=lambda game: game.name)
def test_a_linear_critic_by_hand(game):
    """D(x) = w x after K gradient steps of rate r: in the linear game w^K = w - K r (b - a), for data a and samples b."""
    a, b, w, r, K = 0.3, 0.8, 0.5, 0.1, 4
    players = Players(game, nn.dense(1), nn.dense(1, use_bias=False), optim.sgd(1.0), optim.sgd(r))
    G, D = {"weight": mnp.asarray([[0.0]]), "bias": mnp.asarray([b])}, {"weight": mnp.asarray([[w]])}
    z = mnp.ones((4, 1))
    J = unrolled_generator_cost(players, K)
    slope = float(mg.to_numpy(mg.grad(J)(G, D, optim.sgd(r).init(D), z, mnp.full((4, 1), a))["bias"])[0])

    def value(b):
        v = w
        for _ in range(K):
            if game.name == "wgan":
                v -= r * (b - a)
            else:
                v -= r * 0.5 * (b / (1.0 + np.exp(-v * b)) - a / (1.0 + np.exp(v * a)))
        return -v * b if game.name == "wgan" else -0.5 * np.log1p(np.exp(v * b))

    assert_allclose(slope, (value(b + 1e-6) - value(b - 1e-6)) / 2e-6, rtol=1e-8)


def test_games_whose_generator_needs_more_than_outputs():
    hidden = nn.sequential(nn.dense(7), nn.tanh)
    players = players_of(game=feature_matching(hidden))._replace(discriminator=nn.sequential(hidden, nn.dense(1)))
    state, real, noise, rng = drawn(players)
    J = unrolled_generator_cost(players, 2)

    def f(params):
        return J(params, state.discriminator, state.discriminator_memory, noise, real)

    gradient = mg.grad(f)(state.generator)
    direction = mg.tree_map(lambda x: rng.standard_normal(x.shape), state.generator)
    slope = sum(float(mg.to_numpy(mnp.sum(g * d))) for g, d in zip(*map(mg.tree_leaves, (gradient, direction))))
    assert_allclose(slope, difference_along(f, state.generator, direction), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("unrolling", UNROLLINGS)
def test_fit_unrolled(unrolling):
    result = fit(
        nn.mlp([8, 2]), nn.mlp([8, 1], activation="relu"), ring(dtype="float32"), steps=5, batch=16, noise=2,
        dtype="float32", discriminator_optimizer=ADAM, unroll=2, unrolling=unrolling,
    )  # fmt: skip
    assert len(result.history["generator_loss"]) == 5 and np.isfinite(flat(*result.state)).all()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"unroll": -1}, "is -1"),
        ({"unroll": 2.0}, "is 2.0"),
        ({"unroll": True}, "is True"),
        ({"unroll": 2, "unrolling": "second_order"}, "'full' or 'first_order', and is 'second_order'"),
        ({"unroll": 2, "updates": "extragradient"}, "updates are 'extragradient'"),
    ],
)
def test_refused_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        make_step(players_of(), **options)


def test_samples_that_pass_no_derivative_on():
    class Estimating(nn.Layer):
        def estimated_cost(self, params, noise, critic, game):
            return mnp.mean(critic(noise))

    made = nn.dense(2)
    players = players_of()._replace(generator=Estimating(made.init, made.apply, made.output_shape))
    with pytest.raises(ValueError, match="use unrolling='first_order'"):
        make_step(players, unroll=1)
    make_step(players, unroll=1, unrolling="first_order")
