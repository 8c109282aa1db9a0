"""HIPS autograd's own GAN example: its architecture, its objective without an optimum, and short runs of both."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models import fit_of
from minigan.models.games.hips_example import (
    PUBLISHED,
    SOUND,
    best_value,
    discriminator_value,
    hips_example,
    hips_system,
    published_objective,
    train_hips_example,
    value_along_ray,
)
from minigan.random import generator


def probabilities(seed, n=6):
    rng = np.random.default_rng(seed)
    return (mnp.asarray(rng.dirichlet(np.ones(n))) for _ in range(2))


def test_the_architecture_is_the_published_one_with_64_pixels():
    state = hips_example(objective="published").train(0).state
    shapes = {
        player: [tuple(leaf.shape) for leaf in mg.tree_leaves(getattr(state, player))]
        for player in ("generator", "discriminator")
    }
    assert sorted(shapes["generator"]) == sorted([(10, 200), (200,), (200, 64), (64,)])
    assert sorted(shapes["discriminator"]) == sorted([(64, 200), (200,), (200, 1), (1,)])
    first = np.concatenate(
        [mg.to_numpy(leaf).ravel() for leaf in mg.tree_leaves((state.generator, state.discriminator))]
    )
    assert_allclose(first.std(), PUBLISHED.scale, rtol=0.03)  # biases, too


def test_the_generator_is_the_published_formula():
    """(tanh(relu(z W + b) V + c) + 1) / 2 with z uniform on [0, 1)."""
    system = hips_example()
    result = fit_of(system, system.train(0, seed=3))
    z = system.parts["noise"](generator(0), 50)
    host = mg.to_numpy(z)
    assert host.shape == (50, 10) and host.min() >= 0.0 and host.max() < 1.0
    first, second = (layer for layer in mg.to_numpy(result.state.generator) if layer is not None)
    hidden = np.maximum(host @ first["weight"] + first["bias"], 0.0)
    expected = 0.5 * (np.tanh(hidden @ second["weight"] + second["bias"]) + 1.0)
    assert_allclose(mg.to_numpy(result.players.generator.apply(result.state.generator, z)), expected, rtol=1e-10)
    pixels = mg.to_numpy(system.data)
    assert pixels.shape == (1797, 64) and pixels.min() == 0.0 and pixels.max() == 1.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_published_game_is_zero_sum_up_to_what_concerns_data_alone(seed):
    """The objective as published, mean log sigma(l_real) - mean log sigma(l_fake), one player up and one down."""
    game, rng = published_objective(), generator(seed)
    real, fake = 3.0 * rng.standard_normal((7, 1)), 3.0 * rng.standard_normal((9, 1))
    host = [np.mean(-np.logaddexp(0.0, -mg.to_numpy(x))) for x in (real, fake)]
    assert_allclose(float(mg.to_numpy(game.discriminator_loss(real, fake))), host[0] - host[1], rtol=1e-12)
    assert_allclose(float(mg.to_numpy(game.generator_loss(fake))), host[1], rtol=1e-12)
    assert_allclose(float(mg.to_numpy(game.generator_loss(fake, real))), host[1] - host[0], rtol=1e-12)
    assert_allclose(mg.to_numpy(mnp.mean(game.generator_costs(fake))), host[1], rtol=1e-12)


@given(seed=st.integers(0, 10**6), t=st.floats(1e-3, 1e8))
def test_along_the_ray_the_published_value_is_t_times_the_total_variation(seed, t):
    p, q = probabilities(seed)
    tv = 0.5 * np.abs(mg.to_numpy(p) - mg.to_numpy(q)).sum()
    # softplus(t) and softplus(-t) are rounded before they are subtracted, and so are the sums of p - q
    assert_allclose(float(mg.to_numpy(value_along_ray("published", p, q, t))), t * tv, rtol=1e-12, atol=1e-14)


@given(seed=st.integers(0, 10**6), t=st.floats(1e-3, 1e8))
def test_the_corrected_value_stays_below_its_best(seed, t):
    p, q = probabilities(seed)
    a, b = mg.to_numpy(p), mg.to_numpy(q)
    m = 0.5 * (a + b)
    twice_jsd = np.sum(a * np.log(a / m)) + np.sum(b * np.log(b / m))
    best = best_value("corrected", p, q)
    assert_allclose(best, twice_jsd - math.log(4.0), rtol=1e-9, atol=1e-12)
    assert float(mg.to_numpy(value_along_ray("corrected", p, q, t))) <= best + 1e-12
    others = mnp.asarray(np.random.default_rng(seed).normal(0.0, 3.0, 6))
    assert float(mg.to_numpy(discriminator_value("corrected", p, q, others))) <= best + 1e-12


def test_the_published_value_has_no_stationary_point_and_the_corrected_one_has():
    """d/dl of (q - p) log sigma(l) is (q - p) sigma(-l): never 0 where p and q differ."""
    p, q = probabilities(0)
    slope = {
        name: mg.grad(lambda outputs, name=name: discriminator_value(name, p, q, outputs))
        for name in ("published", "corrected")
    }
    for seed in range(5):
        outputs = 5.0 * generator(seed).standard_normal((6,))
        assert_allclose(
            mg.to_numpy(slope["published"](outputs)), mg.to_numpy((q - p) * mnp.sigmoid(-outputs)), rtol=1e-10
        )
    assert np.abs(mg.to_numpy(slope["corrected"](mnp.log(p) - mnp.log(q)))).max() < 1e-15
    assert best_value("published", p, q) == math.inf and best_value("published", p, p) == 0.0
    with pytest.raises(ValueError, match="published or corrected"):
        best_value("improved", p, q)


@pytest.mark.parametrize("objective", ["published", "corrected"])
def test_short_runs(objective):
    found = train_hips_example(objective, seed=1, steps=4)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["objective"] == objective and not found["diverged"]
    assert found == train_hips_example(objective, seed=1, steps=4)
    system = hips_example(objective=objective)
    assert system.options["objective"] == objective and objective in system.title
    assert system.parts["game"] == {"published": "hips_published"}.get(objective, "non_saturating")


def test_the_published_objective_is_a_game_of_its_own():
    assert hips_example(game="minimax").parts["game"] == "minimax"
    for told in ({"game": "minimax"}, {"divergence": "kl"}):
        with pytest.raises(ValueError, match="hips-example published is a game of its own"):
            hips_example(objective="published", **told)


def test_both_players_move_once():
    """At one point, as published: there is no D to move more often."""
    with pytest.raises(ValueError, match="leave --discriminator-steps away"):
        hips_example(discriminator_steps=2)
    assert hips_example(discriminator_steps=1).train(1).history == hips_example().train(1).history


def test_settings_are_those_of_the_objective_and_the_rate_may_be_another():
    """The default rates, written out, change nothing; another one does, from the second step on."""
    for objective, settings in (("published", PUBLISHED), ("corrected", SOUND)):
        plain = hips_example(objective=objective, batch=8).train(2).history
        assert hips_example(objective=objective, batch=8, lr=settings.rate).train(2).history == plain
        assert hips_system(objective, settings, 8).train(2).history == plain
        faster = hips_example(objective=objective, batch=8, lr=3.0 * settings.rate).train(2).history
        assert [values[0] for values in faster.values()] == [values[0] for values in plain.values()]
        assert faster != plain
    with pytest.raises(ValueError, match="published or corrected"):
        hips_system("improved", SOUND)


def test_the_published_generator_is_one_image_from_its_first_steps_on():
    """As its own comment says; the corrected example's samples vary ten times as much after as many steps."""
    published = train_hips_example("published", steps=300)
    corrected = train_hips_example("corrected", steps=300)
    assert published["classes_covered"] == 1 and published["pixel_deviation"] < 0.005
    assert corrected["pixel_deviation"] > 10.0 * published["pixel_deviation"]
    back = train_hips_example("corrected", steps=300, settings=SOUND._replace(scale=0.001))
    assert back["pixel_deviation"] < corrected["pixel_deviation"]
