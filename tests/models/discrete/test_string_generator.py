"""The generator of strings: its law against enumeration and draws, and each estimator against the exact gradient."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.discrete import one_hot
from minigan.gan import minimax, non_saturating
from minigan.models.discrete.string_generator import point_generator, string_generator
from minigan.random import generator

LENGTH, SIZE = 3, 3
DISCRIMINATOR = nn.sequential(nn.flatten, nn.dense(8), nn.tanh, nn.dense(1))
ends_once = [
    code
    for code in itertools.product(range(SIZE), repeat=LENGTH)
    if all(later == SIZE - 1 for t in range(LENGTH - 1) if code[t] == SIZE - 1 for later in code[t:])
]


def setting(estimator, seed=0, dtype=None):
    rng = generator(seed, host=True)
    layer = string_generator(LENGTH, SIZE, 4, estimator, 0.7)
    params = layer.init(rng, (None, LENGTH, SIZE), dtype)
    params = mg.tree_map(lambda x: x + 0.5 * rng.standard_normal(x.shape, dtype=dtype), params)
    judge = mg.tree_map(lambda x: 3.0 * x, DISCRIMINATOR.init(rng, (None, LENGTH, SIZE), dtype))
    return layer, params, lambda x: DISCRIMINATOR.apply(judge, x), rng


def flat(tree):
    return np.concatenate([mg.to_numpy(leaf).reshape(-1) for leaf in mg.tree_leaves(tree)])


def noise_of(estimator, rng, n, dtype=None):
    return rng.gumbel((n, 2, LENGTH, SIZE) if estimator == "rebar" else (n, LENGTH, SIZE), dtype=dtype)


def exact_gradient(layer, params, critic, game):
    x = one_hot(mnp.asarray(ends_once), SIZE)

    def cost(params):
        return mnp.sum(mnp.exp(layer.log_probability(params, x)) * game.generator_costs(critic(x))[:, 0])

    return flat(mg.grad(cost)(params))


@pytest.mark.parametrize("estimator", ["gumbel", "reinforce", "rebar"])
def test_strings_are_one_hot_end_once_and_have_the_stated_law(estimator):
    layer, params, _, rng = setting(estimator)
    law = np.exp(mg.to_numpy(layer.log_probability(params, one_hot(mnp.asarray(ends_once), SIZE))))
    assert_allclose(law.sum(), 1.0, rtol=1e-12)
    n = 20_000
    x = mg.to_numpy(layer.apply(params, noise_of(estimator, rng, n)))
    assert x.shape == (n, LENGTH, SIZE) and set(np.unique(x)) == {0.0, 1.0} and (x.sum(-1) == 1.0).all()
    places = {code: i for i, code in enumerate(ends_once)}
    counts = np.bincount([places[tuple(code)] for code in x.argmax(-1).tolist()], minlength=len(places))
    z = (counts / n - law) / np.sqrt(law * (1.0 - law) / n)
    assert abs(z).max() < 5.0


@pytest.mark.parametrize("estimator", ["reinforce", "rebar"])
@pytest.mark.parametrize("game", [non_saturating(), minimax()], ids=lambda game: game.name)
def test_score_function_estimators_have_the_exact_gradient_as_mean(estimator, game):
    """By 120 estimates of 64 strings; beyond 5 standard errors in the worst of 43 coordinates once in 1,000 runs."""
    layer, params, critic, rng = setting(estimator)
    gradient = mg.compile(mg.grad(lambda params, noise: layer.estimated_cost(params, noise, critic, game)))
    found = np.stack([flat(gradient(params, noise_of(estimator, rng, 64))) for _ in range(120)])
    stated = exact_gradient(layer, params, critic, game)
    error = found.std(0) / np.sqrt(len(found))
    still = error == 0.0
    assert (found.mean(0)[still] == stated[still]).all()
    assert (abs(found.mean(0) - stated)[~still] / error[~still]).max() < 5.0


def test_the_cost_is_that_of_the_strings_and_straight_through_is_biased():
    layer, params, critic, rng = setting("rebar")
    noise = noise_of("rebar", rng, 64)
    game = non_saturating()
    stated = game.generator_loss(critic(layer.apply(params, noise)))
    found = layer.estimated_cost(params, noise, critic, game)
    assert_allclose(float(mg.to_numpy(found)), float(mg.to_numpy(stated)), rtol=1e-12)
    layer = string_generator(LENGTH, SIZE, 4, "gumbel", 0.7)
    assert layer.estimated_cost is None
    gradient = mg.compile(mg.grad(lambda params, noise: game.generator_loss(critic(layer.apply(params, noise)))))
    found = np.stack([flat(gradient(params, noise_of("gumbel", rng, 64))) for _ in range(200)])
    z = (found.mean(0) - exact_gradient(layer, params, critic, game)) / (found.std(0) / np.sqrt(200) + 1e-12)
    assert abs(z).max() > 10.0


@pytest.mark.parametrize("estimator", ["gumbel", "reinforce", "rebar"])
def test_float32_stays_float32_and_compiling_changes_nothing(estimator):
    layer, params, critic, rng = setting(estimator, dtype="float32")
    noise = noise_of(estimator, rng, 16, "float32")

    def cost(params, noise):
        if layer.estimated_cost is not None:
            return layer.estimated_cost(params, noise, critic, non_saturating())
        return mnp.mean(mnp.softplus(-critic(layer.apply(params, noise, train=True))))

    plain, compiled = (f(params, noise) for f in (mg.value_and_grad(cost), mg.compile(mg.value_and_grad(cost))))
    assert {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(plain)} == {"float32"}
    assert_allclose(flat(compiled), flat(plain), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("args", [(3, 3, 4, "magic"), (1, 3), (3, 1)])
def test_refused_generators(args):
    with pytest.raises(ValueError, match=r"estimator|two places and two symbols"):
        string_generator(*args)


def test_points_are_blurred_in_training_alone():
    layer, rng = point_generator(2, 3, latent=4, hidden=5, deviation=0.5), generator(0)
    params = layer.init(rng, (None, 10))
    noise = rng.standard_normal((7, 10))
    plain, blurred = (mg.to_numpy(layer.apply(params, noise, train=train)) for train in (False, True))
    assert plain.shape == (7, 2, 3)
    assert_allclose((blurred - plain).reshape(7, 6), 0.5 * mg.to_numpy(noise)[:, 4:], rtol=1e-12, atol=1e-14)
