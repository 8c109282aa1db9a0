"""Losses, penalties and steps have the dtype of the outputs, batches and parameters they are of; seeds change draws."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.backend import dtype_name
from minigan.divergences import TABLE
from minigan.gan import (
    GAMES,
    Players,
    f_gan,
    fit,
    gradient_penalty,
    initial_state,
    label_smoothing,
    make_step,
    r1,
    r2,
    scheduled,
)
from minigan.random import generator

EVERY_GAME = {
    **{name: make() for name, make in GAMES.items()},
    **{f"f_gan({name})": f_gan(row) for name, row in TABLE.items()},
    "label_smoothing": label_smoothing(0.9),
}
PENALTIES = {
    "r1": r1(2.0),
    "r2": r2(2.0),
    "gradient_penalty": gradient_penalty(10.0),
    "gradient_penalty to 0": gradient_penalty(10.0, 0.0),
    "the sum of one that draws and one that does not": gradient_penalty(1.0) + r1(1.0),
    "two that draw": gradient_penalty(1.0) + gradient_penalty(2.0, 0.5),
    "scheduled": scheduled(gradient_penalty(1.0), optim.cosine(1.0, 10, 0.1)),
    "lazy": scheduled(r1(1.0) + gradient_penalty(1.0), every=2),
}
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
NETWORKS = (nn.mlp([4, 2], "tanh"), nn.mlp([4, 1], "tanh"))


def found(tree):
    return {dtype_name(x.dtype) for x in mg.tree_leaves(tree) if hasattr(x, "dtype") and "float" in dtype_name(x.dtype)}


@dtypes
@pytest.mark.parametrize("name", EVERY_GAME)
def test_losses_and_their_gradients(name, dtype):
    game = EVERY_GAME[name]
    real, fake = (mnp.asarray(np.linspace(low, low + 1.0, 5), dtype=dtype) for low in (-0.75, -0.5))
    losses = [game.discriminator_loss(real, fake), game.generator_loss(fake, real)]
    losses += [game.generator_loss(fake)] if not game.generator_sees_real else []
    gradients = mg.grad(game.discriminator_loss, (0, 1))(real, fake), mg.grad(game.generator_loss)(fake, real)
    assert found(losses) == found(gradients) == {dtype}
    if game.generator_costs is not None:
        assert found(game.generator_costs(fake)) == {dtype}
    if game.probability is not None:
        assert found(game.probability(real)) == {dtype}


@pytest.mark.parametrize("name", EVERY_GAME)
def test_gradients_of_losses_of_mixed_widths(name):
    """Real logits of float64 beside generated ones of float32, as where the data are wider than the network."""
    game = EVERY_GAME[name]
    real, fake = mnp.asarray([-0.5, 0.25]), mnp.asarray([-0.25, -0.75], dtype="float32")
    gradients = mg.grad(game.discriminator_loss, (0, 1))(real, fake)
    assert [dtype_name(g.dtype) for g in gradients] == ["float64", "float32"]


@dtypes
@pytest.mark.parametrize("name", PENALTIES)
def test_penalties_that_draw(name, dtype):
    penalty = PENALTIES[name]
    rng = generator(0)
    init, apply = nn.mlp([4, 1], "tanh")
    params = init(rng, (None, 2), dtype)
    real, fake = (rng.standard_normal((6, 2), dtype=dtype) for _ in range(2))
    for step in (0, 1):
        timed = {"step": step} if penalty.timed else {}
        chance = penalty.draw(rng, (6, 2), dtype, **timed) if penalty.draw else None
        value = lambda p, chance=chance: penalty.value(lambda x: apply(p, x)[:, 0], real, fake, chance)
        assert found(chance) <= {dtype}
        worth = value(params)
        assert not hasattr(worth, "dtype") or dtype_name(worth.dtype) == dtype
        if hasattr(worth, "dtype"):
            assert found(mg.grad(value)(params)) == {dtype}


@dtypes
@pytest.mark.parametrize("name", PENALTIES)
def test_penalties_that_draw_depend_on_the_draw_and_repeat_with_it(name, dtype):
    penalty, timed = PENALTIES[name], {"step": 0} if PENALTIES[name].timed else {}
    rng = generator(0)
    real, fake = rng.standard_normal((6, 2), dtype=dtype), rng.standard_normal((6, 2), dtype=dtype)

    def worth(seed):
        chance = penalty.draw(generator(seed), (6, 2), dtype, **timed) if penalty.draw else None
        return float(penalty.value(lambda x: mnp.sum(x**3, -1), real, fake, chance))

    assert worth(1) == worth(1)
    assert (worth(1) != worth(2)) == ("r1" != name != "r2")


@dtypes
@pytest.mark.parametrize("updates", ["alternating", "simultaneous", "extragradient", "optimistic", "consensus"])
def test_a_step_with_rates_of_float64_and_a_penalty_that_draws(updates, dtype):
    rates = optim.adam(mnp.asarray(1e-2)), optim.rmsprop(lambda step: mnp.asarray(1e-2))
    players = Players(GAMES["minimax"](), *NETWORKS, *rates)
    penalty = PENALTIES["the sum of one that draws and one that does not"]
    rng = generator(0)
    state = initial_state(players, rng, (1, 2), (1, 2), dtype, updates, penalty)
    step = make_step(players, updates=updates, penalty=penalty)
    for _ in range(2):
        real, noise = rng.standard_normal((6, 2), dtype=dtype), rng.standard_normal((6, 2), dtype=dtype)
        state, metrics = step(state, real, noise, rng)
        assert found(state) == found(metrics) == {dtype}


def data(rng, n):
    return rng.standard_normal((n, 2))


def test_a_fit_repeats_with_its_seed_and_changes_with_another():
    def history(seed):
        how = dict(steps=2, batch=8, noise=2, penalty=gradient_penalty(1.0), rng=seed)
        return fit(*NETWORKS, data, **how).history["discriminator_loss"]

    assert history(1) == history(1) != history(2)
