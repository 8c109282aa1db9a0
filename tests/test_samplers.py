"""Samplers: what they draw, from where, and to what law they come; in every kind of step, compiled or not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.claims.implicit.samplers import langevin_variance, sghmc_covariance, sghmc_variance
from minigan.data import ring
from minigan.gan import Players, gan_learner, non_saturating
from minigan.random import generator
from minigan.training import Player, players_learner, train, with_draws
from reference import samplers

KINDS = {
    "langevin": lambda lr, temperature=1.0: optim.langevin(lr, temperature),
    "sghmc": lambda lr, temperature=1.0: optim.sghmc(lr, 0.3, temperature),
}
WRAPPERS = {
    "alone": lambda one: one,
    "in a box": lambda one: optim.clip_weights(one, 1.0),
    "averaged": lambda one: optim.historical_averaging(one, 0.1),
}
each = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def follow(optimizer, gradients, x, seed):
    rng, state = generator(seed), optimizer.init(x)
    for gradient in gradients:
        x, state = optimizer.update(x, gradient, state, rng)
    return x


@given(st.floats(0.01, 0.9), st.floats(0.01, 1.0), st.floats(1e-3, 10.0), st.integers(0, 100))
def test_the_updates_by_hand(lr, friction, temperature, seed):
    """Three steps of each, beside the reference, with the noise that the same generator gives."""
    gradients = np.random.default_rng(seed).standard_normal((3, 4))
    given_ = [mnp.asarray(g) for g in gradients]
    rng = generator(seed)
    kicks = [mg.to_numpy(rng.noise((4,), "float64")) for _ in range(3)]
    x, v, y = np.ones(4), np.zeros(4), np.ones(4)
    for g, xi in zip(gradients, kicks):
        x, v = samplers.sghmc_step(x, v, g, lr, friction, temperature, xi)
        y = samplers.langevin_step(y, g, lr, temperature, xi)
    start = mnp.ones(4)
    found = follow(optim.sghmc(lr, friction, temperature), given_, start, seed)
    assert_allclose(mg.to_numpy(found), x, rtol=1e-9, atol=1e-9)
    assert_allclose(mg.to_numpy(follow(optim.langevin(lr, temperature), given_, start, seed)), y, rtol=1e-9, atol=1e-9)
    braked = follow(optim.sghmc(lr, 1.0, temperature), given_, start, seed)  # friction 1: no memory is left
    assert_allclose(mg.to_numpy(braked), y, rtol=1e-9, atol=1e-9)


def test_without_heat_they_are_descent_and_momentum():
    gradients = [mnp.asarray([0.3, -2.0]), mnp.asarray([1.0, 0.25]), mnp.asarray([0.0, 4.0])]
    x = mnp.asarray([1.0, 2.0])

    def end(optimizer):
        place, state = x, optimizer.init(x)
        for gradient in gradients:
            place, state = optimizer.update(place, gradient, state)
        return mg.to_numpy(place)

    assert_array_equal(end(optim.langevin(0.1, 0.0)), end(optim.sgd(0.1)))
    assert_allclose(end(optim.sghmc(0.1, 0.25, 0.0)), end(optim.momentum(0.1, 0.75)), rtol=1e-14)
    assert not optim.sghmc(0.1, 0.25, 0.0).draws and optim.sghmc(0.1).draws


@each
def test_noise_comes_from_the_generator_that_is_given(make):
    x, gradients = mnp.ones((3, 2)), [mnp.zeros((3, 2))] * 2
    one, again, other = (mg.to_numpy(follow(make(0.1), gradients, x, seed)) for seed in (3, 3, 4))
    assert_array_equal(one, again)
    assert (one != other).all()
    assert len(np.unique(one)) == 6  # each number has noise of its own


@each
def test_arrays_of_one_shape_do_not_share_their_noise(make):
    x = (mnp.zeros(5), mnp.zeros(5))
    left, right = make(0.1).update(x, x, make(0.1).init(x), 0)[0]
    assert (mg.to_numpy(left) != mg.to_numpy(right)).all()


@each
@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_noise_without_a_generator_is_refused(make, wrap):
    optimizer, x = wrap(make(0.1)), mnp.ones(2)
    assert optimizer.draws
    with pytest.raises(ValueError, match=r"draws noise at every update.*update\(params, gradient, state, rng\)"):
        optimizer.update(x, x, optimizer.init(x))
    with pytest.raises(TypeError, match="rng is a generator"):
        optimizer.update(x, x, optimizer.init(x), "dice")


@each
def test_a_gan_that_is_sampled_trains_compiled_and_goes_by_its_seed(make):
    boxed = optim.clip_weights(make(1e-2), 1.0)
    players = Players(non_saturating(), nn.mlp([8, 2]), nn.mlp([8, 1]), make(1e-2, 1e-3), boxed)
    learner = gan_learner(players, ring(4), noise=2, batch=8, discriminator_steps=2)
    rng = generator(0)
    _, numbers = learner.draw(rng, learner.init(rng))
    of_g, of_d = [(2, 8), (8,), (8, 2), (2,)], [(2, 8), (8,), (8, 1), (1,)]
    assert sorted(tuple(n.shape) for n in numbers) == sorted(of_g + 2 * of_d)
    one, eager, other = train(learner, 4), train(learner, 4, compiled=False), train(learner, 4, rng=1)
    for a, b in zip(mg.tree_leaves(one.state), mg.tree_leaves(eager.state), strict=True):
        assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-9, atol=1e-12)
    assert one.history != other.history


@each
def test_what_looks_ahead_cannot_be_sampled(make):
    players = Players(non_saturating(), nn.mlp([8, 2]), nn.mlp([8, 1]), optim.adam(1e-2), make(1e-2))
    with pytest.raises(ValueError, match="draws noise at every update"):
        train(gan_learner(players, ring(4), noise=2, batch=8, unroll=1), 1)


def variance(optimizer, steps, chains=20_000, noise=0.0, precision=1.0):
    """Of as many chains on U = precision x^2 / 2, with a gradient of that much noise, in one compiled step."""
    target = Player(
        lambda rng: mnp.zeros(chains),
        lambda p, batch, rng: mnp.sum(0.5 * precision * mnp.square(p["x"]) + noise * batch * p["x"]),
        optimizer,
    )
    learner = players_learner({"x": target}, lambda rng, state: rng.noise((chains,)))
    return float(mnp.var(train(learner, steps, check_every=steps).state.parameters["x"]))


@given(st.floats(0.1, 1.0), st.floats(0.05, 1.0), st.floats(0.2, 1.5), st.floats(0.1, 5.0))
def test_the_closed_form_is_the_sum_over_all_past_noise(precision, friction, step, temperature):
    total = samplers.stationary_covariance(*samplers.sghmc_on_a_gaussian(precision, step, friction, temperature))
    assert_allclose(total[0, 0], sghmc_variance(step, precision, friction, temperature), rtol=1e-6)
    assert_allclose(total, sghmc_covariance(step, precision, friction, temperature), rtol=1e-6, atol=1e-9)
    langevin = samplers.stationary_covariance([[1.0 - step * precision]], [[2.0 * step * temperature]])
    assert_allclose(langevin[0, 0], langevin_variance(step, precision, temperature), rtol=1e-6)


SPREAD = math.sqrt(2.0 / 20_000)  # the standard error of a variance 1


@pytest.mark.parametrize(
    "make, expected",
    [
        (lambda: optim.langevin(0.5), 1.0 / (1.0 - 0.25)),
        (lambda: optim.langevin(0.5, 0.1), 0.1 / (1.0 - 0.25)),
        (lambda: optim.sghmc(0.5, 0.5), 1.0 / (1.0 - 0.5 / 3.0)),
        (lambda: optim.sghmc(0.5, 0.5, 0.1), 0.1 / (1.0 - 0.5 / 3.0)),
    ],
    ids=["langevin", "colder langevin", "sghmc", "colder sghmc"],
)
def test_the_variance_of_a_gaussian_is_the_discretised_chains(make, expected):
    assert abs(variance(make(), 60) / expected - 1.0) < 4.0 * SPREAD


def test_a_minibatch_warms_the_mass():
    """Noise of deviation s in the gradient is a temperature lr s^2 / (2 friction) more."""
    found = variance(optim.sghmc(0.2, 0.5, 0.3), 120, noise=2.0)
    assert abs(found / ((0.3 + 0.2 * 4.0 / (2.0 * 0.5)) / (1.0 - 0.2 / 3.0)) - 1.0) < 4.0 * SPREAD


@each
def test_float32_stays_float32_and_a_step_draws_before_it(make):
    optimizer, x = make(0.1), mnp.ones(4, dtype="float32")

    def step(state, batch, rng):
        moved, memory = optimizer.update(state[0], state[0], state[1], rng)
        return (moved, memory), {}

    draw, stepping = with_draws(lambda rng, state: (), step)
    state = (x, optimizer.init(x))
    batch = draw(generator(0), state)
    assert [(tuple(n.shape), n.dtype) for n in batch[1]] == [((4,), x.dtype)]
    moved, _ = mg.compile(stepping)(state, batch)
    assert all(leaf.dtype == x.dtype for leaf in mg.tree_leaves(moved))
