"""The methods of `dynamics` as optimisers of a GAN: one step by hand, plain and compiled; what State and Fit hold."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import dynamics, nn, optim
from minigan.densities import Normal
from minigan.gan import (
    Players,
    fit,
    gradient_penalty,
    initial_state,
    load_checkpoint,
    make_step,
    non_saturating,
    r1,
    save_checkpoint,
    two_player_game,
)
from minigan.random import generator

LR = 0.2
NAMES = ["extragradient", "optimistic", "consensus", "proximal_point"]


def players_of(rule=None):
    rule = rule or optim.sgd(LR)
    return Players(non_saturating(), nn.mlp([4, 2], activation="tanh"), nn.mlp([5, 1], activation="tanh"), rule, rule)


def drawn(players, updates, seed=0):
    rng = generator(seed)
    state = initial_state(players, rng, (1, 2), (1, 2), updates=updates)
    return state, rng.standard_normal((8, 2)) + 1.0, rng.standard_normal((8, 2))


def flat(*trees):
    return np.concatenate([np.reshape(mg.to_numpy(leaf), -1) for leaf in mg.tree_leaves(trees)])


def by_hand(name, game, z0, back, steps):
    """The methods once more, on flat host vectors, with the field and its Jacobian from `dynamics`."""

    def F(z):
        v = dynamics.vector_field(game, back(mnp.asarray(z)))
        return -flat(v.x, v.y)

    z, before = z0, F(z0)
    for _ in range(steps):
        if name == "extragradient":
            z = z - LR * F(z - LR * F(z))
        elif name == "optimistic":
            now = F(z)
            z, before = z - 2.0 * LR * now + LR * before, now
        elif name == "consensus":
            J = -mg.to_numpy(dynamics.jacobian(game, back(mnp.asarray(z))))
            z = z - LR * (F(z) + J.T @ F(z))
        else:
            new = z
            for _ in range(200):
                new = z - LR * F(new)
            z = new
    return z


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("penalty", [None, r1(0.5)], ids=repr)
def test_three_steps_by_hand(name, penalty):
    players = players_of()
    state, real, noise = drawn(players, name)
    game = two_player_game(players, real, noise, penalty=penalty)
    z, back = dynamics.vectors.as_vector((state.generator, state.discriminator))
    step = make_step(players, updates=name, penalty=penalty)
    moved = state
    for _ in range(3):
        before = moved
        moved, losses = step(moved, real, noise)
    stated = by_hand(name, game, mg.to_numpy(z), back, 3)
    assert_allclose(flat(moved.generator, moved.discriminator), stated, rtol=1e-9, atol=1e-11)
    for key, loss in (("generator_loss", game.x_loss), ("discriminator_loss", game.y_loss)):
        assert_allclose(mg.to_numpy(losses[key]), mg.to_numpy(loss(before.generator, before.discriminator)), rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "proximal_point"])
def test_compiled_is_plain(name):
    players = players_of(optim.adam(1e-2, beta1=0.5))
    state, real, noise = drawn(players, name)
    step = make_step(players, updates=name, penalty=gradient_penalty(2.0))
    compiled = mg.compile(step)
    one = other = state
    for i in range(4):
        e = generator(i).uniform((8, 1))
        (one, losses), (other, other_losses) = step(one, real, noise, None, e), compiled(other, real, noise, None, e)
    assert_allclose(flat(*one), flat(*other), rtol=1e-8, atol=1e-10)
    assert_allclose(flat(losses), flat(other_losses), rtol=1e-9)


def test_simultaneous_as_a_method_is_the_steps_own():
    players = players_of()
    state, real, noise = drawn(players, "simultaneous")
    own, losses = make_step(players, updates="simultaneous")(state, real, noise)
    other, same = make_step(players, updates=dynamics.simultaneous)(state, real, noise)
    assert_allclose(flat(*own), flat(*other), rtol=1e-12)
    assert_allclose(flat(losses), flat(same), rtol=1e-12)
    own, _ = make_step(players, updates="alternating")(state, real, noise)
    other, _ = make_step(players, updates=lambda g, d: dynamics.alternating(g, d, first="y"))(state, real, noise)
    assert_allclose(flat(*own), flat(*other), rtol=1e-12)


@pytest.mark.outcome
@pytest.mark.parametrize("updates", [
    "extragradient",
    "optimistic",
    lambda g, d: dynamics.consensus(g, d, gamma=0.1),
    # Adam's first steps jump with the sign of a gradient: the implicit equation then has no solution
    lambda g, d: dynamics.proximal_point(0.05, 0.2, solver="fixed_point", tolerance=1e-6),
    lambda g, d: dynamics.exponential_moving_average(dynamics.alternating(g, d, first="y"), 0.99),
], ids=["extragradient", "optimistic", "consensus", "proximal_point", "average"])  # fmt: skip
def test_training(updates):
    """The mean of an affine generator comes to the data's."""
    steps = 500 if isinstance(updates, str) else 200
    result = fit(
        nn.dense(1),
        nn.mlp([8, 1], activation="tanh"),
        Normal(1.5, 0.5),
        steps=steps,
        updates=updates,
        penalty=r1(0.3),
        generator_optimizer=optim.adam(1e-2, beta1=0.0),
        discriminator_optimizer=optim.adam(2e-2, beta1=0.0),
    )
    assert abs(mg.to_numpy(result.sample(2000)).mean() - 1.5) < 0.4
    assert len(result.history["generator_loss"]) == steps


def test_averages_of_a_training_run(tmp_path):
    def updates(g, d):
        return dynamics.iterate_average(dynamics.alternating(g, d, first="y"))

    seen = []
    result = fit(
        nn.dense(1), nn.dense(1), Normal(1.0, 1.0), steps=5, batch=8, updates=updates,
        callbacks=[lambda step, state, metrics: seen.append(mg.to_numpy(state.generator["bias"]))],
    )  # fmt: skip
    averaged = result.averaged()
    assert_allclose(mg.to_numpy(averaged.state.generator["bias"]), np.mean(seen, 0), rtol=1e-12)
    assert averaged.sample(3).shape == (3, 1)
    with pytest.raises(ValueError, match="holds no averages"):
        fit(nn.dense(1), nn.dense(1), Normal(1.0, 1.0), steps=1, batch=8).averaged()
    save_checkpoint(tmp_path / "c.npz", result.state)
    state, *_ = load_checkpoint(tmp_path / "c.npz", result.state)
    assert_allclose(flat(*state), flat(*result.state), rtol=0)


def test_going_on_from_a_state_is_not_stopping():
    options = dict(
        batch=8, updates="optimistic", generator_optimizer=optim.sgd(0.1), discriminator_optimizer=optim.sgd(0.1)
    )
    data, rng = Normal(1.0, 1.0), generator(0)
    whole = fit(nn.dense(1), nn.mlp([4, 1]), data, steps=6, rng=0, **options)
    half = fit(nn.dense(1), nn.mlp([4, 1]), data, steps=3, rng=rng, **options)
    rest = fit(nn.dense(1), nn.mlp([4, 1]), data, steps=3, rng=rng, state=half.state, history=half.history, **options)
    assert_allclose(flat(*rest.state), flat(*whole.state), rtol=1e-12)
    assert_allclose(rest.history["generator_loss"], whole.history["generator_loss"], rtol=1e-12)


def test_statistics_go_on_under_a_method():
    players = Players(
        non_saturating(),
        nn.sequential(nn.batch_norm(), nn.dense(2)),
        nn.sequential(nn.spectral_norm(nn.dense(4)), nn.tanh, nn.batch_norm(), nn.dense(1)),
        optim.adam(1e-2),
        optim.adam(1e-2),
    )
    for name in ("extragradient", "optimistic", "consensus"):
        state, real, noise = drawn(players, name)
        moved, _ = make_step(players, updates=name)(state, real, noise)
        host = mg.to_numpy(noise)
        assert_allclose(mg.to_numpy(moved.generator[0]["mean"]), 0.1 * host.mean(0), rtol=1e-12)
        assert (mg.to_numpy(moved.discriminator[0]["u"]) != mg.to_numpy(state.discriminator[0]["u"])).any()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"updates": "both"}, "'extragradient', 'optimistic'.*and is 'both'"),
        ({"updates": lambda g, d: g}, "updates must be a method"),
        ({"updates": 3}, "updates must be a method"),
        ({"updates": "extragradient", "discriminator_steps": 2}, "use updates='alternating'"),
        (
            {"updates": dynamics.extragradient(0.1), "generator_optimizer": optim.sgd(0.1)},
            "has optimisers of its own",
        ),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        fit(nn.dense(1), nn.dense(1), Normal(0.0, 1.0), steps=1, **options)
