"""One step against the reference's, number by number; purity; normalisation and dropout; what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
import reference.gan_step
import reference.networks
from minigan import nn, optim
from minigan.gan import GAMES, Players, initial_state, make_step, minimax, non_saturating
from minigan.random import generator

LR = 0.3
COSTS = {"minimax": reference.gan_step.minimax_cost, "non_saturating": reference.gan_step.non_saturating_cost}
games = pytest.mark.parametrize("game", COSTS)
seeds = pytest.mark.parametrize("seed", [0, 1, 2])


def players_of(game, lr=LR):
    return Players(
        GAMES[game](),
        nn.mlp([5, 3], activation="tanh"),
        nn.mlp([4, 1], activation="tanh"),
        optim.sgd(lr),
        optim.sgd(lr),
    )


def drawn(seed, players, k=None):
    rng = generator(seed)
    state = initial_state(players, rng, (1, 2), (1, 3))
    lead = () if k is None else (k,)
    return state, rng.standard_normal((*lead, 6, 3)), rng.standard_normal((*lead, 6, 2))


def layers(params):
    """Our parameters as the reference's list of (W, b)."""
    return [(mg.to_numpy(layer["weight"]), mg.to_numpy(layer["bias"])) for layer in params if isinstance(layer, dict)]


def assert_same_layers(found, stated):
    assert len(found) == len(stated)
    for mine, theirs in zip(found, stated):
        for a, b in zip(mine, theirs):
            assert_allclose(a, b, rtol=1e-12, atol=1e-13)  # logits stay below 5: log(1 - D) loses two digits at most


def assert_is(state, metrics, stated, game, real, noise, before):
    assert_same_layers(layers(state.discriminator), stated.discriminator_params)
    assert_same_layers(layers(state.generator), stated.generator_params)
    assert_allclose(mg.to_numpy(metrics["discriminator_loss"]), stated.discriminator_loss, rtol=1e-12)
    J_G = stated.generator_loss
    if game == "minimax":  # the reference's holds 1/2 E log D(x) as well, which the generator does not move
        D_real = reference.networks.discriminator(before, mg.to_numpy(real))
        J_G = J_G - np.mean(np.log(D_real)) / 2
    assert_allclose(mg.to_numpy(metrics["generator_loss"]), J_G, rtol=1e-11)


@games
@seeds
def test_simultaneous_step(game, seed):
    players = players_of(game)
    state, real, noise = drawn(seed, players)
    stated = reference.gan_step.simultaneous_step(
        layers(state.discriminator),
        layers(state.generator),
        mg.to_numpy(real),
        mg.to_numpy(noise),
        LR,
        COSTS[game],
    )
    moved, metrics = make_step(players, updates="simultaneous")(state, real, noise)
    assert_is(moved, metrics, stated, game, real, noise, layers(state.discriminator))


@games
@seeds
def test_alternating_step(game, seed):
    players = players_of(game)
    state, real, noise = drawn(seed, players)
    stated = reference.gan_step.alternating_step(
        layers(state.discriminator),
        layers(state.generator),
        mg.to_numpy(real),
        mg.to_numpy(noise),
        LR,
        COSTS[game],
    )
    moved, metrics = make_step(players)(state, real, noise)
    assert_is(moved, metrics, stated, game, real, noise, stated.discriminator_params)


@games
@pytest.mark.parametrize("k", [2, 5])
def test_k_discriminator_steps(game, k):
    players = players_of(game)
    state, real, noise = drawn(3, players, k)
    stated = reference.gan_step.k_to_one_step(
        layers(state.discriminator),
        layers(state.generator),
        list(mg.to_numpy(real)),
        list(mg.to_numpy(noise)),
        LR,
        COSTS[game],
    )
    moved, metrics = make_step(players, discriminator_steps=k)(state, real, noise)
    assert_is(moved, metrics, stated, game, real[k - 1, ...], noise, stated.discriminator_params)


@games
def test_twenty_steps_in_a_row(game):
    players = players_of(game, lr=0.1)
    step = make_step(players)
    state, _, _ = drawn(4, players)
    D, G = layers(state.discriminator), layers(state.generator)
    rng = generator(5)
    for _ in range(20):
        real, noise = rng.standard_normal((6, 3)), rng.standard_normal((6, 2))
        state, _ = step(state, real, noise)
        D, G, *_ = reference.gan_step.alternating_step(D, G, mg.to_numpy(real), mg.to_numpy(noise), 0.1, COSTS[game])
    assert_same_layers(layers(state.discriminator), D)
    assert_same_layers(layers(state.generator), G)


def test_the_two_orders_differ():
    """Otherwise the tests above would not tell them apart."""
    players = players_of("non_saturating")
    state, real, noise = drawn(0, players)
    one, _ = make_step(players)(state, real, noise)
    other, _ = make_step(players, updates="simultaneous")(state, real, noise)
    assert abs(layers(one.generator)[0][0] - layers(other.generator)[0][0]).max() > 1e-4


def copies(tree):
    return [np.array(leaf) for leaf in mg.tree_leaves(mg.to_numpy(tree))]


def rich_players(game=non_saturating):
    """Batch normalisation and dropout in both networks, Adam on both sides."""
    return Players(
        game(),
        nn.sequential(nn.dense(6), nn.batch_norm(), nn.tanh, nn.dropout(0.2), nn.dense(3)),
        nn.sequential(nn.dense(6), nn.dropout(0.3), nn.batch_norm(), nn.leaky_relu(0.2), nn.dense(1)),
        optim.adam(1e-2, beta1=0.5),
        optim.adam(1e-2, beta1=0.5),
    )


@pytest.mark.parametrize("updates", ["alternating", "simultaneous"])
@pytest.mark.parametrize("game", [minimax, non_saturating])
def test_pure_with_normalisation_and_dropout(updates, game):
    players = rich_players(game)
    state, real, noise = drawn(0, players)
    step = make_step(players, updates=updates)
    before = copies((state, real, noise))
    first, first_metrics = step(state, real, noise, generator(9))
    second, second_metrics = step(state, real, noise, generator(9))
    for a, b in zip(before, copies((state, real, noise))):
        assert (a == b).all()
    for a, b in zip(copies((first, first_metrics)), copies((second, second_metrics))):
        assert (a == b).all()
    other, _ = step(state, real, noise, generator(10))
    assert any((a != b).any() for a, b in zip(copies(first), copies(other)))


def test_running_statistics_are_those_of_real_data_and_of_noise():
    players = Players(
        non_saturating(),
        nn.sequential(nn.batch_norm(), nn.dense(3)),
        nn.sequential(nn.batch_norm(), nn.dense(1)),
        optim.sgd(0.1),
        optim.sgd(0.1),
    )
    state, real, noise = drawn(1, players)
    moved, _ = make_step(players)(state, real, noise)
    for params, batch in ((moved.discriminator, real), (moved.generator, noise)):
        host = mg.to_numpy(batch)
        assert_allclose(mg.to_numpy(params[0]["mean"]), 0.1 * host.mean(0), rtol=1e-12)
        assert_allclose(mg.to_numpy(params[0]["var"]), 0.9 + 0.1 * host.var(0, ddof=1), rtol=1e-12)


def test_dropout_without_randomness_is_refused():
    players = rich_players()
    state, real, noise = drawn(0, players)
    with pytest.raises(ValueError, match="dropout in training draws at random"):
        make_step(players)(state, real, noise)


def test_initial_state_is_one_tree_with_both_memories():
    players = rich_players()
    state = initial_state(players, generator(0), (1, 2), (1, 3), "float32")
    assert {mg.to_numpy(leaf).dtype for leaf in mg.tree_leaves(state)} == {np.dtype("float32")}
    assert set(state.generator_memory) == {"step", "first_moment", "second_moment"}
    moved, metrics = make_step(players)(
        state,
        mnp.ones((4, 3), dtype="float32"),
        generator(1).standard_normal((4, 2), dtype="float32"),
        generator(2),
    )
    assert {mg.to_numpy(leaf).dtype for leaf in mg.tree_leaves((moved, metrics))} == {np.dtype("float32")}


def test_only_its_own_player_moves_where_the_other_has_no_gradient():
    """A discriminator whose last layer is zero gives the generator no gradient in a simultaneous step."""
    players = players_of("non_saturating")
    state, real, noise = drawn(2, players)
    *hidden, last = state.discriminator
    silent = state._replace(discriminator=(*hidden, mg.tree_map(mnp.zeros_like, last)))
    moved, metrics = make_step(players, updates="simultaneous")(silent, real, noise)
    for a, b in zip(copies(moved.generator), copies(state.generator)):
        assert (a == b).all()
    assert_allclose(mg.to_numpy(metrics["discriminator_loss"]), np.log(2.0), rtol=1e-15)
    assert any((a != b).any() for a, b in zip(copies(moved.discriminator), copies(silent.discriminator)))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"updates": "both"}, "'alternating' or 'simultaneous', and is 'both'"),
        ({"discriminator_steps": 0}, "positive integer, and is 0"),
        ({"discriminator_steps": 2.0}, "positive integer, and is 2.0"),
        ({"updates": "simultaneous", "discriminator_steps": 2}, "use updates='alternating'"),
    ],
)
def test_refused_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        make_step(players_of("minimax"), **options)
